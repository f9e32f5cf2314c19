#!/usr/bin/env python3
"""dashboard_server.py [--token TOKEN] [--port PORT] [--state FILE] PROJECT...: a project dashboard, as its clients know it.

Tasks, milestones, artifacts and runs over HTTP under /api. Listens on a loopback port and prints it. What it holds is kept in FILE, so that it may
be killed and started again. Each line on stdin is an order in JSON, answered by one line on stdout; the end of stdin ends it:

    {"fault": {"method": "PATCH", "path": "regex", "do": "...", "times": 1, "after": 0, ...}}   how some requests go wrong, see Handler.fail
    {"milestone": {"project": "p", "title": "1.0", "branch": "b"}}   {"edit": {"id": 1, "status": "done", ...}}   somebody does that by hand
    {"requests": true}   {"tasks": true}   {"artifacts": true}   {"runs": true}   {"clear": true}   the faults and the list of requests
"""
import argparse
import datetime
import http.server
import json
import os
import re
import sys
import threading
import time
import urllib.parse

STATUSES = ("open", "in_progress", "in_review", "blocked", "done", "archived")
ORPHAN_S = 3600
BULK_FIELDS = ("title", "description", "status", "priority_score", "milestone_id", "parent_task_id", "external_id", "labels")
SINGLE_FIELDS = ("title", "description", "status", "milestone_id", "effort_estimate", "priority_score", "assignee_persona", "external_id")
PATCH_FIELDS = ("title", "description", "status", "priority_score", "milestone_id", "labels", "blocked_dependencies", "assignee_persona",
                "claimed_by", "claimed_at")


class Refused(Exception):
    def __init__(self, status, words):
        super().__init__(words)
        self.status = status


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Store:
    def __init__(self, projects, file):
        self.file = file
        self.data = {"last": 0, "projects": {p: {"id": p, "name": p.title()} for p in projects}, "milestones": {}, "tasks": {}, "artifacts": [],
                     "runs": {}, "events": []}
        if file and os.path.exists(file):
            with open(file, encoding="utf-8") as saved:
                self.data = json.load(saved)

    def save(self):
        if self.file:
            with open(self.file + ".new", "w", encoding="utf-8") as out:
                json.dump(self.data, out)
            os.replace(self.file + ".new", self.file)

    def next_id(self):
        self.data["last"] += 1
        return self.data["last"]

    def project(self, project):
        if project not in self.data["projects"]:
            raise Refused(404, f"no project {project}")
        return self.data["projects"][project]

    def tasks(self, project):
        self.project(project)
        found = [task for task in self.data["tasks"].values() if task["project_id"] == project]
        return sorted(found, key=lambda task: (-task["priority_score"], task["created_at"]))

    def task(self, project, number):
        task = self.data["tasks"].get(number)
        if not task or task["project_id"] != project:
            raise Refused(404, f"no task {number}")
        return task

    def check(self, fields):
        if "status" in fields and fields["status"] not in STATUSES:
            raise Refused(422, f"CHECK constraint failed: status {fields['status']!r}")
        score = fields.get("priority_score", 0)
        if type(score) is not int or not 0 <= score <= 10000:
            raise Refused(422, f"CHECK constraint failed: priority_score {score!r}")
        if not isinstance(fields.get("title", "x"), str) or not 0 < len(fields.get("title", "x")) <= 500:
            raise Refused(422, "CHECK constraint failed: title")
        for label in fields.get("labels") or []:
            if not isinstance(label, str):
                raise Refused(422, "labels are texts")
        for number in fields.get("blocked_dependencies") or []:
            if str(number) not in self.data["tasks"]:
                raise Refused(422, f"no task {number} to depend on")
        if fields.get("milestone_id") is not None and str(fields["milestone_id"]) not in self.data["milestones"]:
            raise Refused(422, f"no milestone {fields['milestone_id']}")

    def create(self, project, given, allowed):
        fields = {name: given[name] for name in allowed if name in given}
        if not fields.get("title"):
            raise Refused(422, "title is missing")
        self.check(fields)
        task = {"id": self.next_id(), "project_id": project, "title": "", "description": "", "status": "open", "priority_score": 0, "milestone_id": None,
                "external_id": None, "labels": [], "blocked_dependencies": [], "claimed_by": None, "claimed_at": None, "lock_version": 1,
                "created_at": now(), "updated_at": now(), **fields}
        self.data["tasks"][str(task["id"])] = task
        return task

    def bulk(self, project, body):
        self.project(project)
        created, skipped = [], []
        for given in body["tasks"]:
            external = given.get("external_id")
            known = next((t for t in self.data["tasks"].values() if external and t["external_id"] == external), None)
            if known:
                skipped.append({"task": known, "reason": "duplicate external_id", "external_id": external})
            else:
                created.append(self.create(project, given, BULK_FIELDS))
        summary = {"totalRequested": len(body["tasks"]), "created": len(created), "skipped": len(skipped)}
        return {"created": created, "skipped": skipped, "summary": summary}

    def patch(self, project, number, given):
        task = self.task(project, number)
        if "lock_version" in given and given["lock_version"] != task["lock_version"]:
            raise Refused(409, f"lock_version is {task['lock_version']}, not {given['lock_version']}")
        if "expected_status" in given and given["expected_status"] != task["status"]:
            raise Refused(409, f"status is {task['status']}, not {given['expected_status']}")
        fields = {name: given[name] for name in PATCH_FIELDS if name in given}
        self.check(fields)
        task.update(fields, lock_version=task["lock_version"] + 1, updated_at=now())
        if fields.get("status") == "done":
            task["completed_at"] = now()
        return {"id": task["id"], "status": task["status"], "lock_version": task["lock_version"]}

    def adopt(self, project, consumer):
        adopted = []
        for task in self.tasks(project):
            claimed = task["claimed_at"] or task["updated_at"]
            age = time.time() - datetime.datetime.fromisoformat(claimed.replace("Z", "+00:00")).timestamp()
            if task["status"] == "in_progress" and (task["claimed_by"] == consumer or age > ORPHAN_S):
                task.update(status="open", claimed_by=None, claimed_at=None, lock_version=task["lock_version"] + 1, updated_at=now())
                adopted.append(task["id"])
        return {"adopted": adopted}

    def put_artifact(self, project, number, body):
        if not isinstance(body.get("kind"), str) or not isinstance(body.get("content"), str):
            raise Refused(400, "kind and content are texts")
        artifact = {"id": self.next_id(), "project": project, "task": number, "kind": body["kind"], "content": body["content"],
                    "iteration": body.get("iteration"), "byte_size": len(body["content"].encode())}
        self.data["artifacts"].append(artifact)
        return {"id": artifact["id"]}

    def artifacts(self, project, number, query):
        found = [a for a in self.data["artifacts"] if (a["project"], a["task"]) == (project, number)]
        if "kind" in query:
            found = [a for a in found if a["kind"] == query["kind"]]
        if query.get("latest") == "1":
            found = found[-1:]
        hidden = ("project", "task") + (("content",) if query.get("meta_only") == "1" else ())
        return {"data": [{name: value for name, value in a.items() if name not in hidden} for a in found]}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.serve()

    do_POST = do_PATCH = do_GET

    def serve(self):
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        with self.server.lock:
            self.server.requests.append({"method": self.command, "path": self.path, "authorization": self.headers.get("Authorization"),
                                         "body": text.decode("utf-8", "replace")})
            fault = self.server.fault_for(self.command, self.path)
        if fault and self.fail(fault, path):
            return
        status, answer = self.answer(path, dict(urllib.parse.parse_qsl(query)), text)
        if fault and self.spoil(fault, answer):
            return
        self.reply(status, json.dumps(answer))

    def fail(self, fault, path):
        """Before anything is done. True when that was the answer."""
        what = fault["do"]
        if what == "slow":
            time.sleep(fault["s"])
        elif what == "status":
            self.reply(fault["status"], fault.get("body", json.dumps({"error": "as ordered"})), fault.get("headers", {}))
            return True
        elif what == "drop":
            self.close_connection = True
            return True
        elif what == "edit":  # somebody is faster
            with self.server.lock:
                number = re.search(r"/tasks/(\d+)", path).group(1)
                self.server.edit({"id": int(number), **fault["fields"]})
        return False

    def spoil(self, fault, answer):
        """After it was done. True when the answer is not the right one."""
        what = fault["do"]
        if what == "lose":
            self.close_connection = True
            return True
        if what in ("half", "cut"):
            data = json.dumps(answer).encode()
            self.send_response(200)
            if what == "half":
                self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data[:len(data) // 2])
            self.close_connection = True
            return True
        return False

    def answer(self, path, query, text):
        if self.server.token and self.headers.get("Authorization") != "Bearer " + self.server.token:
            return 401, {"error": "invalid token"}
        with self.server.lock:
            try:
                return self.route(path, query, json.loads(text) if text else {})
            except Refused as refused:
                return refused.status, {"error": str(refused)}
            finally:
                self.server.store.save()

    def route(self, path, query, body):
        store, verb = self.server.store, self.command
        if not path.startswith("/api/"):
            raise Refused(404, "no such page")
        parts = [urllib.parse.unquote(part) for part in path[len("/api/"):].split("/")]
        match (verb, *parts):
            case ("GET", "health"):
                return 200, {"status": "ok"}
            case ("GET", "projects", project):
                return 200, store.project(project)
            case ("GET", "projects", project, "milestones"):
                store.project(project)
                return 200, {"milestones": [m for m in store.data["milestones"].values() if m["project_id"] == project]}
            case ("GET", "projects", project, "tasks"):
                tasks = [t for t in store.tasks(project) if query.get("status") in (None, t["status"])]
                # A list hands its columns out as they are stored.
                return 200, {"data": [{**t, "labels": json.dumps(t["labels"]), "blocked_dependencies": json.dumps(t["blocked_dependencies"])}
                                      for t in tasks]}
            case ("POST", "projects", project, "tasks"):
                store.project(project)
                return 201, {"id": store.create(project, body, SINGLE_FIELDS)["id"]}
            case ("POST", "projects", project, "tasks:bulk"):
                return 201, store.bulk(project, body)
            case ("POST", "projects", project, "tasks", "adopt-orphans"):
                return 200, store.adopt(project, body["consumer_id"])
            case ("GET", "projects", project, "tasks", number):
                return 200, store.task(project, number)
            case ("PATCH", "projects", project, "tasks", number):
                return 200, store.patch(project, number, body)
            case ("POST", "projects", project, "tasks", number, "artifacts"):
                store.task(project, number)
                return 201, store.put_artifact(project, number, body)
            case ("GET", "projects", project, "tasks", number, "artifacts"):
                store.task(project, number)
                return 200, store.artifacts(project, number, query)
            case ("POST", "projects", project, "runs"):
                store.project(project)
                known = next((r for r in store.data["runs"].values() if r["external_id"] == body["external_id"]), None)
                run = known or {"id": store.next_id(), "project_id": project, **body}
                store.data["runs"][str(run["id"])] = run
                return 201, {"id": run["id"]}
            case ("PATCH", "runs", run):
                if run not in store.data["runs"]:
                    raise Refused(404, f"no run {run}")
                store.data["runs"][run].update(body)
                return 200, {"ok": True}
            case ("POST", "runs", run, "events"):
                if body["event_id"] not in [event["event_id"] for event in store.data["events"]]:
                    store.data["events"].append({**body, "run": run})
                return 201, {"ok": True}
        raise Refused(404, "no such page")

    def reply(self, status, body, headers=()):
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **dict(headers)}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(data)
        except OSError:  # who asked has gone
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port, store, token):
        super().__init__(("127.0.0.1", port), Handler)
        self.store, self.token, self.lock = store, token, threading.RLock()
        self.faults, self.requests = [], []

    def handle_error(self, *_):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(*_)

    def fault_for(self, method, path):
        for fault in self.faults:
            if fault.get("method", method) != method or not re.search(fault.get("path", ""), path):
                continue
            if fault.get("after", 0) > 0:
                fault["after"] -= 1
            elif fault.get("times", 1) != 0:
                fault["times"] = fault.get("times", 1) - 1
                return fault
        return None

    def edit(self, fields):
        task = self.store.data["tasks"][str(fields["id"])]
        task.update(fields, lock_version=task["lock_version"] + 1, updated_at=now())
        self.store.save()

    def obey(self, order):
        with self.lock:
            data = self.store.data
            if "fault" in order:
                self.faults.append(order["fault"])
            elif "milestone" in order:
                made = order["milestone"]
                number = self.store.next_id()
                data["milestones"][str(number)] = {"id": number, "project_id": made["project"], "name": made["title"], "branch": made.get("branch")}
                return number
            elif "edit" in order:
                self.edit(order["edit"])
            elif "clear" in order:
                self.faults, self.requests = [], []
            elif "requests" in order:
                return self.requests
            elif "tasks" in order:
                return list(data["tasks"].values())
            elif "artifacts" in order:
                return data["artifacts"]
            elif "runs" in order:
                return [list(data["runs"].values()), data["events"]]
        return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--token")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state")
    parser.add_argument("projects", nargs="+")
    options = parser.parse_args()
    server = Server(options.port, Store(options.projects, options.state), options.token)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    for line in sys.stdin:
        print(json.dumps(server.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

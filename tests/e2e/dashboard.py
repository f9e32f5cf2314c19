#!/usr/bin/env python3
"""dashboard.py BIN: the demo's tasks on a dashboard of another program end done there; it is away, in trouble, or others are faster."""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.request

from support import DEMO, Demo, Process, check, main, same, shared_scenarios, wait_until

SERVER = pathlib.Path(__file__).with_name("dashboard_server.py")
TOKEN = "t0ken-of-the-dashboard"
STATUSES = {"open", "in_progress", "in_review", "blocked", "done", "archived"}


class Dashboard(Process):
    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.state, self.port = folder / "dashboard.json", 0
        self.start()

    def start(self):
        self.process = subprocess.Popen([sys.executable, str(SERVER), "--token", TOKEN, "--port", str(self.port), "--state", str(self.state), "demo"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]})
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}/api"

    def tell(self, **order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def fill(self):
        """As somebody who uses the dashboard, and only it."""
        tasks = [{**{name: task[name] for name in ("external_id", "title", "description")}, "priority_score": task["priority"],
                  "labels": [*task["labels"], "mamc:type:" + task["type"]]} for task in json.loads((DEMO / "tasks.json").read_text())]
        request = urllib.request.Request(self.url + "/projects/demo/tasks:bulk", json.dumps({"tasks": tasks}).encode(),
                                         {"Authorization": "Bearer " + TOKEN})
        same("tasks made", 3, json.load(urllib.request.urlopen(request))["summary"]["created"])

    def tasks(self):
        return self.tell(tasks=True)

    def statuses(self):
        return [task["status"] for task in self.tasks()]

    def comments(self):
        """By task, without what differs from run to run."""
        found = [(int(a["task"]), json.loads(a["content"])) for a in self.tell(artifacts=True) if a["kind"] == "comment"]
        return [(task, re.sub(r"\b(r[0-9a-f]{12}|[0-9a-f]{40})\b", "ID", content["text"])) for task, content in found]

    def kill(self):
        super().kill()
        self.process.stdin.close()
        self.process.stdout.close()


class DashboardDemo(Demo):
    """The demo's folder, worked on by a host whose board is a dashboard."""

    def __init__(self, host, folder, dashboard):
        super().__init__(host, folder)
        self.dashboard = dashboard
        self.run("--setup-only").expect(0)
        config = self.folder / "mamc.yaml"
        text = config.read_text()
        check("board: local\n" in text, f"the demo's configuration is another:\n{text}")
        config.write_text(text.replace("board: local\n", ""))  # DASHBOARD_API_BASE_URL says which
        dashboard.fill()

    def settings(self, **more):
        return {"DASHBOARD_API_BASE_URL": self.dashboard.url, "DASHBOARD_API_TOKEN": TOKEN, "MAMC_OUTAGE_LIMIT_MS": "600000", **more}

    def drain(self, **env):
        return self.host.start("--config", self.folder / "mamc.yaml", "--project", "demo", "--drain", env=self.settings(**env))

    def command(self, *words):
        return self.host.run("task", *words, "--config", self.folder / "mamc.yaml", env=self.settings())

    def answered(self):
        try:
            return self.journal().answers()
        except Exception:  # no journal yet
            return 0

    def work(self):
        """What must be the same whatever happens on the way."""
        runs = [(run["task"], run["workflow"], run["status"]) for run in self.journal().runs()]
        return {"tree": self.tree(), "commits": [subject for _, _, subject in self.commits()], "runs": runs,
                "answers": self.journal().answered()}


def compare(expected, demo, what):
    for name, value in demo.work().items():
        same(f"{what}: {name}", expected[name], value)
    same(f"{what}: tasks", ["done"] * 3, demo.dashboard.statuses())


def check_requests(dashboard):
    """Only what the API takes was sent, with the token each time."""
    for request in dashboard.tell(requests=True):
        same(f"authorization of {request['path']}", "Bearer " + TOKEN, request["authorization"])
        body = json.loads(request["body"]) if request["body"] else {}
        for status in {body.get("status", "open"), body.get("expected_status", "open")}:
            check(status in STATUSES, f"an illegal status was sent: {request}")


def check_clean(host, folder):
    local = Demo(host, folder / "local")
    local.run().expect(0)
    with Dashboard(folder) as dashboard:
        demo = DashboardDemo(host, folder / "clean", dashboard)
        with demo.drain() as child:
            child.wait().expect(0)
        expected = demo.work()
        same("tree with a board on this machine and a dashboard", local.tree(), expected["tree"])
        same("answered calls", local.journal().answered(), expected["answers"])
        compare(expected, demo, "on a dashboard")
        same("comments", local.comments(), sorted(dashboard.comments()))
        same("statuses on the board of this machine", {"open"}, {status for *_, status, _ in demo.tasks()})
        check_requests(dashboard)
        orphans = [json.loads(r["body"]) for r in dashboard.tell(requests=True) if r["path"].endswith("adopt-orphans")]
        check(len(orphans) == 1 and orphans[0]["consumer_id"].startswith(socket.gethostname()), f"orphans asked for: {orphans}")
        expected["comments"] = sorted(dashboard.comments())
        check_commands(demo)
        return expected


def check_commands(demo):
    number = demo.command("add", "--project", "demo", "--title", "Forty", "--priority", "7").expect(0).out.strip()
    same("added", "Forty", next(task["title"] for task in demo.dashboard.tasks() if str(task["id"]) == number))
    listed = demo.command("list").expect(0).out
    check("Forty" in listed and "demo" in listed, f"not listed: {listed}")
    demo.command("set", number, "--status", "blocked", "--comment", "wait for Anna", "--labels", "a,b").expect(0)
    shown = demo.command("show", number).expect(0).out
    for part in ("status: blocked", "wait for Anna", "labels: a, b", "priority: 7"):
        check(part in shown, f"'{part}' is not shown: {shown}")
    demo.command("unblock", number).expect(0)
    same("status", "open", next(t["status"] for t in demo.dashboard.tasks() if str(t["id"]) == number))
    refused = demo.command("set", number, "--milestone", "2.0").expect(2)
    check("cannot make one" in refused.err, f"not said what the API cannot do: {refused.err}")
    refused = demo.command("set", number, "--priority", "0.5").expect(2)
    check("0 to 10000" in refused.err, refused.err)
    check("no task '999'" in demo.command("show", "999").expect(2).err, "an unknown task is not said")
    refused = demo.command("list", "--project", "dmo").expect(2)
    check("did you mean 'demo'" in refused.err, refused.err)
    demo.command("set", number, "--status", "archived").expect(0)


def check_away_at_start(host, folder):
    with Dashboard(folder) as dashboard:
        demo = DashboardDemo(host, folder / "away", dashboard)
        with demo.drain(DASHBOARD_API_TOKEN="not-the-token") as child:
            refused = child.wait().expect(2)
        check("The token in DASHBOARD_API_TOKEN is refused" in refused.err, refused.err)
        check("not-the-token" not in refused.err, "the token is told")
        dashboard.kill()
        with demo.drain() as child:
            ended = child.wait(60).expect(3)
        check(dashboard.url in ended.err and "DASHBOARD_API_BASE_URL" in ended.err, f"not told what is away: {ended.err}")
        check("done" not in ended.out, f"an outage is called done: {ended.out}")


def check_trouble(host, folder, expected):
    """Away for a while, errors, lost answers, halves: the work is the same, and everything is said once."""
    with Dashboard(folder) as dashboard:
        demo = DashboardDemo(host, folder / "trouble", dashboard)
        for at, fault in enumerate(({"do": "status", "status": 500}, {"do": "lose"}, {"do": "half"}, {"do": "drop"}, {"do": "cut"},
                                    {"do": "status", "status": 503}, {"do": "slow", "s": 0.5})):
            dashboard.tell(fault={**fault, "after": 2 + at, "times": 2, "method": "PATCH"})
            dashboard.tell(fault={**fault, "after": 1 + at, "method": "POST"})
            dashboard.tell(fault={**fault, "after": 3 + 2 * at, "times": 2, "method": "GET"})
        dashboard.tell(fault={"do": "edit", "fields": {"assignee_persona": "somebody"}, "after": 3, "times": 3, "method": "PATCH"})
        with demo.drain() as child:
            wait_until(lambda: demo.answered() >= 3 or not child.running(), "3 answers")
            dashboard.kill()
            time.sleep(2)
            check(child.running(), f"the host did not wait: {child.texts}")
            dashboard.start()
            child.wait().expect(0)
        compare(expected, demo, "with trouble")
        same("comments", expected["comments"], sorted(dashboard.comments()))


def check_stays_away(host, folder):
    """Waited for as the limit says; a later start goes on with the same run. Its answers fit one order of the tasks, so there is one."""
    with Dashboard(folder) as dashboard:
        demo = DashboardDemo(host, folder / "gone", dashboard)
        for other in (2, 3):
            dashboard.tell(edit={"id": other, "status": "archived"})
        with demo.drain(MAMC_OUTAGE_LIMIT_MS="2000") as child:
            wait_until(lambda: demo.answered() >= 3 or not child.running(), "3 answers")
            dashboard.kill()
            ended = child.wait().expect(3)
        check(dashboard.url in ended.err, f"not told what is away: {ended.err}")
        check("done" not in ended.out, f"an outage is called done: {ended.out}")
        same("runs when it had ended", 1, len(demo.journal().runs()))
        dashboard.start()
        with demo.drain() as child:
            child.wait().expect(0)
        same("statuses", ["done", "archived", "archived"], dashboard.statuses())
        same("runs", ["done"], [run["status"] for run in demo.journal().runs()])


def check_others(host, folder):
    """Somebody else's task is left alone, and nobody asks for it again and again."""
    with Dashboard(folder) as dashboard:
        demo = DashboardDemo(host, folder / "others", dashboard)
        theirs = {"status": "in_progress", "claimed_by": "other", "claimed_at": "2099-01-01T00:00:00Z"}
        dashboard.tell(fault={"do": "edit", "fields": theirs, "method": "PATCH", "path": "/tasks/3"})
        with demo.drain() as child:
            ended = child.wait().expect(1)
        same("statuses", ["done", "done", "in_progress"], dashboard.statuses())
        same("owner", "other", dashboard.tasks()[2]["claimed_by"])
        check("in_progress" in ended.out, f"what is left is not told: {ended.out}")
        requests = dashboard.tell(requests=True)
        same("changes asked of their task", 1, sum(r["method"] == "PATCH" and r["path"].endswith("/tasks/3") for r in requests))
        lists = sum(r["method"] == "GET" and r["path"].endswith("/tasks") for r in requests)
        check(lists <= 12, f"the board was listed {lists} times for three tasks")


def test(host, folder):
    expected = check_clean(host, folder / "1")
    shared_scenarios(lambda: check_away_at_start(host, folder / "2"),
                     lambda: check_trouble(host, folder / "3", expected),
                     lambda: check_stays_away(host, folder / "4"),
                     lambda: check_others(host, folder / "5"))
    print("the demo's tasks end done on a dashboard; away at the start: 3; in trouble: the same work, said once; too long away: 3, then gone on with; "
          "a task of another coordinator is left alone")


if __name__ == "__main__":
    main(test, in_parts=True)

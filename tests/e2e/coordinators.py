#!/usr/bin/env python3
"""coordinators.py BIN: one project, two machines that could coordinate it, a board that both reach and a redis-server: one at a
time has it. The first is killed, or stands still and comes back; every change is accepted once. A third process submits."""
import json
import signal

from fleet import Machine, Site
from real_servers import RedisServer
from support import check, main, rows, same, shared_scenarios, wait_until

TASKS = 3

WORKFLOW = """
name: deliver
version: 1.0.0
description: Implements, reviews and merges.
steps:
  - {id: checkout, type: git-operation, operation: checkout}
  - {id: implement, type: persona-request, persona: lead-engineer, intent: implement, dependencies: [checkout]}
  - {id: test, type: command, shell: "test -d changes", dependencies: [implement]}
  - {id: in-review, type: task-update, status: in_review, dependencies: [test]}
  - {id: review, type: persona-request, persona: architect, intent: review, require: any, dependencies: [in-review]}
  - {id: finalize, type: git-operation, operation: finalize, merge: squash, message: "${task.title}", dependencies: [review]}
  - {id: done, type: task-update, status: done, dependencies: [finalize]}
"""

# A model that knows one thing: the file that each task is about. Who asks for what is noted.
MODEL = """#!/usr/bin/env python3
import json, re, sys, time
ask = json.load(sys.stdin)
text = json.dumps(ask["messages"])
number = re.search(r"change number (\\d+)", text).group(1)
with open(sys.argv[1] + "/asked", "a") as asked:
    asked.write(ask["persona"] + " " + number + "\\n")
time.sleep(0.4)
if ask["persona"] == "lead-engineer":
    print(f"Adds it.\\n\\nFILE: changes/{number}.txt\\n```\\nthe change {number}\\n```")
else:
    print("It is well.")
"""


class Shop(Site):
    def __init__(self, host, folder, server):
        super().__init__(host, folder, server, WORKFLOW, MODEL)

    def subjects(self, branch="main"):
        return self.host.git("--git-dir", self.folder / "remote.git", "log", "--format=%s", branch).splitlines()

    def statuses(self):
        return [status for (status,) in rows(self.folder / "board.db", "SELECT status FROM tasks ORDER BY id")]

    def check_delivered(self, what):
        same(f"{what}: tasks", ["done"] * TASKS, self.statuses())
        same(f"{what}: commits of main", ["begin"] + [title(n) for n in range(1, TASKS + 1)], sorted(self.subjects(), key=order))
        files = self.host.git("--git-dir", self.folder / "remote.git", "ls-tree", "-r", "--name-only", "main").split()
        files = [file for file in files if not file.startswith(".ma/")]
        same(f"{what}: files of main", ["README"] + [f"changes/{n}.txt" for n in range(1, TASKS + 1)], sorted(files))


def title(number):
    return f"Make change number {number}"


def order(subject):
    return (subject != "begin", subject)


def add_tasks(machine):
    for number in range(1, TASKS + 1):
        machine.run("task", "add", "--project", "shop", "--title", title(number)).expect(0)


def said(child, text):
    return text in child.texts.get("stderr", "")


def check_killed(host, folder):
    """Killed while the model is asked, when the branch is pushed and when the change is merged: another takes over."""
    moments = {
        "asked": lambda site: "lead-engineer 2" in site.asked(),
        "in review": lambda site: "architect 2" in site.asked(),
        "merged": lambda site: title(2) in site.subjects(),
    }
    for name, reached in moments.items():
        with RedisServer(folder / ("redis-killed-" + name.replace(" ", "-"))) as server:
            site = Shop(host, folder / ("killed-" + name.replace(" ", "-")), server)
            first, second = Machine(site, "first"), Machine(site, "second")
            add_tasks(first)
            with first.coordinate() as one:
                wait_until(lambda: "lead-engineer 1" in site.asked() or not one.running(), "the first works")
                with second.coordinate() as two:
                    wait_until(lambda: said(two, "is run by") or not two.running(), "the second waits")
                    check(two.running(), f"the second did not wait: {two.texts}")
                    wait_until(lambda: reached(site) or not one.running(), name)
                    same("runs of the one who waits", [], second.runs())
                    one.kill()
                    two.wait(120).expect(0)
                    same("said once", 1, two.texts["stderr"].count("is run by"))
            site.check_delivered("killed when " + name)
            check(second.runs(), "the second has done nothing")


def check_stopped(host, folder):
    """Stopped for longer than it may be silent, and back again, it parks what it had and changes nothing that the other has done."""
    with RedisServer(folder / "redis-stopped") as server:
        site = Shop(host, folder / "stopped", server)
        first, second = Machine(site, "first"), Machine(site, "second")
        add_tasks(first)
        with first.coordinate() as one, second.coordinate() as two:
            # Either may be the first.
            wait_until(lambda: "lead-engineer 1" in site.asked(), "one of them works")
            has, waits = (one, two) if first.runs() else (two, one)
            has.signal(signal.SIGSTOP)
            asked = len(site.asked())
            wait_until(lambda: len(site.asked()) > asked + 1, "the other takes over")
            has.signal(signal.SIGCONT)
            for child in (one, two):
                child.wait(120).expect(0)
        check(said(has, "is not this host's any more"), f"not noticed: {has.texts}")
        site.check_delivered("stopped")
        lost = (first if has is one else second).runs()
        check("failed" not in [run["status"] for run in lost], f"a run that was parked has failed: {lost}")


def events(site, corr_id):
    """status and error of the events with this corr_id"""
    lines = site.server.cli("--json", "XRANGE", "machine:events", "-", "+")
    found = []
    for _, fields in json.loads(lines):
        fields = dict(zip(fields[::2], fields[1::2])) if isinstance(fields, list) else fields
        if fields.get("corr_id") == corr_id and fields.get("from_persona") == "coordination":
            found.append((fields["status"], fields.get("error", ""), fields.get("result", "")))
    return found


def ended(site, corr_id):
    return [event for event in events(site, corr_id) if event[0] in ("done", "error")]


def check_submitted(host, folder):
    with RedisServer(folder / "redis-submitted") as server:
        site = Shop(host, folder / "submitted", server)
        first, second, third = (Machine(site, name) for name in ("first", "second", "third"))
        refused = third.run("submit", "--project", "shop", env={"MAMC_TRANSPORT": "local"}).expect(2)
        check("transport: local" in refused.err, f"not said: {refused.err}")
        left = third.run("submit", "--project", "shop", "--no-wait").expect(0).out.strip()
        with first.start("--project", "shop") as one:
            wait_until(lambda: ended(site, left) or not one.running(), "what was submitted before is answered")
            with second.start("--project", "shop") as two:
                wait_until(lambda: said(two, "is run by") or not two.running(), "the second waits")
                # The two take turns in being asked; one of them hands it on.
                for _ in range(4):
                    third.run("submit", "--project", "shop").expect(0)
                add_tasks(first)
                done = third.run("submit", "--project", "shop", "--json").expect(0).json()
                same("status", ("done", "pass"), (done["status"], done["result"]["status"]))
                same("answers", 1, len(ended(site, done["corr_id"])))
                wrong = third.run("submit", "--project", "shpo").expect(2)
                for part in ("unknown project 'shpo'", "did you mean 'shop'"):
                    check(part in wrong.err, f"'{part}' is not said: {wrong.err}")
                # As the protocol has it, from a program that is none of ours.
                for corr_id, payload in (("u-1", '{"project_id": "shop"}'), ("u-2", "{}")):
                    server.cli("XADD", "machine:requests", "*", "workflow_id", "wf-123", "to_persona", "coordination", "step", "1", "intent",
                               "orchestrate", "payload", payload, "corr_id", corr_id, "deadline_s", "600")
                    wait_until(lambda: ended(site, corr_id), f"{corr_id} is answered")
                same("the foreign request", ["done"], [status for status, _, _ in ended(site, "u-1")])
                (status, error, _), = ended(site, "u-2")
                check(status == "error" and "project_id" in error, f"what is missing is not said: {status} {error}")
                # Whoever does not wait any more changes nothing.
                with third.start("submit", "--project", "shop") as waiting:
                    wait_until(lambda: said(waiting, "submitted as") or not waiting.running(), "it is submitted")
                for child in (one, two):
                    child.signal(signal.SIGINT)
                    child.wait(30).expect(130)
        site.check_delivered("submitted")


def test(host, folder):
    shared_scenarios(lambda: check_killed(host, folder), lambda: check_stopped(host, folder), lambda: check_submitted(host, folder))


if __name__ == "__main__":
    main(test, in_parts=True)

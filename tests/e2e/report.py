#!/usr/bin/env python3
"""report.py BIN: what the demo reports is counted again from git, make, the board and the journal."""
import collections
import re
import subprocess

from support import CHILD, CHILD_RECEIPT, RECEIPT, Demo, check, main, same

REVIEWS = {"code-review", "security-review", "devops-review"}


def check_board(host, demo, report):
    listed = host.run("--config", demo.folder / "mamc.yaml", "task", "list", "--json").expect(0).json()
    listed = listed["tasks"] if isinstance(listed, dict) else listed
    stored = [(str(task), title, status) for task, _, title, status, _ in demo.tasks()]
    same("tasks of the board's file", [(t["id"], t["title"], t["status"]) for t in report["tasks"]], stored)
    same("tasks of `task list`", sorted(stored), sorted((t["id"], t["title"], t["status"]) for t in listed))
    same("done", report["done"], sum(status == "done" for _, _, status in stored))
    same("tasks that are done", 3, report["done"])
    # The personas have pushed their branches, and finalize has brought them to main.
    for task in report["tasks"]:
        check(task["branch"].startswith(f"mamc/task-{task['id']}-"), f"no branch of task {task['id']}: {task}")
        told = host.run("--config", demo.folder / "mamc.yaml", "task", "show", task["id"]).expect(0).out
        on_main = [c["id"] for c in report["commits"] if f"commit {c['id']} on main" in told]
        same(f"commits on main that task {task['id']} names", 1, len(on_main))


def check_git(demo, report):
    commits = demo.commits()
    same("commits", [(c["id"], c["subject"]) for c in report["commits"]], [(c, subject) for c, _, subject in commits])
    same("commits on main", 4, len(commits))


def check_tests(host, demo, report, folder):
    clone = folder / "clone"
    host.git("clone", "--quiet", "--branch", "main", demo.remote, clone)
    made = subprocess.run(["make", "test"], cwd=clone, env=host.env, capture_output=True, text=True)
    said = collections.Counter(re.findall(r"^(ok|not ok) - ", made.stdout, re.MULTILINE))
    same("tests", report["tests"], {"exit_code": made.returncode, "passed": said["ok"], "failed": said["not ok"]})
    check(said["ok"] >= 20 and said["not ok"] == 0, f"the fresh clone's tests: {dict(said)}")


def requests(journal, run):
    """Persona requests of a run: (path, key) -> (persona, intent, asked seq, answered seq, status)."""
    found = {}
    for record in journal.records(run["row"]):
        place = (record["path"], record["key"])
        if record["kind"] == CHILD and record["body"]["service"] == "persona.request":
            asked = record["body"]["input"]
            found[place] = {"persona": asked["persona"], "intent": asked.get("intent"), "asked": record["seq"]}
        if record["kind"] == CHILD_RECEIPT and place in found:
            found[place] |= {"answered": record["seq"], "status": record["body"]["result"].get("status")}
    return found


def check_journal(demo, report):
    journal = demo.journal()
    runs = journal.runs()
    same("runs", [("1", "hotfix"), ("2", "project-loop"), ("3", "project-loop")], [(r["task"], r["workflow"]) for r in runs])
    asked = {run["task"]: requests(journal, run) for run in runs}
    everything = [(task, request) for task, of_run in asked.items() for request in of_run.values()]
    same("answers", report["answers"], journal.answers())
    same("answers and requests", report["answers"], len(everything))

    rejected = [task for task, r in everything if r["intent"] in ("evaluate", "approve") and r["status"] == "fail"]
    same("tasks with a rejected plan", ["3"], rejected)
    failed = [task for task, r in everything if r["intent"] == "test" and r["status"] == "fail"]
    same("tasks with a failed test run", ["2"], failed)
    check_reviews(journal, runs, asked)


def check_reviews(journal, runs, asked):
    reviewed = 0
    for run in runs:
        reviews = [r for (path, _), r in asked[run["task"]].items() if path.rsplit("/", 1)[-1].split("@")[0] in REVIEWS]
        if not reviews:
            continue
        same(f"reviewers of task {run['task']}", 3, len(reviews))
        last_asked, first_answered = max(r["asked"] for r in reviews), min(r["answered"] for r in reviews)
        check(last_asked < first_answered,
              f"task {run['task']}: a review ended (record {first_answered}) before the last began (record {last_asked})")
        reviewed += 1
    same("reviewed tasks", 2, reviewed)
    receipts = [r for run in runs for r in journal.records(run["row"], RECEIPT)]
    same("failed steps", [], [r["path"] for r in receipts if r["body"]["status"] != "done"])


def test(host, folder):
    demo = Demo(host, folder / "Größe and a space" / "démo ✓")
    demo.folder.parent.mkdir()
    report = demo.run("--json").expect(0).json()
    same("dir", str(demo.folder), report["dir"])
    check_board(host, demo, report)
    check_git(demo, report)
    check_tests(host, demo, report, folder)
    check_journal(demo, report)

    again = demo.run().expect(2)
    check("exists already" in again.err and "--resume" in again.err, f"not told what to do: {again.err}")
    same("commits after the refused start", len(report["commits"]), len(demo.commits()))
    left = sorted(str(path.relative_to(host.home)) for path in host.home.rglob("*"))
    same("files outside of the demo's folder", ["tmp"], left)
    print(f"{report['done']} tasks, {len(report['commits'])} commits, {report['tests']['passed']} tests, {report['answers']} answers: as reported")


if __name__ == "__main__":
    main(test)

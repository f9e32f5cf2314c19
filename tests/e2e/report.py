#!/usr/bin/env python3
"""report.py BIN: what the demo reports is counted again from git, make, the board and the journal."""
import collections
import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

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


def check_ma(demo, report):
    """What main keeps of the tasks: an entry each and the summary, no logs. Their branches have the logs."""
    show = lambda *words: demo.host.git("--git-dir", demo.remote, *words)
    same("files in .ma on main", [".ma/.gitattributes", ".ma/changelog.md", ".ma/context/summary.json", ".ma/context/summary.md"],
         show("ls-tree", "-r", "--name-only", "main", ".ma/").split())
    changelog = show("show", "main:.ma/changelog.md")
    headings = [line for line in changelog.splitlines() if line.startswith("## ")]
    done = [f"## {task['title']} (task {task['id']})" for task in report["tasks"] if task["status"] == "done"]
    same("entries of the change log, the latest first", list(reversed(done)), headings)
    check("span_clock writes a length as clock time" in changelog, f"the change log has no summary by the persona:\n{changelog}")
    summary = show("show", "main:.ma/context/summary.md")
    check("src/parse.c" in summary and ".ma" not in summary, f"not a summary of the repository:\n{summary}")
    branches = {task["id"]: task["branch"] for task in report["tasks"]}
    log = lambda task, kind: show("show", f"{branches[task]}:.ma/{kind[0]}/task-{task}-{kind[1]}.log")
    states = lambda text: [line.split(" | ")[:2] for line in text.splitlines() if line.startswith("=== ")]
    same("plans of task 3", [["=== plan 1", "fail"], ["=== plan 2", "pass"]], states(log("3", ("planning", "plan"))))
    same("tests of task 2", [["=== qa 1", "FAIL"], ["=== qa 2", "PASS"]], states(log("2", ("qa", "qa"))))
    check("not ok - mean" in log("2", ("qa", "qa")), "the log of tests has no output")


def check_tests(host, demo, report, folder):
    clone = folder / "clone"
    host.git("clone", "--quiet", "--branch", "main", demo.remote, clone)
    made = subprocess.run(["make", "test"], cwd=clone, env=host.env, capture_output=True, text=True)
    said = collections.Counter(re.findall(r"^(ok|not ok) - ", made.stdout, re.MULTILINE))
    same("tests", report["tests"], {"exit_code": made.returncode, "passed": said["ok"], "failed": said["not ok"]})
    check(said["ok"] >= 20 and said["not ok"] == 0, f"the fresh clone's tests: {dict(said)}")


def requests(journal, run):
    """Persona requests of a run: (path, key) -> persona, intent, payload, status, and when it was asked and answered: record and time."""
    found = {}
    for record in journal.records(run["row"]):
        place = (record["path"], record["key"])
        if record["kind"] == CHILD and record["body"]["service"] == "persona.request":
            asked = record["body"]["input"]
            found[place] = {"persona": asked["persona"], "intent": asked.get("intent"), "payload": asked.get("payload", {}),
                            "asked": record["seq"], "asked_ms": record["at_ms"]}
        if record["kind"] == CHILD_RECEIPT and place in found:
            found[place] |= {"answered": record["seq"], "answered_ms": record["at_ms"], "status": record["body"]["result"].get("status")}
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
    # Who plans and who judges plans knows the repository.
    for task, r in everything:
        if r["intent"] in ("plan", "evaluate", "approve"):
            told = r["payload"].get("context_summary", "")
            check("src/parse.c" in told, f"task {task}: {r['persona']} is asked to {r['intent']} without the repository: {told!r}")
    check_reviews(journal, runs, asked)


def check_reviews(journal, runs, asked):
    reviewed = 0
    for run in runs:
        reviews = [r for (path, _), r in asked[run["task"]].items() if path.rsplit("/", 1)[-1].split("@")[0] in REVIEWS]
        if not reviews:
            continue
        same(f"reviewers of task {run['task']}", 3, len(reviews))
        # Each began before any other had ended, in the order of the journal and by its clock.
        for begin, end in ("asked", "answered"), ("asked_ms", "answered_ms"):
            last_begin, first_end = max(r[begin] for r in reviews), min(r[end] for r in reviews)
            # All of it may be one tick of the clock; two records are never one.
            check(last_begin < first_end or (begin == "asked_ms" and last_begin == first_end), f"task {run['task']}: a review ended ({end} {first_end}) before the last began ({begin} {last_begin})")
        reviewed += 1
    same("reviewed tasks", 2, reviewed)
    receipts = [r for run in runs for r in journal.records(run["row"], RECEIPT)]
    same("failed steps", [], [r["path"] for r in receipts if r["body"]["status"] != "done"])


def check_terminal(host, demo):
    """What is listed fits on a terminal, and is whole in a file."""
    words = ["--config", demo.folder / "mamc.yaml", "plugin", "list"]
    lines = host.run(*words).expect(0).out.splitlines()
    check(max(map(len, lines)) > 80, "the list is too narrow to show anything")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    listing = subprocess.Popen([host.bin / "mamc-host", *words], env=host.env, stdin=subprocess.DEVNULL, stdout=theirs)
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # that is how a terminal ends
        while piece := os.read(ours, 4096):
            seen += piece
    os.close(ours)
    same("exit code", 0, listing.wait())
    shown = seen.decode().splitlines()
    same("rows", len(lines), len(shown))
    for whole, line in zip(lines, shown):
        check(len(line) <= 80, f"{len(line)} columns: {line}")
        check(line == whole or line.endswith("...") and whole.startswith(line[:-3]), f"another row: {line}")


def check_moved(host, folder):
    """A demo names its folder by the path: gone on with elsewhere it would work on what is not there."""
    demo = Demo(host, folder / "first")
    demo.run("--setup-only").expect(0)
    demo.folder.rename(folder / "second")
    refused = Demo(host, folder / "second").run("--resume").expect(2)
    check(f"was made as {demo.folder}" in refused.err and "move it back" in refused.err, f"not told what to do: {refused.err}")


def test(host, folder):
    demo = Demo(host, folder / "Größe and a space" / "démo ✓")
    demo.folder.parent.mkdir()
    ended = demo.run("--json").expect(0)
    check("  . devops review\n" in ended.err, f"advice is not told as such:\n{ended.err}")
    report = ended.json()
    same("dir", str(demo.folder), report["dir"])
    check_board(host, demo, report)
    check_git(demo, report)
    check_ma(demo, report)
    check_tests(host, demo, report, folder)
    check_journal(demo, report)
    check_terminal(host, demo)

    again = demo.run().expect(2)
    check("exists already" in again.err and "--resume" in again.err, f"not told what to do: {again.err}")
    same("commits after the refused start", len(report["commits"]), len(demo.commits()))
    check_moved(host, folder)
    left = sorted(str(path.relative_to(host.home)) for path in host.home.rglob("*"))
    same("files outside of the demo's folder", ["tmp"], left)
    print(f"{report['done']} tasks, {len(report['commits'])} commits, {report['tests']['passed']} tests, {report['answers']} answers: as reported")


if __name__ == "__main__":
    main(test)

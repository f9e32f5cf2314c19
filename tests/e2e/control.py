#!/usr/bin/env python3
"""control.py BIN: one owner per state directory, Ctrl-C, and runs that are cancelled, resumed and done again in part."""
import signal
import sqlite3

from support import Demo, Journal, check, main, rows, same, wait_until
from workflow import make_repository, write_workflow

# `slow` waits until its gate is opened.
SLOW = """
name: slow
version: 1.0.0
description: Waits.
steps:
  - id: first
    type: command
    shell: "echo first >> ${variables.trace}"
  - id: slow
    type: command
    dependencies: [first]
    shell: "echo slow >> ${variables.trace}; while ! test -e ${variables.gate}; do sleep 0.05; done"
  - id: last
    type: command
    dependencies: [slow]
    shell: "echo last >> ${variables.trace}"
variables:
  trace: "%s"
  gate: "%s"
"""


def check_second_host_and_interrupt(host, folder):
    demo = Demo(host, folder / "demo")
    with demo.start() as first:
        wait_until(lambda: begun(demo.state) or not first.running(), "the demo works")
        second = host.run("--config", demo.folder / "mamc.yaml", "--project", "demo", "--drain")
        same("exit of the second host", 1, second.code)
        check(str(first.pid) in second.err, f"the owner's process id {first.pid} is not named: {second.err}")
        check(first.running(), "the first host has ended")
        first.signal(signal.SIGINT)
        ended = first.wait(30)
        same("exit after Ctrl-C", 130, ended.code)
        check("--resume" in ended.err, f"not told how to go on: {ended.err}")
        check("what was under way is gone on with" in ended.err, f"not told what becomes of the run: {ended.err}")
    report = demo.run("--resume", "--json").expect(0).json()
    same("tasks done after --resume", 3, report["done"])
    same("answers after --resume", 33, report["answers"])


def begun(state):
    try:
        return bool(Journal(state).runs())
    except sqlite3.OperationalError:  # no table yet
        return False


class Slow:
    """A run whose second step waits."""

    def __init__(self, host, folder):
        self.host, self.state = host, folder / "state"
        self.trace, self.gate = folder / "trace", folder / "gate"
        make_repository(host, folder)
        workflows = write_workflow(folder, "slow", SLOW % (self.trace, self.gate))
        self.flags = ("--state-dir", self.state, "--workflows", workflows)
        host.run(*self.flags, "task", "add", "--project", "1", "--title", "T", "--repo", folder / "repo.git",
                 "--workflow", "slow").expect(0)

    def run(self, *words):
        return self.host.run(*self.flags, *words)

    def runs(self):
        return self.run("runs", "list", "--json").expect(0).json()

    def task(self):
        return rows(self.state / "board.db", "SELECT status FROM tasks")[0][0]

    def traced(self):
        return self.trace.read_text().split() if self.trace.exists() else []


def check_cancel_resume_retry(host, folder):
    slow = Slow(host, folder)
    with host.start(*slow.flags, "--project", "1", "--drain") as owner:
        wait_until(lambda: slow.traced() == ["first", "slow"] or not owner.running(), "the second step waits")
        run = slow.runs()[0]["id"]
        slow.run("runs", "cancel", run).expect(0)
        owner.wait(30).expect(1)
    same("run after cancel", "cancelled", slow.runs()[0]["status"])
    same("task after cancel", "blocked", slow.task())

    # Gone on with: what was done counts, what was cut off is done again.
    slow.gate.write_text("")
    slow.run("runs", "resume", run).expect(0)
    same("run after resume", "done", slow.runs()[0]["status"])
    same("steps that ran", ["first", "slow", "slow", "last"], slow.traced())
    same("task after resume", "done", slow.task())

    slow.run("runs", "retry", run, "--from", "last").expect(0)
    same("steps that ran", ["first", "slow", "slow", "last", "last"], slow.traced())
    same("runs", [(run, "done")], [(one["id"], one["status"]) for one in slow.runs()])
    shown = slow.run("runs", "show", run, "--json").expect(0).json()["steps"]
    same("steps shown", ["first@1", "slow@1", "last@1"], [step["path"] for step in shown])
    unknown = slow.run("runs", "retry", run, "--from", "nowhere")
    check(unknown.code != 0 and "first, slow, last" in unknown.err, f"the steps are not named: {unknown.err}")


def check_done_by_a_person(host, folder):
    """A task that a person sets to done while no host is at it: its run is over, and nothing of it is done any more."""
    slow = Slow(host, folder)
    with host.start(*slow.flags, "--project", "1", "--drain") as owner:
        wait_until(lambda: slow.traced() == ["first", "slow"] or not owner.running(), "the second step waits")
        owner.signal(signal.SIGINT)
        same("exit after Ctrl-C", 130, owner.wait(30).code)
    slow.run("task", "set", "1", "--status", "done").expect(0)
    slow.gate.write_text("")
    slow.run("--project", "1", "--drain").expect(0)
    same("run of the task", ["cancelled"], [one["status"] for one in slow.runs()])
    same("steps that ran", ["first", "slow"], slow.traced())


def check_done_while_running(host, folder):
    """A task that a person sets to done while its run is under way: the run ends, and the person's word stands."""
    slow = Slow(host, folder)
    with host.start(*slow.flags, "--project", "1", "--drain") as owner:
        wait_until(lambda: slow.traced() == ["first", "slow"] or not owner.running(), "the second step waits")
        run = slow.runs()[0]["id"]
        closed = slow.run("task", "set", "1", "--status", "done").expect(0)
        check(f"its run {run} is being cancelled" in closed.err, f"not told of the run: {closed.err}")
        owner.wait(30).expect(0)
    same("run of the task", ["cancelled"], [one["status"] for one in slow.runs()])
    same("task", "done", slow.task())
    same("steps that ran", ["first", "slow"], slow.traced())
    shown = slow.run("task", "show", "1").expect(0).out
    for words in (f"Run {run} was cancelled", "the task was set to done by a person", "The task stays done"):
        check(words in shown, f"'{words}' is not said: {shown}")
    # Nor does the next host take it up.
    slow.gate.write_text("")
    slow.run("--project", "1", "--drain").expect(0)
    same("steps that ran", ["first", "slow"], slow.traced())


FAILING = """
name: failing
version: 1.0.0
description: Fails.
steps:
  - id: fail
    type: command
    argv: ["false"]
"""


def check_files_of_failed_runs(host, folder):
    """A task that fails again and again leaves the files of its last run, not of each."""
    make_repository(host, folder)
    workflows = write_workflow(folder, "failing", FAILING)
    flags = ("--state-dir", folder / "state", "--workflows", workflows)
    host.run(*flags, "task", "add", "--project", "1", "--title", "T", "--repo", folder / "repo.git",
             "--workflow", "failing").expect(0)
    host.run(*flags, "--project", "1", "--drain", env={"BLOCKED_MAX_ATTEMPTS": "3"}).expect(1)
    runs = [one["id"] for one in host.run(*flags, "runs", "list", "--json").json()]
    same("runs", 3, len(runs))
    same("working trees", [runs[0]], [tree.parent.name for tree in (folder / "state/projects").glob("*/runs/*/tree")])


def check_interrupt_when_idle(host, folder):
    """Ctrl-C on a host that waits for tasks: nothing was under way, and nothing is said of it."""
    slow = Slow(host, folder)
    slow.gate.write_text("")
    with host.start(*slow.flags, "--project", "1") as owner:
        wait_until(lambda: slow.task() == "done" or not owner.running(), "the task is done")
        wait_until(lambda: "nothing to do" in owner.texts["stderr"] or not owner.running(), "the host waits")
        owner.signal(signal.SIGINT)
        ended = owner.wait(30).expect(130)
    check("interrupted" in ended.err and "under way" not in ended.err, f"told of work that there was not: {ended.err}")
    registered = [line for line in ended.err.splitlines() if "registered" in line]
    check(len(registered) == 1 and "lead-engineer" in registered[0], f"lines about personas: {registered}")


def check_hangup(host, folder):
    """The terminal is closed while a run is under way; the path of the state directory is a long one."""
    slow = Slow(host, folder / ("long" * 30))
    with host.start(*slow.flags, "--project", "1", "--drain") as owner:
        wait_until(lambda: slow.traced() == ["first", "slow"] or not owner.running(), "the second step waits")
        same("exit of a cancel that names no run", 2, slow.run("runs", "cancel", "r000000000000").code)
        owner.signal(signal.SIGHUP)
        same("exit after a hang-up", 130, owner.wait(30).code)
    slow.gate.write_text("")
    slow.run("--project", "1", "--drain").expect(0)
    same("run afterwards", ["done"], [one["status"] for one in slow.runs()])


def test(host, folder):
    check_second_host_and_interrupt(host, folder)
    check_cancel_resume_retry(host, folder)
    check_hangup(host, folder)
    (folder / "done").mkdir()
    check_done_by_a_person(host, folder / "done")
    (folder / "idle").mkdir()
    check_interrupt_when_idle(host, folder / "idle")
    (folder / "closed").mkdir()
    check_done_while_running(host, folder / "closed")
    (folder / "failing").mkdir()
    check_files_of_failed_runs(host, folder / "failing")
    print("second host refused, Ctrl-C and hang-up 130 and gone on with; cancelled, resumed, retried")


if __name__ == "__main__":
    main(test)

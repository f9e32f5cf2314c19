#!/usr/bin/env python3
"""dying.py BIN BENCH_PLUGINS: hosts that die at the same step again and again: of its plugin, by kill -9, and by Ctrl-C, which is no death."""
import signal
import sys

from control import Slow
from support import check, main, rows, same, wait_until
from workflow import make_repository, write_workflow

DEATHS = 3  # of hosts at one step, before it is not run again

CRASHES = """
name: crashes
version: 1.0.0
description: Takes the host down.
steps:
  - {id: boom, type: test.act, retries: 5, params: {crash: true, log: "%s"}}
"""

FINE = """
name: fine
version: 1.0.0
description: Ends well.
steps:
  - {id: fine, type: set-variables, variables: {fine: true}}
"""


def check_died(ended):
    # The address sanitizer makes a report and an exit of its own of it.
    check(ended.code not in (0, 1, 2, 3) or "SEGV" in ended.err, f"the host did not die: exit {ended.code}\n{ended.err}")


def check_crashing_plugin(host, folder):
    plugins, trace = sys.argv[2], folder / "trace"
    make_repository(host, folder)
    write_workflow(folder, "fine", FINE)
    flags = ("--state-dir", folder / "state", "--plugins", plugins, "--workflows",
             write_workflow(folder, "crashes", CRASHES % trace))
    for workflow in ("crashes", "fine"):
        host.run(*flags, "task", "add", "--project", "1", "--title", workflow, "--repo", folder / "repo.git",
                 "--workflow", workflow).expect(0)

    def start():
        return host.run(*flags, "--project", "1", "--drain")

    def tasks():
        return rows(folder / "state/board.db", "SELECT title, status, blocked FROM tasks ORDER BY id")

    for death in range(1, DEATHS + 1):
        check_died(start())
        same("times that the step was run", death, len(trace.read_text().splitlines()))
    start().expect(1)
    same("times that the step was run", DEATHS, len(trace.read_text().splitlines()))
    (_, status, blocked), (_, other, _) = tasks()
    same("the other task", "done", other)
    same("the task whose step ends every host", "blocked", status)
    for part in ("'boom@1'", "type test.act", f"{plugins}/steps/test.bench.so", f"died {DEATHS} times", '"person"'):
        check(part in blocked, f"'{part}' is not said: {blocked}")
    comments = [text for (text,) in rows(folder / "state/board.db", "SELECT text FROM comments WHERE task=1")]
    check(any("'boom@1'" in text for text in comments), f"no comment says why: {comments}")

    # A person says so: it has all its tries again.
    host.run(*flags, "task", "unblock", "1").expect(0)
    check_died(start())
    same("times that the step was run", DEATHS + 1, len(trace.read_text().splitlines()))


def check_plugin_that_cannot_be_loaded(host, folder):
    """A plugin that crashes before any of its steps runs is found out as well."""
    plugins = sys.argv[2]
    make_repository(host, folder)
    write_workflow(folder, "fine", FINE)
    crashes = CRASHES % (folder / "trace")
    flags = ("--state-dir", folder / "state", "--plugins", plugins, "--workflows", write_workflow(folder, "crashes", crashes))
    for workflow in ("crashes", "fine"):
        host.run(*flags, "task", "add", "--project", "1", "--title", workflow, "--repo", folder / "repo.git",
                 "--workflow", workflow).expect(0)
    for _ in range(DEATHS):
        check_died(host.run(*flags, "--project", "1", "--drain", env={"MAMC_BENCH_DIES_AT_LOAD": "1"}))
    host.run(*flags, "--project", "1", "--drain", env={"MAMC_BENCH_DIES_AT_LOAD": "1"}).expect(1)
    (_, status, blocked), (_, other, _) = rows(folder / "state/board.db", "SELECT title, status, blocked FROM tasks ORDER BY id")
    same("the other task", "done", other)
    same("the task whose plugin ends every host", "blocked", status)
    for part in ("'boom@1'", f"{plugins}/steps/test.bench.so", f"died {DEATHS} times"):
        check(part in blocked, f"'{part}' is not said: {blocked}")


def end_in_second_step(slow, number, times):
    with slow.host.start(*slow.flags, "--project", "1", "--drain") as owner:
        wait_until(lambda: slow.traced() == ["first"] + ["slow"] * times or not owner.running(), "the second step waits")
        owner.signal(number)
        return owner.wait(30).code


def check_interrupted(host, folder):
    """Ctrl-C, more often than a host may die: the run goes on."""
    slow = Slow(host, folder)
    for stop in range(1, DEATHS + 2):
        same("exit after Ctrl-C", 130, end_in_second_step(slow, signal.SIGINT, stop))
    slow.gate.write_text("")
    slow.run("--project", "1", "--drain").expect(0)
    same("task", "done", slow.task())


def check_killed(host, folder):
    """kill -9 is a death; `runs resume` goes on all the same."""
    slow = Slow(host, folder)
    for death in range(1, DEATHS + 1):
        same("exit of a killed host", -signal.SIGKILL, end_in_second_step(slow, signal.SIGKILL, death))
    slow.run("--project", "1", "--drain").expect(1)
    same("task", "blocked", slow.task())
    slow.gate.write_text("")
    slow.run("runs", "resume", slow.runs()[0]["id"]).expect(0)
    same("task after resume", "done", slow.task())


def test(host, folder):
    for part in (check_crashing_plugin, check_plugin_that_cannot_be_loaded, check_interrupted, check_killed):
        place = folder / part.__name__
        place.mkdir()
        part(host, place)
    print("blocked after three deaths, the other task done; Ctrl-C is no death; a person can go on")


if __name__ == "__main__":
    main(test)

#!/usr/bin/env python3
"""journal.py BIN: a journal that cannot be written any more stops the host with a sentence; what was recorded is gone on with."""
import os
import resource

from control import Slow
from support import check, main, same, wait_until
from workflow import make_repository, write_workflow

STEPS = 60
LIMIT_BYTES = 400_000

# Every step leaves a line behind and records some kilobytes.
HEAD = """
name: long
version: 1.0.0
description: Fills the journal.
variables: {trace: "%s"}
steps:
"""
STEP = """
  - id: s%d
    type: command%s
    shell: "echo %d >> ${variables.trace}; head -c 9000 /dev/urandom | base64 -w 0"
"""


def check_removed(host, folder):
    slow = Slow(host, folder)
    with host.start(*slow.flags, "--project", "1", "--drain") as owner:
        wait_until(lambda: slow.traced() == ["first", "slow"] or not owner.running(), "the second step waits")
        for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
            (slow.state / name).unlink()
        slow.gate.write_text("")
        ended = owner.wait(30).expect(1)
    check(f"{slow.state}/journal.db was removed" in ended.err, f"the file is not named: {ended.err}")
    check("start mamc-host again" in ended.err, f"nothing says what to do: {ended.err}")
    same("steps before the next start", ["first", "slow"], slow.traced())
    slow.run("--project", "1", "--drain").expect(0)
    same("steps after it", ["first", "slow", "slow", "last"], slow.traced())
    same("task", "done", slow.task())


class SmallFiles:
    """Files of processes that are started meanwhile may not grow beyond a size, as on a full disk."""

    def __init__(self, size):
        self.size = size

    def __enter__(self):
        self.before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, self.before[1]))

    def __exit__(self, *_):
        resource.setrlimit(resource.RLIMIT_FSIZE, self.before)


def check_full(host, folder):
    make_repository(host, folder)
    trace, state = folder / "trace", folder / "state"
    text = HEAD % trace
    for number in range(STEPS):
        text += STEP % (number, f"\n    dependencies: [s{number - 1}]" if number else "", number)
    flags = ("--state-dir", state, "--workflows", write_workflow(folder, "long", text))
    host.run(*flags, "task", "add", "--project", "1", "--title", "T", "--repo", folder / "repo.git", "--workflow",
             "long").expect(0)
    with SmallFiles(LIMIT_BYTES):
        ended = host.run(*flags, "--project", "1", "--drain").expect(1)
    check(f"the journal {state}/journal.db cannot be written" in ended.err, f"the file is not named: {ended.err}")
    same("how often that is said", 1, ended.err.count("mamc-host: the journal"))
    check("has room" in ended.err and "start mamc-host again" in ended.err, f"nothing says what to do: {ended.err}")
    before = trace.read_text().split()
    check(2 <= len(before) < STEPS, f"the disk was full after {len(before)} steps")
    same("task while the disk is full", "in_progress",
         host.run(*flags, "task", "list", "--project", "1", "--json").expect(0).json()[0]["status"])

    host.run(*flags, "--project", "1", "--drain").expect(0)
    after = trace.read_text().split()
    same("steps", [str(number) for number in range(STEPS)], sorted(set(after), key=int))
    again = [number for number in set(after) if after.count(number) > 1]
    check(len(again) <= 1 and set(again) <= {before[-1]}, f"done again: {again}; the last before was {before[-1]}")
    return len(before)


def test(host, folder):
    os.makedirs(folder / "removed")
    os.makedirs(folder / "full")
    check_removed(host, folder / "removed")
    count = check_full(host, folder / "full")
    print(f"removed: put back and gone on with; full after {count} of {STEPS} steps: gone on with")


if __name__ == "__main__":
    main(test)

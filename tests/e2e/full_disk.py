#!/usr/bin/env python3
"""full_disk.py BIN: a full disk below PROJECT_BASE is no task's failure: the host ends with 3, and the task is done when there is room. Needs root,
or a machine that lets users make namespaces."""
import os

from support import Host, check, main, same
from workflow import make_repository, write_workflow

BIG = 3_000_000
CHECKS_OUT = """
name: checks-out
version: 1.0.0
description: Writes a working tree.
steps:
  - {id: out, type: git-operation, operation: checkout}
  - {id: done, type: task-update, dependencies: [out], status: done}
"""


class SmallDisk:
    """Where the host runs: `folder` is a disk of its own that holds so many bytes, and is gone when the host ends."""

    def __init__(self, folder, size):
        self.folder, self.size = folder, size
        folder.mkdir()

    def argv(self, *words, cwd):
        own = [] if os.geteuid() == 0 else ["--map-root-user"]
        mount = f'mount -t tmpfs -o size={self.size} tmpfs "$0" && cd "$1" && shift && exec "$@"'
        return ["unshare", "--mount", *own, "sh", "-c", mount, self.folder, cwd, *words]


def test(host, folder):
    remote = make_repository(host, folder)
    (folder / "work/big").write_bytes(os.urandom(BIG))
    host.git("add", "big", cwd=folder / "work")
    host.git("commit", "--quiet", "-m", "big", cwd=folder / "work")
    host.git("push", "--quiet", remote, "main", cwd=folder / "work")
    base = folder / "base"
    flags = ("--state-dir", folder / "state", "--workflows", write_workflow(folder, "checks-out", CHECKS_OUT))
    env = {"PROJECT_BASE": str(base), "MAMC_OUTAGE_LIMIT_MS": "3000"}
    small = Host(host.bin, host.home, machine=SmallDisk(base, BIG // 2))
    roomy = Host(host.bin, host.home, machine=SmallDisk(folder / "base2", 20 * BIG))
    for title in ("one", "two"):
        host.run(*flags, "task", "add", "--project", "1", "--title", title, "--repo", remote, "--workflow", "checks-out", env=env).expect(0)
    ended = small.run(*flags, "--project", "1", "--drain", env=env).expect(3)
    check("No space left on device" in ended.err, f"the cause is not told: {ended.err}")
    tasks = host.run(*flags, "task", "list", "--project", "1", "--json", env=env).expect(0).json()
    check(all((task.get("blocked") or {}).get("reason") != "person" for task in tasks), f"a task was blocked for a person: {tasks}")
    roomy.run(*flags, "--project", "1", "--drain", env={**env, "PROJECT_BASE": str(folder / "base2")}).expect(0)
    tasks = host.run(*flags, "task", "list", "--project", "1", "--json", env=env).expect(0).json()
    same("tasks when there is room", ["done", "done"], [task["status"] for task in tasks])


if __name__ == "__main__":
    main(test)

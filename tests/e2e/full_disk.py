#!/usr/bin/env python3
"""full_disk.py BIN: a full disk below PROJECT_BASE is no task's failure: the host ends with 3, and the task is done when there is room. Needs root,
or sudo that does not ask."""
import os

from network import propagation
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
    """Where the host runs: `folder` is a disk of its own that holds so many bytes, and is gone when the host ends. To mount it takes root, by sudo, which must
    not ask; the host is the caller's, with `env`."""

    def __init__(self, folder, size, env):
        self.folder, self.size, self.env = folder, size, env
        folder.mkdir()

    def argv(self, *words, cwd):
        user, group = os.geteuid(), os.getegid()
        options = f"size={self.size},uid={user},gid={group}"
        mount = f'mount -t tmpfs -o {options} tmpfs "$0" && cd "$1" && shift && exec "$@"'
        as_user = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"] if user else []
        return [*(["sudo", "-n"] if user else []), "unshare", "--mount", "--propagation", propagation(), "sh", "-c", mount, self.folder, cwd, *as_user,
                "env", *(f"{name}={value}" for name, value in self.env.items()), *words]


def test(host, folder):
    remote = make_repository(host, folder)
    (folder / "work/big").write_bytes(os.urandom(BIG))
    host.git("add", "big", cwd=folder / "work")
    host.git("commit", "--quiet", "-m", "big", cwd=folder / "work")
    host.git("push", "--quiet", remote, "main", cwd=folder / "work")
    base = folder / "base"
    flags = ("--state-dir", folder / "state", "--workflows", write_workflow(folder, "checks-out", CHECKS_OUT))
    env = {**host.env, "PROJECT_BASE": str(base), "MAMC_OUTAGE_LIMIT_MS": "3000"}
    small = Host(host.bin, host.home, machine=SmallDisk(base, BIG // 2, env))
    for title in ("one", "two"):
        host.run(*flags, "task", "add", "--project", "1", "--title", title, "--repo", remote, "--workflow", "checks-out", env=env).expect(0)
    ended = small.run(*flags, "--project", "1", "--drain", env=env).expect(3)
    check("No space left on device" in ended.err, f"the cause is not told: {ended.err}")
    tasks = host.run(*flags, "task", "list", "--project", "1", "--json", env=env).expect(0).json()
    check(all((task.get("blocked") or {}).get("reason") != "person" for task in tasks), f"a task was blocked for a person: {tasks}")
    host.run(*flags, "--project", "1", "--drain", env=env).expect(0)
    tasks = host.run(*flags, "task", "list", "--project", "1", "--json", env=env).expect(0).json()
    same("tasks when there is room", ["done", "done"], [task["status"] for task in tasks])


if __name__ == "__main__":
    main(test)

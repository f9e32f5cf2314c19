#!/usr/bin/env python3
"""refused.py BIN: pushes that the other side refuses, of a task's branch and of a protected base: the task is a person's with the server's
words, the work is kept where it says, and goes on from there once the push is let in."""
import subprocess

from support import check, main, same
from workflow import make_repository, write_workflow

WORKFLOW = """
name: refused
version: 1.0.0
description: Changes a file and brings it to main.
steps:
  - {id: write, type: command, shell: "echo ours >> README"}
  - {id: commit, type: git-operation, operation: commit, dependencies: [write]}
  - {id: push, type: git-operation, operation: push, dependencies: [commit]}
  - id: test
    type: persona-request
    persona: qa-engineer
    intent: test
    dependencies: [push]
    test_command: "${project.test}"
  - {id: finalize, type: git-operation, operation: finalize, merge: "${project.merge}", dependencies: [test]}
"""

CONFIG = """
project_base: '{0}/projects'
state_dir: '{0}/state'
git: {{author: {{name: A, email: a@example.com}}}}
projects:
  shop: {{repo: '{0}/repo.git', base: main, base_writes: true, merge: squash, test: "cat README"}}
"""

HOOK = """#!/bin/sh
while read -r old new name; do
  case $name in {0}) echo "{1} is closed: ask the release team" >&2; exit 1 ;; esac
done
"""


def check_refused(host, folder, closed):
    folder.mkdir()
    make_repository(host, folder)
    remote, hook = folder / "repo.git", folder / "repo.git/hooks/pre-receive"
    hook.write_text(HOOK.format(f"refs/heads/{closed}", closed.rstrip("/*")))
    hook.chmod(0o755)
    config = folder / "mamc.yaml"
    config.write_text(CONFIG.format(folder))
    flags = ("--config", config, "--workflows", write_workflow(folder, "refused", WORKFLOW))
    drain = (*flags, "--project", "shop", "--drain")
    before = host.git("--git-dir", remote, "rev-parse", "main")

    host.run(*flags, "task", "add", "--project", "shop", "--title", "Change it", "--workflow", "refused").expect(0)
    host.run(*drain).expect(1)
    task = host.run(*flags, "task", "show", "1", "--json").expect(0).json()["task"]
    same("task", ("blocked", "person"), (task["status"], task["blocked"]["reason"]))
    text = task["blocked"]["text"]
    check("is closed: ask the release team" in text, f"the server's words are not told: {text}")
    check("unblock task 1: its run goes on at step" in text, f"not told what comes of it: {text}")
    same("main", before, host.git("--git-dir", remote, "rev-parse", "main"))
    show = text[text.index("git --git-dir="):].splitlines()[0]
    shown = subprocess.run(["sh", "-c", show], capture_output=True, text=True, env=host.env)
    check("+ours" in shown.stdout, f"`{show}` does not show the work: {shown.stdout}{shown.stderr}")

    hook.unlink()
    host.run(*flags, "task", "unblock", "1").expect(0)
    host.run(*drain).expect(0)
    same("README of main", "hello\nours\n", host.git("--git-dir", remote, "show", "main:README"))
    runs = host.run(*flags, "runs", "list", "--json").expect(0).json()
    same("runs of the task", ["done"], [run["status"] for run in runs if run["kind"] == "task"])


def test(host, folder):
    check_refused(host, folder / "branch", "mamc/*")
    check_refused(host, folder / "base", "main")
    print("a refused branch and a protected base were told with the server's words, kept, and gone on with")


if __name__ == "__main__":
    main(test)

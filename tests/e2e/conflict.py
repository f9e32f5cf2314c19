#!/usr/bin/env python3
"""conflict.py BIN: a conflict at finalize; a person resolves it on the task's branch, and the run goes on from there, tested again."""
import re
import shlex

from support import Journal, check, main, rows, same
from workflow import make_repository, write_workflow

WORKFLOW = """
name: conflicts
version: 1.0.0
description: Changes a file that main has changed too.
steps:
  - {id: write, type: command, shell: "echo write >> ${variables.trace}; echo ours > README"}
  - {id: commit, type: git-operation, operation: commit, dependencies: [write]}
  - id: test
    type: persona-request
    persona: qa-engineer
    intent: test
    dependencies: [commit]
    test_command: "${project.test}"
  - {id: finalize, type: git-operation, operation: finalize, merge: "${project.merge}", dependencies: [test]}
variables:
  trace: "%s"
"""

# The test stands in a list of steps.
NESTED = WORKFLOW.replace("""  - id: test
    type: persona-request
    persona: qa-engineer
    intent: test
    dependencies: [commit]
    test_command: "${project.test}"
""", """  - id: test
    type: parallel
    dependencies: [commit]
    steps:
      - {id: qa, type: persona-request, persona: qa-engineer, intent: test, test_command: "${project.test}"}
""")

CONFIG = """
project_base: '{folder}/projects'
state_dir: '{folder}/state'
git: {{author: {{name: A, email: a@example.com}}}}
projects:
  shop:
    repo: '{folder}/repo.git'
    base: main
    base_writes: true
    merge: squash
    test: "echo test >> {folder}/trace; cat README >> {folder}/trace"
"""

BRANCH = "mamc/task-1-change-it"


class Shop:
    def __init__(self, host, folder, workflow=WORKFLOW):
        self.host, self.folder, self.work = host, folder, folder / "work"
        make_repository(host, folder)
        self.config = folder / "mamc.yaml"
        self.config.write_text(CONFIG.format(folder=folder))
        self.flags = ("--config", self.config, "--workflows", write_workflow(folder, "conflicts", workflow % (folder / "trace")))
        self.run("task", "add", "--project", "shop", "--title", "Change it", "--workflow", "conflicts").expect(0)
        self.git("remote", "add", "origin", folder / "repo.git")
        # The task's branch begins before main changes.
        self.git("push", "--quiet", "origin", f"main:{BRANCH}")
        self.commit("theirs")
        self.git("push", "--quiet", "origin", "main")

    def run(self, *words, env=None):
        return self.host.run(*self.flags, *words, env=env)

    def drain(self, env=None):
        return self.run("--project", "shop", "--drain", env=env)

    def git(self, *words):
        return self.host.git(*words, cwd=self.work)

    def commit(self, text):
        (self.work / "README").write_text(text + "\n")
        self.git("commit", "--quiet", "--all", "--message", text)

    def task(self):
        return self.run("task", "show", "1", "--json").expect(0).json()["task"]

    def traced(self):
        return (self.folder / "trace").read_text().split()

    def unblock(self):
        self.run("task", "unblock", "1").expect(0)


def check_told(shop, folder):
    shop.drain().expect(1)
    task = shop.task()
    same("task", ("blocked", "person"), (task["status"], task["blocked"]["reason"]))
    same("branch of the task", BRANCH, task["branch"])
    shown = shop.run("task", "show", "1").expect(0).out
    check(" ".join(str(word) for word in shop.flags) + " task unblock 1" in shown, f"task show does not say the next step: {shown}")
    check(f"branch: {BRANCH}" in shop.run("task", "show", "1").expect(0).out, "task show does not name the branch")
    for word in (str(folder / "repo.git"), f"git checkout {BRANCH}", "git merge origin/main", "Then unblock task 1: its run goes on"):
        check(word in task["blocked"]["text"], f"'{word}' is not said: {task['blocked']['text']}")
    same("steps", ["write", "test", "ours"], shop.traced())


def check_rewritten(shop, folder):
    """A branch that has lost the run's work is not taken; the command that the task is told brings it back."""
    shop.git("fetch", "--quiet", "origin")
    shop.git("checkout", "--quiet", "-b", BRANCH, f"origin/{BRANCH}")
    shop.git("push", "--quiet", "--force", "origin", f"main:{BRANCH}")
    shop.unblock()
    shop.drain().expect(1)
    text = shop.task()["blocked"]["text"]
    check("does not contain the commit" in text and BRANCH in text, f"not told what is wrong with the branch: {text}")
    same("steps", ["write", "test", "ours"], shop.traced())
    command = next(line for line in text.splitlines() if line.strip().startswith("git push"))
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    shop.host.git("init", "--quiet", elsewhere)
    shop.host.git(*shlex.split(command)[1:], cwd=elsewhere)
    shop.unblock()
    shop.drain().expect(1)
    # At the conflict with main again, its branch pushed anew and tested before.
    check(f"git checkout {BRANCH}" in shop.task()["blocked"]["text"], "not at the conflict again")
    same("file of the branch", "ours\n", shop.git("--git-dir", folder / "repo.git", "show", f"{BRANCH}:README"))
    same("steps", ["write", "test", "ours", "test", "ours"], shop.traced())


def check_resolved(shop, go_on):
    before = shop.traced()
    shop.git("merge", "--quiet", "--strategy=ours", "--no-commit", "main")
    shop.commit("both")
    shop.git("push", "--quiet", "origin", BRANCH)
    go_on()
    # Not implemented again, but tested again, as the person has left it.
    same("steps", [*before, "test", "both"], shop.traced())
    same("task", "done", shop.task()["status"])
    same("runs", ["done"], [run["status"] for run in Journal(shop.folder / "state").runs()])
    same("main", "both\n", shop.git("--git-dir", shop.folder / "repo.git", "show", "main:README"))


def check_resumed(host, folder):
    """`runs resume` tests the merge as `task unblock` does, also by a step within another."""
    folder.mkdir()
    check(NESTED != WORKFLOW, "the nested workflow is the other one")
    shop = Shop(host, folder, NESTED)
    check_told(shop, folder)
    shop.git("fetch", "--quiet", "origin")
    shop.git("checkout", "--quiet", "-b", BRANCH, f"origin/{BRANCH}")
    run = Journal(folder / "state").runs()[0]["id"]
    check_resolved(shop, lambda: shop.run("runs", "resume", run).expect(0))


def check_checked_out(host, folder):
    """A base branch that is checked out where it would be pushed to is told before anything is done; the command that is told helps."""
    folder.mkdir()
    shop = Shop(host, folder)
    shop.run("task", "set", "1", "--repo", shop.work).expect(0)
    shop.drain().expect(1)
    blocked = shop.task()["blocked"]
    same("reason", "person", blocked["reason"])
    check(f"the branch 'main' of {shop.work} is checked out there" in blocked["text"], f"not told why: {blocked['text']}")
    same("runs", [], Journal(folder / "state").runs())
    command = re.search(r"`git (-C [^`]* config [^`]*)`", blocked["text"])
    check(command, f"no command is told: {blocked['text']}")
    host.git(*shlex.split(command[1]))
    shop.unblock()
    shop.drain().expect(0)
    same("README in the working tree", "ours\n", (shop.work / "README").read_text())
    # Squashed without a push of its branch: the commit of the base is told, and no branch that is nowhere.
    shown = shop.run("task", "show", "1").expect(0).out
    commit = shop.git("rev-parse", "main").strip()
    check(f"commit {commit} on main" in shown, f"the commit on the base is not told: {shown}")
    check("branch:" not in shown, f"a branch is named that was not pushed: {shown}")


def check_moved(host, folder):
    """What others bring to main while the work is tested is taken in and tested with it, before it comes to main."""
    folder.mkdir()
    shop = Shop(host, folder)
    shop.git("push", "--quiet", "--force", "origin", "main~1:main")
    host.git("clone", "--quiet", folder / "repo.git", folder / "others")
    others = folder / "others"
    (others / "theirs").write_text("theirs\n")
    host.git("add", "theirs", cwd=others)
    host.git("commit", "--quiet", "--message", "theirs", cwd=others)
    shop.config.write_text(CONFIG.format(folder=folder).replace("cat README", "ls >> {0}/trace; git -C {0}/others push --quiet origin HEAD:main; cat README".format(folder)))
    # That is no attempt of the task: the only one that it has is still there.
    shop.drain(env={"BLOCKED_MAX_ATTEMPTS": "1"}).expect(0)
    same("steps", ["write", "test", "README", "ours", "test", "README", "theirs", "ours"], shop.traced())
    same("runs", ["done"], [run["status"] for run in Journal(folder / "state").runs()])
    same("files of main", [".ma", "README", "theirs"], shop.git("--git-dir", folder / "repo.git", "ls-tree", "--name-only", "main").split())
    shown = shop.run("task", "show", "1").expect(0).out
    check("others have moved the branch 'main'" in shown and "tested again in step test" in shown, f"not told: {shown}")


def test(host, folder):
    shop = Shop(host, folder)
    check_told(shop, folder)
    check_rewritten(shop, folder)

    def unblock_and_drain():
        shop.unblock()
        shop.drain().expect(0)

    check_resolved(shop, unblock_and_drain)
    check_resumed(host, folder / "resumed")
    check_checked_out(host, folder / "checked-out")
    check_moved(host, folder / "moved")
    print("a conflict was told with its branch; a rewritten branch refused; merges of a person and of the machine tested before they were finalized")


if __name__ == "__main__":
    main(test)

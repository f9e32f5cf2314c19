#!/usr/bin/env python3
"""retried.py BIN: a task that is done is done again from its implementation; the model answers otherwise, and main gets that. What was
pushed the first time stays in the history of the task's branch, and what others have pushed there meanwhile stays in its files. Then the task
is reopened: its branch, whose work is on main by squashes, is where the new run begins. The older
run is then none to go on with."""
import re

from support import Journal, check, main, rows, same
from workflow import make_repository

# A model that writes into the file `fixed` what lies in the file `says` beside it.
MODEL = """#!/usr/bin/env python3
import json, pathlib, sys
says = pathlib.Path(__file__).with_name("says").read_text()
print({"plan-evaluator": '```json\\n{"status": "pass", "reasons": []}\\n```',
       "lead-engineer": f"FILE: fixed\\n```\\n{says}\\n```",
       "devops": "There is no change log.\\n\\nNothing to do."}.get(json.load(sys.stdin)["persona"], "Make the file fixed."))
"""

CONFIG = """
state_dir: {0}/state
project_base: {0}/projects
backend: command
backends: {{command: {{argv: [python3, {0}/model.py]}}}}
git: {{author: {{name: Test, email: test@example.com}}}}
limits: {{blocked_attempts: 1}}
projects: {{shop: {{repo: {0}/repo.git, base: main, base_writes: true, merge: squash, test: "test -f fixed"}}}}
"""


def test(host, folder):
    make_repository(host, folder)
    (folder / "model.py").write_text(MODEL)
    (folder / "mamc.yaml").write_text(CONFIG.format(folder))
    remote = ("--git-dir", folder / "repo.git")
    flags = ("--config", folder / "mamc.yaml")

    def deliver(text, *words):
        (folder / "says").write_text(text)
        host.run(*flags, *words).expect(0)
        same("tasks", [("done", None)], rows(folder / "state/board.db", "SELECT status, blocked FROM tasks"))
        same("main's file", text, host.git(*remote, "show", "main:fixed").strip())

    host.run(*flags, "task", "add", "--project", "shop", "--type", "hotfix", "--title", "Fix it").expect(0)
    deliver("first", "--project", "shop", "--drain")
    (branch,) = re.findall(r"mamc/\S+", host.git(*remote, "branch"))
    work = folder / "work"
    host.git("fetch", "--quiet", folder / "repo.git", branch, cwd=work)
    host.git("checkout", "--quiet", "-b", "theirs", "FETCH_HEAD", cwd=work)
    (work / "theirs").write_text("a person's\n")
    host.git("add", "theirs", cwd=work)
    host.git("commit", "--quiet", "-m", "A person's", cwd=work)
    host.git("push", "--quiet", folder / "repo.git", f"theirs:{branch}", cwd=work)
    tip = host.git(*remote, "rev-parse", branch).strip()

    (run,) = [run["id"] for run in Journal(folder / "state").runs()]
    deliver("second", "runs", "retry", run, "--from", "implementation")
    same("where the branch of the first time joins that of now", tip, host.git(*remote, "merge-base", tip, branch).strip())
    same("what a person has pushed", "a person's", host.git(*remote, "show", "main:theirs").strip())
    subjects = host.git(*remote, "log", "--format=%s", f"{tip}..{branch}").splitlines()
    check(subjects[-1].startswith("Take back what was done since "), f"nothing was taken back: {subjects}")
    same("commits of the task on main", 2, host.git(*remote, "log", "--format=%s", "main").splitlines().count("Fix it"))

    # Its branch, whose work is on main by a squash, is where a new run of it begins.
    host.run(*flags, "task", "set", "1", "--status", "open").expect(0)
    deliver("third", "--project", "shop", "--drain")
    (newest, older) = [row["id"] for row in Journal(folder / "state").runs()][::-1]
    refused = host.run(*flags, "runs", "retry", older, "--from", "finalize").expect(2)
    check(f"run {older} is not the newest of task 1, which is {newest}" in refused.err, refused.err)
    print("what was done again is on main, on top of what was pushed before")


if __name__ == "__main__":
    main(test)

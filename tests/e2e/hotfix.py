#!/usr/bin/env python3
"""hotfix.py BIN: the shipped hotfix in a project that has no change log and no version number: there is nothing to prepare for its
deployment, and the fix is delivered. A deployment that is only talked of, and not written, is none."""
from support import Journal, check, main, rows, same
from workflow import make_repository

# A model that mends the test; `deployment` is what devops says.
MODEL = """#!/usr/bin/env python3
import json, sys
ask = json.load(sys.stdin)
print({"plan-evaluator": '```json\\n{"status": "pass", "reasons": []}\\n```',
       "lead-engineer": "FILE: fixed\\n```\\nyes\\n```",
       "devops": sys.argv[1]}.get(ask["persona"], "Make the file fixed."))
"""

CONFIG = """
state_dir: {folder}/state
project_base: {folder}/projects
backend: command
backends: {{command: {{argv: [python3, {site}/model.py, "{deployment}"]}}}}
git: {{author: {{name: Test, email: test@example.com}}}}
limits: {{blocked_attempts: 1}}
projects: {{shop: {{repo: {site}/repo.git, base: main, base_writes: true, merge: squash, test: "test -f fixed"}}}}
"""


def deliver(host, site, name, deployment, code):
    folder = site / name
    folder.mkdir()
    config = folder / "mamc.yaml"
    config.write_text(CONFIG.format(folder=folder, site=site, deployment=deployment))
    host.run("--config", config, "task", "add", "--project", "shop", "--type", "hotfix", "--title", f"Fix {name}").expect(0)
    host.run("--config", config, "--project", "shop", "--drain").expect(code)
    return rows(folder / "state/board.db", "SELECT status, blocked FROM tasks"), Journal(folder / "state").runs()


def test(host, folder):
    make_repository(host, folder)
    (folder / "model.py").write_text(MODEL)
    ((status, blocked),), _ = deliver(host, folder, "talked", "I would add an entry to the change log.", 1)
    same("task whose deployment was talked of", "blocked", status)
    check("the answer holds no edit" in blocked, f"the task does not say why: {blocked}")
    ((status, _),), runs = deliver(host, folder, "nothing", "There is no change log.\\n\\nNothing to do.", 0)
    same("task with nothing to prepare", ("done", ["done"]), (status, [run["status"] for run in runs]))
    files = host.git("--git-dir", folder / "repo.git", "ls-tree", "-r", "--name-only", "main").split()
    same("files of main", ["README", "fixed"], [file for file in files if not file.startswith(".ma/")])
    print("a hotfix without a change log is delivered; one whose entry was only talked of is not")


if __name__ == "__main__":
    main(test)

#!/usr/bin/env python3
"""follow_ups.py BIN: what reviewers still block after a round of corrections becomes a task on the branch that it is about; the task that waits
for it is tested and reviewed again, and done. Where nobody ever corrects it nothing is done, and no more tasks are made than may be."""
import json

from support import Journal, check, main, rows, same
from workflow import make_repository

# Models: an engineer who writes what is not checked and corrects it only when that alone is asked for, and a reviewer who sees it. With
# `never` the reviewer finds something else each time.
MODEL = """#!/usr/bin/env python3
import json, pathlib, re, sys
ask = json.load(sys.stdin)
log, never = pathlib.Path(sys.argv[1]), sys.argv[2] == "never"
asked = ask["messages"][-1]["content"]
of_follow_up = "Correct " in asked
before = log.read_text().splitlines() if log.exists() else []
with log.open("a") as file:
    file.write(ask["persona"] + (" of a follow-up" if of_follow_up else "") + "\\n")
def verdict(*findings):
    status = "fail" if findings else "pass"
    print("```json\\n" + json.dumps({"status": status, "reasons": [], "findings": findings}) + "\\n```")
def blocking(text):
    changed = re.search(r"diff --git a/(\\S+)", asked)[1]
    return {"file": changed, "line": 2, "severity": "blocking", "text": text}
def write(path, text):
    print(f"FILE: {path}\\n```\\n{text}\\n```")
if ask["persona"] in ("plan-evaluator", "project-manager"):
    print('```json\\n{"status": "pass", "reasons": []}\\n```')
elif ask["persona"] == "lead-engineer":
    if before.count("lead-engineer") == 0:
        write("cart.txt", "total\\nunchecked")
    elif of_follow_up and not never:
        write("cart.txt", "total\\nchecked")
    else:
        write("tried.txt", str(len(before)))
elif ask["persona"] == "code-reviewer" and never:
    verdict(blocking("wrong" + "er" * len(before)), blocking("bad" + "der" * len(before)))
elif ask["persona"] == "code-reviewer" and "+unchecked" in asked:
    verdict(blocking("Nobody checks it."))
elif ask["persona"] in ("code-reviewer", "security-review"):
    verdict()
else:
    print("Create the file cart.txt, and test it.")
"""

CONFIG = """
state_dir: {folder}/state
project_base: {folder}/projects
backend: command
backends: {{command: {{argv: [python3, {folder}/model.py, {folder}/asked, {mode}]}}}}
git: {{author: {{name: Test, email: test@example.com}}}}
limits: {{blocked_attempts: 2}}
projects: {{shop: {{repo: {folder}/repo.git, base: main, base_writes: {base_writes}, test: "cat cart.txt >> {folder}/tested; {more} grep -q total cart.txt"}}}}
"""

BRANCH = "mamc/task-1-show-the-total"

# Once, while the correction is tested: somebody pushes to the branch that it goes to.
MEANWHILE = (f"if grep -q ^checked cart.txt && mkdir {{folder}}/others; then git clone -q -b {BRANCH} {{folder}}/repo.git {{folder}}/others; "
             "cd {folder}/others; echo theirs > theirs; git add theirs; git -c user.name=O -c user.email=o@example.com commit -qm theirs; git push -q; cd -; fi;")


class Shop:
    def __init__(self, host, folder, mode, base_writes="false", more=""):
        folder.mkdir()
        make_repository(host, folder)
        (folder / "model.py").write_text(MODEL)
        self.host, self.folder, self.config = host, folder, folder / "mamc.yaml"
        self.config.write_text(CONFIG.format(folder=folder, mode=mode, base_writes=base_writes, more=more.format(folder=folder)))
        self.main = self.git("rev-parse", "main")
        self.run("task", "add", "--project", "shop", "--title", "Show the total").expect(0)

    def run(self, *words):
        return self.host.run("--config", self.config, *words)

    def git(self, *words):
        return self.host.git("--git-dir", self.folder / "repo.git", *words)

    def tasks(self):
        return rows(self.folder / "state/board.db", "SELECT id, status, follows, branch, blocked FROM tasks ORDER BY id")

    def asked(self):
        return (self.folder / "asked").read_text().splitlines()


def check_corrected(host, folder, base_writes):
    shop = Shop(host, folder, "once", base_writes)
    shop.run("--project", "shop", "--drain").expect(0)
    (one, two) = shop.tasks()
    same("tasks", [(1, "done", None), (2, "done", 1)], [one[:3], two[:3]])
    same("branch of the first task", BRANCH, one[3])
    same("file of its branch", "total\nchecked\n", shop.git("show", f"{BRANCH}:cart.txt"))
    # The task itself was not begun anew: one run, and the follow-up's between its reviews.
    same("runs", ["done", "done"], [run["status"] for run in Journal(shop.folder / "state").runs()])
    work = [name for name in shop.asked() if "engineer" in name or "code-reviewer" in name]
    same("work and reviews", ["lead-engineer", "code-reviewer", "lead-engineer", "code-reviewer", "lead-engineer of a follow-up",
                              "code-reviewer of a follow-up", "code-reviewer"], work)
    tested = (shop.folder / "tested").read_text().split("total\n")[1:]
    same("what was tested", ["unchecked\n", "unchecked\n", "checked\n", "checked\n"], tested)
    shown = shop.run("task", "show", "1").expect(0).out
    check("waits for its follow-up tasks" in shown and "task 2: code-review, cart.txt:2: Nobody checks it." in shown, f"not told: {shown}")
    check("follows: 1" in shop.run("task", "show", "2").expect(0).out, "task show does not say what task 2 follows")
    if base_writes == "true":
        same("file of main", "total\nchecked\n", shop.git("show", "main:cart.txt"))
        same("commits on main", ["Show the total"], shop.git("log", "--format=%s", f"{shop.main.strip()}..main").splitlines())
    else:
        same("main", shop.main, shop.git("rev-parse", "main"))


def check_moved(host, folder):
    """What others push there meanwhile is tested with the correction, and both go there: not to the base, and not to a branch of their own."""
    shop = Shop(host, folder, "once", more=MEANWHILE)
    shop.run("--project", "shop", "--drain").expect(0)
    same("tasks", ["done", "done"], [task[1] for task in shop.tasks()])
    same("runs", ["done", "done"], [run["status"] for run in Journal(shop.folder / "state").runs()])
    same("files", ("total\nchecked\n", "theirs\n"), (shop.git("show", f"{BRANCH}:cart.txt"), shop.git("show", f"{BRANCH}:theirs")))
    check(f"others have moved the branch '{BRANCH}'" in shop.run("task", "show", "2").expect(0).out, "nobody had moved it")
    same("main", shop.main, shop.git("rev-parse", "main"))


def check_never_corrected(host, folder):
    shop = Shop(host, folder, "never", "true")
    ended = shop.run("--project", "shop", "--drain").expect(1)
    tasks = shop.tasks()
    same("tasks", [(1, "blocked", None), (2, "blocked", 1), (3, "blocked", 1)], [task[:3] for task in tasks])
    same("reasons", ["dependencies", "person", "person"], [json.loads(task[4])["reason"] for task in tasks])
    check("is a follow-up task itself" in tasks[1][4], f"not told why no more is made of it: {tasks[1][4]}")
    # A person's wish changes nothing of that, and is told so.
    (run,) = (run["id"] for run in Journal(shop.folder / "state").runs() if run["task"] == "1")
    for words in (("resume", run), ("retry", run, "--from", "qa")):
        refused = shop.run("runs", *words).expect(2)
        check("of task 1 waits for 2, 3, and goes on by itself" in refused.err, f"not told what it waits for: {refused.err}")
    same("tasks", tasks, shop.tasks())
    check("waits for 2, 3" in ended.out + ended.err, f"not told what task 1 waits for: {ended.out}{ended.err}")
    same("main", shop.main, shop.git("rev-parse", "main"))
    # A person closes them: the first task may have one more, and no other.
    for task in ("2", "3", "4"):
        shop.run("task", "set", task, "--status", "archived").expect(0)
        shop.run("--project", "shop", "--drain").expect(1)
    tasks = shop.tasks()
    same("tasks", ["blocked", "archived", "archived", "archived"], [task[1] for task in tasks])
    check("(max is 3)" in tasks[0][4] and '"person"' in tasks[0][4], f"not told why no more is made: {tasks[0][4]}")
    same("main", shop.main, shop.git("rev-parse", "main"))


def test(host, folder):
    check_corrected(host, folder / "branch", "false")
    check_corrected(host, folder / "squash", "true")
    check_moved(host, folder / "moved")
    check_never_corrected(host, folder / "never")
    print("a finding was corrected by a follow-up task, tested and reviewed again; one that nobody corrects leaves main as it was")


if __name__ == "__main__":
    main(test)

#!/usr/bin/env python3
"""Plays the demo by hand: check.py DEMO_DIR

Asks DEMO_DIR/answer for every answer of the demo, applies the edits strictly (a SEARCH text must occur exactly once) to a
copy of DEMO_DIR/project, and compares what `make test` then says with what the demo is meant to show.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

DEMO = pathlib.Path(sys.argv[1]).resolve()
TASKS = {task["external_id"]: task for task in json.loads((DEMO / "tasks.json").read_text())}

BLOCK = re.compile(r"^```\n(\S+)\n<<<<<<< SEARCH\n(.*?)^=======\n(.*?)^>>>>>>> REPLACE\n```$", re.MULTILINE | re.DOTALL)
WHOLE_FILE = re.compile(r"^FILE: (\S+)\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCED_JSON = re.compile(r"\A```json\n(.*)```\n\Z", re.DOTALL)

BUFFER_TEST = ["format refuses room without the final NUL"]
MEAN_TESTS = ["mean of negative lengths", "mean rounds halves away from zero"]

unused = set()


def check(condition, message):
    if not condition:
        sys.exit(f"check: {message}")


def answer(folders, task_id, persona, intent, iteration=None):
    """What the recorded model says to a request in the form the worker gives it."""
    task = TASKS[task_id]
    other_titles = "\n".join(other["title"] for other in TASKS.values() if other is not task)
    lines = ["# Request", f"intent: {intent}"] + ([f"iteration: {iteration}"] if iteration else [])
    lines += ["", "## Task", task["title"], task["description"], "", "## plan", "intent: other", other_titles]
    messages = [{"role": "system", "content": "You are a persona."}, {"role": "user", "content": "\n".join(lines)}]
    ask = json.dumps({"persona": persona, "model": "demo", "messages": messages})
    done = subprocess.run([DEMO / "answer", *folders], input=ask, capture_output=True, text=True)
    check(done.returncode == 0, f"{task_id} {persona} {intent} {iteration}: {done.stderr.strip()}")
    for folder in folders:
        for file in (DEMO / folder / task_id).glob(f"{persona}.*"):
            if file.read_text() == done.stdout:
                unused.discard(file)
    return done.stdout


def verdict(text, keys):
    """The status of an answer that must be one fenced JSON block with exactly these keys."""
    found = FENCED_JSON.match(text)
    check(found, f"no fenced JSON alone in:\n{text}")
    value = json.loads(found.group(1))
    check(set(value) == keys and value["status"] in ("pass", "fail"), f"not a verdict: {value}")
    return value["status"]


def apply(tree, text):
    edits = BLOCK.findall(text)
    files = WHOLE_FILE.findall(text)
    check(edits or files, f"no edits in:\n{text}")
    check(len(edits) == text.count("<<<<<<< SEARCH"), f"a block is not in the documented form:\n{text}")
    for path, content in files:
        (tree / path).write_text(content)
    for path, old, new in edits:
        before = (tree / path).read_text()
        check(before.count(old) == 1, f"{path}: SEARCH occurs {before.count(old)} times:\n{old}")
        (tree / path).write_text(before.replace(old, new))


def expect_tests(tree, when, failing):
    environment = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR") if key in os.environ}
    run = lambda: subprocess.run(["make", "test"], cwd=tree, capture_output=True, text=True, env=environment)
    done, again = run(), run()
    failed = re.findall(r"^not ok - (.*)$", done.stdout, re.MULTILINE)
    check(failed == failing, f"{when}: failed {failed}, expected {failing}\n{done.stdout}{done.stderr}")
    check((done.returncode == 0) == (not failing), f"{when}: make test ended with {done.returncode}")
    check(done.stdout.endswith(f" passed, {len(failing)} failed\n"), f"{when}: no sum at the end:\n{done.stdout}")
    check((done.stdout, done.stderr) == (again.stdout, again.stderr), f"{when}: a second run says something else")
    check(str(tree) not in done.stdout + done.stderr, f"{when}: the output names the folder")
    print(f"{when}: {done.stdout.splitlines()[-1]}")


def hotfix(tree, folders):
    answer(folders, "demo-buffer", "implementation-planner", "plan", 1)
    check(verdict(answer(folders, "demo-buffer", "plan-evaluator", "evaluate", 1), {"status", "reasons"}) == "pass", "plan")
    apply(tree, answer(folders, "demo-buffer", "lead-engineer", "implement"))
    expect_tests(tree, "hotfix implemented", [])
    apply(tree, answer(folders, "demo-buffer", "devops", "prepare_deployment"))
    expect_tests(tree, "hotfix prepared", [])
    summarize(folders, "demo-buffer")


def approve(folders, task_id, iteration):
    for persona, intent in ("plan-evaluator", "evaluate"), ("project-manager", "approve"):
        answer(folders, task_id, "implementation-planner", "plan", iteration)
        status = verdict(answer(folders, task_id, persona, intent, iteration), {"status", "reasons"})
        check(status == "pass", f"{task_id}: {persona} rejects plan {iteration}")


def review(folders, task_id):
    for persona in "code-reviewer", "security-review":
        status = verdict(answer(folders, task_id, persona, "review"), {"status", "reasons", "findings"})
        check(status == "pass", f"{task_id}: {persona} rejects")
    check("<<<<<<<" not in answer(folders, task_id, "devops", "review"), "a review with edits")
    summarize(folders, task_id)


def summarize(folders, task_id):
    text = answer(folders, task_id, "summarization", "summarize")
    check(text.strip() and "#" not in text, f"{task_id}: no plain text for the change log")


def bug_begins(tree, folders):
    approve(folders, "demo-mean", 1)
    apply(tree, answer(folders, "demo-mean", "lead-engineer", "implement"))
    expect_tests(tree, "bug implemented", MEAN_TESTS)
    answer(folders, "demo-mean", "implementation-planner", "refine", 1)


def bug(tree, folders):
    bug_begins(tree, folders)
    apply(tree, answer(folders, "demo-mean", "lead-engineer", "fix", 2))
    expect_tests(tree, "bug fixed", [])
    review(folders, "demo-mean")


def feature(tree, folders):
    rejected = verdict(answer(folders, "demo-clock", "plan-evaluator", "evaluate", 1), {"status", "reasons"})
    first = answer(folders, "demo-clock", "implementation-planner", "plan", 1)
    check(rejected == "fail" and first != answer(folders, "demo-clock", "implementation-planner", "plan", 2),
          "the feature's first plan must be rejected and the second differ")
    approve(folders, "demo-clock", 2)
    apply(tree, answer(folders, "demo-clock", "lead-engineer", "implement"))
    review(folders, "demo-clock")


def bug_that_stays(tree, folders):
    bug_begins(tree, folders)
    for attempt in range(1, 6):
        before = (tree / "src/stats.c").read_text()
        apply(tree, answer(folders, "demo-mean", "lead-engineer", "fix", attempt))
        expect_tests(tree, f"bug wrongly fixed, attempt {attempt}", MEAN_TESTS[1:])
        check(attempt > 3 or (tree / "src/stats.c").read_text() != before, f"attempt {attempt} changes nothing")


def main():
    unused.update((DEMO / "answers").rglob("*.md"), (DEMO / "answers-wrong").rglob("*.md"))
    with tempfile.TemporaryDirectory() as work:
        tree = pathlib.Path(work) / "right"
        shutil.copytree(DEMO / "project", tree, ignore=shutil.ignore_patterns("build"))
        expect_tests(tree, "at the base", BUFFER_TEST)
        hotfix(tree, ["answers"])
        wrong = shutil.copytree(tree, pathlib.Path(work) / "wrong")
        bug(tree, ["answers"])
        feature(tree, ["answers"])
        expect_tests(tree, "feature implemented", [])

        # Where the bug stays, its branch is thrown away and the feature starts from the base.
        feature_alone = shutil.copytree(wrong, pathlib.Path(work) / "feature-alone")
        bug_that_stays(wrong, ["answers-wrong", "answers"])
        feature(feature_alone, ["answers-wrong", "answers"])
        expect_tests(feature_alone, "feature without the bug's fix", [])
    check(not unused, f"never asked for: {sorted(str(file.relative_to(DEMO)) for file in unused)}")


if __name__ == "__main__":
    main()

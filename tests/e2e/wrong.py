#!/usr/bin/env python3
"""wrong.py BIN: where the models never find the bug, the tests win: that task ends blocked and main stays without its work."""
import subprocess

from support import DEMO, CHILD, CHILD_RECEIPT, Demo, check, main, same

BLOCKED = "demo-mean"


def check_told(host, demo, task, title):
    """On one line the cause is seen; what the demo says to look at works as it is typed."""
    listed = host.run("--config", demo.folder / "mamc.yaml", "task", "list").expect(0).out
    line = next(line for line in listed.splitlines() if line.startswith(f"{task} "))
    check("not ok" in line, f"the cause is not on the line of the task: {line}")
    said = demo.run("--resume").expect(1)
    check("not ok" in said.out + said.err, f"the demo does not say the cause: {said.out}{said.err}")
    command = next(line.strip() for line in said.out.splitlines() if "task show" in line)
    shown = subprocess.run(["sh", "-c", command], env=host.env, cwd=host.home, capture_output=True, text=True)
    check(shown.returncode == 0 and f"{task}: {title}" in shown.stdout, f"{command}\n{shown.stdout}{shown.stderr}")
    next_step = next(line.split("then ")[1] for line in shown.stdout.splitlines() if line.startswith("next:"))
    subprocess.run(["sh", "-c", next_step], env=host.env, cwd=host.home, capture_output=True, check=True)
    same("task after the next step", "open", next(status for number, _, _, status, _ in demo.tasks() if number == task))


def test(host, folder):
    demo = Demo(host, folder / "demo")
    report = demo.run("--cassette", DEMO / "cassette-wrong.jsonl", "--json").expect(1).json()

    statuses = {external: status for _, external, _, status, _ in demo.tasks()}
    same("tasks", {"demo-buffer": "done", "demo-mean": "blocked", "demo-clock": "done"}, statuses)
    task, title, why = next((row[0], row[2], row[4]) for row in demo.tasks() if row[1] == BLOCKED)
    check(why and "text" in why, f"nothing says why task {task} is blocked: {why}")
    same("done", 2, report["done"])

    commits = demo.commits()
    same("commits on main", 3, len(commits))
    check(all(subject != title for _, _, subject in commits), f"main has a commit of the blocked task: {commits}")
    same("commits", [(c["id"], c["subject"]) for c in report["commits"]], [(c, subject) for c, _, subject in commits])
    same("changes to the file with the bug", "",
         host.git("--git-dir", demo.remote, "diff", "--name-only", commits[-1][0], "main", "--", "src/stats.c"))
    same("failing tests on main", 0, report["tests"]["failed"])

    # The loop tested, had its answer corrected, tested again - and every test run failed.
    journal = demo.journal()
    run = next(run for run in journal.runs() if run["task"] == str(task))
    same("run", "failed", run["status"])
    tests = [r["body"]["result"]["status"] for r in journal.records(run["row"], CHILD_RECEIPT)
             if r["path"] == "qa@1" and r["key"].startswith("test/")]
    fixes = [r["key"] for r in journal.records(run["row"], CHILD) if r["path"] == "qa@1" and r["key"].startswith("fix/")]
    check(len(tests) >= 2 and set(tests) == {"fail"}, f"test runs: {tests}")
    check(len(fixes) >= 1, "nothing was tried to correct it")
    check_told(host, demo, task, title)
    print(f"blocked after {len(tests)} failed test runs and {len(fixes)} corrections; main has {len(commits)} commits")


if __name__ == "__main__":
    main(test)

#!/usr/bin/env python3
"""run46.py BIN: a bad night of another system, told again: ten tasks as they ended there, with personas that say what theirs said. Printed for each: what
must become of it, and what did. Nothing that a reviewer blocks is done, running out of rounds passes nothing, and tasks do not breed."""
import json

from support import SOURCE, check, main, same
from team import FAIL, FINDING, Team, replace, whole

FILES = {"shop.py": "def price(x):\n    return x\n", "tests/__init__.py": "",
         "tests/test_shop.py": ("import unittest\n\nfrom shop import price\n\n\nclass ShopTest(unittest.TestCase):\n"
                                "    def test_price(self):\n        self.assertEqual(price(2), 2)\n")}
TEST = "python3 -B -m unittest discover -t . -s tests"

# A task that is to find something out: what it finds is judged, and written by nobody.
ANALYSIS = """
name: analysis
version: 1.0.0
description: An analysis, until its evaluator accepts it.
trigger: "task.type === 'analysis'"
order: 5
steps:
  - {id: analyse, type: planning-loop, planner: architect, gate: null, maxIterations: 5}
  - {id: done, type: task-update, status: done, dependencies: [analyse]}
"""

# The one model server hangs for longer than a persona has; each attempt of it.
HANGS_S = 4
TIMEOUTS = "default: 2s, max_retries: 1"
ROUNDS = 3  # of QA


def code(part, value):
    return (whole(f"{part}.py", f"def {part}(x):\n    return {value}\n") + "\n" +
            whole(f"tests/test_{part}.py", f"import unittest\n\nfrom {part} import {part}\n\n\nclass {part.title()}Test(unittest.TestCase):\n"
                  f"    def test_{part}(self):\n        self.assertEqual({part}(2), 4)\n"))


def qa_fails(part):
    """Its fixes change something each time, and never help."""
    fixes = [replace(f"{part}.py", f"    return x + {n}", f"    return x + {n + 1}") for n in range(3, 20)]
    return {"lead-engineer.implement": [code(part, "x + 3")], "lead-engineer.fix": fixes}


def security_fails(part):
    tries = [whole(f"{part}.py", f"def {part}(x):\n    return x * 2  # {n} times checked\n") for n in range(20)]
    return {"lead-engineer.implement": [code(part, "x * 2"), *tries], "lead-engineer.fix": tries,
            "security-review.review": [FINDING % (f"{part}.py", "The amount is not checked.")]}


def analysis(*verdicts):
    return {"architect.plan": [f"## Findings\nThe test of part {n} is slow." for n in range(1, 9)],
            "plan-evaluator.evaluate": list(verdicts)}


PASS = '```json\n{"status": "pass", "reasons": []}\n```'
REJECTED = FAIL % "it does not say why"
UNKNOWN = "Looks fine to me, I think, mostly."

# The iteration there, its task and kind; what its personas say; what must become of it, and words of the reason.
NIGHT = [
    (1, "9", "task", qa_fails("cart"), "blocked", "the tests still fail"),
    (2, "45", "analysis", analysis(REJECTED, PASS), "done", ""),
    (3, "51", "bug", security_fails("pay"), "blocked", "The amount is not checked."),
    (4, "46", "analysis", analysis(REJECTED), "blocked", "it does not say why"),
    (5, "52", "bug", qa_fails("stock"), "blocked", "the tests still fail"),
    (6, "47", "analysis", analysis(PASS), "done", ""),
    (7, "54", "bug", qa_fails("tax"), "blocked", "the tests still fail"),
    (8, "48", "analysis", analysis(PASS), "done", ""),
    (9, "55", "bug", {"lead-engineer.implement": [code("gift", "x * 2")], "code-reviewer.review": [UNKNOWN],
                       "lead-engineer.fix": [replace("gift.py", "    return x * 2", "    return 2 * x")]}, "blocked", "code-review said unknown"),
    (10, "49", "analysis", {"architect.plan": [{"sleep": [HANGS_S], "text": "late"}]}, "blocked", "did not answer and was stopped"),
]


def test(host, folder):
    team = Team(host, folder / "night", FILES, TEST, TIMEOUTS, ROUNDS)
    (team.folder / "W/analysis.yml").write_text(ANALYSIS)
    base = team.base()
    for _, task, kind, answers, _, _ in NIGHT:
        team.add(task, kind, answers)
    team.add("after the night", "analysis", analysis(PASS))
    team.script["*"] = {**security_fails("pay"), "lead-engineer.implement": security_fails("pay")["lead-engineer.fix"][10:]}
    team.drain().expect(1)

    cap = json.loads((SOURCE / "plugins/steps/follow-up-tasks/manifest.json").read_text())["types"][0]["params"]["properties"]["max"]["default"]
    tasks = team.tasks()
    made = {title: end for title, end in tasks.items() if title not in {row[1] for row in NIGHT} | {"after the night"}}
    wrong = 0
    for iteration, task, kind, _, expected, reason in NIGHT:
        status, blocked = tasks[task]
        text = " ".join(blocked.get("text", "").split())
        wrong += status != expected or reason not in text
        print(f"{iteration:2} task {task:2} {kind:8} expected {expected:7} got {status:7} {blocked.get('reason', '')}: {text[:110]}")
    print(f"tasks that were made: {len(made)}, at most {cap} (max of follow-up-tasks) for each of the {len(NIGHT)}: {list(made)}")
    check(wrong == 0, f"{wrong} of the tasks ended otherwise")
    check(len(made) <= cap, "tasks breed")
    same("task behind the hanging one", "done", tasks["after the night"][0])
    same("the base", base, team.base())


if __name__ == "__main__":
    main(test)

#!/usr/bin/env python3
"""matrix.py BIN: the three shipped workflows on a project in Python and one in C, in the situations that end tasks in other ways than hoped for:
what is expected of each, and what came."""
from support import check, main, same
from team import FAIL, FINDING, Team, replace, whole


class Python:
    name = "Python"
    test = "python3 -B -m unittest discover -t . -s tests"
    files = {"old.py": "def one():\n    return 1\n", "tests/__init__.py": "",
             "tests/test_old.py": ("import unittest\n\nfrom old import one\n\n\nclass OldTest(unittest.TestCase):\n"
                                   "    def test_one(self):\n        self.assertEqual(one(), 1)\n")}

    def path(self, part):
        return f"{part}.py"

    def line(self, value):
        return f"    return {value}"

    def code(self, part, value):
        return whole(self.path(part), f"def {part}(x):\n{self.line(value)}\n")

    def tests(self, part):
        return whole(f"tests/test_{part}.py", f"import unittest\n\nfrom {part} import {part}\n\n\nclass {part.title()}Test(unittest.TestCase):\n"
                     f"    def test_{part}(self):\n        self.assertEqual({part}(2), 4)\n")


class C:
    name = "C"
    test = "make -s test"
    files = {"Makefile": ("test:\n\t@mkdir -p build; bad=0; for t in tests/*.c; do cc -I. -o build/t $$t && ./build/t || bad=1; done; exit $$bad\n"),
             ".gitignore": "build/\n", "old.h": "static int one(void) { return 1; }\n",
             "tests/test_old.c": ('#include <stdio.h>\n#include "old.h"\nint main(void) {\n  int ok = one() == 1;\n'
                                  '  printf("%s - test_one\\n", ok ? "ok" : "not ok");\n  return !ok;\n}\n')}

    def path(self, part):
        return f"{part}.h"

    def line(self, value):
        return f"  return {value};"

    def code(self, part, value):
        return whole(self.path(part), f"static int {part}(int x) {{\n  (void)x;\n{self.line(value)}\n}}\n")

    def tests(self, part):
        return whole(f"tests/test_{part}.c", f'#include <stdio.h>\n#include "{part}.h"\n\nstatic int test_{part}(void) {{\n  return {part}(2) == 4;\n}}\n\n'
                     f'int main(void) {{\n  int ok = test_{part}();\n  printf("%s - test_{part}\\n", ok ? "ok" : "not ok");\n  return !ok;\n}}\n')


ZERO, WRONG, RIGHT = "0", "x + 3", "x * 2"


def implementation(sample, part, workflow, value):
    """The engineer's answers up to the first test of the whole: a feature has its tests first."""
    tests = sample.tests(part)
    if workflow != "feature":
        return ["The code and its test.\n\n" + sample.code(part, value) + "\n" + tests]
    return ["The test, and what it calls.\n\n" + sample.code(part, ZERO) + "\n" + tests,
            replace(sample.path(part), sample.line(ZERO), sample.line(value))]


def qa_fails_first(sample, workflow, _):
    return {"lead-engineer.implement": implementation(sample, "twofold", workflow, WRONG),
            "lead-engineer.fix": [replace(sample.path("twofold"), sample.line(WRONG), sample.line(RIGHT))]}


def review_fails(sample, workflow, _):
    return {"lead-engineer.implement": implementation(sample, "twice", workflow, RIGHT),
            "lead-engineer.fix": [replace(sample.path("twice"), sample.line(RIGHT), sample.line("2 * x"))],
            "code-reviewer.review": [FINDING % (sample.path("twice"), "The factor stands behind."), '```json\n'
                                     '{"status": "pass", "reasons": [], "findings": []}\n```']}


def conflict(sample, workflow, team):
    script = team.folder / "conflict.sh"
    script.write_text(f"set -e\ncd '{team.work}'\ngit pull -q '{team.remote}' main\necho theirs > {sample.path('pair')}\ngit add -A\n"
                      f"git -c user.name=Other -c user.email=other@example.com commit -q -m theirs\ngit push -q '{team.remote}' HEAD:main\n")
    return {"lead-engineer.implement": implementation(sample, "pair", workflow, RIGHT),
            "summarization.summarize": [{"run": ["sh", str(script)], "text": "It was done."}]}


def plan_never_good(*_):
    return {"plan-evaluator.evaluate": [FAIL % "this does not say where"],
            "implementation-planner.plan": [f"## Tests\n- a test\n\n## Steps\n1. Look {n} times." for n in range(1, 12)]}


# The situation; its answers; the task's state, and a part of the reason that a blocked one has.
SITUATIONS = {
    "QA fails first": (qa_fails_first, "done", ""),
    "a review fails": (review_fails, "done", ""),
    "plan never good enough": (plan_never_good, "blocked", "no plan was accepted"),
    "conflict": (conflict, "blocked", "merge"),
}
TYPES = {"project-loop": "task", "hotfix": "hotfix", "feature": "feature"}


def test(host, folder):
    wrong = 0
    for workflow, kind in TYPES.items():
        for sample in (Python(), C()):
            team = Team(host, folder / f"{workflow}-{sample.name}", sample.files, sample.test)
            for situation, (answers, _, _) in SITUATIONS.items():
                team.add(situation, kind, answers(sample, workflow, team))
            team.drain().expect(1)
            same("workflows", {workflow}, {run["workflow"] for run in team.journal().runs()})
            for situation, (_, state, reason) in SITUATIONS.items():
                got, blocked = team.tasks()[situation]
                text = blocked.get("text", "")
                wrong += got != state or reason not in text
                told = f"{blocked.get('reason', '')}: {' '.join(text.split())[:90]}" if blocked else ""
                print(f"{workflow:12} {sample.name:6} {situation:22} expected {state:7} got {got:7} {told}")
            fixes = team.asked("QA fails first", "lead-engineer.fix")
            check(fixes == 1, f"{fixes} fixes of a failed test in {workflow}, {sample.name}")
            reviewed = team.asked("a review fails", "code-reviewer.review")
            same(f"reviews in {workflow}, {sample.name}", 0 if workflow == "hotfix" else 2, reviewed)
    check(wrong == 0, f"{wrong} of the tasks ended otherwise")


if __name__ == "__main__":
    main(test)

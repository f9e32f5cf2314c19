#!/usr/bin/env python3
"""inherited.py BIN: a base with a test that fails. Where the project says that such failures are only told, a task that breaks nothing is done and says
so, and one that breaks another test is not; where it says nothing, neither is."""
from support import check, main, rows, same
from team import Team, replace, whole

FILES = {"calc.py": "def total(values):\n    return sum(values)\n", "tests/__init__.py": "",
         "tests/test_total.py": ("import unittest\n\nfrom calc import total\n\n\nclass TotalTest(unittest.TestCase):\n"
                                 "    def test_three(self):\n        self.assertEqual(total([1, 2, 3]), 6)\n\n"
                                 "    def test_old(self):\n        self.assertEqual(total([1]), 2)\n")}
TEST = "python3 -B -m unittest discover -t . -s tests"
OLD = "test_old (tests.test_total.TotalTest"

GOOD = whole("mean.py", "def mean(values):\n    return sum(values) / len(values)\n") + "\n" + whole(
    "tests/test_mean.py", "import unittest\n\nfrom mean import mean\n\n\nclass MeanTest(unittest.TestCase):\n"
    "    def test_mean(self):\n        self.assertEqual(mean([1, 2]), 1.5)\n")
BREAKS = replace("calc.py", "    return sum(values)", "    return sum(values[1:])")


def told(team, title):
    found = rows(team.folder / "state/board.db", "SELECT text FROM comments WHERE task = (SELECT id FROM tasks WHERE title = ?)", title)
    return " ".join(text for (text,) in found)


def run(host, folder, project):
    team = Team(host, folder, FILES, TEST, rounds=1, project=project)
    team.add("breaks", "task", {"lead-engineer.implement": [BREAKS]})
    team.add("adds", "task", {"lead-engineer.implement": [GOOD]})
    base = team.base()
    team.drain().expect(1)
    return team, base != team.base()


def test(host, folder):
    team, moved = run(host, folder / "report", ", inherited_failures: report")
    same("tasks", {"breaks": "blocked", "adds": "done"}, {title: end[0] for title, end in team.tasks().items()})
    check(moved and f"These tests fail as they did before: {OLD}" in told(team, "adds"), f"not told: {told(team, 'adds')}")
    check("test_three" in team.tasks()["breaks"][1]["text"], "what was broken is not told")

    team, moved = run(host, folder / "count", "")
    same("tasks", {"breaks": "blocked", "adds": "blocked"}, {title: end[0] for title, end in team.tasks().items()})
    check(not moved and "test_old" in team.tasks()["adds"][1]["text"], "the base was written, or what fails is not told")
    print("a failure of the base passes where the project says so, and hides no other")


if __name__ == "__main__":
    main(test)

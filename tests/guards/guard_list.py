"""Reads tests/scenarios.md and the lists of guards beside this file, and checks that they fit each other and the tree.

    guard_list.py       prints what is wrong and exits with 1, or counts the guards and exits with 0

A list, NAME.guards, says how to switch a guard off, as a diff does but without numbers:

    == host/engine/src/frame.cpp
    S1: a skipped step holds up those behind it
    - status == StepStatus::kDone || status == StepStatus::kSkipped ||
    + status == StepStatus::kDone ||

`==` names the file of the guards below it. Each has the entry of tests/scenarios.md whose tests must notice, and what the host does
without it. The text of the lines with `-` stands in the file exactly once, maybe as a part of lines; that of the lines with `+` takes its
place. Lines that begin with `#` are comments.
"""
import dataclasses
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


@dataclasses.dataclass
class Guard:
    entry: str
    what: str
    file: str
    place: str  # in the list
    old: str = ""
    new: str = ""


class Malformed(Exception):
    pass


def read_scenarios():
    """The tests of each entry, in the order of the file."""
    tests, entry = {}, None
    for line in (HERE.parent / "scenarios.md").read_text().splitlines():
        if heading := re.fullmatch(r"### ([SDG]\d+)", line):
            entry = heading[1]
            tests[entry] = []
        elif entry and (test := re.fullmatch(r"- `(.*)`", line)):
            tests[entry].append(test[1])
    return tests


def read_list(path):
    guards, file, lines = [], "", {"-": [], "+": []}

    def finish():
        if not guards:
            return
        guards[-1].old, guards[-1].new = "\n".join(lines["-"]), "\n".join(lines["+"])
        lines["-"], lines["+"] = [], []

    for number, line in enumerate(path.read_text().splitlines(), 1):
        place = f"{path.relative_to(ROOT)}:{number}"
        if not line or line.startswith("#"):
            continue
        if line[0] in "-+" and (len(line) == 1 or line[1] == " "):
            if not guards:
                raise Malformed(f"{place}: a line with {line[0]} belongs below a guard")
            lines[line[0]].append(line[2:])
        elif line.startswith("== "):
            file = line[3:].strip()
        elif begin := re.fullmatch(r"([SDG]\d+): (.+)", line):
            finish()
            guards.append(Guard(begin[1], begin[2], file, place))
        else:
            raise Malformed(f"{place}: neither '== FILE' nor 'ENTRY: what happens' nor a line with - or +")
    finish()
    return guards


def read_guards():
    """All guards, ordered as tests/scenarios.md orders their entries."""
    guards = [guard for path in sorted(HERE.glob("*.guards")) for guard in read_list(path)]
    order = {entry: at for at, entry in enumerate(read_scenarios())}
    return sorted(guards, key=lambda guard: order.get(guard.entry, len(order)))


def problem_of(guard, root=ROOT):
    """Why the guard cannot be switched off; empty when it can."""
    path = root / guard.file
    if not guard.file or not path.is_file():
        return f"there is no file '{guard.file}'"
    if not guard.old:
        return "it has no line with -"
    if guard.old == guard.new:
        return "the new text is the old one"
    count = path.read_text().count(guard.old)
    return "" if count == 1 else f"its old text stands in {guard.file} {count} times"


def check():
    scenarios, guards = read_scenarios(), read_guards()
    problems = []
    for guard in guards:
        if guard.entry not in scenarios:
            problems.append(f"{guard.place}: tests/scenarios.md has no entry {guard.entry}")
        if problem := problem_of(guard):
            problems.append(f"{guard.place}: {guard.entry}: {guard.what}: {problem}")
    guarded = {guard.entry for guard in guards}
    problems += [f"tests/scenarios.md: {entry} has no guard in tests/guards" for entry in scenarios if entry not in guarded]
    return problems, len(guards), len(scenarios)


def main():
    try:
        problems, guards, scenarios = check()
    except Malformed as error:
        problems, guards, scenarios = [str(error)], 0, 0
    if problems:
        print("\n".join(problems))
        return 1
    print(f"{guards} guards of {scenarios} scenarios")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""An excerpt on its way to a case: its hunks, how they are written, and what they determine."""
import difflib
import random
import re
from dataclasses import dataclass, field


@dataclass
class Hunk:
    lines: list  # [sign, text]
    old_start: int = 0
    new_start: int = 0


@dataclass
class Case:
    kind: str
    path: str
    before: bytes
    after: bytes  # None: to be refused
    answer: str = ""
    diff: str = ""  # what git and patch get; empty: they do not know the format
    determined: bool = True
    others: dict = field(default_factory=dict)  # path: (before, after) of further files; None: no such file


@dataclass
class Work:
    """One excerpt on its way to a case."""
    path: str
    before: str
    after: str
    rng: random.Random
    language: str
    hunks: list = field(default_factory=list)
    determined: bool = True
    second: "Work" = None  # another file of the same answer
    deletes_second: bool = False


def hunks_of(before, after, context=3):
    hunks = []
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=context):
        found = re.match(r"@@ -(\d+)(?:,(\d+))? \+(\d+)", line)
        if found:
            start = int(found[1]) + (1 if found[2] == "0" else 0)
            hunks.append(Hunk([], start, int(found[3])))
        elif hunks:
            hunks[-1].lines.append([line[0], line[1:]])
    return hunks


def counts(hunk):
    return sum(sign != "+" for sign, _ in hunk.lines), sum(sign != "-" for sign, _ in hunk.lines)


def numbers(hunk):
    old, new = counts(hunk)
    return f"@@ -{hunk.old_start},{old} +{hunk.new_start},{new} @@"


def unified(work, head=numbers, line=lambda sign, text: sign + text, prefixes=("a/", "b/"), headers=True):
    text = f"--- {prefixes[0]}{work.path}\n+++ {prefixes[1]}{work.path}\n" if headers else ""
    for hunk in work.hunks:
        text += head(hunk) + "\n" + "".join(line(sign, words) + "\n" for sign, words in hunk.lines)
    return text


def blocks(work):
    text = ""
    for hunk in work.hunks:
        old = "".join(words + "\n" for sign, words in hunk.lines if sign != "+")
        new = "".join(words + "\n" for sign, words in hunk.lines if sign != "-")
        text += f"{work.path}\n```{work.language}\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n\n"
    return text


def fenced(diff):
    return f"The change:\n\n```diff\n{diff}```\n"


def context_at(hunk, blank=None):
    return [i for i, (sign, words) in enumerate(hunk.lines)
            if sign == " " and (blank is None or (not words.strip()) == blank)]


def holds_place(hunk, at):
    """Whether lines are only added beside this one, so that without it their place is not known."""
    for step in (-1, 1):
        i = at + step
        run = []
        while 0 <= i < len(hunk.lines) and hunk.lines[i][0] != " ":
            run.append(hunk.lines[i][0])
            i += step
        if run and "-" not in run:
            return True
    return False


def names_part(hunk, at):
    """Whether something that changes stands within this line where the edit was made: without it another part may be meant."""
    within = []
    for sign, words in hunk.lines[at + 1:]:
        if words.strip():
            within.append(level_of(words))
            if sign != " ":
                return min(within) > level_of(hunk.lines[at][1])
    return False


def level_of(words):
    return len(re.match(r"[ \t]*", words)[0])


def leaves_part(shown, left_out, before, behind):
    """Whether what is left out between two shown lines goes beyond the part of the file that they are in."""
    level = min(level_of(words) for words in shown if words.strip())
    levels = [level_of(words) for words in left_out if words.strip() and not words.startswith("#")]
    deeper = max([level_of(before), level_of(behind)] + levels) > level
    return any(each < level for each in levels) or (deeper and level in levels)


def is_ambiguous(work):
    """Whether the lines that must be there are in the file more than once, space aside."""
    lines = [line.strip() for line in work.before.splitlines()]
    for hunk in work.hunks:
        old = [words.strip() for sign, words in hunk.lines if sign != "+"]
        places = sum(lines[i:i + len(old)] == old for i in range(len(lines) - len(old) + 1))
        if places > 1 or not any(old):
            return True
    return False

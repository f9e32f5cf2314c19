"""Damages right diffs the way models do. Every case is made from an excerpt, a kind of damage and a seed, and says what the tree
must be afterwards; `None` in `after` means that the answer must be refused. A case that the answer does not determine is labelled."""
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


def is_ambiguous(work):
    """Whether the lines that must be there are in the file more than once, space aside."""
    lines = [line.strip() for line in work.before.splitlines()]
    for hunk in work.hunks:
        old = [words.strip() for sign, words in hunk.lines if sign != "+"]
        places = sum(lines[i:i + len(old)] == old for i in range(len(lines) - len(old) + 1))
        if places > 1 or not any(old):
            return True
    return False


# ---- kinds: each changes the work and returns (answer, diff), or None when the excerpt does not suit it

def plain(work):
    diff = unified(work)
    return fenced(diff), diff


def wrong_numbers(work):
    def head(hunk):
        old, new = counts(hunk)
        return f"@@ -{work.rng.randint(1, 400)},{old} +{work.rng.randint(1, 400)},{new} @@"
    diff = unified(work, head)
    return fenced(diff), diff


def wrong_counts(work):
    def head(hunk):
        old, new = counts(hunk)
        wrong = [-2, -1, 1, 2, 3]
        return f"@@ -{hunk.old_start},{max(1, old + work.rng.choice(wrong))} +{hunk.new_start},{max(1, new + work.rng.choice(wrong))} @@"
    diff = unified(work, head)
    return fenced(diff), diff


def no_numbers(work):
    head = work.rng.choice(["@@ ... @@", "@@", "@@ @@"])
    diff = unified(work, lambda hunk: head)
    return fenced(diff), diff


def no_file_header(work):
    diff = unified(work, headers=False)
    return f"Change `{work.path}`:\n\n{work.path}\n```diff\n{diff}```\n", diff


def other_prefixes(work):
    prefixes = work.rng.choice([("", ""), ("old/", "new/"), ("./", "./"), ("project-1.0.orig/", "project-1.0/")])
    diff = unified(work, prefixes=prefixes)
    return fenced(diff), diff


def trailing_space(work):
    for hunk in work.hunks:
        for i in context_at(hunk):
            if work.rng.random() < 0.5:
                hunk.lines[i][1] = hunk.lines[i][1].rstrip() + work.rng.choice(["", " ", "  ", "\t"])
    return plain(work)


def stripped_blanks(work):
    if not any(context_at(hunk, True) for hunk in work.hunks):
        return None
    diff = unified(work, line=lambda sign, text: (sign + text).rstrip() if sign == " " else sign + text)
    return fenced(diff), diff


def crlf_file(work):
    answer = plain(work)
    work.before, work.after = (text.replace("\n", "\r\n") for text in (work.before, work.after))
    return answer


def indented(work):
    more = work.rng.choice(["  ", "    ", "\t"])
    for hunk in work.hunks:
        hunk.lines = [[sign, more + words if words.strip() else words] for sign, words in hunk.lines]
    return plain(work)


def outdented(work):
    for hunk in work.hunks:
        filled = [words for _, words in hunk.lines if words.strip()]
        prefix = min((re.match(r"[ \t]*", words)[0] for words in filled), key=len)
        if not prefix or not all(words.startswith(prefix) for words in filled):
            return None
        hunk.lines = [[sign, words[len(prefix):] if words.strip() else words] for sign, words in hunk.lines]
    return plain(work)


def tabs_to_spaces(work):
    if not any(words.startswith("\t") for hunk in work.hunks for sign, words in hunk.lines if sign != "+"):
        return None
    width = work.rng.choice([4, 8])
    for hunk in work.hunks:
        for line in hunk.lines:
            indent = re.match(r"[ \t]*", line[1])[0]
            if " " in indent:
                work.determined = False
            line[1] = indent.expandtabs(width) + line[1][len(indent):]
        if not any(sign != "+" and words.startswith(" ") for sign, words in hunk.lines):
            if any(sign == "+" and words.startswith(" ") for sign, words in hunk.lines):
                work.determined = False
    return plain(work)


def missing_blanks(work):
    any_dropped = False
    for hunk in work.hunks:
        for i in reversed(context_at(hunk, True)):
            any_dropped = True
            work.determined &= not holds_place(hunk, i)
            del hunk.lines[i]
    return plain(work) if any_dropped else None


def extra_blanks(work):
    for hunk in work.hunks:
        spots = [i for i in context_at(hunk, False)[1:] if hunk.lines[i - 1][0] == " "]
        if not spots:
            return None
        hunk.lines.insert(work.rng.choice(spots), [" ", ""])
    return plain(work)


def dropped_context(work):
    hunk = work.rng.choice(work.hunks)
    inner = [i for i in context_at(hunk, False) if 0 < i < len(hunk.lines) - 1]
    if len(context_at(hunk, False)) < 3 or not inner:
        return None
    at = work.rng.choice(inner)
    work.determined &= not holds_place(hunk, at)
    del hunk.lines[at]
    return plain(work)


def wrong_context(work):
    hunk = work.rng.choice(work.hunks)
    spots = [i for i in context_at(hunk, False) if re.search(r"[a-z]{4}", hunk.lines[i][1])]
    if len(context_at(hunk, False)) < 4 or not spots:
        return None
    at = work.rng.choice(spots)
    words = re.findall(r"[A-Za-z]{4,}", hunk.lines[at][1])
    hunk.lines[at][1] = hunk.lines[at][1].replace(work.rng.choice(words), "something", 1)
    return plain(work)


def lost_signs(work):
    """Context lines without the space before them."""
    def line(sign, text):
        return text if sign == " " and text[:1] not in ("+", "-", "\\", "@", "`") else sign + text
    diff = unified(work, line=line)
    return fenced(diff), diff


def elided(work):
    work.hunks = hunks_of(work.before, work.after, 9)
    any_left_out = False
    for hunk in work.hunks:
        runs, i = [], 0
        while i < len(hunk.lines):
            begin = i
            while i < len(hunk.lines) and hunk.lines[i][0] == " ":
                i += 1
            if i - begin >= 7:
                runs.append((begin, i))
            i += 1
        for begin, end in reversed(runs):
            hunk.lines[begin + 3:end - 3] = [[" ", "..."]]
            any_left_out = True
    return plain(work) if any_left_out else None


def one_line_of_context(work):
    work.hunks = hunks_of(work.before, work.after, 1)
    return plain(work)


def stale(work):
    """The file has moved on since the diff was made: lines above, and one line of context."""
    answer = plain(work)
    above = "".join(f"new line {i} of {work.rng.randint(0, 999)}\n" for i in range(work.rng.randint(5, 40)))
    hunk = work.hunks[0]
    edges = [i for i in context_at(hunk, False) if not any(0 <= k < len(hunk.lines) and hunk.lines[k][0] != " " for k in (i - 1, i + 1))]
    if edges and len(context_at(hunk, False)) >= 4:
        words = hunk.lines[work.rng.choice(edges)][1]
        if work.before.count(words + "\n") == 1 and work.after.count(words + "\n") == 1:
            work.before, work.after = (text.replace(words + "\n", words + " changed\n") for text in (work.before, work.after))
    work.before, work.after = above + work.before, above + work.after
    return answer


def no_last_newline(work):
    if not (work.before.endswith("\n") and work.after.endswith("\n")):
        return None
    answer = plain(work)
    work.before, work.after = work.before[:-1], work.after[:-1]
    return answer


def decoy_in_thought(work):
    decoy = unified(work).replace("\n+", "\n+WRONG ")
    diff = unified(work)
    return f"<think>\nPerhaps\n```diff\n{decoy}```\nor rather\n</think>\nI chose this:\n\n{diff}\nThat is all.\n- done\n", ""


def search_blocks(work):
    for hunk in work.hunks:
        for i in context_at(hunk):
            if work.rng.random() < 0.3:
                hunk.lines[i][1] = hunk.lines[i][1].rstrip() + work.rng.choice(["", " "])
    return blocks(work), ""


def search_outdented(work):
    return (blocks(work), "") if outdented(work) else None


def search_elided(work):
    return (blocks(work), "") if elided(work) else None


def whole_file(work):
    work.before, work.after = (text.replace("\n", "\r\n") for text in (work.before, work.after))
    fence = "````" if "```" in work.after else "```"
    return f"FILE: {work.path}\n{fence}{work.language}\n" + work.after.replace("\r\n", "\n") + f"{fence}\n", ""


def json_operations(work):
    import json
    hunks = [{"oldStart": work.rng.randint(1, 300), "oldCount": counts(hunk)[0], "newStart": 1, "newCount": counts(hunk)[1],
              "lines": [sign + words for sign, words in hunk.lines]} for hunk in work.hunks]
    return json.dumps({"ops": [{"action": "upsert", "path": work.path, "hunks": hunks}]}, indent=1), ""


def cut(work):
    """The answer ends in the middle; nothing of it may be applied."""
    diff = unified(work)
    body = diff.index("@@")
    kept = diff[:work.rng.randint(body + (len(diff) - body) // 3, len(diff) - 3)]
    work.after = None
    return f"The change:\n\n```diff\n{kept}", kept


KINDS = [wrong_numbers, wrong_counts, no_numbers, no_file_header, other_prefixes, trailing_space, stripped_blanks, crlf_file,
         indented, outdented, tabs_to_spaces, missing_blanks, extra_blanks, dropped_context, wrong_context, lost_signs, elided,
         one_line_of_context, stale, no_last_newline, decoy_in_thought, search_blocks, search_outdented, search_elided,
         whole_file, json_operations, cut]


def make(kind, excerpt, seed):
    work = Work(excerpt["path"], excerpt["before"], excerpt["after"], random.Random(f"{seed} {kind.__name__} {excerpt['patch']} {excerpt['path']}"),
                excerpt["language"])
    if not work.before.endswith("\n") or not work.after.endswith("\n") or "\r" in work.before + work.after:
        return None
    work.hunks = hunks_of(work.before, work.after)
    made = kind(work)
    if made is None:
        return None
    if work.after is not None and kind is not whole_file:
        work.determined &= not is_ambiguous(work)
    after = None if work.after is None else work.after.encode()
    return Case(kind.__name__, work.path, work.before.encode(), after, made[0], made[1], work.determined)


def cases(excerpts, seed, each):
    for kind in KINDS:
        order = list(excerpts)
        random.Random(f"{seed} {kind.__name__}").shuffle(order)
        made = 0
        for excerpt in order:
            case = make(kind, excerpt, seed)
            if case:
                yield case
                made += 1
            if made == each:
                break

"""Damages right diffs the way models do. Every case is made from an excerpt, a kind of damage and a seed, and says what the tree
must be afterwards; `None` in `after` means that the answer must be refused. A case that the answer does not determine is labelled."""
import random
import re

from excerpt import (Case, Work, hunks_of, counts, unified, blocks, fenced, context_at, holds_place, names_part, leaves_part, is_ambiguous)

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
    work.determined &= not names_part(hunk, at)
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
        cut_out = {i for begin, end in runs for i in range(begin + 3, end - 3)}
        shown = [words for i, (sign, words) in enumerate(hunk.lines) if sign != "+" and i not in cut_out]
        for begin, end in reversed(runs):
            left_out = [words for _, words in hunk.lines[begin + 3:end - 3]]
            edges = [next((words for _, words in lines if words.strip()), "")
                     for lines in (hunk.lines[begin + 2::-1], hunk.lines[end - 3:])]
            if end < len(hunk.lines) and leaves_part(shown, left_out, *edges):
                work.determined &= any(names_part(hunk, i) for i in range(end - 3, end))
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
        at = work.rng.choice(edges)
        words = hunk.lines[at][1]
        if work.before.count(words + "\n") == 1 and work.after.count(words + "\n") == 1:
            work.determined &= not names_part(hunk, at)
            work.before, work.after = (text.replace(words + "\n", words + " changed\n") for text in (work.before, work.after))
    work.before, work.after = above + work.before, above + work.after
    return answer


HEADS = {"python": "def {}(self, now):", "go": "func {}(now int) error {{", "rust": "pub fn {}(now: u32) {{", "yaml": "{}:",
         "javascript": "function {}(now) {{", "shell": "{}() {{", "toml": "[{}]"}


def named_part(work, name):
    return HEADS.get(work.language, "int {}(int now) {{").format(name)


def one_part(work):
    """The old and the new lines of a hunk with enough context; None: the excerpt has none."""
    hunk = max(work.hunks, key=lambda each: len(context_at(each, False)))
    if len(context_at(hunk, False)) < 4:
        return None
    work.hunks = [hunk]
    hunk.old_start = hunk.new_start = work.rng.randint(1, 40)
    return [[words for sign, words in hunk.lines if sign != other] for other in "+-"]


def twin(work):
    """Two parts with the same lines but for some of context, which the answer took from the first; it names the second."""
    parts = one_part(work)
    if parts is None:
        return None
    hunk = work.hunks[0]
    spots = [i for i in context_at(hunk, False) if re.search(r"[a-z]{4}", hunk.lines[i][1])]
    altered = work.rng.choice([1, 1, 2])
    if len(spots) < altered:
        return None
    work.determined &= altered == 1 and not any(holds_place(hunk, i) or names_part(hunk, i) for i in spots)
    first, (old, new) = list(parts[0]), parts
    for i in work.rng.sample(spots, altered):
        first[sum(sign != "+" for sign, _ in hunk.lines[:i])] += " of the first"
        hunk.lines[i][1] += " of the first"
    heads = [named_part(work, name) for name in ("alpha_part", "beta_part")]
    hunk.lines.insert(0, [" ", heads[1]])
    above = [heads[0], *first, "", "", heads[1]]
    work.before, work.after = ("\n".join(above + lines) + "\n" for lines in (old, new))
    return (blocks(work), "") if work.rng.random() < 0.5 else plain(work)


INNER = ["case {}:", "elif {}:", "- host: {}", "{}: all", "<div id=\"{}\">", "when {} then", "with {} do"]


def missing_part(work):
    """The answer names a part that is not there, and another one has the same lines."""
    if one_part(work) is None:
        return None
    form = work.rng.choice([named_part(work, "{}")] + INNER)
    hunk = work.hunks[0]
    hunk.lines = [[sign, "  " + words if words.strip() else words] for sign, words in hunk.lines]
    old = [words for sign, words in hunk.lines if sign != "+"]
    hunk.lines.insert(0, [" ", form.replace("{}", "omega_part")])
    work.before = "\n".join([form.replace("{}", "alpha_part"), *old]) + "\n"
    work.after = None
    return (blocks(work), "") if work.rng.random() < 0.5 else (plain(work)[0], "")


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


# Of two files: the second block, hunk or deletion must not reach the first.

NAMINGS = ["### 2. `{}`", "2. `{}`:", "In `{}`:", "Update {}:", "- `{}`", "**{}** (the same there):", "Path: {}", "**File 2:** `{}`",
           "Here is the change for {}:", "`{}` \u2013 the second part", "// {}", "<file>{}</file>", "Then, in `{}`, change this:",
           "#### Step 2: edit `{}`\n\nAs above:", "<!-- {} -->", "Next, update `{}` as well:"]


def two_files_named(work):
    if "/" not in work.second.path and not re.search(r"\.(c|h|py|js|go|rs|sh|ya?ml)$", work.second.path):
        return None
    below = blocks(work.second).replace(f"{work.second.path}\n```", "```")
    return f"{blocks(work)}{work.rng.choice(NAMINGS).format(work.second.path)}\n\n{below}", ""


def two_files_unclear(work):
    """Words that speak of the second file and do not say that the block is for it; the block must not go to the first."""
    words = ["The same is needed in `{}`, which uses it.", "This is called by {} as well.", "Files:\n- {}\n- other.py",
             "`{}` stays as it is, but here:", "Also see {}."]
    below = blocks(work.second).replace(f"{work.second.path}\n```", "```")
    work.after = None
    return f"{blocks(work)}{work.rng.choice(words).format(work.second.path)}\n\n{below}", ""


def deletion_beside(work):
    forms = ["DELETE: {}", "- DELETE: {}", "**DELETE:** {}", "Delete: `{}`", "### DELETE: {}", "```\nDELETE: {}\n```", "**DELETE: `{}`**"]
    work.deletes_second = True
    return f"{blocks(work)}{work.rng.choice(forms).format(work.second.path)}\n", ""


def two_paths_in_one_fence(work):
    text = ""
    for each in (work, work.second):
        text += work.rng.choice(["{}", "# {}", "`{}`"]).format(each.path) + "\n" + unified(each, lambda hunk: "@@ ... @@", headers=False)
    return fenced(text), ""


def rest_in_words(work):
    """A whole file of which most is left out in some words; nothing of it may be applied."""
    words = ["# ... rest of the code ...", "[rest of the file unchanged]", "# Other functions remain unchanged", "// Keep existing code",
             "# [...]", "<!-- rest unchanged -->", "/* the remaining code is unchanged */", "...", "# unchanged", "# -- snip --"]
    lines = work.after.splitlines()
    if len(lines) < 12 or "```" in work.after:
        return None
    kept = "\n".join(lines[:len(lines) // 3])
    work.after = None
    return f"FILE: {work.path}\n```{work.language}\n{kept}\n{work.rng.choice(words)}\n```\n", ""


def usage_below_heading(work):
    """An example of its use below a heading that names the file; nothing may be applied."""
    work.after = None
    return f"Nothing to change.\n\n### {work.path}\n```{work.rng.choice(['bash', 'console', '', work.language])}\n./{work.path} --help\n```\n", ""


def cut(work):
    """The answer ends in the middle; nothing of it may be applied."""
    form = work.rng.choice(["diff", "diff", "blocks", "whole", "json"])
    diff = unified(work)
    whole = {"diff": diff, "blocks": blocks(work), "whole": whole_file(work)[0], "json": json_operations(work)[0]}[form]
    body = whole.index("@@") if form == "diff" else 0
    kept = whole[:work.rng.randint(body + (len(whole) - body) // 3, len(whole.rstrip("`\n")) - 3)]
    work.after = None
    return (f"The change:\n\n```diff\n{kept}", kept) if form == "diff" else (kept, "")


KINDS = [wrong_numbers, wrong_counts, no_numbers, no_file_header, other_prefixes, trailing_space, stripped_blanks, crlf_file,
         indented, outdented, tabs_to_spaces, missing_blanks, extra_blanks, dropped_context, wrong_context, lost_signs, elided,
         one_line_of_context, stale, no_last_newline, decoy_in_thought, search_blocks, search_outdented, search_elided,
         whole_file, json_operations, cut, two_files_named, two_files_unclear, deletion_beside, two_paths_in_one_fence,
         rest_in_words, usage_below_heading, twin, missing_part]
OF_TWO = [two_files_named, two_files_unclear, deletion_beside, two_paths_in_one_fence]


def work_of(excerpt, rng):
    work = Work(excerpt["path"], excerpt["before"], excerpt["after"], rng, excerpt["language"])
    if not work.before.endswith("\n") or not work.after.endswith("\n") or "\r" in work.before + work.after:
        return None
    work.hunks = hunks_of(work.before, work.after)
    return work


def second_of(excerpts, first, rng):
    for excerpt in rng.sample(excerpts, len(excerpts)):
        paths = sorted([first.path + "/", excerpt["path"] + "/"])
        second = work_of(excerpt, rng)
        if second and not paths[1].startswith(paths[0]):
            return second
    return None


def others_of(work):
    if not work.second:
        return {}
    after = None if work.deletes_second else work.second.before if work.after is None else work.second.after
    return {work.second.path: (work.second.before.encode(), after and after.encode())}


def make(kind, excerpt, seed, excerpts):
    work = work_of(excerpt, random.Random(f"{seed} {kind.__name__} {excerpt['patch']} {excerpt['path']}"))
    if work and kind in OF_TWO:
        work.second = second_of(excerpts, work, work.rng)
    made = work and kind(work)
    if not made:
        return None
    if work.after is not None and kind is not whole_file:
        work.determined &= not is_ambiguous(work) and (work.deletes_second or not work.second or not is_ambiguous(work.second))
    after = None if work.after is None else work.after.encode()
    return Case(kind.__name__, work.path, work.before.encode(), after, made[0], made[1], work.determined, others_of(work))


def cases(excerpts, seed, each):
    for kind in KINDS:
        order = list(excerpts)
        random.Random(f"{seed} {kind.__name__}").shuffle(order)
        made = 0
        for excerpt in order:
            case = make(kind, excerpt, seed, excerpts)
            if case:
                yield case
                made += 1
            if made == each:
                break

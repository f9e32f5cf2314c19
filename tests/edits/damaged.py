#!/usr/bin/env python3
"""Damaged answers on real files: mamc-host beside git apply and patch, on the same cases.

    damaged.py BIN_FOLDER [--seed N] [--each N] [--only KIND] [--keep FOLDER]

Right: the tree is what the change makes of it, to the byte. Refused: the program said no and the tree is as before (for patch: it said
no; what it left half done is not held against it). Wrong: anything else.
"""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import damage

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "edits", "excerpts.jsonl")
MIN_RIGHT, MIN_RATIO, MAX_UNDETERMINED = 0.95, 9.0, 0.10
MIN_CASES, MIN_KINDS, MIN_EACH = 300, 20, 15


def programs(folder):
    return {
        "mamc-host": [os.path.join(folder, "mamc-host"), "edit", "apply", "-", "--allow", "ci", "--allow", "install"],
        "git apply": ["git", "apply", "-"],
        "git apply -C1": ["git", "apply", "--recount", "-C1", "--ignore-whitespace", "-"],
        "patch -F3": ["patch", "-s", "-f", "-p1", "-F3", "--no-backup-if-mismatch", "-r", "-"],
    }


def tree_of(folder):
    tree = {}
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            tree[os.path.relpath(path, folder)] = open(path, "rb").read()
    return tree


def write(tree, files):
    for path, data in files.items():
        path = os.path.join(tree, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "wb").write(data)


def run(command, case, text):
    before = {case.path: case.before, **{path: before for path, (before, _) in case.others.items()}}
    after = {case.path: case.after, **{path: after for path, (_, after) in case.others.items() if after is not None}}
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "tree")
        write(tree, before)
        environment = {"PATH": os.environ["PATH"], "GIT_CEILING_DIRECTORIES": folder, "LC_ALL": "C.UTF-8"}
        ran = subprocess.run(command, cwd=tree, input=text.encode(), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             timeout=60)
        tree = tree_of(tree)
    said = ran.stdout.decode(errors="replace")
    if ran.returncode == 0 and case.after is not None and tree == after:
        return "right", said
    if ran.returncode != 0 and (tree == before or command[0] == "patch"):
        return ("right" if case.after is None else "refused"), said
    return "wrong", said


def keep(folder, number, case, outcome, said):
    name = os.path.join(folder, f"{number:03}-{case.kind}-{outcome}{'' if case.determined else '-undetermined'}")
    os.makedirs(folder, exist_ok=True)
    open(name + ".answer", "w").write(case.answer)
    open(name + ".before", "wb").write(case.before)
    open(name + ".after", "wb").write(case.after or b"")
    open(name + ".said", "w").write(said)


def show(cases, results, names):
    print(f"{'':22}{'':>7}{'not de-':>9}" + "".join(f"{name:>19}" for name in names))
    print(f"{'damage':22}{'cases':>7}{'termined':>9}" + f"{'right refd wrong':>19}" * len(names))
    kinds = list(dict.fromkeys(case.kind for case in cases)) + ["all"]
    for kind in kinds:
        rows = [i for i, case in enumerate(cases) if kind in (case.kind, "all")]
        line = f"{kind:22}{len(rows):>7}{sum(not cases[i].determined for i in rows):>9}"
        for name in names:
            count = collections.Counter(results[name][i] for i in rows if i in results[name])
            known = sum(count.values())
            line += f"{count['right']:>9}{count['refused']:>5}{count['wrong']:>5}" if known else f"{'-':>9}{'-':>5}{'-':>5}"
        print(line)


def verdict(cases, results, each):
    ours, git = results["mamc-host"], results["git apply"]
    determined = [i for i, case in enumerate(cases) if case.determined]
    right = sum(ours[i] == "right" for i in determined) / len(determined)
    wrong = sum(outcome == "wrong" for outcome in ours.values())
    unknown = 1 - len(determined) / len(cases)
    unified = [i for i in determined if i in git]
    fails = [sum(result[i] != "right" for i in unified) for result in (git, ours)]
    ratio = fails[0] / max(1, fails[1])
    kinds = collections.Counter(case.kind for case in cases)
    enough = each < MIN_EACH or (len(cases) >= MIN_CASES and len(kinds) >= MIN_KINDS and min(kinds.values()) >= MIN_EACH)
    print(f"\n{len(cases)} cases, {len(kinds)} kinds of {min(kinds.values())} or more{'' if each >= MIN_EACH else ' (a part of them was asked for)'}; {unknown:.1%} not determined (at most {MAX_UNDETERMINED:.0%})")
    print(f"mamc-host: {right:.1%} of the determined right (at least {MIN_RIGHT:.0%}), {wrong} wrong trees (0)")
    print(f"unified diffs: git apply fails {fails[0]} of {len(unified)}, mamc-host {fails[1]}: {ratio:.1f} times fewer (at least {MIN_RATIO:.0f})")
    return enough and right >= MIN_RIGHT and wrong == 0 and unknown <= MAX_UNDETERMINED and ratio >= MIN_RATIO


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--each", type=int, default=int(os.environ.get("MAMC_CASES_EACH", 16)))
    parser.add_argument("--only")
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--keep")
    options = parser.parse_args()
    excerpts = [json.loads(line) for line in open(DATA)]
    cases = [case for case in damage.cases(excerpts, options.seed, options.each) if options.only in (None, case.kind)]
    results = {name: {} for name in programs(os.path.abspath(options.bin))}
    for number, case in enumerate(cases):
        for name, command in programs(os.path.abspath(options.bin)).items():
            text = case.answer if name == "mamc-host" else case.diff
            if not text or (options.ours_only and name != "mamc-host"):
                continue
            results[name][number], said = run(command, case, text)
            if options.keep and name == "mamc-host" and results[name][number] != "right":
                keep(options.keep, number, case, results[name][number], said)
    print(f"seed {options.seed}")
    show(cases, results, list(results))
    good = verdict(cases, results, options.each)
    if options.only or options.ours_only:
        return 0
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""bench/edits.py BIN [--rounds N] [--dir DIR]: `mamc-host edit apply` beside git apply and patch, process against process.

Every run gets a fresh copy of the tree; the programs take turns in each round, pinned to one core. Medians and their ratio are
printed, and what each left is compared byte by byte. Exit code: 0 every target was met, 1 one was missed, 2 a program failed.
"""
import argparse
import difflib
import filecmp
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

WORDS = "the of a session buffer value index return count limit error range name first last state open close".split()


def line(chance):
    return " " * chance.choice([0, 2, 4]) + " ".join(chance.choice(WORDS) for _ in range(chance.randint(4, 12))) + "\n"


def changed(chance, lines, hunks):
    """A copy with so many lines replaced by others, evenly spread."""
    copy = list(lines)
    step = len(lines) // hunks
    for hunk in range(hunks):
        at = hunk * step + chance.randrange(step // 2) + step // 4
        copy[at] = [line(chance), line(chance)] if hunk % 3 == 0 else line(chance)
    return [text for part in copy for text in ([part] if isinstance(part, str) else part)]


def make(folder, files, lines, hunks, seed):
    """folder/old and folder/new, and folder/change.diff between them."""
    chance = random.Random(seed)
    diff = []
    for number in range(files):
        name = f"src/part{number % 10}/file{number}.c"
        old = [line(chance) for _ in range(lines)]
        new = changed(chance, old, hunks)
        for tree, text in (("old", old), ("new", new)):
            path = folder / tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(text))
        diff += difflib.unified_diff(old, new, "a/" + name, "b/" + name)
    (folder / "change.diff").write_text("".join(diff))
    return (folder / "change.diff").stat().st_size


def seconds(argv, cwd):
    started = time.perf_counter()
    done = subprocess.run(argv, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    took = time.perf_counter() - started
    if done.returncode != 0:
        sys.exit(f"{argv[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace')[:2000]}")
    return took


def same_trees(left, right):
    listed = filecmp.dircmp(left, right)
    if listed.left_only or listed.right_only:
        return False
    _, differ, odd = filecmp.cmpfiles(left, right, listed.common_files, shallow=False)
    return not differ and not odd and all(same_trees(left / name, right / name) for name in listed.common_dirs)


def measure(folder, programs, rounds):
    """Median seconds by program."""
    times = {name: [] for name in programs}
    for number in range(rounds):
        for name, argv in programs.items():
            tree = folder / f"{name}-{number}"
            shutil.copytree(folder / "old", tree)
            os.sync()
            times[name].append(seconds(argv(tree), tree))
            if not same_trees(tree, folder / "new"):
                sys.exit(f"{name} left another tree than the change makes")
            shutil.rmtree(tree)
    return {name: statistics.median(taken) for name, taken in times.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--dir", default=None)
    options = parser.parse_args()
    host = str((options.bin / "mamc-host").resolve())
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"load {os.getloadavg()[0]:.2f}, {options.rounds} rounds, one core")

    met = True
    cases = (("1 MB diff over 200 files", "git apply", dict(files=200, lines=400, hunks=16, seed=1)),
             ("500 hunks in a file of 50 000 lines", "patch", dict(files=1, lines=50_000, hunks=500, seed=2)))
    for title, peer, shape in cases:
        with tempfile.TemporaryDirectory(dir=options.dir) as name:
            folder = pathlib.Path(name)
            size = make(folder, **shape)
            diff = str(folder / "change.diff")
            medians = measure(folder, {
                "mamc-host": lambda tree: [host, "edit", "apply", diff, "--root", str(tree)],
                "git apply": lambda tree: ["git", "apply", diff],
                "patch": lambda tree: ["patch", "-s", "-p1", "-i", diff],
            }, options.rounds)
        ratio = medians["mamc-host"] / medians[peer]
        met = met and ratio <= 1
        figures = ", ".join(f"{program} {median * 1000:.1f} ms" for program, median in medians.items())
        print(f"{title} ({size} bytes): {figures}; beside {peer} {ratio:.2f} (target at most 1): {'met' if ratio <= 1 else 'missed'}")
    print(f"load {os.getloadavg()[0]:.2f}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

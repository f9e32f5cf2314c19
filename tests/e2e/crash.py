#!/usr/bin/env python3
"""crash.py BIN [--all | --at N[,N]]: the demo is killed before and after transactions of its journal, and gone on with.

Without --all every MAMC_CRASH_STRIDE-th point is tried, beginning with a random one.
"""
import random
import sys

from interrupted import KILLED, Baseline, in_parallel
from support import Mismatch, check, main, number, seed

SECONDS_FOR_ALL = 180  # so that the whole test stays below four minutes on two cores
LEAST_POINTS = 10


def stride(baseline):
    """By default what fits into the time: two at a time, each about as long as a demo and a bit."""
    per_point = (baseline.seconds + 1.5) / 2
    affordable = round(baseline.points * per_point / SECONDS_FOR_ALL)
    return max(1, number("MAMC_CRASH_STRIDE", min(affordable, baseline.points // (LEAST_POINTS + 1))))


def chosen_points(baseline):
    if "--all" in sys.argv:
        return list(range(1, baseline.points + 1))
    if "--at" in sys.argv:
        return [int(point) for point in sys.argv[sys.argv.index("--at") + 1].split(",")]
    step = stride(baseline)
    return list(range(1 + random.Random(seed()).randrange(step), baseline.points + 1, step))


def interrupt(demo, point):
    ended = demo.run(env={"MAMC_CRASH_AT": str(point)})
    if ended.code == 0:
        return False  # this time the journal had fewer transactions
    check(ended.code == KILLED, f"exit {ended.code} instead of a kill:\n{ended.err}")
    return True


def test(host, folder):
    baseline = Baseline(host, folder)
    points = chosen_points(baseline)
    print(f"{baseline.points} crash points in a demo of {baseline.seconds:.1f} s; {len(points)} of them are tried", flush=True)
    hits, differences = in_parallel(host, baseline, points, interrupt)
    print(f"{len(points)} points tried, {hits} hits, {len(differences)} with differences")
    check(not differences, f"differences at the points {[point for point, _ in differences]}")
    check(hits >= len(points) * 0.9, "too few points were hit")
    check("--at" in sys.argv or hits >= LEAST_POINTS, f"only {hits} points were hit; at least {LEAST_POINTS} must be")


if __name__ == "__main__":
    main(test)

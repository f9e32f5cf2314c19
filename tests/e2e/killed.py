#!/usr/bin/env python3
"""killed.py BIN: demos are killed at random moments, and gone on with. MAMC_KILLS says how many."""
import random
import sqlite3
import time

from interrupted import KILLED, Baseline, go_on, in_parallel
from support import CHILD, DEMO, Demo, Journal, check, main, number, same, seed, wait_until


def kill_after(demo, seconds):
    """Kills so long after the demo's folder was there; false when the demo had ended by then."""
    with demo.start() as child:
        wait_until(lambda: demo.folder.exists() or not child.running(), "the demo begins")
        time.sleep(seconds)
        child.kill()
        return child.wait().code == KILLED


def calls_of_loop(journal, key):
    run = next(run for run in journal.runs() if run["task"] == "2")
    return [r["key"] for r in journal.records(run["row"], CHILD) if r["path"] == "qa@1" and r["key"].startswith(key)]


def in_its_third_test(demo):
    try:
        return "test/3" in calls_of_loop(demo.journal(), "test/")
    except (StopIteration, sqlite3.OperationalError):
        return False  # no such run, or no journal yet


def check_third_iteration(host, folder):
    """The loop whose tests always fail is killed in its third iteration: it goes on there."""
    wrong = ("--cassette", DEMO / "cassette-wrong.jsonl")
    baseline = Baseline(host, folder, *wrong, exit_code=1)
    expected = calls_of_loop(Journal(folder / "uninterrupted/state"), "")
    demo = Demo(host, folder / "third")
    with demo.start(*wrong) as child:
        wait_until(lambda: in_its_third_test(demo) or not child.running(), "the third iteration begins")
        check(child.running(), "the demo ended before it could be killed")
        child.kill()
        same("exit", KILLED, child.wait().code)
    before = calls_of_loop(demo.journal(), "")
    same("the loop's last call before the kill", "test/3", before[-1])
    go_on(baseline, demo)
    after = calls_of_loop(demo.journal(), "")
    same("the loop's calls", expected, after)
    same("calls recorded before the kill", before, after[:len(before)])
    print(f"killed in test/3, went on there: {len(before)} calls before, {len(after)} at the end")


def test(host, folder):
    baseline = Baseline(host, folder)
    count = number("MAMC_KILLS", 30)
    chance = random.Random(seed())
    # The first two in the set-up.
    moments = [round(chance.uniform(0, most), 3) for most in [0.05] * 2 + [baseline.seconds * 0.7] * (count - 2)]
    hits, differences = in_parallel(host, baseline, moments, kill_after)
    print(f"{count} moments, {hits} hits, {len(differences)} with differences")
    check(not differences, f"differences after {[moment for moment, _ in differences]} s")
    check(hits * 30 >= count * 25, f"only {hits} of {count} kills hit a running demo")
    (folder / "loop").mkdir()
    check_third_iteration(host, folder / "loop")


if __name__ == "__main__":
    main(test)

"""Interrupts demos and goes on with them; what they come to is compared with a demo that nobody interrupted."""
import concurrent.futures
import os
import pathlib
import signal
import time

from support import Demo, Mismatch, check, outcome_differences, temporary_folder, wait_until

KILLED = -signal.SIGKILL
PARALLEL = 2


class Baseline:
    """The demo, uninterrupted."""

    def __init__(self, host, folder, *words, exit_code=0):
        demo = Demo(host, folder / "uninterrupted")
        count = folder / "crash-points"
        self.words, self.exit_code = words, exit_code
        started = time.monotonic()
        self.report = demo.run("--json", *words, env={"MAMC_CRASH_COUNT": str(count)}).expect(exit_code).json()
        self.seconds = time.monotonic() - started
        self.outcome = demo.outcome()
        check(count.exists(), "this build has no crash points (MAMC_CRASH_POINTS)")
        self.points = int(count.read_text())


def processes_in(folder):
    """Ids of processes that work below a folder."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            inside = entry.name.isdigit() and os.readlink(entry / "cwd").startswith(str(folder))
        except OSError:
            continue  # it has ended meanwhile, or is not ours to look at
        if inside:
            found.append(int(entry.name))
    return found


def go_on(baseline, demo):
    """Resumes until the demo is through; tells how it differs from the uninterrupted one."""
    ended = demo.run("--resume", "--json").expect(baseline.exit_code)
    lines = outcome_differences(baseline.outcome, demo.outcome())
    report = ended.json()
    for name in ("answers", "done", "tests"):
        if report[name] != baseline.report[name]:
            lines.append(f"{name} of the report: {report[name]} instead of {baseline.report[name]}")
    wait_until(lambda: not processes_in(demo.folder), f"the processes in {demo.folder} end", 15)
    check(not lines, "; ".join(lines))


def in_parallel(host, baseline, moments, interrupt):
    """interrupt(demo, moment) says whether it hit; -> (hits, [(moment, what was different)])"""

    def one(moment):
        with temporary_folder() as folder:
            demo = Demo(host, folder / "demo")
            try:
                if not interrupt(demo, moment):
                    return False, None
                go_on(baseline, demo)
                return True, None
            except Mismatch as error:
                return True, str(error)

    done, hits, differences = 0, 0, []
    with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
        for moment, (hit, difference) in zip(moments, pool.map(one, moments)):
            hits += hit
            if difference:
                differences.append((moment, difference))
                print(f"{moment}: {difference}", flush=True)
            done += 1
            if done % 50 == 0:
                print(f"{done} of {len(moments)}: {hits} hits, {len(differences)} with differences", flush=True)
    return hits, differences

#!/usr/bin/env python3
"""Switches guards off, one after the other, and looks whether the tests of their scenario notice.

    switch_off.py [--folder FOLDER] [--jobs N] [--only TEXT]... [ENTRY...]

TEXT selects those guards of the entries whose place or words it is a part of (`edit.guards:15:`, `a here-document`).

Works on a copy of the tree as it lies here, in a temporary folder that is removed at the end; FOLDER is kept instead, which saves the next
call the first build. One line for each guard; the last line is "N passed, N failed" (passed: caught). The exit code is 0 when all are
caught, 1 when not, 2 when nothing could be tried.
"""
import argparse
import contextlib
import ctypes
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from guard_list import ROOT, Malformed, problem_of, read_guards, read_scenarios

TEST_TIMEOUT_S = 60
TESTS_TIMEOUT_S = 900  # of one entry
BUILD_TIMEOUT_S = 3600
MEMORY_BYTES = 16 << 30  # a guard may be what keeps a loop from growing
PR_SET_CHILD_SUBREAPER = 36
ENTRY_WIDTH = 4


class GaveUp(Exception):
    pass


# ---- Processes: whatever the host leaves behind without its guards ends here, by its number ----

def children():
    return [int(pid) for task in os.listdir("/proc/self/task")
            for pid in pathlib.Path(f"/proc/self/task/{task}/children").read_text().split()]


def end_children():
    """Those of a dead child become ours, so that there may be more after the first round."""
    while pids := children():
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def run(command, folder, timeout_s, **environment):
    """The exit code, None when the time was over, and all output."""
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
    code = None
    try:
        output, _ = process.communicate(timeout=timeout_s)
        code = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        end_children()
    return code, output


# ---- The copy ----

def copy_tree(copy):
    """Only what differs is written: the rest stays built."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    wanted = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for name in wanted:
        source, target = ROOT / name, copy / name
        if target.is_file() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    for path in copy.rglob("*"):
        name = path.relative_to(copy)
        if name.parts[0] != "build" and path.is_file() and str(name) not in wanted:
            path.unlink()


def commit_of_tree():
    def git(*words):
        return subprocess.run(["git", "-C", ROOT, *words], stdout=subprocess.PIPE, text=True).stdout.strip()
    return git("rev-parse", "--short", "HEAD") + (" and what is not committed" if git("status", "--porcelain") else "")


# ---- Building and testing in it ----

class Copy:
    def __init__(self, folder, jobs):
        self.tree, self.scratch, self.jobs = folder / "tree", folder / "tmp", str(jobs)
        self.build_folder = self.tree / "build" / "dev"
        self.plugins = sorted("_".join(path.parts[-3:-1]) for path in ROOT.glob("plugins/*/*/CMakeLists.txt") if path.parts[-3] != "common")
        self.built = set()

    def make(self):
        self.tree.mkdir(parents=True, exist_ok=True)
        copy_tree(self.tree)
        code, output = run(["cmake", "--preset", "dev", "-DCMAKE_UNITY_BUILD=OFF", f"-DMAMC_TEST_TIMEOUT_S={TEST_TIMEOUT_S}"], self.tree, BUILD_TIMEOUT_S)
        if code != 0:
            raise GaveUp("the copy cannot be configured:\n" + output)

    def targets(self, tests):
        """Programs load plugins, so all of those are kept as new as the sources."""
        targets = set(self.plugins)
        for test in tests:
            words = test.split(".")
            if words[0] in ("e2e", "edits"):
                targets |= {"mamc-host", "mamc_workflows", "mamc_demo"}
            elif words[0] in ("plugins", "glasswall"):
                targets.add(f"{words[1]}_{words[2]}_test")
            else:
                targets.add(words[0] + "_test")
        return targets

    def build(self, tests):
        # What was built for the last guard was built without it.
        targets = self.targets(tests)
        command = ["cmake", "--build", str(self.build_folder), "-j", self.jobs, "--target", *sorted(targets | self.built)]
        self.built = targets
        code, output = run(command, self.tree, BUILD_TIMEOUT_S)
        return code == 0, output

    def test(self, tests):
        """Which of them failed, and the output; fails itself when one is not there."""
        # Long paths would not do for the sockets that tests make there.
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        escaped = "|".join(re.sub(r"([.^$*+?()\[\]|\\])", r"\\\1", test) for test in tests)
        select = ["ctest", "--test-dir", str(self.build_folder), "-R", f"^({escaped})$"]
        _, listed = run([*select, "-N"], self.tree, BUILD_TIMEOUT_S)
        found = re.findall(r"^ *Test +#\d+: (.*)$", listed, re.M)
        if missing := [test for test in tests if test not in found]:
            raise GaveUp(f"{self.build_folder} has no such tests: " + "; ".join(missing))
        code, output = run([*select, "-j", self.jobs, "--stop-on-failure", "--output-on-failure"], self.tree, TESTS_TIMEOUT_S,
                           TMPDIR=str(self.scratch))
        failed = re.findall(r"^\s*\d+ - (.+) \(([^()]+)\)", output, re.M)
        if code is None:
            failed.append(("tests that did not end", f"{TESTS_TIMEOUT_S} s"))
        elif code != 0 and not failed:
            raise GaveUp("ctest failed:\n" + output)
        return [test if how == "Failed" else f"{test} ({how})" for test, how in failed], output


# ---- Guards ----

def is_selected(guard, texts):
    said = f"{guard.place}: {guard.what}"
    return not texts or any(text in said for text in texts)


def check_unchanged(copy, entries, scenarios):
    tests = list(dict.fromkeys(test for entry in entries for test in scenarios[entry]))
    built, output = copy.build(tests)
    if not built:
        raise GaveUp("the copy cannot be built:\n" + output)
    failed, output = copy.test(tests)
    if failed:
        raise GaveUp("fails with all guards in place: " + "; ".join(failed) + "\n" + output)


def switch_off(copy, guard, tests):
    """What came of it, and by which test or why."""
    if problem := problem_of(guard, copy.tree):
        return "does not apply", problem
    path = copy.tree / guard.file
    text = path.read_text()
    try:
        path.write_text(text.replace(guard.old, guard.new))
        built, output = copy.build(tests)
        if not built:
            return "does not build", next((line for line in output.splitlines() if "error" in line), "the build took too long")
        failed, _ = copy.test(tests)
        return ("caught", "by " + "; ".join(failed)) if failed else ("NOT CAUGHT", guard.place)
    finally:
        path.write_text(text)


def switch_all_off(copy, guards, scenarios):
    caught = 0
    for guard in guards:
        begin = time.monotonic()
        outcome, more = switch_off(copy, guard, scenarios[guard.entry])
        caught += outcome == "caught"
        print(f"{guard.entry:{ENTRY_WIDTH}} {outcome}: {guard.what} -- {more} [{time.monotonic() - begin:.0f} s]", flush=True)
    return caught


@contextlib.contextmanager
def folder_for(kept):
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mamc-guards-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(prog="scripts/guards", description="Switches guards off and looks whether a test notices.")
    parser.add_argument("entries", nargs="*", metavar="ENTRY", help="of tests/scenarios.md, as S1; all when none is given")
    parser.add_argument("--only", action="append", metavar="TEXT", help="guards whose place or words hold this")
    parser.add_argument("--folder", type=lambda path: pathlib.Path(path).resolve(), help="where the copy is made and kept")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()

    scenarios, guards = read_scenarios(), read_guards()
    if unknown := [entry for entry in options.entries if entry not in scenarios]:
        raise GaveUp("tests/scenarios.md has no entry " + ", ".join(unknown))
    guards = [guard for guard in guards if guard.entry in (options.entries or scenarios) and is_selected(guard, options.only)]
    if not guards:
        raise GaveUp("no guard of these entries has in its place or its words: " + ", ".join(options.only or []))
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise GaveUp("the kernel does not let this process take care of the processes that tests leave behind")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    with folder_for(options.folder) as folder:
        copy = Copy(folder, options.jobs)
        print(f"{len(guards)} guards of commit {commit_of_tree()}, in {folder}", flush=True)
        copy.make()
        check_unchanged(copy, dict.fromkeys(guard.entry for guard in guards), scenarios)
        caught = switch_all_off(copy, guards, scenarios)
    print(f"{caught} passed, {len(guards) - caught} failed")
    return 0 if caught == len(guards) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (GaveUp, Malformed) as error:
        print(error, file=sys.stderr)
        print("0 passed, 1 failed")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(2)

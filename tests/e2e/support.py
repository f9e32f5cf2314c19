"""What the black-box tests share: the program as a child process, and the places where its work can be counted anew.

A test looks only at what a user could look at: exit codes, output, git, the board's file, the journal's file.
"""
import contextlib
import errno
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
DEMO = SOURCE / "host/cli/demo"
SKIPPED = 77  # an exit code
HOST_TIMEOUT_S = 110 * int(os.environ.get("MAMC_SLOWER", 1))  # less than ctest gives a script, so that the script can say what hung

START, RECEIPT, SKIP, CHILD, CHILD_RECEIPT, TRY = 1, 2, 3, 4, 5, 6


class Mismatch(Exception):
    """Something is not as the test claims."""


def check(condition, message):
    if not condition:
        raise Mismatch(message)


def same(what, expected, got):
    check(expected == got, f"{what}:\n  expected {expected}\n  got      {got}")


def fast_folder():
    """A memory file system where there is one: the tests wait for git and make, not for a disk."""
    shm = "/dev/shm"
    roomy = os.path.isdir(shm) and os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > 1 << 30
    return shm if roomy else None


@contextlib.contextmanager
def temporary_folder(name="mamc-e2e-"):
    folder = pathlib.Path(tempfile.mkdtemp(prefix=name, dir=fast_folder()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


class Ended:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise Mismatch(f"no JSON on stdout:\n{self.out}\n{self.err}")

    def expect(self, code):
        check(self.code == code, f"expected exit {code}, got {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}")
        return self


class Process:
    """self.process, ended by its own id."""

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.running():
            self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


class Child(Process):
    """A process of ours in a group of its own; whatever happens, it is ended by its own id."""

    def __init__(self, argv, env, cwd):
        self.process = subprocess.Popen([str(word) for word in argv], env=env, cwd=cwd, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                                        start_new_session=True)
        self.pid = self.process.pid
        self.texts = {}
        self.readers = [threading.Thread(target=self._read, args=(name,)) for name in ("stdout", "stderr")]
        for reader in self.readers:
            reader.start()

    def _read(self, name):
        stream = getattr(self.process, name)
        self.texts[name] = ""
        for line in stream:
            self.texts[name] += line
        stream.close()

    def wait(self, timeout_s=HOST_TIMEOUT_S):
        try:
            code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Mismatch(f"process {self.pid} did not end within {timeout_s} s:\n{self.texts.get('stderr')}")
        # What the host left running when it was killed holds the pipes: nobody waits for those.
        for reader in self.readers:
            reader.join(5)
        return Ended(code, self.texts.get("stdout", ""), self.texts.get("stderr", ""))

    def __exit__(self, *_):
        super().__exit__()
        for reader in self.readers:
            reader.join(5)


def cpu_s(process):
    """The processor time that a child has used so far; the kernel counts it in hundredths."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def waited_s(process):
    """For how long each of its threads has waited for the processor."""
    waited = {}
    for thread in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            waited[thread.name] = int((thread / "schedstat").read_text().split()[1]) / 1e9
    return waited


def wait_for_quiet(processes):
    """Until none of them uses the processor or waits for it: what goes on by itself has come to its end. On a full machine a process that has
    much to do may use as little as one that has nothing."""
    def quiet():
        used, waited = [cpu_s(process) for process in processes], [waited_s(process) for process in processes]
        time.sleep(0.5)
        return all(cpu_s(process) - used[i] <= 0.01 and
                   all(seconds - waited[i].get(thread, 0) <= 0.1 for thread, seconds in waited_s(process).items())
                   for i, process in enumerate(processes))
    wait_until(quiet, "the processes are quiet")


class Host:
    """The program under test, with a home of its own and none of the caller's settings; `machine` says where it runs (network.py)."""

    def __init__(self, bin_dir, home, machine=None):
        self.bin, self.machine = pathlib.Path(bin_dir).resolve(), machine
        self.home = pathlib.Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.tmp = self.home / "tmp"
        self.tmp.mkdir(exist_ok=True)
        compiler = self.bin.parent / "tests/compiler"
        self.env = {"PATH": f"{compiler}:{os.environ['PATH']}", "HOME": str(self.home), "TMPDIR": str(self.tmp), "LANG": "C.UTF-8"}
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TZ"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def start(self, *words, env=None, cwd=None):
        argv, cwd = [self.bin / "mamc-host", *words], str(cwd or self.home)
        return Child(self.machine.argv(*argv, cwd=cwd) if self.machine else argv, {**self.env, **(env or {})}, cwd)

    def run(self, *words, env=None, cwd=None, timeout_s=HOST_TIMEOUT_S):
        with self.start(*words, env=env, cwd=cwd) as child:
            return child.wait(timeout_s)

    def git(self, *words, cwd=None):
        env = {**self.env, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "test@example.com",
               "GIT_COMMITTER_NAME": "Test", "GIT_COMMITTER_EMAIL": "test@example.com"}
        done = subprocess.run(["git", *map(str, words)], cwd=cwd or self.home, env=env, capture_output=True, text=True)
        check(done.returncode == 0, f"git {' '.join(map(str, words))}: {done.stderr}")
        return done.stdout


def rows(database, sql, *values):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


class Journal:
    """The journal's file, read beside or after its owner."""

    def __init__(self, state_dir):
        self.file = pathlib.Path(state_dir) / "journal.db"

    def runs(self, kind="task"):
        names = ("row", "id", "task", "workflow", "status", "error")
        return [dict(zip(names, row)) for row in
                rows(self.file, f"SELECT {','.join(names)} FROM runs WHERE kind=? ORDER BY row", kind)]

    def records(self, run_row, kind=None):
        names = ("seq", "kind", "path", "key", "at_ms", "body")
        found = [dict(zip(names, row)) for row in
                 rows(self.file, f"SELECT {','.join(names)} FROM records WHERE run=? ORDER BY seq", run_row)]
        for record in found:
            record["body"] = self.body(record["body"])
        return [record for record in found if kind is None or record["kind"] == kind]

    def body(self, text):
        prefix = "\x01sha256:"
        if text.startswith(prefix):
            text = rows(self.file, "SELECT body FROM blobs WHERE hash=?", text[len(prefix):])[0][0]
        return json.loads(text) if text else None

    def answers(self):
        return rows(self.file, "SELECT count(*) FROM answers")[0][0]

    def answered(self):
        """The model answers and work results by persona, status and task."""
        found = []
        for (body,) in rows(self.file, "SELECT body FROM answers"):
            fields = self.body(body)
            found.append((fields["task_id"], fields["from_persona"], fields["status"]))
        return sorted(found)


class Demo:
    """A folder in which the demo ran."""

    def __init__(self, host, folder):
        self.host, self.folder = host, pathlib.Path(folder)
        self.remote, self.state = self.folder / "remote.git", self.folder / "state"

    def start(self, *words, env=None):
        return self.host.start("demo", "--dir", self.folder, *words, env=env)

    def run(self, *words, env=None):
        return self.host.run("demo", "--dir", self.folder, *words, env=env)

    def commits(self):
        log = self.host.git("--git-dir", self.remote, "log", "--format=%H%x09%T%x09%s", "main")
        return [tuple(line.split("\t", 2)) for line in log.splitlines()]

    def tree(self):
        return self.host.git("--git-dir", self.remote, "rev-parse", "main^{tree}").strip()

    def tasks(self):
        return rows(self.state / "board.db", "SELECT id, external_id, title, status, blocked FROM tasks ORDER BY id")

    def comments(self):
        """Comments without what differs from run to run: ids of runs and commits."""
        found = rows(self.state / "board.db", "SELECT task, text FROM comments ORDER BY task, id")
        return sorted((task, re.sub(r"\b(r[0-9a-f]{12}|[0-9a-f]{40})\b", "ID", text)) for task, text in found)

    def journal(self):
        return Journal(self.state)

    def outcome(self):
        """What must be the same however often the demo was interrupted."""
        journal = self.journal()
        runs = journal.runs()
        return {
            "tree of main": self.tree(),
            "commits of main": [(subject, tree) for _, tree, subject in self.commits()],
            "tasks": [(task, status) for task, _, _, status, _ in self.tasks()],
            "runs": [(run["task"], run["workflow"], run["status"]) for run in runs],
            "answered calls": journal.answered(),
            "comments": self.comments(),
        }


def outcome_differences(expected, got):
    lines = []
    for name, value in expected.items():
        if got[name] != value:
            missing = [entry for entry in value if entry not in got[name]] if isinstance(value, list) else [value]
            extra = [entry for entry in got[name] if entry not in value] if isinstance(value, list) else [got[name]]
            if isinstance(value, list) and not missing and not extra:
                missing, extra = [f"{len(value)} entries"], [f"{len(got[name])} entries"]
            lines.append(f"{name}: missing {missing}, instead {extra}")
    return lines


def number(name, default):
    return int(os.environ.get(name, default))


def seed():
    """Of all that is random; printed, and taken back from MAMC_TEST_SEED."""
    value = number("MAMC_TEST_SEED", int.from_bytes(os.urandom(4), "little"))
    print(f"seed {value} (MAMC_TEST_SEED={value} repeats it)", flush=True)
    return value


def free_port():
    """Below those that the kernel gives to connections: a server that is down for a moment would find its port taken by one, which may even
    be that of a client that connects to itself."""
    while True:
        port = random.randrange(10000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise


def share():
    """(1, 1), or with MAMC_SCENARIOS=1/4 (1, 4): runs under sanitizers share what takes whole demos."""
    return tuple(map(int, os.environ.get("MAMC_SCENARIOS", "1/1").split("/")))


def shared_scenarios(*scenarios):
    """Runs those that fall to this run: of two runs, the first, third and so on, or the others."""
    mine, of = share()
    for scenario in scenarios[mine - 1::of]:
        scenario()


def wait_until(holds, what, timeout_s=60):
    end = time.monotonic() + timeout_s
    while not holds():
        check(time.monotonic() < end, f"not within {timeout_s} s: {what}")
        time.sleep(0.02)


def main(test, in_parts=False):
    """`test(host, folder)` with the program's folder from the command line. A script that does not share its scenarios falls to one run as a whole."""
    mine, of = share()
    if not in_parts and number("MAMC_SCRIPT", mine - 1) % of != mine - 1:
        print(f"of {of} runs another has this one (MAMC_SCENARIOS)")
        sys.exit(SKIPPED)
    with temporary_folder() as folder:
        try:
            test(Host(sys.argv[1], folder / "home"), folder)
        except Mismatch as error:
            print(f"{pathlib.Path(sys.argv[0]).name}: {error}", file=sys.stderr)
            sys.exit(1)

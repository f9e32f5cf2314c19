#!/usr/bin/env python3
"""redis.py BIN: the demo's work over a real redis-server comes to the same as without one, also when the server is stopped,
killed and started empty, or the host is killed."""
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import time

from support import Demo, Process, check, main, outcome_differences, same, wait_until

OUTAGE_S = 6
# What an emptied server lost is asked again when its time (20 s) and the requester's patience beyond it are over.
LOST_S = 40
MOST_CPU_OF_OUTAGE = 0.01  # of a core, beside the kernel's ticks


class RedisServer(Process):
    """A server on a free port that keeps nothing on disk, ended by its process id."""

    def __init__(self, folder, *options):
        self.folder, self.options = pathlib.Path(folder), options
        self.folder.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()

    def start(self):
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(
                ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no", "--dir",
                 str(self.folder), *self.options], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self.answers, "redis-server answers", 30)

    def answers(self):
        check(self.running(), f"redis-server ended:\n{(self.folder / 'log').read_text()}")
        return "ERR" not in self.cli("PING", check_code=False)

    def cli(self, *words, check_code=True):
        done = subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True)
        if done.returncode != 0:
            check(not check_code, f"redis-cli {' '.join(words)}: {done.stderr}")
            return "ERR"
        return done.stdout.strip()


class RedisDemo(Demo):
    """The demo's folder, worked on by a host as a user starts one."""

    def __init__(self, host, folder, server, timeout="5m"):
        super().__init__(host, folder)
        self.server = server
        self.run("--setup-only").expect(0)
        config = self.folder / "mamc.yaml"
        text = config.read_text()
        check("transport: local" in text, f"the demo's configuration is another:\n{text}")
        config.write_text(text.replace("transport: local", "transport: redis").replace(": 5m", f": {timeout}"))

    def start(self, *words, env=None):
        if words:
            return super().start(*words, env=env)
        settings = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(self.server.port),
                    "PERSONA_RETRY_BACKOFF_INCREMENT_MS": "200",
                    "MAMC_OUTAGE_LIMIT_MS": "600000",  # the demo's own configuration says that nothing waits
                    **(env or {})}
        return self.host.start("--config", self.folder / "mamc.yaml", "--project", "demo", "--drain", env=settings)

    def answered(self):
        try:
            return self.journal().answers()
        except sqlite3.OperationalError:  # no journal yet, or no table
            return 0


def compare(expected, demo, what, but=()):
    got = demo.outcome()
    differences = outcome_differences({name: value for name, value in expected.items() if name not in but}, got)
    check(not differences, f"{what}: " + "\n".join(differences))


def check_same_outcome(host, folder, expected):
    with RedisServer(folder / "redis-same") as server:
        demo = RedisDemo(host, folder / "same", server)
        with demo.start() as child:
            child.wait().expect(0)
        compare(expected, demo, "over Redis")
        requests = int(server.cli("XLEN", "machine:requests"))
        same("requests on the server", len(expected["answered calls"]), requests)
        fields = server.cli("XRANGE", "machine:requests", "-", "+", "COUNT", "1").splitlines()[1::2]
        for name in ("workflow_id", "to_persona", "step", "intent", "payload", "corr_id", "deadline_s"):
            check(name in fields, f"a request has no field {name}: {fields}")
        pending = server.cli("XPENDING", "machine:requests", "machine:personas:lead-engineer").splitlines()[0]
        same("requests pending at the end", "0", pending)


def check_unreachable(host, folder):
    with RedisServer(folder / "redis-gone") as server:
        demo = RedisDemo(host, folder / "gone", server)
        server.kill()
        with demo.start() as child:
            ended = child.wait(30).expect(3)
        for part in (f"127.0.0.1:{server.port}", "Connection refused", "REDIS_HOST"):
            check(part in ended.err, f"'{part}' is not said: {ended.err}")


def check_password(host, folder):
    with RedisServer(folder / "redis-login", "--requirepass", "right") as server:
        demo = RedisDemo(host, folder / "login", server)
        with demo.start(env={"REDIS_PASSWORD": "not-right"}) as child:
            ended = child.wait(30)
        check(ended.code != 0, "the host works with a wrong password")
        for part in ("WRONGPASS", "REDIS_PASSWORD"):
            check(part in ended.err, f"'{part}' is not said: {ended.err}")
        check("not-right" not in ended.err, "the password is told")
        with demo.start(env={"REDIS_PASSWORD": "right"}) as child:
            wait_until(lambda: demo.answered() >= 1 or not child.running(), "the host works with the right password")
            check(child.running(), f"it ended: {child.texts}")


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def check_outages(host, folder, expected):
    with RedisServer(folder / "redis-outages") as server:
        # What an emptied server loses is asked again after its time.
        demo = RedisDemo(host, folder / "outages", server, timeout="20s")
        with demo.start() as child:
            for answers in (2, 5):
                wait_until(lambda: demo.answered() >= answers or not child.running(), f"{answers} answers", 60 + LOST_S)
                server.kill()
                time.sleep(0.5)
                server.start()
            wait_until(lambda: demo.answered() >= 9 or not child.running(), "9 answers", 60 + LOST_S)
            server.signal(signal.SIGSTOP)
            time.sleep(3)  # what goes on without the server comes to its end
            check(child.running(), f"the host ended without its server: {child.texts}")
            before_s = cpu_s(child.pid)
            time.sleep(OUTAGE_S)
            used_s = cpu_s(child.pid) - before_s
            check(used_s <= OUTAGE_S * MOST_CPU_OF_OUTAGE + 0.02, f"{used_s} s of CPU in an outage of {OUTAGE_S} s")
            server.signal(signal.SIGCONT)
            for _ in range(10):
                server.cli("CLIENT", "KILL", "TYPE", "normal")
                time.sleep(0.1)
            server.cli("FLUSHALL")
            child.wait(60 + 2 * LOST_S).expect(0)
        # What was lost on its way is asked once more.
        compare(expected, demo, "with outages", but=("answered calls",))


def check_lost(host, folder):
    """A server that stays away is waited for as the one limit of outages says, and then the host ends with 3."""
    with RedisServer(folder / "redis-lost") as server:
        demo = RedisDemo(host, folder / "lost", server)
        with demo.start(env={"MAMC_OUTAGE_LIMIT_MS": "1000"}) as child:
            wait_until(lambda: demo.answered() >= 2 or not child.running(), "2 answers")
            server.kill()
            ended = child.wait(30).expect(3)
        check(f"127.0.0.1:{server.port}" in ended.err, f"the server is not named: {ended.err}")


def check_killed_host(host, folder, expected):
    with RedisServer(folder / "redis-killed") as server:
        demo = RedisDemo(host, folder / "killed", server)
        for answers in (3, 8):
            with demo.start() as child:
                wait_until(lambda: demo.answered() >= answers or not child.running(), f"{answers} answers")
                child.kill()
        with demo.start() as child:
            child.wait().expect(0)
        compare(expected, demo, "with a killed host")


def test(host, folder):
    local = Demo(host, folder / "local")
    local.run().expect(0)
    expected = local.outcome()
    check_unreachable(host, folder)
    check_password(host, folder)
    check_same_outcome(host, folder, expected)
    check_outages(host, folder, expected)
    check_lost(host, folder)
    check_killed_host(host, folder, expected)


if __name__ == "__main__":
    main(test)

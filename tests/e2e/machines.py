#!/usr/bin/env python3
"""machines.py BIN redis|nats: the demo on two machines, of which one coordinates and plans and the other implements and tests, with nothing in
common but a real server and the git remote."""
import signal
import sqlite3
import sys

from real_servers import SERVERS, ServerDemo
from support import Demo, Journal, check, main, outcome_differences, same, shared_scenarios, wait_until

PLANS = "coordination,context,implementation-planner,plan-evaluator,project-manager,architect,code-reviewer,security-review,summarization"
WORKS = "lead-engineer,qa-engineer,devops"
SERVER = SERVERS[sys.argv[2]]
SILENCE_MS = 3000  # after which another worker gets a request


class Worker:
    """A second machine: a state directory, mirrors and a configuration of its own."""

    def __init__(self, demo, name):
        self.demo, self.folder = demo, demo.folder / name
        self.folder.mkdir()
        text = (demo.folder / "mamc.yaml").read_text()
        check(str(demo.state) in text, f"the demo's configuration names no state directory:\n{text}")
        (self.folder / "mamc.yaml").write_text(text.replace(str(demo.state), str(self.folder / "state")))

    def start(self, *words, personas=WORKS, env=None):
        settings = {**self.demo.server.environment(), "ALLOWED_PERSONAS": personas,
                    "MAMC_OUTAGE_LIMIT_MS": "600000", "MAMC_SILENCE_LIMIT_MS": str(SILENCE_MS), **(env or {})}
        return self.demo.host.start("--config", self.folder / "mamc.yaml", *words, env=settings)

    def journal(self):
        return Journal(self.folder / "state")


def coordinate(demo):
    return demo.start(env={"ALLOWED_PERSONAS": PLANS, "MAMC_SILENCE_LIMIT_MS": str(SILENCE_MS)})


def compare(expected, demo, what):
    but = "answered calls"
    differences = outcome_differences({name: value for name, value in expected.items() if name != but}, demo.outcome())
    check(not differences, f"{what}: " + "\n".join(differences))


def check_division_of_labour(host, folder, expected):
    with SERVER(folder / "server-two") as server:
        demo = ServerDemo(host, folder / "two", server)
        worker = Worker(demo, "worker")
        with worker.start() as working:
            with coordinate(demo) as child:
                child.wait().expect(0)
            working.signal(signal.SIGINT)
            working.wait(30).expect(130)
        compare(expected, demo, "on two machines")
        here, there = demo.journal().answered(), worker.journal().answered()
        same("calls answered by both", expected["answered calls"], sorted(here + there))
        same("personas of the worker", set(WORKS.split(",")), {persona for _, persona, _ in there})
        check(not (worker.folder / "state" / "board.db").exists(), "the worker has a board of its own")


def check_killed_worker(host, folder, expected):
    """Killed in mid-work and started again it goes on; nothing that counts is done twice."""
    with SERVER(folder / "server-killed-worker") as server:
        demo = ServerDemo(host, folder / "killed-worker", server)
        worker = Worker(demo, "worker")
        with coordinate(demo) as child:
            with worker.start() as working:
                wait_until(lambda: works_begun(worker) >= 4 or not child.running(), "the fourth work begins")
                working.kill()
            # What it had begun comes to it again.
            with worker.start() as working:
                child.wait(180).expect(0)
                working.signal(signal.SIGINT)
                working.wait(30).expect(130)
        compare(expected, demo, "with a worker that was killed")


def check_worker_cut_off(host, folder, expected):
    """Stopped for far longer than a worker may be silent, and back again, it changes nothing that another has done meanwhile."""
    with SERVER(folder / "server-cut-off") as server:
        demo = ServerDemo(host, folder / "cut-off", server)
        first, second = Worker(demo, "first"), Worker(demo, "second")
        with coordinate(demo) as child, first.start() as lost:
            wait_until(lambda: works_begun(first) >= 5 or not child.running(), "the fifth work begins")
            lost.signal(signal.SIGSTOP)
            with second.start() as working:
                wait_until(lambda: works_begun(second) >= 2 or not child.running(), "another worker takes over")
                lost.signal(signal.SIGCONT)
                child.wait(180).expect(0)
                for process in (working, lost):
                    process.signal(signal.SIGINT)
                    process.wait(30).expect(130)
        check(works_begun(second) >= 2, "nobody took over")
        compare(expected, demo, "with a worker that was cut off")


def works_begun(worker):
    try:
        return len(worker.journal().runs("work"))
    except sqlite3.OperationalError:  # no journal yet, or no table
        return 0


def check_worker_alone(host, folder):
    """What has no meaning on a machine that does not coordinate is said before anything is done."""
    with SERVER(folder / "server-alone") as server:
        demo = ServerDemo(host, folder / "alone", server)
        worker = Worker(demo, "worker")
        for words in (["--drain"], ["--project", "demo"]):
            with worker.start(*words) as child:
                ended = child.wait(30).expect(2)
            check("ALLOWED_PERSONAS" in ended.err and "coordination" in ended.err, f"not said: {ended.err}")
        with worker.start(env={"MAMC_TRANSPORT": "local"}) as child:
            ended = child.wait(30).expect(2)
        check("transport: local" in ended.err, f"not said: {ended.err}")
        check(not (worker.folder / "state").exists(), "a state directory was made")


def test(host, folder):
    local = Demo(host, folder / "local")
    local.run().expect(0)
    expected = local.outcome()
    check_worker_alone(host, folder)
    shared_scenarios(lambda: check_killed_worker(host, folder, expected),
                     lambda: check_division_of_labour(host, folder, expected),
                     lambda: check_worker_cut_off(host, folder, expected))


if __name__ == "__main__":
    main(test, in_parts=True)

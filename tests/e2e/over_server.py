#!/usr/bin/env python3
"""over_server.py BIN redis|nats: the demo's work over a real server comes to the same as without one, also when the server is
stopped, killed and started empty, or the host is killed."""
import signal
import sys
import time

from real_servers import SERVERS, ServerDemo
from support import Demo, check, main, outcome_differences, same, shared_scenarios, wait_for_quiet, wait_until

# What an emptied server lost is asked again once that is noticed, which a silence of 5 s brings to light.
LOST_S = 20
SERVER = SERVERS[sys.argv[2]]
REQUESTS = "machine:requests"


def compare(expected, demo, what, but=()):
    got = demo.outcome()
    differences = outcome_differences({name: value for name, value in expected.items() if name not in but}, got)
    check(not differences, f"{what}: " + "\n".join(differences))


def check_same_outcome(host, folder, expected):
    with SERVER(folder / "server-same") as server:
        demo = ServerDemo(host, folder / "same", server)
        with demo.start() as child:
            child.wait().expect(0)
        compare(expected, demo, f"over {SERVER.name}")
        same("requests on the server", len(expected["answered calls"]), server.sent(REQUESTS))
        fields = server.first_fields(REQUESTS)
        for name in ("workflow_id", "to_persona", "step", "intent", "payload", "corr_id", "deadline_s"):
            check(name in fields, f"a request has no field {name}: {fields}")
        same("requests pending at the end", 0, server.pending(REQUESTS, "machine:personas:lead-engineer"))


def check_unreachable(host, folder):
    with SERVER(folder / "server-gone") as server:
        demo = ServerDemo(host, folder / "gone", server)
        server.kill()
        with demo.start() as child:
            ended = child.wait(30).expect(3)
        for part in (f"127.0.0.1:{server.port}", "Connection refused", SERVER.place_setting):
            check(part in ended.err, f"'{part}' is not said: {ended.err}")


def check_password(host, folder):
    with SERVER(folder / "server-login", *SERVER.with_password) as server:
        demo = ServerDemo(host, folder / "login", server)
        with demo.start(env=server.environment("not-right")) as child:
            ended = child.wait(30)
        check(ended.code != 0, "the host works with a wrong password")
        for part in SERVER.wrong_login:
            check(part in ended.err, f"'{part}' is not said: {ended.err}")
        check("not-right" not in ended.err, "the password is told")
        with demo.start(env=server.environment("right")) as child:
            wait_until(lambda: demo.answered() >= 1 or not child.running(), "the host works with the right password")
            check(child.running(), f"it ended: {child.texts}")


def check_outages(host, folder, expected):
    with SERVER(folder / "server-outages") as server:
        demo = ServerDemo(host, folder / "outages", server)
        with demo.start() as child:
            for answers in (2, 5):
                wait_until(lambda: demo.answered() >= answers or not child.running(), f"{answers} answers", 60 + LOST_S)
                server.kill()
                time.sleep(0.5)
                server.start()
            wait_until(lambda: demo.answered() >= 9 or not child.running(), "9 answers", 60 + LOST_S)
            server.signal(signal.SIGSTOP)
            wait_for_quiet([child])
            check(child.running(), f"the host ended without its server: {child.texts}")
            server.signal(signal.SIGCONT)
            for _ in range(10):
                server.cut_connections()
                time.sleep(0.1)
            server.empty()
            child.wait(60 + 2 * LOST_S).expect(0)
        # What was lost on its way is asked once more.
        compare(expected, demo, "with outages", but=("answered calls",))


def check_lost(host, folder):
    """A server that stays away is waited for as the one limit of outages says, and then the host ends with 3."""
    with SERVER(folder / "server-lost") as server:
        demo = ServerDemo(host, folder / "lost", server)
        with demo.start(env={"MAMC_OUTAGE_LIMIT_MS": "1000"}) as child:
            wait_until(lambda: demo.answered() >= 2 or not child.running(), "2 answers")
            server.kill()
            ended = child.wait(30).expect(3)
        check(f"127.0.0.1:{server.port}" in ended.err, f"the server is not named: {ended.err}")


def check_killed_host(host, folder, expected):
    with SERVER(folder / "server-killed") as server:
        demo = ServerDemo(host, folder / "killed", server)
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
    shared_scenarios(lambda: check_same_outcome(host, folder, expected),
                     lambda: check_outages(host, folder, expected),
                     lambda: check_lost(host, folder),
                     lambda: check_killed_host(host, folder, expected))


if __name__ == "__main__":
    main(test, in_parts=True)

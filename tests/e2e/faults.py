#!/usr/bin/env python3
"""faults.py BIN redis|nats: questions over a real server that stands still for 30 s, comes back empty, cuts its connections and is emptied,
while a worker is killed at its work and one question takes longer than a worker may be silent. Every question that was sent is accepted
once or is a dead letter."""
import signal
import sys
import time

from questions import PERSONA, Questions
from real_servers import SERVERS
from support import check, cpu_s, main, same, wait_for_quiet, wait_until

QUESTIONS = 60
LONG_S = 6  # three times as long as a worker may be silent
OUTAGE_S = 30
MOST_CPU_OF_OUTAGE = 0.01  # of a core
LOST_S = 60  # what an emptied server lost is asked again after a silence


def stand_still(server, processes):
    """Nobody uses the processor while the server is silent."""
    server.signal(signal.SIGSTOP)
    wait_for_quiet(processes)
    before = [cpu_s(process) for process in processes]
    time.sleep(OUTAGE_S)
    for process, used in zip(processes, before):
        check(process.running(), f"it ended without its server: {process.texts}")
        spent = cpu_s(process) - used
        check(spent <= OUTAGE_S * MOST_CPU_OF_OUTAGE, f"{spent} s of processor in an outage of {OUTAGE_S} s: {process.texts}")
    server.signal(signal.SIGCONT)


def dead_letters(site, worker):
    return worker.run("dead", "list", "--json").expect(0).json()["messages"]


def test(host, folder):
    with SERVERS[sys.argv[2]](folder / "server") as server:
        site = Questions(host, folder / "site", server, QUESTIONS, 0.1, {"7": LONG_S})
        first, second = site.worker("first"), site.worker("second")
        with site.coordinate() as child, site.work(second) as other:
            worker = site.work(first)
            try:
                def wait_for(answers):
                    wait_until(lambda: site.ended() >= answers or not child.running(), f"{answers} answers", 60 + LOST_S)
                    check(child.running(), f"the coordinator ended: {child.texts}")

                wait_for(5)
                stand_still(server, (child, worker, other))
                wait_for(15)
                worker.kill()
                worker = site.work(first)
                wait_for(25)
                for _ in range(10):
                    server.cut_connections()
                    time.sleep(0.1)
                wait_for(30)
                server.kill()
                server.start()
                wait_for(45)
                server.empty()
                malformed = None
                wait_for(50)
                malformed = {server.send("machine:requests", "to_persona", PERSONA, "payload", "{}"),
                             server.send("machine:requests", "to_persona", PERSONA, "corr_id", "c-1", "payload", "no JSON")}
                child.wait(120 + LOST_S).expect(0)
                wait_until(lambda: len(dead_letters(site, second)) >= len(malformed), "the malformed are dead letters")
            finally:
                worker.kill()
        sent, begun = site.check_accepted_once()
        same("dead letters", malformed, {letter["id"] for letter in dead_letters(site, second)})
        twice = sum(times - 1 for times in begun.values())
        print(f"{QUESTIONS} questions under {len(sent)} ids + {len(malformed)} others sent = {QUESTIONS} accepted once + {len(malformed)} dead "
              f"letters; {twice} worked on again")


if __name__ == "__main__":
    main(test)

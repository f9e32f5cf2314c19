#!/usr/bin/env python3
"""killed_workers.py BIN redis|nats QUESTIONS KILLS: so many questions, four workers, and so many times one of these is killed at random:
every question is answered and accepted once. MAMC_QUESTIONS and MAMC_WORKER_KILLS take the place of the numbers."""
import random
import sys

from questions import Questions
from real_servers import SERVERS
from support import check, main, number, seed, wait_until

WORKERS = 4
SILENCE_MS = 10_000  # longer than a busy machine takes to send all questions at once


def test(host, folder):
    count, kills = number("MAMC_QUESTIONS", sys.argv[3]), number("MAMC_WORKER_KILLS", sys.argv[4])
    chance = random.Random(seed())
    with SERVERS[sys.argv[2]](folder / "server") as server:
        site = Questions(host, folder / "site", server, count, 0.01, silence_ms=SILENCE_MS)
        workers = [site.worker(f"worker{n}") for n in range(WORKERS)]
        working = [site.work(worker) for worker in workers]
        try:
            with site.coordinate() as child:
                for kill in range(1, kills + 1):
                    wait_until(lambda: site.ended() >= kill * count // (kills + 1) or not child.running(), f"answers before kill {kill}", 120)
                    check(child.running(), f"the coordinator ended after {kill - 1} kills: {child.texts}")
                    victim = chance.randrange(WORKERS)
                    working[victim].kill()
                    working[victim] = site.work(workers[victim])
                child.wait(300).expect(0)
        finally:
            for process in working:
                process.kill()
        sent, begun = site.check_accepted_once()
        twice = sum(times - 1 for times in begun.values())
        print(f"{count} questions, {WORKERS} workers, {kills} kills: {len(sent)} ids sent, "
              f"{count} answers accepted once, {twice} worked on again")


if __name__ == "__main__":
    main(test)

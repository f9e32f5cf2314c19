#!/usr/bin/env python3
"""node_worker.py BIN: a worker in Node with the package `redis`, which knows the message flow alone, serves a persona for us, and a program
of its kind asks one of ours."""
import json
import os
import pathlib
import subprocess

from coordinators import TASKS, Shop, add_tasks
from fleet import Machine
from real_servers import RedisServer
from support import Child, check, main, same

HERE = pathlib.Path(__file__).resolve().parent
# Where Debian's packages of Node's modules are; another Node than Debian's does not look there by itself.
NODE = {"PATH": os.environ["PATH"], "NODE_PATH": "/usr/share/nodejs"}


def node(script, *words):
    return Child(["node", HERE / script, *words], NODE, HERE)


def check_worker_in_node(host, folder):
    with RedisServer(folder / "redis-worker") as server:
        site = Shop(host, folder / "worker", server)
        first = Machine(site, "first")
        add_tasks(first)
        with node("node_worker.js", server.port, "architect") as worker:
            ours = "coordination,lead-engineer,context,summarization"
            first.run("--project", "shop", "--drain", env={"ALLOWED_PERSONAS": ours}).expect(0)
            check(worker.running(), f"the worker ended: {worker.texts}")
            worker.kill()
        site.check_delivered("with a worker in Node")
        asked = worker.wait().out.split()
        same("questions to the worker in Node", TASKS, len(set(asked)))
        check(not [line for line in site.asked() if line.startswith("architect")], "one of ours has answered for it")


def check_request_from_node(host, folder):
    with RedisServer(folder / "redis-request") as server:
        site = Shop(host, folder / "request", server)
        with Machine(site, "ours").start(env={"ALLOWED_PERSONAS": "lead-engineer"}) as worker, node("node_request.js", server.port) as request:
            events = json.loads(request.wait(60).expect(0).out)
            check(worker.running(), f"the worker ended: {worker.texts}")
        # It names no repository, and there is no work without one.
        terminal = [event for event in events if event["status"] != "progress"]
        same("answers", ["error"], [event["status"] for event in terminal])
        check("No repository remote URL available" in terminal[0]["error"], f"what is missing is not said: {terminal}")


def test(host, folder):
    check_worker_in_node(host, folder)
    check_request_from_node(host, folder)


if __name__ == "__main__":
    main(test)

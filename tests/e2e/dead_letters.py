#!/usr/bin/env python3
"""dead_letters.py BIN redis|nats: requests that no worker can do, in a real server, are listed, shown, sent again and dropped."""
import sys

from real_servers import SERVERS, ServerDemo
from support import Demo, check, main, same, wait_until

STREAM = "machine:requests"


class DeadLetters:
    def __init__(self, demo, server):
        self.demo, self.server = demo, server
        self.environment = server.environment()

    def run(self, *words):
        return self.demo.host.run("--config", self.demo.folder / "mamc.yaml", "dead", *words, env=self.environment)

    def ids(self):
        return [letter["id"] for letter in self.run("list", "--json").expect(0).json()["messages"]]

    def send(self, *fields):
        return self.server.send(STREAM, *fields)

    def sent(self):
        return self.server.sent(STREAM)


def serve_until(dead, count):
    """A host takes up what is malformed: more than `count`, since what names nobody is in every group."""
    with dead.demo.start() as child:
        wait_until(lambda: len(set(dead.ids())) >= count and len(dead.ids()) > count or not child.running(), f"{count} dead letters")
        check(child.running() or child.wait().code == 0, f"the host ended: {child.texts}")


def test(host, folder):
    with SERVERS[sys.argv[2]](folder / "server") as server:
        dead = DeadLetters(ServerDemo(host, folder / "demo", server), server)
        ended = dead.run("list").expect(0)
        same("nothing yet", ("", f"no dead letters of {STREAM} in transport {server.transport}\n"), (ended.out, ended.err))

        # Who sends a request needs the stream that the first host makes.
        with dead.demo.start() as child:
            wait_until(lambda: server.has(STREAM) or not child.running(), f"the stream {STREAM}")
            child.kill()

        no_corr_id = dead.send("to_persona", "lead-engineer", "task_id", "7", "payload", "{}")
        for_nobody = dead.send("payload", "{}")  # every group has it
        no_json = dead.send("to_persona", "lead-engineer", "corr_id", "c-1", "payload", "\x1b[31mnot JSON")
        serve_until(dead, 3)
        same("ids", {no_corr_id, no_json, for_nobody}, set(dead.ids()))
        check(dead.ids().count(for_nobody) > 1, f"only one group has {for_nobody}")
        table = dead.run("list").expect(0).out
        for part in ("ID", "REASON", no_corr_id, "lead-engineer", "corr_id"):
            check(part in table, f"'{part}' is not listed:\n{table}")
        same("rows of the one that all groups have", 1, table.count(for_nobody))
        dead.run("drop", for_nobody).expect(0)

        shown = dead.run("show", no_json).expect(0).out
        for part in ("reason:", "payload: ", "not JSON", "corr_id: c-1"):
            check(part in shown, f"'{part}' is not shown:\n{shown}")
        check("\x1b" not in shown, "what a message says reaches the terminal as it is")

        before = dead.sent()
        told = dead.run("replay", no_json).expect(0).err
        same("sent again", before + 1, dead.sent())
        check(f"dead letter {no_json} is sent again as " in told, f"not told: {told}")
        same("ids after one was sent again", {no_corr_id}, set(dead.ids()))

        # What can be done is done; the other is told.
        told = dead.run("drop", "1-1", no_corr_id).expect(2).err
        check("1-1" in told and f"dead letter {no_corr_id} is dropped" in told, f"not told: {told}")
        same("ids after the other was dropped", [], dead.ids())
        told = dead.run("show", no_corr_id).expect(2).err
        check(f"there is no dead letter '{no_corr_id}'" in told, f"not told: {told}")
        server.kill()
        check(f"127.0.0.1:{server.port}" in dead.run("list").expect(3).err, "the server is not named")

    local = Demo(host, folder / "local")
    local.run("--setup-only").expect(0)
    ended = host.run("--config", local.folder / "mamc.yaml", "dead", "list").expect(0)
    check("transport local" in ended.err, f"the transport is not named: {ended.err}")
    print("malformed requests were listed and shown; one was sent again, the others dropped")


if __name__ == "__main__":
    main(test)

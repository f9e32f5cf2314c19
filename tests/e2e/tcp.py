#!/usr/bin/env python3
"""tcp.py BIN: the demo with its models behind a socket, in small pieces; then the server dies in the middle of an answer."""
import json
import os
import pathlib
import re
import sys

from support import DEMO, TRY, Child, Demo, check, main, same, wait_until

SERVER = pathlib.Path(__file__).with_name("openai_server.py")
STALL_AT = 3


class Server:
    def __init__(self, folder, *words):
        self.child = Child([sys.executable, SERVER, DEMO / "cassette.jsonl", *words], {"PATH": os.environ["PATH"]}, str(folder))
        wait_until(lambda: "\n" in self.child.texts.get("stdout", "") or not self.child.running(), "the server listens")
        check(self.child.running(), f"the server has ended: {self.child.texts}")
        self.url = f"http://127.0.0.1:{int(self.child.texts['stdout'].split()[0])}"

    def stalled(self):
        return "stalled" in self.child.texts["stdout"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.__exit__()


def set_up(host, folder, url):
    """The demo's folder, with a server instead of the cassette."""
    demo = Demo(host, folder)
    demo.run("--setup-only").expect(0)
    config = demo.folder / "mamc.yaml"
    text = config.read_text()
    text, first = re.subn(r"^backend: replay.*$", "backend: lm-studio", text, flags=re.MULTILINE)
    text, second = re.subn(r"^  replay:\n    cassette: .*$", f'  lm-studio: {{base_url: "{url}"}}', text, flags=re.MULTILINE)
    same("places in the demo's configuration", (1, 1), (first, second))
    config.write_text(text)
    return demo


def drain(demo, **env):
    return ("--config", demo.folder / "mamc.yaml", "--project", "demo", "--drain"), {"env": env}


def check_same_tree(host, folder):
    replayed = Demo(host, folder / "replayed")
    replayed.run().expect(0)
    with Server(folder) as server:
        demo = set_up(host, folder / "asked", server.url)
        words, options = drain(demo)
        host.run(*words, **options).expect(0)
        same("questions that the server did not know", "", server.child.texts["stderr"])
    same("tree of main", replayed.tree(), demo.tree())
    same("commits", [c[1:] for c in replayed.commits()], [c[1:] for c in demo.commits()])
    same("answered calls", replayed.journal().answered(), demo.journal().answered())


def check_killed_server(host, folder):
    with Server(folder, str(STALL_AT)) as server:
        demo = set_up(host, folder / "killed", server.url)
        words, options = drain(demo, PERSONA_RETRY_BACKOFF_INCREMENT_MS="50", PERSONA_TIMEOUT_MAX_RETRIES="1")
        with host.start(*words, **options) as child:
            wait_until(lambda: server.stalled() or not child.running(), "the server stalls in an answer")
            check(child.running(), "the host ended before the server was killed")
            server.child.kill()
            child.wait().expect(1)
        url = server.url
    # The demo waits for no server (outage: 0) and tries a task once: each, also one that was begun later, is left to a person.
    tasks = demo.tasks()
    same("tasks", 3, len(tasks))
    for task, _, _, status, blocked in tasks:
        same(f"task {task}", "blocked", status)
        told = json.loads(blocked)
        same(f"why task {task} is blocked", ("person", 1), (told["reason"], told["attempts"]))
        check(f"{url}/v1/chat/completions cannot be reached" in told["text"], f"task {task} does not name {url}: {blocked}")
    journal = demo.journal()
    runs = journal.runs()
    same("runs", [(str(task), "failed") for task, *_ in tasks], [(run["task"], run["status"]) for run in runs])
    for run in runs:
        check_tries(journal, run)


def check_tries(journal, run):
    """Only the request that could not be answered was made twice: the run's last."""
    tries = {}
    for record in journal.records(run["row"], TRY):
        tries.setdefault((record["path"], record["key"]), []).append(record["body"]["number"])
    *others, last = tries.values()
    same(f"tries of the last request of task {run['task']}", [1, 2], last)
    same("tries of its others", {1}, {number for numbers in others for number in numbers})


def use_server(demo, old, new):
    config = demo.folder / "mamc.yaml"
    config.write_text(config.read_text().replace(old, new))


def check_outage(host, folder):
    """With a limit the host waits for the server, ends with 3, and a later start goes on with the same run."""
    env = {"PERSONA_RETRY_BACKOFF_INCREMENT_MS": "50", "PERSONA_TIMEOUT_MAX_RETRIES": "1", "MAMC_OUTAGE_LIMIT_MS": "2000"}
    with Server(folder, str(STALL_AT)) as server:
        demo = set_up(host, folder / "outage", server.url)
        for other in ("2", "3"):
            host.run("--config", demo.folder / "mamc.yaml", "task", "set", other, "--status", "archived").expect(0)
        words, options = drain(demo, **env)
        with host.start(*words, **options) as child:
            wait_until(lambda: server.stalled() or not child.running(), "the server stalls in an answer")
            server.child.kill()
            ended = child.wait().expect(3)
    check(server.url in ended.err and ", since 2" in ended.err, f"not told what was out of reach since when: {ended.err}")
    _, _, _, status, blocked = demo.tasks()[0]
    again = status == "blocked" and '"retry"' in blocked and '"attempts":0' in blocked
    check(again, f"the task would not be tried again: {status} {blocked}")
    with Server(folder) as another:
        use_server(demo, server.url, another.url)
        host.run(*words, **options).expect(0)
    same("task", "done", demo.tasks()[0][3])
    same("runs", ["done"], [run["status"] for run in demo.journal().runs()])


def test(host, folder):
    check_same_tree(host, folder)
    check_killed_server(host, folder)
    check_outage(host, folder)
    print("the same tree over TCP; a killed server: tried twice, then blocked with its address; waited for, then gone on with")


if __name__ == "__main__":
    main(test)

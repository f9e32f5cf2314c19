#!/usr/bin/env python3
"""readme.py BIN: the blocks of the README's section "Two machines", as they stand there, on two hosts of a network. Needs root or sudo."""
import json
import os
import pathlib
import re
import signal
import sys

from network import Network, Served, SshAgent, SshServer, become_root, connects, serve_redis
from support import DEMO, SOURCE, Child, Demo, Host, check, main, same, wait_until

PATIENCE_S = 200


def blocks(title):
    """The fenced blocks of a section as pairs of language and text."""
    text = (SOURCE / "README.md").read_text()
    section = re.search(rf"^## {title}$(.*?)^## ", text, re.MULTILINE | re.DOTALL)
    check(section, f"the README has no section '{title}'")
    return re.findall(r"^```(\w+)\n(.*?)^```$", section.group(1), re.MULTILINE | re.DOTALL)


class Reader:
    """Somebody who does on a host what the README says."""

    def __init__(self, host, network, ssh, name, folder, config):
        self.machine, self.folder = network[name], folder
        self.folder.mkdir()
        # The recorded answers are to what every machine finds, with ctags or without.
        (self.folder / "mamc.yaml").write_text(config + "\nsteps: {context-scan: {ctags: false}}\n")
        self.env = {**Host(host.bin, folder / "home").env}
        self.env["PATH"] = f"{host.bin}:{self.env['PATH']}"
        ssh.tell(self.machine, "git.example.com")
        self.agent = SshAgent(self.machine, folder, ssh.key)
        self.env.update(self.agent.env)
        # A model server where LM Studio has its own.
        words = [sys.executable, pathlib.Path(__file__).with_name("openai_server.py"), DEMO / "cassette.jsonl", "0", "1234"]
        self.model = Served(self.machine, words, folder / "model", connects(self.machine, 1234))

    def start(self, text):
        return Child(self.machine.argv("sh", "-e", "-c", text, cwd=self.folder), self.env, "/")

    def run(self, text):
        with self.start(text) as child:
            return child.wait().expect(0)

    def end(self):
        self.model.kill()
        self.agent.kill()


def stop(child):
    """Ctrl-C: the shell that ran the block dies of it, too."""
    os.killpg(child.pid, signal.SIGINT)
    child.wait(60).expect(-signal.SIGINT)


def test(host, folder):
    found = blocks("Two machines")
    same("languages of the blocks", ["yaml", "sh", "sh", "sh"], [language for language, _ in found])
    config, reach, coordinate, serve = (text for _, text in found)
    demo = Demo(host, folder / "demo")
    demo.run("--setup-only").expect(0)
    task = json.loads((DEMO / "tasks.json").read_text())[0]
    with Network(folder, {"redis": ["redis.example.com"], "git": ["git.example.com"], "first": [], "second": []}) as network:
        with serve_redis(network["redis"], folder / "redis"), SshServer(network["git"], folder / "ssh") as ssh:
            shop = ssh.home / "shop.git"
            host.git("clone", "--quiet", "--bare", demo.remote, shop)
            first, second = (Reader(host, network, ssh, name, folder / name, config) for name in ("first", "second"))
            for reader in (first, second):
                check("refs/heads/main" in reader.run(reach).out, "the git server says nothing of main")
            words = "mamc-host task add --project shop --title '{title}' --description '{description}' --type {type}"
            first.run(words.format(**{name: str(value).replace("'", "'\\''") for name, value in task.items()}))
            with second.start(serve) as serving, first.start(coordinate) as coordinating:
                def shown():
                    check(coordinating.process.poll() is None, f"the coordinator ended: {coordinating.texts}")
                    return json.loads(first.run("mamc-host task show 1 --json").out)["task"]

                wait_until(lambda: shown()["status"] in ("done", "blocked"), "the task ends", PATIENCE_S)
                same("task", ("done", None), (shown()["status"], shown().get("blocked")))
                stop(coordinating)
                stop(serving)
            log = (folder / "second/home/.local/state/mamc/machine-client.log").read_text()
            check("request started" in log, f"the second machine did nothing:\n{log}")
            subjects = host.git("--git-dir", shop, "log", "--format=%s", shown_branch(host, shop)).splitlines()
            check(len(subjects) > 1, f"no work is on the task's branch: {subjects}")
            first.end()
            second.end()


def shown_branch(host, shop):
    branches = host.git("--git-dir", shop, "for-each-ref", "--format=%(refname:short)", "refs/heads/mamc").split()
    same("branches of tasks", 1, len(branches))
    return branches[0]


if __name__ == "__main__":
    become_root()
    main(test)

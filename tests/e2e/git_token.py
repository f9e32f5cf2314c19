#!/usr/bin/env python3
"""git_token.py BIN: a git server over http that wants a token: a wrong one is a person's, the right one opens it, and neither is written down."""
import pathlib
import socket
import sys

from refused import WORKFLOW
from support import SOURCE, Child, check, free_port, main, same, wait_until
from workflow import make_repository, write_workflow

TOKEN, WRONG = "t0ken-of-the-shop", "t0ken-of-yesterday"

CONFIG = """
project_base: '{0}/projects'
state_dir: '{0}/state'
log: {{level: debug}}
git: {{author: {{name: A, email: a@example.com}}}}
workspaces: {{git: {{token_hosts: ['http://127.0.0.1:{1}']}}}}
projects:
  shop: {{repo: 'http://127.0.0.1:{1}/repo.git', base: main, base_writes: true, merge: squash, test: "cat README; env"}}
"""


def written(folder):
    """Everything that was written down, the server's own notes and its configuration aside."""
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file() and path.name != "requests":
            yield path, path.read_bytes()


def test(host, folder):
    make_repository(host, folder)
    port = free_port()
    (folder / "requests").touch()
    words = [sys.executable, SOURCE / "tests/support/git_http_server.py", "--root", folder, "--port", port, "--requests", folder / "requests",
             "--token", TOKEN]
    config = folder / "mamc.yaml"
    config.write_text(CONFIG.format(folder, port))
    flags = ("--config", config, "--workflows", write_workflow(folder, "refused", WORKFLOW))
    host.run(*flags, "task", "add", "--project", "shop", "--title", "Change it", "--workflow", "refused").expect(0)
    said = []

    def run(*words, token, code):
        ended = host.run(*flags, *words, env={"GIT_TOKEN": token}).expect(code)
        said.append(ended.out + ended.err)
        return ended

    with Child(words, host.env, str(folder)) as server:
        wait_until(lambda: listens(port) or not server.running(), "the git server listens")
        run("--project", "shop", "--drain", token=WRONG, code=1)
        task = run("task", "show", "1", "--json", token=WRONG, code=0).json()["task"]
        same("task", ("blocked", "person"), (task["status"], task["blocked"]["reason"]))
        for part in ("this token opens nothing here", "GIT_TOKEN was sent to 127.0.0.1"):
            check(part in task["blocked"]["text"], f"'{part}' is not told: {task['blocked']['text']}")
        run("task", "unblock", "1", token=TOKEN, code=0)
        run("--project", "shop", "--drain", token=TOKEN, code=0)
    same("README of main", "hello\nours\n", host.git("--git-dir", folder / "repo.git", "show", "main:README"))
    sent = (folder / "requests").read_text()
    check(f"git:{WRONG}" in sent and f"git:{TOKEN}" in sent, f"the tokens did not reach the server:\n{sent}")
    for token in (WRONG, TOKEN):
        check(not any(token in text for text in said), f"{token} is said:\n{said}")
        for path, data in written(folder):
            check(token.encode() not in data, f"{token} stands in {path}")


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    main(test)

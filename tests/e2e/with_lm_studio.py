#!/usr/bin/env python3
"""with_lm_studio.py BIN: the blocks of docs/with-lm-studio.md, one after the other, as they stand there, beside a model server at LM Studio's
address. Needs root or sudo."""
import json
import pathlib
import re
import sys

from network import Network, Served, become_root, connects
from support import DEMO, SOURCE, Child, Demo, Host, check, main, same

SERVER = pathlib.Path(__file__).with_name("openai_server.py")
ROLE = "I sum up a change for people."


def blocks():
    """The fenced blocks that are to be done, as pairs of language and text."""
    text = (SOURCE / "docs/with-lm-studio.md").read_text()
    return [found for found in re.findall(r"^ *```([\w-]+)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL) if found[0] in ("sh", "yaml")]


def cassette(host, folder, question):
    """The demo's, with an answer to the document's question."""
    prompt = json.loads(host.run("persona", "show", "summarization", "--json").expect(0).out)["prompt"]
    messages = [{"role": "system", "content": prompt}, {"role": "user", "content": f"# Request\n\nintent: ask\nquestion: {question}\n"}]
    entry = {"persona": "summarization", "model": "", "messages": messages, "answer": {"text": ROLE, "model": "played", "finish": "stop"}}
    path = folder / "cassette.jsonl"
    path.write_text((DEMO / "cassette.jsonl").read_text() + json.dumps(entry) + "\n")
    return path


def repository_before(host, folder, title):
    """The demo's, as it was when the task of this title was begun there."""
    demo = Demo(host, folder / "demo")
    demo.run().expect(0)
    done = [commit for commit in demo.commits() if title in commit]
    same("commits of the task", 1, len(done))
    shop = folder / "shop.git"
    host.git("clone", "--quiet", "--bare", demo.remote, shop)
    host.git("--git-dir", shop, "update-ref", "refs/heads/main", f"{done[0][0]}^")
    for branch in host.git("--git-dir", shop, "for-each-ref", "--format=%(refname)", "refs/heads/mamc").split():
        host.git("--git-dir", shop, "update-ref", "-d", branch)
    return shop


def test(host, folder):
    found = blocks()
    same("languages of the blocks", ["sh", "yaml", "sh", "sh", "sh"], [language for language, _ in found])
    init, config, look, ask, work = (text for _, text in found)
    title = re.search(r'--title "([^"]+)"', work)[1]
    shop = repository_before(host, folder, title)
    config, count = re.subn(r"/path/to/shop\.git", str(shop), config)
    same("places of the repository's path", 1, count)
    desk = folder / "desk"
    desk.mkdir()
    env = {**Host(host.bin, folder / "home").env}
    env["PATH"] = f"{host.bin}:{env['PATH']}"
    with Network(folder, {"desk": []}) as network:
        def run(text):
            with Child(network["desk"].argv("sh", "-e", "-c", text, cwd=desk), env, "/") as child:
                return child.wait().expect(0)

        words = [sys.executable, SERVER, cassette(host, folder, re.search(r'"(.*)"', ask)[1]), "0", "1234"]
        with Served(network["desk"], words, folder / "model", connects(network["desk"], 1234)):
            run(init)
            # The recorded answers are to what every machine finds, with ctags or without.
            (desk / "mamc.yaml").write_text(config + "\nsteps: {context-scan: {ctags: false}}\n")
            seen = run(look).out
            check("http://localhost:1234/ answers" in seen and "0 problems" in seen, f"the doctor does not see the server:\n{seen}")
            same("answer", ROLE + "\n", run(ask).out)
            ran = run(work)
            task = json.loads(run("mamc-host task show 1 --json").out)["task"]
            same("task", ("done", None), (task["status"], task.get("blocked")))
            branch = host.git("--git-dir", shop, "for-each-ref", "--format=%(refname:short)", "refs/heads/mamc").split()
            same("branches of tasks", 1, len(branch))
            check(branch[0] in ran.out, f"`task show` does not name the branch {branch[0]}:\n{ran.out}")
        same("questions that the server did not know", [], [line for line in (folder / "model").read_text().splitlines() if "no answer" in line])


if __name__ == "__main__":
    become_root()
    main(test)

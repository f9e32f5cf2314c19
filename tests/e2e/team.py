"""A whole team whose models say what a script tells them, on a small repository of its own."""
import json
import pathlib
import sys

from support import SOURCE, Journal, rows

CONFIG = """
state_dir: {folder}/state
project_base: {folder}/projects
workflows: [{folder}/W]
backend: command
backends: {{command: {{argv: ["{python}", {model}, {folder}]}}}}
git: {{author: {{name: Team, email: team@example.com}}}}
steps: {{context-scan: {{ctags: false}}}}
limits: {{blocked_attempts: 1, revision_attempts: {rounds}}}
timeouts: {{backoff_increment: 1ms, {timeouts}}}
projects:
  shop: {{repo: {folder}/repo.git, base: main, base_writes: true, merge: squash, test: "{test}"{project}}}
"""

FAIL = '```json\n{"status": "fail", "reasons": ["%s"]}\n```'
FINDING = ('```json\n{"status": "fail", "reasons": ["not like this"], "findings": '
           '[{"file": "%s", "line": 1, "severity": "blocking", "text": "%s"}]}\n```')


def replace(path, old, new):
    return f"```\n{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n```\n"


def whole(path, text):
    return f"FILE: {path}\n```\n{text}```\n"


class Team:
    def __init__(self, host, folder, files, test, timeouts="", rounds="unlimited", project=""):
        self.host, self.folder = host, pathlib.Path(folder)
        self.remote, self.work, self.script = self.folder / "repo.git", self.folder / "work", {}
        (self.folder / "W").mkdir(parents=True)
        host.git("init", "--quiet", "--bare", "--initial-branch=main", self.remote)
        host.git("init", "--quiet", "--initial-branch=main", self.work)
        for name, text in files.items():
            (self.work / name).parent.mkdir(parents=True, exist_ok=True)
            (self.work / name).write_text(text)
        host.git("add", "-A", cwd=self.work)
        host.git("commit", "--quiet", "-m", "first", cwd=self.work)
        host.git("push", "--quiet", self.remote, "main", cwd=self.work)
        self.config = self.folder / "mamc.yaml"
        self.config.write_text(CONFIG.format(folder=self.folder, python=sys.executable, test=test,
                                             model=SOURCE / "tests/e2e/team_model.py", timeouts=timeouts, rounds=rounds, project=project))

    def command(self, *words):
        return self.host.run("--config", self.config, *words)

    def add(self, title, kind, answers, *words):
        """`answers` is what the personas say of this task, as team_model.py has it."""
        self.script[title] = answers
        self.command("task", "add", "--project", "shop", "--title", title, "--type", kind, *words).expect(0)

    def drain(self):
        (self.folder / "script.json").write_text(json.dumps(self.script))
        return self.command("--project", "shop", "--drain")

    def base(self):
        return self.host.git("--git-dir", self.remote, "rev-parse", "main").strip()

    def tasks(self):
        """Title to (status, why it is blocked)."""
        found = rows(self.folder / "state/board.db", "SELECT title, status, blocked FROM tasks ORDER BY id")
        return {title: (status, json.loads(blocked) if blocked else {}) for title, status, blocked in found}

    def asked(self, title, key):
        """How often a persona was asked for something in a task."""
        return (self.folder / "asked").read_text().splitlines().count(f"{title}\t{key}")

    def journal(self):
        return Journal(self.folder / "state")

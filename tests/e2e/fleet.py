"""Several machines with one project: what they share, and what each has of its own."""
import sqlite3
import sys

from support import Journal

CONFIG = """
transport: {transport}
board: local
boards: {{local: {{path: {site}/board.db}}}}
backend: command
backends: {{command: {{argv: [{python}, -S, {site}/model.py, {site}]}}}}
state_dir: {folder}/state
project_base: {folder}/projects
workflows: [{site}/workflows]
git: {{author: {{name: Test, email: test@example.com}}}}
timeouts: {{default: 10m, coding: 10m}}
projects:
  shop: {{repo: {site}/remote.git, base: main, base_writes: true, merge: squash, workflow: deliver, test: "true"}}
"""


class Site:
    """What all machines of a test share."""

    def __init__(self, host, folder, server, workflow, model, silence_ms=2000):
        """A machine that says nothing for `silence_ms` has lost what it had. `model` is a program that answers for all personas; it is given
        this folder, and notes in its file `asked` what it is asked."""
        self.host, self.folder, self.server, self.silence_ms = host, folder, server, silence_ms
        folder.mkdir()
        (folder / "workflows").mkdir()
        (folder / "workflows" / "deliver.yml").write_text(workflow)
        (folder / "model.py").write_text(model)
        work = folder / "work"
        host.git("init", "-q", "--bare", "-b", "main", folder / "remote.git")
        host.git("init", "-q", "-b", "main", work)
        (work / "README").write_text("hello\n")
        host.git("add", ".", cwd=work)
        host.git("commit", "-qm", "begin", cwd=work)
        host.git("push", "-q", folder / "remote.git", "main", cwd=work)

    def asked(self):
        file = self.folder / "asked"
        return file.read_text().splitlines() if file.exists() else []


class Machine:
    """One of them: a state directory and mirrors of its own."""

    def __init__(self, site, name):
        self.site, self.folder = site, site.folder / name
        self.folder.mkdir()
        (self.folder / "mamc.yaml").write_text(CONFIG.format(
            site=site.folder, folder=self.folder, transport=site.server.transport, python=sys.executable))
        self.env = {**site.server.environment(), "MAMC_SILENCE_LIMIT_MS": str(site.silence_ms), "MAMC_OUTAGE_LIMIT_MS": "600000",
                    "PERSONA_RETRY_BACKOFF_INCREMENT_MS": "200"}

    def start(self, *words, env=None):
        return self.site.host.start("--config", self.folder / "mamc.yaml", *words, env={**self.env, **(env or {})})

    def run(self, *words, env=None):
        with self.start(*words, env=env) as child:
            return child.wait()

    def coordinate(self):
        return self.start("--project", "shop", "--drain")

    def journal(self):
        return Journal(self.folder / "state")

    def runs(self):
        try:
            return self.journal().runs()
        except sqlite3.OperationalError:  # no journal yet, or no table
            return []

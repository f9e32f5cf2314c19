#!/usr/bin/env python3
"""hosts.py BIN: the demo on hosts of their own, with nothing in common but a redis-server and a git remote over ssh: A coordinates and
plans, B implements, C tests. B is killed in mid-work; and B is cut off, another takes over, and B comes back too late. Needs root or sudo."""
import json
import re
import signal
import time

from network import Network, SshAgent, SshServer, become_root, serve_redis
from support import Demo, Host, Journal, Process, check, main, outcome_differences, same, shared_scenarios, wait_until

REDIS, GIT = "redis.example.com", "git.example.com"
PERSONAS = {"a": "coordination,context,implementation-planner,plan-evaluator,project-manager,architect,code-reviewer,security-review,summarization",
            "b": "lead-engineer,devops", "b2": "lead-engineer,devops", "c": "qa-engineer"}
SILENCE_MS = 3000  # after which another worker gets a request
PATIENCE_S = 200

# What a worker says whose push comes too late, with its commit, the branch and the commit that counts.
LATE_PUSH = re.compile(r"the push of ([0-9a-f]{40}) to the branch '([^']+)' of \S+ was refused: it holds already what another worker has made "
                       r"of the same request \(([0-9a-f]{40})\); that counts")

# What ssh is on B: a push waits for as long as the test wants it to.
HELD_SSH = """#!/bin/sh
case "$*" in
*git-receive-pack*) if [ -e {folder}/hold ]; then : >{folder}/waits; while [ -e {folder}/hold ]; do sleep 0.05; done; fi ;;
esac
exec ssh -oBatchMode=yes "$@"
"""


class Station:
    """A host of the network with what one needs to take part: a home, a state directory, a configuration, an ssh agent."""

    def __init__(self, site, name):
        self.name, self.folder, machine = name, site.folder / name, site.network[name]
        self.folder.mkdir()
        self.host = Host(site.bin, self.folder / "home", machine)
        self.state = self.folder / "state"
        self.config = self.folder / "mamc.yaml"
        self.config.write_text(site.config.replace(str(site.demo.state), str(self.state)))
        site.ssh.tell(machine, GIT)
        self.agent = SshAgent(machine, self.folder, site.ssh.key)

    def start(self, *words, env=None):
        return self.host.start("--config", self.config, *words, env={
            "REDIS_HOST": REDIS, "ALLOWED_PERSONAS": PERSONAS[self.name], "MAMC_OUTAGE_LIMIT_MS": "600000",
            "MAMC_SILENCE_LIMIT_MS": str(SILENCE_MS), "PERSONA_RETRY_BACKOFF_INCREMENT_MS": "200", **self.agent.env, **(env or {})})

    def hold_pushes(self):
        """The setting under which a push waits; let_go() ends that."""
        ssh = self.folder / "held-ssh"
        ssh.write_text(HELD_SSH.format(folder=self.folder))
        ssh.chmod(0o755)
        (self.folder / "hold").touch()
        return {"GIT_SSH_COMMAND": str(ssh)}

    def holds(self):
        return (self.folder / "waits").exists()

    def let_go(self):
        (self.folder / "hold").unlink()

    def log(self):
        return (self.state / "machine-client.log").read_text()


class Site:
    """The network with its servers and the demo's folder, whose remote lies on the git server."""

    def __init__(self, host, folder, *names):
        self.bin, self.folder, self.names, self.parts = host.bin, folder, names, []
        folder.mkdir()
        self.demo = Demo(host, folder / "demo")
        self.demo.run("--setup-only").expect(0)

    def __enter__(self):
        try:
            self._set_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _set_up(self):
        self.network = self._keep(Network(self.folder, {"redis": [REDIS], "git": [GIT], **{name: [] for name in self.names}}))
        self.redis = self._keep(serve_redis(self.network["redis"], self.folder / "redis"))
        self.ssh = self._keep(SshServer(self.network["git"], self.folder / "ssh"))
        text = self.demo.folder.joinpath("mamc.yaml").read_text()
        self.config = text.replace("transport: local", "transport: redis").replace(f"{self.demo.remote}", f"ssh://git@{GIT}{self.demo.remote}")
        check(GIT in self.config and "transport: redis" in self.config, f"the demo's configuration is another:\n{text}")
        self.stations = {name: Station(self, name) for name in self.names}
        self.parts += [station.agent for station in self.stations.values()]

    def _keep(self, part):
        self.parts.append(part)
        return part

    def __exit__(self, *_):
        while self.parts:
            part = self.parts.pop()
            part.kill() if isinstance(part, Process) else part.end()

    def __getitem__(self, name):
        return self.stations[name]

    def coordinate(self):
        # The coordinator's state directory is the one that the demo looks at.
        self["a"].config.write_text(self.config)
        self["a"].state = self.demo.state
        return self["a"].start("--project", "demo", "--drain")

    def events(self):
        lines = self.network["redis"].run("redis-cli", "--json", "XRANGE", "machine:events", "-", "+")
        return [dict(zip(fields[::2], fields[1::2])) for _, fields in json.loads(lines)]


def branches(host, remote):
    """Per branch of the remote what was committed, oldest first, with its work: what lies in .ma has times in it."""
    names = host.git("--git-dir", remote, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()

    def work(commit):
        listed = host.git("--git-dir", remote, "ls-tree", "-r", commit).splitlines()
        return "\n".join(line for line in listed if "\t.ma/" not in line)

    commits = {name: host.git("--git-dir", remote, "log", "--reverse", "--format=%H %s", name).splitlines() for name in names}
    return {name: [(subject, work(commit)) for commit, _, subject in (line.partition(" ") for line in lines)]
            for name, lines in commits.items()}


def check_events(site):
    """Every question and every task has one end."""
    ends = {}
    for event in site.events():
        if event["status"] in ("done", "error"):
            ends.setdefault((event["from_persona"], event.get("task_id"), event["corr_id"]), []).append(event["status"])
    same("ends per question and task", {end: ["done"] for end in ends}, ends)
    same("tasks that ended", {"1", "2", "3"}, {task for persona, task, _ in ends if persona == "coordination"})
    check(len(ends) > 20, f"events are missing: {ends}")


def check_outcome(site, host, expected, what):
    but = "answered calls"
    differences = outcome_differences({name: value for name, value in expected.items() if name not in (but, "branches")}, site.demo.outcome())
    check(not differences, f"{what}: " + "\n".join(differences))
    same(f"{what}: commits by branch", expected["branches"], branches(host, site.demo.remote))


def leave(*children):
    for child in children:
        child.signal(signal.SIGINT)
    for child in children:
        child.wait(60).expect(130)


def check_killed(host, folder, expected):
    with Site(host, folder, "a", "b", "c") as site:
        with site["c"].start() as tests, site["b"].start(env=site["b"].hold_pushes()) as works, site.coordinate() as child:
            wait_until(lambda: site["b"].holds() or not child.running(), "B is about to push", PATIENCE_S)
            works.kill()
            site["b"].let_go()
            with site["b"].start() as again:
                child.wait(PATIENCE_S).expect(0)
                leave(again, tests)
        check_outcome(site, host, expected, "with B killed")
        check_events(site)
        served = {persona for _, persona, _ in Journal(site["c"].state).answered()}
        same("personas of C", {"qa-engineer"}, served)


def check_cut_off(host, folder, expected):
    with Site(host, folder, "a", "b", "b2", "c") as site:
        with site["c"].start() as tests, site["b"].start(env=site["b"].hold_pushes()) as lost, site.coordinate() as child:
            wait_until(lambda: site["b"].holds() or not child.running(), "B is about to push", PATIENCE_S)
            site.network.plug("b", "down")
            cut = time.monotonic()
            with site["b2"].start() as works:
                # The claim is B2's, and its push is on the remote.
                wait_until(lambda: len(branches(host, site.demo.remote)) > 1 or not child.running(), "B2 has pushed", PATIENCE_S)
                time.sleep(max(0, cut + 2 * SILENCE_MS / 1000 - time.monotonic()))
                # Git is within reach again, Redis is not yet: nobody has told B that it is late.
                site.network["b"].run("ip", "route", "add", "blackhole", f"{site.network.address('redis')}/32")
                site.network.plug("b", "up")
                before = branches(host, site.demo.remote)
                site["b"].let_go()
                wait_until(lambda: LATE_PUSH.search(site["b"].log()), "B's push is refused", PATIENCE_S)
                lost_commit, branch, counts = LATE_PUSH.search(site["b"].log()).groups()
                pushed = host.git("--git-dir", site.demo.remote, "rev-list", branch).split()
                check(counts in pushed and lost_commit not in pushed, f"{branch} is another: {pushed}")
                now = branches(host, site.demo.remote)
                same("what B's push changed", before, {name: now[name][:len(commits)] for name, commits in before.items()})
                site.network["b"].run("ip", "route", "del", "blackhole", f"{site.network.address('redis')}/32")
                child.wait(PATIENCE_S).expect(0)
                leave(works, tests, lost)
        check_outcome(site, host, expected, "with B cut off")
        check_events(site)


def test(host, folder):
    local = Demo(host, folder / "local")
    local.run().expect(0)
    expected = {**local.outcome(), "branches": branches(host, local.remote)}
    shared_scenarios(lambda: check_killed(host, folder / "killed", expected), lambda: check_cut_off(host, folder / "cut-off", expected))


if __name__ == "__main__":
    become_root()
    main(test, in_parts=True)

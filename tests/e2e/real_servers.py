"""Real servers of a test's own that carry messages, and the demo worked on over them."""
import base64
import datetime
import json
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess

from support import Demo, Process, check, free_port, wait_until


class RealServer(Process):
    """A server on a free port that keeps nothing from one start to the next, ended by its process id."""

    def __init__(self, folder, *options):
        self.folder, self.options = pathlib.Path(folder), options
        self.folder.mkdir()
        self.port = free_port()
        self.start()

    def start(self):
        with open(self.folder / "log", "a") as log:
            self.process = subprocess.Popen(self.command(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self.answers_or_ended, f"{self.command()[0]} answers", 30)

    def check_not_ended(self):
        check(self.process.poll() in (None, -signal.SIGKILL), f"{self.command()[0]} ended:\n{(self.folder / 'log').read_text()}")

    def answers_or_ended(self):
        self.check_not_ended()
        return self.answers()

    def __exit__(self, *failure):
        """A server that died under the test explains whatever else failed."""
        super().__exit__(*failure)
        self.check_not_ended()


class RedisServer(RealServer):
    transport, name = "redis", "Redis"
    place_setting, wrong_login = "REDIS_HOST", ("WRONGPASS", "REDIS_PASSWORD")
    with_password = ("--requirepass", "right")

    def command(self):
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no", "--dir",
                str(self.folder), *self.options]

    def environment(self, password=None):
        login = {} if password is None else {"REDIS_PASSWORD": password}
        return {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(self.port), **login}

    def answers(self):
        return "ERR" not in self.cli("PING", check_code=False)

    def cli(self, *words, check_code=True):
        done = subprocess.run(["redis-cli", "-p", str(self.port), *words], capture_output=True, text=True)
        if done.returncode != 0:
            check(not check_code, f"redis-cli {' '.join(words)}: {done.stderr}")
            return "ERR"
        return done.stdout.strip()

    def send(self, stream, *fields):
        return self.cli("XADD", stream, "*", *fields)

    def has(self, stream):
        return self.cli("EXISTS", stream) == "1"

    def sent(self, stream):
        return int(self.cli("XLEN", stream))

    def first_fields(self, stream):
        return self.cli("XRANGE", stream, "-", "+", "COUNT", "1").splitlines()[1::2]

    def pending(self, stream, group):
        return int(self.cli("XPENDING", stream, group).splitlines()[0])

    def cut_connections(self):
        self.cli("CLIENT", "KILL", "TYPE", "normal")

    def empty(self):
        self.cli("FLUSHALL")


class NatsServer(RealServer):
    transport, name = "nats", "NATS"
    place_setting, wrong_login = "NATS_URL", ("Authorization", "NATS_PASSWORD")
    with_password = ("authorization {user: mamc, password: right}",)
    starts = 0

    def command(self):
        return ["nats-server", "-c", "nats.conf"]

    def start(self):
        self.starts += 1
        self.start_with_store()

    def start_with_store(self):
        lines = [f'listen: "127.0.0.1:{self.port}"', f'jetstream {{store_dir: "{self.folder}/store{self.starts}"}}', *self.options]
        (self.folder / "nats.conf").write_text("\n".join(lines) + "\n")
        super().start()

    def environment(self, password=None):
        login = {} if password is None else {"NATS_USER": "mamc", "NATS_PASSWORD": password}
        return {"NATS_URL": f"nats://127.0.0.1:{self.port}", **login}

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                return connection.recv(5) == b"INFO "
        except OSError:
            return False

    def ask(self, subject, payload=""):
        """As a foreign program in the protocol's own words: publishes, and gives what is answered."""
        with socket.create_connection(("127.0.0.1", self.port), 20) as connection, connection.makefile("rb") as lines:
            payload = payload.encode()
            connection.sendall(b'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nSUB _INBOX.e2e 1\r\n'
                               + f"PUB {subject} _INBOX.e2e {len(payload)}\r\n".encode() + payload + b"\r\n")
            for line in lines:
                check(not line.startswith(b"HMSG "), f"nobody answers at {subject}")
                if line.startswith(b"MSG "):
                    return json.loads(lines.read(int(line.split()[-1])))
        check(False, f"no answer at {subject}")

    def api(self, call, **body):
        return self.ask(f"$JS.API.{call}", json.dumps(body) if body else "")

    def message(self, stream, sequence):
        return self.api(f"STREAM.MSG.GET.{stream}", seq=sequence)["message"]

    def send(self, stream, *fields):
        self.api(f"STREAM.CREATE.{stream}", name=stream, subjects=[stream])  # a foreign program may be the first
        sequence = self.ask(stream, json.dumps(dict(zip(fields[::2], fields[1::2]))))["seq"]
        seconds, fraction = re.match(r"([^.Z]*)\.?(\d*)Z", self.message(stream, sequence)["time"]).groups()
        since_1970 = datetime.datetime.fromisoformat(seconds + "+00:00").timestamp()
        return f"{int(since_1970)}{fraction.ljust(3, '0')[:3]}-{sequence}"

    def has(self, stream):
        return stream in (self.api("STREAM.NAMES")["streams"] or [])

    def sent(self, stream):
        return self.api(f"STREAM.INFO.{stream}")["state"]["messages"]

    def first_fields(self, stream):
        return list(json.loads(base64.b64decode(self.message(stream, 1)["data"])))

    def pending(self, stream, group):
        for consumer in self.api(f"CONSUMER.LIST.{stream}", offset=0)["consumers"]:
            if consumer["config"].get("description") == group:
                return consumer["num_ack_pending"] + consumer["num_pending"]
        check(False, f"there is no group {group}")

    def cut_connections(self):
        """The server cannot be told to: it is killed, and comes back with its store."""
        self.kill()
        self.start_with_store()

    def empty(self):
        for stream in self.api("STREAM.NAMES")["streams"]:
            self.api(f"STREAM.DELETE.{stream}")


SERVERS = {server.transport: server for server in (RedisServer, NatsServer)}


class ServerDemo(Demo):
    """The demo's folder, worked on over a server by a host as a user starts one."""

    def __init__(self, host, folder, server):
        super().__init__(host, folder)
        self.server = server
        self.run("--setup-only").expect(0)
        config = self.folder / "mamc.yaml"
        text = config.read_text()
        check("transport: local" in text, f"the demo's configuration is another:\n{text}")
        config.write_text(text.replace("transport: local", f"transport: {server.transport}"))

    def start(self, *words, env=None):
        if words:
            return super().start(*words, env=env)
        settings = {**self.server.environment(),
                    "PERSONA_RETRY_BACKOFF_INCREMENT_MS": "200",
                    "MAMC_OUTAGE_LIMIT_MS": "600000",  # the demo's own configuration says that nothing waits
                    **(env or {})}
        return self.host.start("--config", self.folder / "mamc.yaml", "--project", "demo", "--drain", env=settings)

    def answered(self):
        try:
            return self.journal().answers()
        except sqlite3.OperationalError:  # no journal yet, or no table
            return 0

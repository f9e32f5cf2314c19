"""Hosts of a test's own: each has a network, mounts and a name of its own, and all hang on the switch of the first one. Nothing of it is
seen outside, and nothing stays: a host's namespaces go with its last process."""
import atexit
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from support import Process, check, fast_folder, wait_until

SUBNET = "10.77.0"


def become_root():
    """Namespaces take root: an ordinary user's test runs itself again by sudo, which must not ask."""
    if os.geteuid() == 0:
        own_the_program()
        return
    kept = [f"{name}={os.environ[name]}" for name in os.environ if name.endswith("_OPTIONS") or name in ("PATH", "TZ")]
    if not shutil.which("sudo"):
        sys.exit("this test makes network namespaces: run it as root, or install sudo")
    os.execvp("sudo", ["sudo", "-n", "env", *kept, "PYTHONDONTWRITEBYTECODE=1", sys.executable, *sys.argv])


def own_the_program():
    """A host of root's runs only root's plugins: of another user's build it gets a copy."""
    program = pathlib.Path(sys.argv[1])
    if os.stat(program / "mamc-host").st_uid == 0:
        return
    folder = tempfile.mkdtemp(prefix="mamc-e2e-", dir=fast_folder())
    atexit.register(shutil.rmtree, folder)
    sys.argv[1] = shutil.copytree(program, f"{folder}/bin", symlinks=True)


def propagation():
    """What is mounted on a host is seen there alone. Below a changed root (chroot) that is up to whoever made it, since its mount is out of
    reach."""
    mounts = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    return "private" if any(line.split()[4] == "/" for line in mounts) else "unchanged"


class Machine:
    """A host: `argv` is what runs a command on it."""

    def __init__(self, name):
        self.name = name
        unshare = ["unshare", "--net", "--mount", "--uts", "--propagation", propagation(), "sh", "-c", "echo ready; exec cat"]
        # Reads from a pipe of ours: it ends when we do, however that comes.
        self.keeper = subprocess.Popen(unshare, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        check(self.keeper.stdout.readline() == "ready\n", "this machine lets nobody make a network namespace: run the test as root or with sudo")
        self.namespace = os.stat(f"/proc/{self.keeper.pid}/ns/net").st_ino
        self.run("hostname", name)
        self.run("ip", "link", "set", "lo", "up")

    def argv(self, *words, cwd="/"):
        # Of the keeper is also the root: who enters a namespace of mounts has that of the machine, also below a changed one.
        return ["nsenter", "--target", str(self.keeper.pid), "--net", "--mount", "--uts", "--root", "setpriv", "--pdeathsig", "KILL",
                "env", f"--chdir={cwd}", *map(str, words)]

    def run(self, *words, env=None):
        done = subprocess.run(self.argv(*words), capture_output=True, text=True, env=env, stdin=subprocess.DEVNULL)
        check(done.returncode == 0, f"{self.name}: {' '.join(map(str, words))}: {done.stderr}")
        return done.stdout

    def lay(self, source, target):
        """A file or folder is seen in another's place, on this host alone."""
        self.run("mount", "--bind", source, target)

    def processes(self):
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.stat(entry / "ns/net").st_ino == self.namespace:
                    found.append(int(entry.name))
        return found

    def end(self):
        """Whatever still runs here was started here."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.keeper.wait()
        self.keeper.stdin.close()
        self.keeper.stdout.close()


class Network:
    """`hosts`: the names that each answers to, by its own. The first one is the switch and may run servers."""

    def __init__(self, folder, hosts):
        self.machines, folder = {}, pathlib.Path(folder)
        try:
            self._join(folder, hosts)
        except BaseException:
            self.end()
            raise

    def _join(self, folder, hosts):
        lines = ["127.0.0.1 localhost"]
        for number, (name, others) in enumerate(hosts.items(), 1):
            lines.append(" ".join([f"{SUBNET}.{number}", name, *others]))
        (folder / "hosts").write_text("\n".join(lines) + "\n")
        self.hub = None
        for number, name in enumerate(hosts, 1):
            machine = self.machines[name] = Machine(name)
            machine.lay(folder / "hosts", "/etc/hosts")
            self.hub = self.hub or machine
            if machine is self.hub:
                machine.run("ip", "link", "add", "eth0", "type", "bridge")
            else:
                self.hub.run("ip", "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", str(machine.keeper.pid))
                self.hub.run("ip", "link", "set", f"to-{name}", "master", "eth0", "up")
            machine.run("ip", "address", "add", f"{SUBNET}.{number}/24", "dev", "eth0")
            machine.run("ip", "link", "set", "eth0", "up")

    def address(self, name):
        return f"{SUBNET}.{1 + list(self.machines).index(name)}"

    def plug(self, name, state):
        """Its cable, "up" or "down"."""
        self.hub.run("ip", "link", "set", f"to-{name}", state)

    def __getitem__(self, name):
        return self.machines[name]

    def end(self):
        for machine in self.machines.values():
            machine.end()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


class Served(Process):
    """A server on a host; `answers` says when it does."""

    def __init__(self, machine, argv, log, answers):
        self.log = pathlib.Path(log)
        with open(self.log, "a") as out:
            self.process = subprocess.Popen(machine.argv(*argv), stdin=subprocess.DEVNULL, stdout=out, stderr=out)

        def ready():
            check(self.running(), f"{argv[0]} ended:\n{self.log.read_text()}")
            return answers()

        wait_until(ready, f"{argv[0]} answers", 30)


def connects(machine, port):
    probe = f"import socket; socket.create_connection(('127.0.0.1', {port}), 1)"
    return lambda: subprocess.run(machine.argv(sys.executable, "-c", probe), capture_output=True).returncode == 0


def serve_redis(machine, folder, *options):
    folder.mkdir()
    return Served(machine, ["redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--port", "6379", "--save", "", "--appendonly", "no",
                            "--dir", folder, *options], folder / "log", connects(machine, 6379))


class SshServer(Served):
    """A real sshd on port 22 of a host, with an account `git` of its own whose home is `folder`/home, for who has the key `folder`/key."""

    def __init__(self, machine, folder):
        self.machine, self.folder, self.home, self.key = machine, folder, folder / "home", folder / "key"
        self.home.mkdir(parents=True)
        for name in ("key", "host_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name], check=True)
        shutil.copy(folder / "key.pub", folder / "authorized_keys")
        # The account: root by another name, on this host alone.
        shell = pwd.getpwuid(0).pw_shell
        (folder / "passwd").write_text(pathlib.Path("/etc/passwd").read_text() + f"git:x:0:0::{self.home}:{shell}\n")
        machine.lay(folder / "passwd", "/etc/passwd")
        machine.run("mount", "-t", "tmpfs", "tmpfs", "/run")
        machine.run("mkdir", "-m", "755", "/run/sshd")
        config = folder / "sshd_config"
        config.write_text(f"Port 22\nHostKey {folder}/host_key\nAuthorizedKeysFile {folder}/authorized_keys\nPermitRootLogin prohibit-password\n"
                          "PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPidFile none\nPrintMotd no\n"
                          "PrintLastLog no\n")
        super().__init__(machine, [shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-e", "-f", config], folder / "log", connects(machine, 22))

    def known_as(self, *names):
        """The lines that make its key known under these names."""
        kind, key = (self.folder / "host_key.pub").read_text().split()[:2]
        return "".join(f"{name} {kind} {key}\n" for name in names)

    def tell(self, machine, *names):
        """On another host the server's key is known to all, as an administrator does it."""
        ssh = self.folder / f"etc-ssh-{machine.name}"
        ssh.mkdir()
        (ssh / "ssh_known_hosts").write_text(self.known_as(*names))
        machine.lay(ssh, "/etc/ssh")


class SshAgent(Process):
    """Holds a key for whoever has its socket."""

    def __init__(self, machine, folder, key):
        self.socket = pathlib.Path(folder) / f"agent-{machine.name}"
        self.process = subprocess.Popen(machine.argv("ssh-agent", "-D", "-a", self.socket), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_until(self.socket.exists, "the ssh agent listens", 30)
        machine.run("ssh-add", "-q", key, env={**os.environ, **self.env})

    @property
    def env(self):
        return {"SSH_AUTH_SOCK": str(self.socket)}

#!/usr/bin/env python3
"""bench/map.py BIN --cache DIR [--set measured|development] [--tokens N…]: does the repository map name the file that a change touched?
bench/map.py BIN --speed: how long a scan of a tree of 20 000 files takes, the first and those after it.

A patch that a Debian source package carries is a change with a description: the text of its header is the task, the file that it
patches is the answer. Each package's tree, as upstream released it, becomes a git repository and a project of `mamc-host`; each patch
a task, which one real run per budget scans for. A file counts when the map that is printed within the budget names it. Printed are a row per
patch and the share of hits; exit code 0: at least 70 % at each budget, 1: less, 2: something could not be had.

Which patches count is decided by the rules in `patches_of` and by the lists below alone, before anything is measured. What the ranking
weighs was chosen on DEVELOPMENT; nothing was changed after MEASURED had been looked at. The sources come from where apt of this machine
gets its packages, into DIR, which is kept. The descriptions are the packages' own, under their licences, which each row's package line names.
"""
import argparse
import itertools
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

DEVELOPMENT = "assimp curl gdk-pixbuf iproute2 libarchive mutt net-snmp nfs-utils openssh parted python-pip thrift".split()
MEASURED = ("avahi bluez e2fsprogs glib2.0 gnuplot gnutls28 libxml2 lighttpd lvm2 mercurial network-manager node-webpack openldap procps "
            "prometheus pulseaudio shadow subversion sudo systemd tomcat9 util-linux vim wpa").split()
PATCHES, LEAST_FILES, LEAST_WORDS = 50, 200, 5
TITLE_WORDS = 10
WANTED = 0.7
SUITE = "bookworm"

WORKFLOW = """name: map-{tokens}
steps:
  - {{id: checkout, type: git-operation, operation: checkout}}
  - {{id: scan, type: context-scan, map_tokens: {tokens}, dependencies: [checkout], outputs: {{mapped: result.mapped}}}}
  - {{id: done, type: task-update, status: done, dependencies: [scan]}}
"""


# ---- the packages ----
def apt(cache, *arguments, cwd=None):
    """apt with this machine's sources of packages as sources of source packages, and nothing of the machine's changed."""
    lists, archives, sources = cache / "apt/lists", cache / "apt/archives", cache / "apt/sources"
    for folder in (lists / "partial", archives / "partial", sources):
        folder.mkdir(parents=True, exist_ok=True)
    for own in (pathlib.Path("/etc/apt/sources.list"), *pathlib.Path("/etc/apt/sources.list.d").glob("*.*")):
        if own.suffix in (".list", ".sources") and own.is_file():
            text = re.sub(r"(?m)^Types: deb$", "Types: deb-src", own.read_text())
            (sources / own.name).write_text(re.sub(r"(?m)^deb ", "deb-src ", text))
    options = {"Dir::Etc::sourcelist": "/dev/null", "Dir::Etc::sourceparts": sources, "Dir::State::lists": lists, "Dir::Cache": cache / "apt"}
    argv = ["apt-get", "-qq"] + [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    subprocess.run(argv + list(arguments), cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def unpacked(cache, package):
    """The folder of the package's tree without its patches applied."""
    folder = cache / "sources" / package
    if not (found := [one for one in folder.glob("tree_*") if one.is_dir()]):
        folder.mkdir(parents=True, exist_ok=True)
        if not list(folder.glob("*.dsc")):
            if not (cache / "apt/lists").exists():
                apt(cache, "update")
            apt(cache, "source", "--download-only", f"{package}/{SUITE}", cwd=folder)
        description = next(folder.glob("*.dsc"))
        found = [folder / ("tree_" + description.stem.split("_")[1])]
        subprocess.run(["dpkg-source", "--no-check", "--skip-patches", "-x", description.name, found[0].name], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return found[0]


def licence_of(tree):
    found = re.search(r"(?m)^License: *(.+)$", (tree / "debian/copyright").read_text(errors="replace"))
    return found[1].strip() if found else "see its debian/copyright"


# ---- the tasks ----
def description_of(header, path):
    """What the header says of the change, without whatever may name a file."""
    said, taken = [], False
    for line in header.splitlines():
        if field := re.match(r"([A-Za-z][A-Za-z-]*):\s?(.*)", line):
            taken = field[1].lower() in ("description", "subject")
            said += [re.sub(r"^\[PATCH[^\]]*\]", "", field[2])] if taken else []
        elif re.match(r"(---|===|diff |index |From [0-9a-f]{40})", line) or re.match(r" \S+ +\| ", line):
            taken = False
        elif taken:
            said.append(line)
        elif line.startswith("#") or not field and not said:
            continue
    words = " ".join(said).replace("`", " ").replace("'", " ").replace('"', " ").split()
    name = os.path.basename(path).lower()
    kept = [word for word in words if "/" not in word and not re.search(r"\w\.\w{1,4}\b", word) and word.lower().strip(",.:;()") != name]
    return " ".join(kept)


def patches_of(tree):
    """(name, text, path) of each patch that changes one file of the tree and says in words what it does, in the order of the series."""
    series = tree / "debian/patches/series"
    for line in series.read_text().splitlines() if series.exists() else []:
        name = line.split("#")[0].split()[0] if line.split("#")[0].split() else None
        if not name or not (tree / "debian/patches" / name).is_file():
            continue
        patch = (tree / "debian/patches" / name).read_text(errors="replace")
        paths = [new.split("/", 1)[1] for new in re.findall(r"(?m)^--- \S+.*\n\+\+\+ (\S+)", patch) if "/" in new]
        if len(paths) != 1 or not (tree / paths[0]).is_file() or paths[0].startswith("debian/"):
            continue
        text = description_of(re.split(r"(?m)^(?:--- \S+/|diff |Index: )", patch)[0], paths[0])
        if len(text.split()) >= LEAST_WORDS:
            yield name, text, paths[0]


def chosen(trees):
    """The first patch of each package, then the second of each, until there are enough."""
    lists = [[(package, *patch) for patch in patches_of(tree)] for package, tree in trees.items()]
    in_turn = [patch for turn in itertools.zip_longest(*lists) for patch in turn if patch]
    return in_turn[:PATCHES]


def files_in(tree):
    return sum(len(names) for folder, _, names in os.walk(tree) if "/debian" not in folder[len(str(tree)):])


# ---- the measurement ----
def git(tree, *arguments):
    subprocess.run(["git", "-c", "user.name=Bench", "-c", "user.email=bench@example.com", *arguments], cwd=tree, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def repository_of(work, package, tree):
    """The tree as a git repository, without what Debian has added to it."""
    repository = work / "repositories" / package
    shutil.copytree(tree, repository, symlinks=True, ignore=lambda folder, names: {"debian", ".pc", ".git"} & set(names) if pathlib.Path(folder) == tree else set())
    for ignored in repository.rglob(".git*"):
        if ignored.is_file():
            ignored.unlink()
    git(repository, "init", "-q", "-b", "main")
    git(repository, "add", "-A", "-f")
    git(repository, "commit", "-q", "-m", "as upstream released it")
    return repository


class Host:
    """One project and a workflow per budget: every patch is a task for each."""

    def __init__(self, program, folder, repository, budgets):
        self.program, self.folder, self.budgets = program, folder, budgets
        (folder / "workflows").mkdir(parents=True)
        for tokens in budgets:
            (folder / f"workflows/map-{tokens}.yml").write_text(WORKFLOW.format(tokens=tokens))
        (folder / "mamc.yaml").write_text(json.dumps({
            "state_dir": str(folder / "state"), "project_base": str(folder / "projects"), "workflows": [str(folder / "workflows")],
            "git": {"author": {"name": "Bench", "email": "bench@example.com"}},
            "projects": {"p": {"repo": str(repository), "base": "main", "ma": "off"}}}))

    def run(self, *arguments):
        done = subprocess.run([self.program, "--config", self.folder / "mamc.yaml", *arguments], cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            print(f"map.py: mamc-host {arguments[0]} ended with {done.returncode}: {done.stderr[-2000:]}", file=sys.stderr)
            sys.exit(2)
        return done.stdout

    def maps(self, texts):
        """For each text, by budget: the paths that the map names, the best first."""
        ids = [{tokens: self.add(text, tokens) for tokens in self.budgets} for text in texts]
        self.run("--drain")
        runs = {run["task"]: run["id"] for run in json.loads(self.run("runs", "list", "--json"))}
        return [{tokens: self.mapped(runs[task]) for tokens, task in tasks.items()} for tasks in ids]

    def add(self, text, tokens):
        words = text.split()
        title, description = " ".join(words[:TITLE_WORDS]), " ".join(words[TITLE_WORDS:])
        return self.run("task", "add", "--project", "p", "--title", title, "--description", description,
                        "--workflow", f"map-{tokens}").strip()

    def mapped(self, run):
        return json.loads(self.run("runs", "show", run, "--json"))["result"]["state"]["mapped"]


SPEED_FILES, SPEED_RATIO, SPEED_COLD_S = 20_000, 0.25, 30
SPEED_WORKFLOW = """name: map-speed
steps:
  - {id: checkout, type: git-operation, operation: checkout}
  - {id: cold, type: context-scan, dependencies: [checkout]}
  - {id: warm, type: context-scan, dependencies: [cold]}
  - {id: change, type: command, shell: "echo 'int changed;' >> part7/file7.c", dependencies: [warm]}
  - {id: changed, type: context-scan, dependencies: [change]}
  - {id: done, type: task-update, status: done, dependencies: [changed]}
"""


def made_tree(folder):
    """Files that use each other's functions, the same every time."""
    chance = random.Random(5)
    for number in range(SPEED_FILES):
        path = folder / f"part{number % 200}/file{number}.c"
        path.parent.mkdir(parents=True, exist_ok=True)
        functions = [f"int file{number}_{verb}(int count)\n{{\n  return file{chance.randrange(SPEED_FILES)}_{verb}(count + {chance.randrange(9)});\n}}\n"
                     for verb in ("open", "read", "write", "close", "check")]
        path.write_text("/* part of the made tree */\n" + "\n".join(functions))
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "made")


def speed(program, work):
    repository = work / "repository"
    repository.mkdir()
    made_tree(repository)
    host = Host(program, work / "host", repository, [])
    (host.folder / "workflows/map-speed.yml").write_text(SPEED_WORKFLOW)
    host.add("The check of file4711 counts too far", "speed")
    host.run("--drain")
    run = json.loads(host.run("runs", "list", "--json"))[0]["id"]
    times = {}
    for record in json.loads(host.run("runs", "log", run, "--json")):
        times.setdefault(record["path"].split("@")[0], []).append(record["at_ms"])
    took = {step: (times[step][-1] - times[step][0]) / 1000 for step in ("cold", "warm", "changed")}
    for step, seconds in took.items():
        print(f"{step}: {seconds:.2f} s, {seconds / took['cold']:.2f} of the cold scan")
    return 0 if took["cold"] <= SPEED_COLD_S and max(took["warm"], took["changed"]) <= SPEED_RATIO * took["cold"] else 1


def measure(program, work, trees, patches, budgets):
    """(patch, {tokens: place in the map, or None}) of each."""
    for package, tree in trees.items():
        own = [patch for patch in patches if patch[0] == package]
        if not own:
            continue
        repository = repository_of(work, package, tree)
        maps = Host(program, work / package, repository, budgets).maps([text for _, _, text, _ in own])
        for patch, by_budget in zip(own, maps):
            yield patch, {tokens: mapped.index(patch[3]) + 1 if patch[3] in mapped else None for tokens, mapped in by_budget.items()}
        shutil.rmtree(repository)
        shutil.rmtree(work / package)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("bin", type=pathlib.Path, help="folder with mamc-host and plugins")
    options.add_argument("--speed", action="store_true", help="scan a made tree cold and warm instead")
    options.add_argument("--cache", type=pathlib.Path, help="where the sources of the packages are kept")
    options.add_argument("--set", choices=("measured", "development"), default="measured")
    options.add_argument("--tokens", type=int, nargs="+", default=[1000, 2000])
    asked = options.parse_args()
    program = (asked.bin / "mamc-host").resolve()
    if not asked.speed and not asked.cache:
        options.error("--cache or --speed is needed")
    with tempfile.TemporaryDirectory(prefix="mamc-map.") as work:
        return speed(program, pathlib.Path(work)) if asked.speed else hits_of(program, pathlib.Path(work), asked)


def hits_of(program, work, asked):
    asked.cache.mkdir(parents=True, exist_ok=True)

    trees = {}
    for package in MEASURED if asked.set == "measured" else DEVELOPMENT:
        tree = unpacked(asked.cache.resolve(), package)
        count = files_in(tree)
        print(f"{package} {tree.name.removeprefix('tree_')} ({licence_of(tree)}): {count} files" + (", too few" if count < LEAST_FILES else ""))
        if count >= LEAST_FILES:
            trees[package] = tree
    patches = chosen(trees)
    print(f"{len(patches)} patches\n", flush=True)

    hits, unnamed = {tokens: 0 for tokens in asked.tokens}, {tokens: [] for tokens in asked.tokens}
    for (package, name, text, path), places in measure(program, work, trees, patches, asked.tokens):
        said = " ".join(f"{tokens}: {place or '-':<4}" for tokens, place in places.items())
        print(f"{said} {package} {name}: {path}", flush=True)
        for tokens, place in places.items():
            hits[tokens] += place is not None
            if os.path.splitext(os.path.basename(path))[0].lower() not in text.lower():
                unnamed[tokens].append(place is not None)
    print()
    for tokens in asked.tokens:
        print(f"{tokens} tokens: {hits[tokens]} of {len(patches)} ({hits[tokens] / len(patches):.0%}); of those whose text does not hold the file's "
              f"bare name: {sum(unnamed[tokens])} of {len(unnamed[tokens])}")
    return 0 if all(count >= WANTED * len(patches) for count in hits.values()) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"map.py: {error}", file=sys.stderr)
        sys.exit(2)

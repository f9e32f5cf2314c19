#!/usr/bin/env python3
"""Makes excerpts.jsonl from unpacked Debian source packages.

    apt-get source --download-only PACKAGE…; dpkg-source --skip-patches -x FILE.dsc NAME_VERSION
    harvest.py FOLDER_WITH_THEM [LANGUAGE…] > excerpts.jsonl

Each excerpt is a part of one file before and after one patch of debian/patches, with the package it comes from. Only files are
taken whose patch applies to them as upstream released them.
"""
import collections
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

LICENCES = {
    "abseil": "Apache-2.0", "assimp": "BSD-3-clause", "nghttp2": "MIT", "onetbb": "Apache-2.0", "openssh": "BSD-2-clause",
    "protobuf": "BSD-3-clause", "rocksdb": "Apache-2.0", "spdlog": "MIT", "thrift": "Apache-2.0", "cargo": "MIT or Apache-2.0", "containerd": "Apache-2.0", "curl": "curl", "etcd": "Apache-2.0", "fmtlib": "MIT",
    "golang-golang-x-net": "BSD-3-clause", "hugo": "Apache-2.0", "jinja2": "BSD-3-clause", "jquery": "MIT",
    "leveldb": "BSD-3-clause", "libevent": "BSD-3-clause", "lua5.4": "MIT", "ninja-build": "Apache-2.0",
    "node-express": "MIT", "node-tar": "ISC", "npm": "Artistic-2.0", "prometheus": "Apache-2.0", "python-pip": "MIT",
    "re2": "BSD-3-clause", "restic": "BSD-2-clause", "runc": "Apache-2.0", "rust-bat": "MIT or Apache-2.0",
    "rust-clap": "MIT or Apache-2.0", "rust-fd-find": "MIT or Apache-2.0", "rust-ripgrep": "MIT or Unlicense",
    "snappy": "BSD-3-clause", "yaml-cpp": "MIT", "zlib": "Zlib",
}
LANGUAGES = {
    ".c": "c", ".h": "c", ".cc": "c++", ".cpp": "c++", ".py": "python", ".js": "javascript", ".go": "go", ".rs": "rust",
    ".sh": "shell", ".bats": "shell", ".yml": "yaml", ".yaml": "yaml", ".toml": "toml", ".md": "markdown", ".pl": "perl",
}
MOST = {"c": 12, "c++": 14, "python": 12, "javascript": 12, "go": 14, "rust": 12, "shell": 10, "yaml": 8, "toml": 4,
        "markdown": 3, "perl": 2}
PER_PACKAGE, PER_PATCH = 8, 2
WHOLE, AROUND, SPAN = 120, 35, 150  # lines
NO_HOSTS = re.compile(r"(registry|mirror|proxy|archive|deb|ftp|cdn)[-.\w]*\.(org|com|io|net|dev)\b|crates\.io|pypi\.|npmjs|docker\.io|gcr\.io|quay\.io|rubygems")


def files_of(patch):
    """(path, hunks' text) of each file that the patch changes."""
    parts = re.split(r"(?m)^(?=--- \S+.*\n\+\+\+ \S+)", patch)
    for part in parts[1:]:
        head = part.split("\n", 2)
        old, new = head[0][4:].split("\t")[0].strip(), head[1][4:].split("\t")[0].strip()
        if "/dev/null" in (old, new) or "/" not in new:
            continue
        body = re.split(r"(?m)^(?:diff |Index: |-- $)", head[2])[0]
        yield new.split("/", 1)[1], "--- a\n+++ b\n" + body


def patched(before, diff):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file")
        open(path, "w", newline="").write(before)
        ran = subprocess.run(["patch", "-s", "-F0", "--no-backup-if-mismatch", path], input=diff, text=True,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return open(path, newline="").read() if ran.returncode == 0 else None


def excerpt(before, after):
    """The changed part of both with some lines around it; None when it is too long."""
    a, b = before.splitlines(True), after.splitlines(True)
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    if len(a) <= WHOLE:
        return before, after
    if len(a) - head - tail > SPAN or len(b) - head - tail > SPAN:
        return None
    begin, end = max(0, head - AROUND), max(0, tail - AROUND)
    return "".join(a[begin:len(a) - end]), "".join(b[begin:len(b) - end])


def main():
    counts = collections.Counter()
    wanted = sys.argv[2:] or MOST
    for folder in sorted(glob.glob(os.path.join(sys.argv[1], "*_*"))):
        package, version = os.path.basename(folder).rsplit("_", 1)
        if package not in LICENCES:
            continue
        for name in sorted(glob.glob(folder + "/debian/patches/**/*", recursive=True)):
            if not os.path.isfile(name):
                continue
            for path, diff in files_of(open(name, errors="replace").read()):
                language = LANGUAGES.get(os.path.splitext(path)[1])
                if language not in wanted:
                    continue
                keys = [(package,), (package, name), (language, "language")]
                limits = [PER_PACKAGE, PER_PATCH, MOST.get(language, 0)]
                if any(counts[key] >= limit for key, limit in zip(keys, limits)):
                    continue
                try:
                    before = open(os.path.join(folder, path), newline="").read()
                except (OSError, UnicodeDecodeError):
                    continue
                after = patched(before, diff)
                parts = excerpt(before, after) if after and after != before else None
                if not parts or len(parts[0]) > 7000 or NO_HOSTS.search(parts[0] + parts[1]):
                    continue
                counts.update(keys)
                print(json.dumps({"package": package, "version": version, "licence": LICENCES[package],
                                  "patch": os.path.relpath(name, folder), "path": path, "language": language,
                                  "before": parts[0], "after": parts[1]}, ensure_ascii=False, sort_keys=True))


if __name__ == "__main__":
    main()

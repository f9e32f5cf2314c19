#!/usr/bin/env python3
"""c_step.py BIN CMAKE BUILD: a step in plain C, built against the installed SDK and nothing else, takes part in a run."""
import shutil
import subprocess
import sys

from support import SOURCE, check, main, same
from workflow import add_and_drain, make_repository, write_workflow

FLAGS = "-std=c99 -Wall -Wextra -Wpedantic -Werror -fPIC -shared -fvisibility=hidden".split()

COUNT = """
name: count
version: 1.0.0
description: Counts the words of a text.
steps:
  - id: count
    type: acme.count-words@^1.0
    text: "${task.title}"
    outputs: {title_words: result.words}
  - id: finish
    type: task-update
    dependencies: [count]
    status: done
    comment: "${state.title_words} words"
"""


def run(*argv):
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True)
    check(done.returncode == 0, f"{' '.join(map(str, argv))}:\n{done.stdout}{done.stderr}")
    return done.stdout


def build(folder):
    cmake, tree = sys.argv[2:4]
    prefix = folder / "prefix"
    run(cmake, "--install", tree, "--component", "sdk", "--prefix", prefix)
    source = folder / "count_words.c"  # away from the tree, so that nothing of it is found by accident
    shutil.copy(SOURCE / "examples/c-step/count_words.c", source)
    library = folder / "P/steps/acme.count-words.so"
    library.parent.mkdir(parents=True)
    run("cc", *FLAGS, f"-I{prefix}/include", source, "-o", library)
    symbols = [line.split()[-1] for line in run("nm", "-D", "--defined-only", library).splitlines()]
    same("exported symbols", ["mamc_plugin_entry_1"], symbols)
    return folder / "P"


def test(host, folder):
    plugins = build(folder)
    make_repository(host, folder)
    write_workflow(folder, "count", COUNT)
    env = {"MAMC_STATE_DIR": str(folder / "state")}
    add_and_drain(host, env, folder, "count", "  five words\tof this title ", "--plugins", plugins).expect(0)
    listed = host.run("runs", "list", "--json", env=env).expect(0).json()
    shown = host.run("runs", "show", listed[0]["id"], "--json", env=env).expect(0).json()
    same("status", "done", shown["status"])
    same("words", 5, shown["result"]["steps"]["count"]["result"]["words"])
    same("output", 5, shown["result"]["state"]["title_words"])

    # Without its folder the type does not exist, and the host says so by name.
    absent = host.run("--workflows", folder / "W", "workflow", "check", folder / "W/count.yml", env=env)
    same("exit without the plugin", 2, absent.code)
    check("acme.count-words" in absent.out + absent.err, f"the missing type is not named: {absent.out}{absent.err}")
    print("built, loaded, ran: 5 words")


if __name__ == "__main__":
    main(test)

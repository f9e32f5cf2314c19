#!/usr/bin/env python3
"""workflow.py BIN: a user's own workflow from a fresh build, with a hostile value in its shell command and no model server."""
import http.server
import socket
import threading

from support import Journal, check, free_port, main, rows, same

HOSTILE = """Say "hi" to $(touch injected-1) `touch injected-2` '; touch injected-3; ' & \\ $HOME"""
TITLE = 'T "quoted" $(touch injected-4)'

HELLO = """
name: hello
version: 1.0.0
description: Says hello.
steps:
  - id: words
    type: set-variables
    variables: {greeting: %s, count: 3}
  - id: say
    type: command
    dependencies: [words]
    shell: "printf '%%s|%%s' \\"${state.greeting}\\" ${task.title}"
    outputs: {said: result.stdout}
  - id: decide
    type: conditional
    dependencies: [say]
    condition: "state.count > 2"
    then:
      - id: big
        type: set-variables
        variables: {size: big}
    else:
      - id: small
        type: set-variables
        variables: {size: small}
  - id: finish
    type: task-update
    dependencies: [decide]
    status: done
    comment: "It said ${state.said}"
"""

ASKS = """
name: asks
version: 1.0.0
description: Asks a persona.
steps:
  - id: review
    type: persona-request
    persona: plan-evaluator
    intent: evaluate
    params: {plan: "none"}
"""

# Who is asked is known only when the step runs.
ASKS_SOMEBODY = """
name: asks-somebody
version: 1.0.0
description: Asks a persona that is computed.
variables: {who: plan-evaluator}
steps:
  - {id: review, type: persona-request, persona: "${variables.who}", intent: evaluate, params: {plan: none}}
"""

EDITS = """
name: edits
version: 1.0.0
description: Applies what a model answered.
steps:
  - id: apply
    type: diff-apply
    source: |
      README
      <<<<<<< SEARCH
      hello
      =======
      changed
      >>>>>>> REPLACE

      ../outside
      <<<<<<< SEARCH
      =======
      escaped
      >>>>>>> REPLACE
"""


# Two personas with work of their own: the second workspace is made from the commit of the first.
TESTS = """
name: tests
version: 1.0.0
description: Runs the project's tests without a model.
steps:
  - id: start
    type: git-operation
    operation: checkout
  - id: test
    type: persona-request
    persona: qa-engineer
    intent: test
    require: pass
    dependencies: [start]
    params: {test_command: %s}
"""


COMMITS = """
name: commits
version: 1.0.0
description: Commits a file.
steps:
  - {id: write, type: command, shell: "echo new > new"}
  - {id: commit, type: git-operation, operation: commit, dependencies: [write]}
  - {id: push, type: git-operation, operation: push, dependencies: [commit]}
"""


def make_repository(host, folder):
    remote, work = folder / "repo.git", folder / "work"
    host.git("init", "--quiet", "--bare", "--initial-branch=main", remote)
    host.git("init", "--quiet", "--initial-branch=main", work)
    (work / "README").write_text("hello\n")
    host.git("add", "README", cwd=work)
    host.git("commit", "--quiet", "-m", "first", cwd=work)
    host.git("push", "--quiet", remote, "main", cwd=work)
    return remote


def write_workflow(folder, name, text):
    workflows = folder / "W"
    workflows.mkdir(exist_ok=True)
    (workflows / f"{name}.yml").write_text(text)
    return workflows


def yaml_text(text):
    return "'" + text.replace("'", "''").replace("${", "$${") + "'"


def add(host, env, folder, workflow, title, *words):
    flags = ("--plugins", "./plugins", *words, "--workflows", folder / "W")
    host.run(*flags, "task", "add", "--project", "1", "--title", title, "--repo", folder / "repo.git",
             "--workflow", workflow, env=env, cwd=host.bin).expect(0)
    return flags


def add_and_drain(host, env, folder, workflow, title, *words):
    flags = add(host, env, folder, workflow, title, *words)
    return host.run(*flags, "--project", "1", "--drain", env=env, cwd=host.bin)


def check_hello(host, folder):
    env = {"MAMC_STATE_DIR": str(folder / "state")}
    write_workflow(folder, "hello", HELLO % yaml_text(HOSTILE))
    add_and_drain(host, env, folder, "hello", TITLE).expect(0)

    same("tasks", [(TITLE, "done")], rows(folder / "state/board.db", "SELECT title, status FROM tasks"))
    listed = host.run("runs", "list", "--json", env=env, cwd=host.bin).expect(0).json()
    same("runs", ["done"], [run["status"] for run in listed])
    shown = host.run("runs", "show", listed[0]["id"], "--json", env=env, cwd=host.bin).expect(0).json()
    said = f"{HOSTILE}|{TITLE}"
    same("output", said, shown["result"]["state"]["said"])
    same("branch that was taken", "big", shown["result"]["state"]["size"])
    same("steps", {"words@1", "say@1", "decide@1", "finish@1", "decide@1/then/big@1"}, {step["path"] for step in shown["steps"]})
    log = host.run("runs", "log", listed[0]["id"], "--json", env=env, cwd=host.bin).expect(0).json()
    receipt = next(entry["body"] for entry in log if entry["path"] == "say@1" and entry["kind"] == "receipt")
    same("output in the log", said, receipt["result"]["stdout"])
    comments = [text for (text,) in rows(folder / "state/board.db", "SELECT text FROM comments")]
    check(f"It said {said}" in comments, f"no such comment: {comments}")
    check_nothing_injected(host, folder)


def check_nothing_injected(host, folder):
    found = [path for place in (folder, host.bin) for path in place.rglob("injected-*")]
    same("injected files", [], found)


def check_tests(host, folder):
    """A repository whose base nobody named; without a test command nothing has passed."""
    write_workflow(folder, "tests", TESTS % '"test -f README"')
    add_and_drain(host, {"MAMC_STATE_DIR": str(folder / "state-tests")}, folder, "tests", "Tested").expect(0)
    write_workflow(folder, "tests", TESTS % '"${project.test}"')
    env = {"MAMC_STATE_DIR": str(folder / "state-untested")}
    add_and_drain(host, env, folder, "tests", "Untested").expect(1)
    listed = host.run("task", "list", "--project", "1", "--json", env=env, cwd=host.bin).expect(0).json()
    same("task", ("blocked", "person"), (listed[0]["status"], listed[0]["blocked"]["reason"]))
    check("projects.1.test" in listed[0]["blocked"]["text"], f"the task does not name the setting: {listed}")
    same("runs", [], host.run("runs", "list", "--json", env=env, cwd=host.bin).expect(0).json())


def check_author(host, folder):
    """Nobody to commit as is told before anything begins, and only where something may be committed."""
    write_workflow(folder, "commits", COMMITS)
    env = {"MAMC_STATE_DIR": str(folder / "state-author")}
    ended = add_and_drain(host, env, folder, "commits", "Committed").expect(2)
    check("git.author" in ended.err, f"the setting is not named: {ended.err}")
    same("tasks", [("open",)], rows(folder / "state-author/board.db", "SELECT status FROM tasks"))
    same("runs", [], Journal(folder / "state-author").runs())
    env |= {"MAMC_GIT_AUTHOR_NAME": "A", "MAMC_GIT_AUTHOR_EMAIL": "a@example.com"}
    host.run("--plugins", "./plugins", "--workflows", folder / "W", "--project", "1", "--drain", env=env, cwd=host.bin).expect(0)
    branch = host.git("--git-dir", folder / "repo.git", "log", "--format=%an %s", "-1", "mamc/task-1-committed").strip()
    same("last commit", "A Committed", branch)


def check_edits(host, folder):
    """Edits of which one leads out of the workspace: none is made, and the task says why."""
    env = {"MAMC_STATE_DIR": str(folder / "state-edits")}
    write_workflow(folder, "edits", EDITS)
    config, projects = folder / "edits.yaml", folder / "projects"
    config.write_text(f"project_base: '{projects}'\nlimits: {{blocked_attempts: 1}}\n")
    add_and_drain(host, env, folder, "edits", "E", "--config", config).expect(1)
    ((status, blocked),) = rows(folder / "state-edits/board.db", "SELECT status, blocked FROM tasks")
    same("task with the refused edits", "blocked", status)
    check("'..'" in blocked, f"the task does not say why: {blocked}")
    same("files of the workspace", ["hello\n"], [file.read_text() for file in projects.rglob("tree/README")])
    same("files that lie outside", [], list(folder.rglob("outside")))


def check_unreachable(host, folder):
    """A workflow that asks a persona: without a model server exit 3 before anything begins, and the tasks stay as they were."""
    url = f"http://127.0.0.1:{free_port()}"
    env = {"MAMC_STATE_DIR": str(folder / "state-asks"), "PERSONA_RETRY_BACKOFF_INCREMENT_MS": "50"}
    write_workflow(folder, "asks", ASKS)
    config = folder / "mamc.yaml"
    config.write_text(f"backend: lm-studio\nbackends: {{lm-studio: {{base_url: '{url}'}}}}\n")
    for start in ("first", "second"):
        ended = add_and_drain(host, env, folder, "asks", start, "--config", config)
        same(f"exit of the {start} start", 3, ended.code)
        check(url in ended.err, f"the {start} start does not name {url}: {ended.err}")
    statuses = [status for (status,) in rows(folder / "state-asks/board.db", "SELECT status FROM tasks ORDER BY id")]
    same("tasks", ["open", "open"], statuses)
    same("comments", [], rows(folder / "state-asks/board.db", "SELECT text FROM comments"))
    same("runs", [], Journal(folder / "state-asks").runs())


def check_unreachable_later(host, folder):
    """Seen only when the run is under way: an outage as any other; exit 3 after its limit, and the next start goes on."""
    url = f"http://127.0.0.1:{free_port()}"
    env = {"MAMC_STATE_DIR": str(folder / "state-later"), "PERSONA_RETRY_BACKOFF_INCREMENT_MS": "20", "MAMC_OUTAGE_LIMIT_MS": "1000"}
    write_workflow(folder, "asks-somebody", ASKS_SOMEBODY)
    config = folder / "mamc.yaml"
    config.write_text(f"backend: lm-studio\nbackends: {{lm-studio: {{base_url: '{url}'}}}}\n")
    ended = add_and_drain(host, env, folder, "asks-somebody", "Later", "--config", config).expect(3)
    check(url in ended.err, f"not told that {url} is missing: {ended.err}")
    host.run("--config", config, "--workflows", folder / "W", "--project", "1", "--drain", env=env, cwd=host.bin).expect(3)
    comments = [text for (text,) in rows(folder / "state-later/board.db", "SELECT text FROM comments")]
    told = [url in comment and "not counted as an attempt" in comment for comment in comments]
    check(told and all(told), f"the task does not say why: {comments}")
    # One run, at the step that failed, in both starts.
    same("runs", ["failed"], [run["status"] for run in Journal(folder / "state-later").runs()])


def check_hanging(host, folder):
    """A model server that takes the question and says nothing is no outage: each try ends with its time, and the task is blocked."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        env = {"MAMC_STATE_DIR": str(folder / "state-hangs"), "PERSONA_RETRY_BACKOFF_INCREMENT_MS": "20",
               "PERSONA_TIMEOUT_MAX_RETRIES": "1", "MAMC_OUTAGE_LIMIT_MS": "600000"}
        write_workflow(folder, "asks", ASKS)
        config = folder / "hangs.yaml"
        config.write_text("limits: {blocked_attempts: 2}\nbackend: lm-studio\n"
                          f"backends: {{lm-studio: {{base_url: '{url}', first_token_timeout_ms: 300}}}}\n")
        ended = add_and_drain(host, env, folder, "asks", "Hangs", "--config", config).expect(1)
    check("warning: persona " in ended.err and "the run begins all the same" in ended.err, f"no warning at the start:\n{ended.err}")
    ((status, blocked),) = rows(folder / "state-hangs/board.db", "SELECT status, blocked FROM tasks")
    same("task", "blocked", status)
    for part in (url, "sent nothing for 300 ms", "(2 attempts)", '"attempts":2', '"person"'):
        check(part in blocked, f"'{part}' is not said: {blocked}")
    comments = [text for (text,) in rows(folder / "state-hangs/board.db", "SELECT text FROM comments")]
    same("failed tries that the task tells of", 2, sum("sent nothing" in text for text in comments))
    # The second attempt went on with the run of the first.
    same("runs", ["failed"], [run["status"] for run in Journal(folder / "state-hangs").runs()])


class Refusing(http.server.BaseHTTPRequestHandler):
    """A model server that wants a token: for every path, or (`open_lists`) for questions only."""

    open_lists = False

    def log_message(self, *_):
        pass

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        if self.open_lists:
            return self.answer(200, b'{"data": []}')
        return self.answer(401, b'{"error": {"message": "token required"}}')

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(401, b'{"error": {"message": "token required"}}')


class RefusingQuestions(Refusing):
    open_lists = True


class Revoking(RefusingQuestions):
    """From the first question on it takes the token no more."""

    def do_POST(self):
        Revoking.open_lists = False
        super().do_POST()


def refused(host, folder, name, handler, code):
    """One task, whose persona is asked at such a server. Returns the end, the task, the runs and the server's URL."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        write_workflow(folder, "asks", ASKS)
        config = folder / f"{name}.yaml"
        config.write_text(f"backend: lm-studio\nbackends: {{lm-studio: {{base_url: '{url}'}}}}\n")
        ended = add_and_drain(host, {"MAMC_STATE_DIR": str(folder / name)}, folder, "asks", "Refused", "--config", config).expect(code)
        server.shutdown()
    ((status, blocked),) = rows(folder / name / "board.db", "SELECT status, blocked FROM tasks")
    return ended, status, blocked, Journal(folder / name).runs(), url


def check_refused(host, folder):
    """A token that the model server does not take is for a person: told before anything begins, else with the first question."""
    ended, status, _, runs, url = refused(host, folder, "state-refused", Refusing, 2)
    for part in ("nothing was begun", url, "status 401: token required", "LM_STUDIO_API_KEY is not set"):
        check(part in ended.err, f"'{part}' is not said:\n{ended.err}")
    same("task and runs", ("open", []), (status, runs))
    _, status, blocked, runs, url = refused(host, folder, "state-refused-later", RefusingQuestions, 1)
    same("task and runs", ("blocked", ["failed"]), (status, [run["status"] for run in runs]))
    for part in (f"{url}/v1/chat/completions answered with status 401: token required", "LM_STUDIO_API_KEY is not set",
                 '"attempts":1', '"person"'):
        check(part in blocked, f"'{part}' is not said: {blocked}")


def check_revoked(host, folder):
    """A token that is taken no more blocks the task that meets it, and no other: the host ends."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Revoking) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        config = folder / "revoked.yaml"
        config.write_text(f"backend: lm-studio\nbackends: {{lm-studio: {{base_url: '{url}'}}}}\n")
        env = {"MAMC_STATE_DIR": str(folder / "state-revoked")}
        add(host, env, folder, "asks", "First", "--config", config)
        ended = add_and_drain(host, env, folder, "asks", "Second", "--config", config).expect(2)
        server.shutdown()
    for part in ("nothing was begun", url, "status 401: token required", "LM_STUDIO_API_KEY is not set"):
        check(part in ended.err, f"'{part}' is not said:\n{ended.err}")
    same("tasks", [("First", "blocked"), ("Second", "open")],
         rows(folder / "state-revoked/board.db", "SELECT title, status FROM tasks ORDER BY id"))


def test(host, folder):
    make_repository(host, folder)
    check_hello(host, folder)
    check_tests(host, folder)
    check_author(host, folder)
    check_edits(host, folder)
    check_unreachable(host, folder)
    check_unreachable_later(host, folder)
    check_hanging(host, folder)
    check_refused(host, folder)
    check_revoked(host, folder)
    print("hello said what it should, nothing was injected; an escaping edit changed nothing; without a model server: exit 3")


if __name__ == "__main__":
    main(test)

#!/usr/bin/env python3
"""foreign_model.py BIN: personas asked at a model server that others wrote, which answers, is busy, breaks off and refuses.

Needs `llmock` of the npm package @copilotkit/aimock, in PATH or as MAMC_LLMOCK; without it the test is skipped.
"""
import json
import os
import shutil
import sys

from support import SKIPPED, Child, Journal, check, free_port, main, rows, same, wait_until
from workflow import ASKS, add_and_drain, make_repository, write_workflow

VERDICT = '```json\n{"status": "pass", "reasons": ["It is sound."]}\n```'
# What is asked for, and what the run's journal says of it.
BEHAVIOURS = {
    "good": ({"response": {"content": VERDICT}, "chunkSize": 3}, ""),
    "busy": ({"response": {"error": {"message": "slow down", "type": "rate_limit_error"}, "status": 429}}, "answered with status 429: slow down"),
    "cut": ({"response": {"content": VERDICT}, "chunkSize": 3, "latency": 20, "truncateAfterChunks": 3}, "broke off in the middle of its answer"),
    "gone": ({"response": {"content": VERDICT}, "chunkSize": 3, "latency": 100, "disconnectAfterMs": 250}, "broke off in the middle of its answer"),
    "overflow": ({"response": {"error": {"message": "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
                                         "code": "context_length_exceeded"}, "status": 400}}, "The prompt has 5000 tokens and the model is loaded with 4096"),
}


def check_behaviour(host, folder, url, name, says):
    write_workflow(folder, name, ASKS.replace("name: asks", f"name: {name}"))
    config = folder / f"{name}.yaml"
    config.write_text("limits: {blocked_attempts: 1, outage: 0}\ntimeouts: {default: 2s}\nbackend: lm-studio\npersonas: {plan-evaluator: {model: gpt-4}}\n"
                      f"backends: {{lm-studio: {{base_url: '{url}/v1'}}}}\n")
    state = folder / f"state-{name}"
    env = {"MAMC_STATE_DIR": str(state), "PERSONA_TIMEOUT_MAX_RETRIES": "1", "PERSONA_RETRY_BACKOFF_INCREMENT_MS": "20"}
    add_and_drain(host, env, folder, name, f"behaviour {name}", "--config", config).expect(1 if says else 0)
    ((status, blocked),) = rows(state / "board.db", "SELECT status, blocked FROM tasks")
    same(f"{name}: task", "blocked" if says else "done", status)
    same(f"{name}: runs", ["failed" if says else "done"], [run["status"] for run in Journal(state).runs()])
    check(says in (blocked or ""), f"{name}: '{says}' is not said: {blocked}")


def test(host, folder):
    make_repository(host, folder)
    fixtures = folder / "fixtures.json"
    fixtures.write_text(json.dumps({"fixtures": [{"match": {"userMessage": f"behaviour {name}"}, **reply} for name, (reply, _) in BEHAVIOURS.items()]}))
    port = free_port()
    with Child([LLMOCK, "-p", str(port), "-f", str(fixtures)], {"PATH": os.environ["PATH"]}, str(folder)) as server:
        wait_until(lambda: str(port) in "".join(server.texts.values()) or not server.running(), "the server listens")
        check(server.running(), f"the server has ended: {server.texts}")
        for name, (_, says) in BEHAVIOURS.items():
            check_behaviour(host, folder, f"http://127.0.0.1:{port}", name, says)
    print(f"{len(BEHAVIOURS)} behaviours of a model server that others wrote")


if __name__ == "__main__":
    LLMOCK = os.environ.get("MAMC_LLMOCK") or shutil.which("llmock")
    if LLMOCK is None:
        print("llmock is not installed: npm install -g @copilotkit/aimock")
        sys.exit(SKIPPED)
    main(test)

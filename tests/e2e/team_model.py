#!/usr/bin/env python3
"""team_model.py FOLDER: a model that says what FOLDER/script.json tells it to: {task's title: {"persona.intent": [answer, ...]}}. The first time a
persona is asked for something in a task it gives the first answer, then the next, and the last one again and again. An answer {"run": [argv...],
"text": ...} does something before. What is said of "*" is said
of all other tasks. Who is not in the script agrees with everybody. Answers go to FOLDER/asked, a line for each."""
import fcntl
import json
import pathlib
import re
import subprocess
import sys
import time

PASS = '```json\n{"status": "pass", "reasons": [], "findings": []}\n```'
DEFAULTS = {"implementation-planner": "## Tests\n- a test that shows it\n\n## Steps\n1. Do what the task says.",
            "plan-evaluator": PASS, "project-manager": PASS, "code-reviewer": PASS, "security-review": PASS,
            "devops": "Nothing to do.", "architect": "As simple as it can be.", "summarization": "It was done."}


def main():
    folder = pathlib.Path(sys.argv[1])
    question = json.load(sys.stdin)
    text = "\n".join(message["content"] for message in question["messages"] if message["role"] == "user")
    title = re.search(r"^Title: (.*)$", text, re.M)[1]
    intent = re.findall(r"^intent: (.*)$", text, re.M)[-1]
    key = f"{question['persona']}.{intent}"
    with open(folder / "asked", "a+") as asked:
        fcntl.flock(asked, fcntl.LOCK_EX)
        asked.seek(0)
        number = asked.read().splitlines().count(f"{title}\t{key}")
        asked.write(f"{title}\t{key}\n")
    script = json.loads((folder / "script.json").read_text())
    script = script.get(title, script.get("*", {}))
    answers = script.get(key) or [DEFAULTS[question["persona"]]]
    answer = answers[min(number, len(answers) - 1)]
    if isinstance(answer, dict):
        for seconds in answer.get("sleep", []):
            time.sleep(seconds)
        if "run" in answer:
            subprocess.run(answer["run"], check=True, stdout=subprocess.DEVNULL)
        answer = answer["text"]
    print(answer)


if __name__ == "__main__":
    main()

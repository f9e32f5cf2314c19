"""A task whose run asks one persona many questions at once, the workers that answer them, and what became of each."""
import collections
import json

from fleet import Machine, Site
from support import CHILD_RECEIPT, RECEIPT, TRY, same

PERSONA = "architect"

# Answers a question by its number, after the time that its file says, and notes when it begins and ends.
MODEL = """
import json, re, sys, time
folder = sys.argv[1]
number = re.search(r"question number (\\d+)", json.dumps(json.load(sys.stdin)["messages"])).group(1)
def note(what):
    with open(folder + "/asked", "a") as asked:
        asked.write(what + " " + number + "\\n")
note("begun")
seconds = json.load(open(folder + "/seconds.json"))
time.sleep(seconds.get(number, seconds["usual"]))
note("ended")
print("the answer to question number " + number)
"""


def workflow(count):
    head = ["name: deliver", "version: 1.0.0", "description: Asks.", "steps:", "  - id: ask", "    type: parallel", "    steps:"]
    return "\n".join(head + [
        f'      - {{id: q{n}, type: persona-request, persona: {PERSONA}, intent: ask, require: any, params: {{question: "question number {n}"}}}}'
        for n in range(count)] + ["  - {id: done, type: task-update, status: done, dependencies: [ask]}", ""])


class Questions(Site):
    def __init__(self, host, folder, server, count, usual_s, but=None, silence_ms=2000):
        super().__init__(host, folder, server, workflow(count), MODEL, silence_ms)
        self.count = count
        (folder / "seconds.json").write_text(json.dumps({"usual": usual_s, **(but or {})}))
        self.coordinator = Machine(self, "coordinator")
        self.coordinator.run("task", "add", "--project", "shop", "--title", "Ask").expect(0)

    def coordinate(self):
        return self.coordinator.start("--project", "shop", "--drain", env={"ALLOWED_PERSONAS": "coordination"})

    def worker(self, name):
        return Machine(self, name)

    def work(self, worker):
        return worker.start(env={"ALLOWED_PERSONAS": PERSONA})

    def ended(self):
        """Questions that some worker has answered, so far."""
        return len({line for line in self.asked() if line.startswith("ended ")})

    def check_accepted_once(self):
        """Every question has one accepted answer, which is its own, and its step ended once. Gives the ids under which they were sent, and how
        often each was worked on."""
        runs = self.coordinator.runs()
        same("runs", [("1", "done")], [(run["task"], run["status"]) for run in runs])
        sent, accepted, ended = [], collections.defaultdict(list), collections.Counter()
        for record in self.coordinator.journal().records(runs[0]["row"]):
            if record["kind"] == TRY:
                sent.append(record["body"]["corr_id"])
            elif record["kind"] == CHILD_RECEIPT and record["key"] == "request":
                accepted[record["path"]].append(record["body"]["result"]["output"].split()[-1])
            elif record["kind"] == RECEIPT:
                ended[record["path"]] += 1
        same("ids", len(sent), len(set(sent)))
        same("accepted answers", {f"ask@1/steps/{n}/q{n}@1": [str(n)] for n in range(self.count)}, dict(accepted))
        same("steps that ended once", {*accepted, "ask@1", "done@1"}, {path for path, times in ended.items() if times == 1})
        return sent, collections.Counter(line.split()[1] for line in self.asked() if line.startswith("begun "))

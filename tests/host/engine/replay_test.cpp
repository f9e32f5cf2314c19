// A crash at any place, and what the next process makes of the journal.
#include <catch2/catch.hpp>

#include "over_git.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kWholeRun = R"(
name: w
variables: {greeting: hello}
steps:
  - {id: scan, type: set-variables, variables: {note: "${variables.greeting}"}}
  - {id: early, type: set-variables, condition: "!state.code", variables: {early: true}}
  - {id: never, type: set-variables, condition: "state.code", variables: {never: true}}
  - id: planning
    type: planning-loop
    dependencies: [scan]
    params: {note: "${state.note}"}
  - id: qa
    type: qa-iteration-loop
    dependencies: [planning]
    test_command: make test
    on_success: none
    params: {plan: "${state.plan}"}
  - id: reviews
    type: parallel
    dependencies: [qa]
    steps:
      - {id: code-review, type: persona-request, persona: code-reviewer, intent: review, outputs: {code: result.output}}
      - {id: security, type: persona-request, persona: security-review, intent: review, outputs: {safe: result.output}}
  - {id: last, type: set-variables, dependencies: [reviews], variables: {verdict: "${state.code} ${personas.security-review.result.output}"}}
)";

std::shared_ptr<ScriptedPersonas> Cast() {
  auto personas = std::make_shared<ScriptedPersonas>();
  // Answers by what is asked, not by how often, so that every process hears the same.
  personas->answer = [](const ScriptedService::Asked& call) -> std::optional<ScriptedService::Answer> {
    std::string persona = GetString(call.input, "persona"), intent = GetString(call.input, "intent");
    std::int64_t round = GetInt(GetMember(call.input, "payload"), "iteration");
    Json answer = {{"status", "pass"}, {"output", persona + " " + intent + " " + std::to_string(round)}};
    if (intent == "evaluate" && round < 2) answer["status"] = "fail";
    if (intent == "test") answer["exit_code"] = round < 3 ? 1 : 0;
    if (intent == "test" && round < 3) answer["status"] = "fail";
    return ScriptedService::Answer{Code::kOk, answer};
  };
  return personas;
}

// A journal as it would be, had the host died after the first `keep` records of the run.
void CopyBeginning(const journal::Journal& whole, const std::string& run, std::size_t keep,
                   const TempDir& to) {
  auto part = journal::Journal::Open(to / "journal.db", {.sync = journal::Sync::kOff});
  REQUIRE(part.ok());
  (*part)->CreateRun(*whole.FindRun(run), whole.Texts(run));
  auto records = whole.Records(run);
  for (std::size_t i = 0; i < keep; ++i)
    (*part)->Append(run, records[i].kind, records[i].path, records[i].key, records[i].body);
  REQUIRE((*part)->Commit().ok());
}

// What every process records of its own beginning.
bool TellsOfProcess(journal::RecordKind kind) {
  return kind == journal::RecordKind::kWorkspace || kind == journal::RecordKind::kAgain ||
         kind == journal::RecordKind::kSignal;
}

// Kind, path and key of every record, without the order of what runs together.
std::vector<std::string> Shape(const journal::Journal& journal, const std::string& run) {
  std::vector<std::string> lines;
  for (const auto& record : journal.Records(run))
    if (!TellsOfProcess(record.kind))
      lines.push_back(std::to_string(static_cast<int>(record.kind)) + " " + record.path + " " + record.key);
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string KeyOf(const ScriptedService::Asked& call) {
  return call.path + " " + call.key;
}

Json ChildCall(const std::string& key, const std::string& service, Json input) {
  return {{"key", key}, {"service", service}, {"input", std::move(input)}};
}

Json Ask(const std::string& persona, const std::string& intent) {
  return {{"persona", persona}, {"intent", intent}, {"payload", Json::object()}};
}

std::string ScriptWorkflow(const TempDir& dir, const std::string& more = "") {
  return "name: w\nsteps:\n  - {id: s, type: test.script, script: \"" + (dir / "script").string() +
         "\", log: \"" + (dir / "log").string() + "\"" + more + "}\n";
}

}  // namespace

TEST_CASE("a run cut after any record ends as the whole one did and asks nothing twice") {
  GitFixture git;
  TempDir original;
  auto first_cast = Cast();
  BenchOptions options = Over(git, first_cast);
  std::string run;
  engine::RunResult whole;
  EngineBench first(original, options);
  run = first.Start(kWholeRun);
  whole = first.Wait(run);
  INFO(whole.error);
  REQUIRE(whole.status == "done");
  const std::vector<std::string> shape = Shape(*first.journal, run);
  const std::vector<journal::Record> records = first.journal->Records(run);
  REQUIRE(records.size() > 40);
  std::vector<std::string> all_calls;
  for (const auto& call : first_cast->asked) all_calls.push_back(KeyOf(call));
  std::sort(all_calls.begin(), all_calls.end());

  for (std::size_t keep = 0; keep <= records.size(); ++keep) {
    INFO("after " << keep << " of " << records.size() << " records");
    TempDir dir;
    CopyBeginning(*first.journal, run, keep, dir);
    std::vector<std::string> answered;
    for (std::size_t i = 0; i < keep; ++i)
      if (records[i].kind == journal::RecordKind::kChildReceipt)
        answered.push_back(records[i].path + " " + records[i].key);
    auto cast = Cast();
    options.scripted = cast;
    EngineBench bench(dir, options);
    auto result = bench.Wait(bench.Resume(run));
    REQUIRE(result.status == "done");
    CHECK(result.state == whole.state);
    CHECK(result.steps == whole.steps);
    CHECK(Shape(*bench.journal, run) == shape);
    std::vector<std::string> expected;
    for (const std::string& call : all_calls)
      if (std::find(answered.begin(), answered.end(), call) == answered.end()) expected.push_back(call);
    std::vector<std::string> asked;
    for (const auto& call : cast->asked) asked.push_back(KeyOf(call));
    std::sort(asked.begin(), asked.end());
    CHECK(asked == expected);
  }
}

TEST_CASE("a loop that is killed in its third iteration goes on in its third") {
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  personas->Say("plan-evaluator/evaluate",
                {{{"status", "fail"}, {"output", "no"}}, {{"status", "fail"}, {"output", "no"}}, nullptr});
  personas->Say("implementation-planner/plan", {{{"status", "pass"}, {"output", "plan 1"}},
                                                {{"status", "pass"}, {"output", "plan 2"}},
                                                {{"status", "pass"}, {"output", "plan 3"}}});
  const std::string text = "name: w\nsteps:\n  - {id: planning, type: planning-loop, gate: null}\n";
  std::string run;
  {
    EngineBench bench(dir, {.scripted = personas});
    run = bench.Start(text);
    bench.Until([&] { return personas->open.size() == 1; });
  }
  CHECK(personas->asked.size() == 6);
  personas->Say("plan-evaluator/evaluate", {{{"status", "pass"}, {"output", "yes"}}});
  EngineBench bench(dir, {.scripted = personas});
  auto result = bench.Wait(bench.Resume(run));
  CHECK(result.status == "done");
  CHECK(result.state["plan"] == "plan 3");
  CHECK(result.state["planning_iterations"] == 3);
  REQUIRE(personas->asked.size() == 7);
  CHECK(personas->asked.back().key == "evaluate/3");
  CHECK(personas->asked.back().reattached);
}

TEST_CASE("recorded results come in the order of their receipts and live ones after them") {
  TempDir dir;
  dir.Write("script", Dump(Json::array({ChildCall("a", "persona.request", Ask("qa-engineer", "a")),
                                        ChildCall("b", "persona.request", Ask("qa-engineer", "b")),
                                        ChildCall("c", "persona.request", Ask("qa-engineer", "c"))})));
  auto personas = std::make_shared<ScriptedPersonas>();
  for (const char* intent : {"a", "b", "c"}) personas->Say(std::string("qa-engineer/") + intent, {nullptr});
  std::string run;
  {
    EngineBench bench(dir, {.scripted = personas});
    run = bench.Start(ScriptWorkflow(dir, ", together: true"));
    bench.Until([&] { return personas->open.size() == 3; });
    for (std::size_t i : {2, 1}) {
      personas->open[i]->done(Code::kOk, {{"status", "pass"}});
      bench.Until([&] { return LinesOf(dir / "log").size() == 3 - i; });
    }
  }
  CHECK(LinesOf(dir / "log") == std::vector<std::string>{"c", "b"});
  std::filesystem::remove(dir / "log");
  for (const char* intent : {"a", "b", "c"})
    personas->Say(std::string("qa-engineer/") + intent, {{{"status", "pass"}}});
  std::size_t before = personas->asked.size();
  EngineBench bench(dir, {.scripted = personas});
  CHECK(bench.Wait(bench.Resume(run)).status == "done");
  CHECK(LinesOf(dir / "log") == std::vector<std::string>{"c", "b", "a"});
  CHECK(personas->asked.size() == before + 1);
}

TEST_CASE("a step that calls something else on replay fails before any effect and is not tried again") {
  Json recorded = Json::array({ChildCall("one", "persona.request", Ask("qa-engineer", "one")),
                               ChildCall("two", "persona.request", Ask("qa-engineer", "two"))});
  std::string what;
  Json now = recorded;
  SECTION("another key") {
    now[0]["key"] = "other";
    what = "it called persona.request \"other\" where it had called persona.request \"one\"";
  }
  SECTION("another service") {
    now[0] = ChildCall("one", "timer", {{"delay_ms", 5}});
    what = "it called timer \"one\"";
  }
  SECTION("another input") {
    now[0]["input"]["payload"] = {{"x", 1}};
    what = "it called persona.request \"one\" with another input";
  }
  SECTION("fewer calls") {
    now = Json::array();
    what = "it completed before it made every call";
  }
  TempDir dir;
  dir.Write("script", Dump(recorded));
  auto personas = std::make_shared<ScriptedPersonas>();
  personas->Say("qa-engineer/two", {nullptr});
  std::string run;
  {
    EngineBench bench(dir, {.scripted = personas});
    run = bench.Start(ScriptWorkflow(dir, ", retries: 3"));
    bench.Until([&] { return personas->open.size() == 1; });
  }
  dir.Write("script", Dump(now));
  std::size_t before = personas->asked.size();
  EngineBench bench(dir, {.scripted = personas});
  auto result = bench.Wait(bench.Resume(run));
  CHECK(result.status == "failed");
  CHECK(result.code == Code::kInternal);
  CHECK_THAT(result.error, Contains("not deterministic") && Contains(what));
  CHECK(personas->asked.size() == before);
  CHECK(bench.Events("step-retry").empty());
}

TEST_CASE("a child that was given up before a crash is neither asked nor delivered again") {
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  personas->Say("qa-engineer/slow", {nullptr});
  personas->Say("qa-engineer/next", {nullptr});
  const std::string text = R"(
name: w
steps:
  - id: race
    type: parallel
    wait_for: any
    steps:
      - {id: slow, type: persona-request, persona: qa-engineer, intent: slow}
      - {id: quick, type: persona-request, persona: qa-engineer, intent: quick}
  - {id: next, type: persona-request, dependencies: [race], persona: qa-engineer, intent: next}
)";
  std::string run;
  {
    EngineBench bench(dir, {.scripted = personas});
    run = bench.Start(text);
    bench.Until([&] { return !personas->asked.empty() && personas->calls().back() == "qa-engineer/next"; });
  }
  CHECK(personas->cancelled == std::vector<std::string>{"request"});
  std::size_t before = personas->asked.size();
  personas->Say("qa-engineer/next", {{{"status", "pass"}}});
  EngineBench bench(dir, {.scripted = personas});
  CHECK(bench.Wait(bench.Resume(run)).status == "done");
  CHECK(personas->asked.size() == before + 1);
}

TEST_CASE("an interrupted leaf is run again or looked up or fails as its type declares") {
  std::string type;
  SECTION("rerun") {
    type = "test.act";
  }
  SECTION("lookup") {
    type = "test.act-lookup";
  }
  SECTION("fail") {
    type = "test.act-once";
  }
  TempDir dir;
  std::string run;
  {
    EngineBench bench(dir);
    run = bench.Start("name: w\nsteps:\n  - {id: a, type: " + type + ", log: \"" + (dir / "log").string() +
                      "\", wait: \"" + (dir / "gate").string() + "\"}\n");
    bench.Until([&] { return LinesOf(dir / "log").size() == 1; });
  }
  dir.Write("gate", "");
  EngineBench bench(dir);
  auto result = bench.Wait(bench.Resume(run));
  if (type == "test.act-once") {
    CHECK(result.status == "failed");
    CHECK(result.code == Code::kPermission);
    CHECK_THAT(result.error, Contains("was interrupted and its effect is unknown"));
    CHECK(LinesOf(dir / "log").size() == 1);
  } else {
    CHECK(result.status == "done");
    CHECK(LinesOf(dir / "log")[1] == "step start resumed 1 " + run + "/a@1");
  }
}

TEST_CASE("a step that is gone on with has the parameters of its start") {
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  personas->Say("qa-engineer/work", {nullptr});
  std::string run;
  {
    EngineBench bench(dir, {.scripted = personas});
    run = bench.Start("name: w\nsteps:\n  - {id: slow, type: test.act, wait: \"" + (dir / "gate").string() +
                      "\"}\n  - {id: ask, type: persona-request, persona: qa-engineer, intent: work, note: "
                      "\"${steps.slow.status}\"}\n");
    bench.Until([&] { return personas->open.size() == 1; });
    dir.Write("gate", "");
    bench.Until([&] { return bench.Events("step-done").size() == 1; });
    bench.loop.RunReady();
  }
  personas->Say("qa-engineer/work", {{{"status", "pass"}}});
  EngineBench bench(dir, {.scripted = personas});
  CHECK(bench.Wait(bench.Resume(run)).status == "done");
  CHECK(personas->asked.back().reattached);
  CHECK(personas->asked.back().input["payload"]["note"] == "running");
}

TEST_CASE("a commit that is made again after a crash is the same object") {
  GitFixture git;
  TempDir dir;
  BenchOptions options = Over(git);
  const std::string text = R"(
name: w
steps:
  - {id: edit, type: test.write, write: {path: new.txt, text: new}}
  - {id: commit, type: git-operation, dependencies: [edit], operation: commit, message: Work}
)";
  EngineBench first(dir, options);
  std::string run = first.Start(text);
  auto whole = first.Wait(run);
  INFO(whole.error);
  REQUIRE(whole.status == "done");
  std::size_t before_receipt = 0;
  for (const auto& record : first.journal->Records(run))
    if (record.path == "commit@1" && record.kind == journal::RecordKind::kReceipt)
      before_receipt = static_cast<std::size_t>(record.seq) - 1;
  TempDir later;
  CopyBeginning(*first.journal, run, before_receipt, later);
  options.start_ms = 3600 * 1000;  // an hour later, and still the commit's own time
  EngineBench bench(later, options);
  auto result = bench.Wait(bench.Resume(run));
  INFO(result.error);
  CHECK(result.status == "done");
  CHECK(result.commit == whole.commit);
}

TEST_CASE("a run that was being cancelled at a crash is cancelled by the next process") {
  TempDir dir;
  std::string run;
  {
    EngineBench bench(dir);
    run = bench.Start("name: w\nsteps:\n  - {id: a, type: test.act, deaf: true, log: \"" +
                      (dir / "log").string() + "\", wait: \"" + (dir / "gate").string() + "\"}\n");
    bench.Until([&] { return LinesOf(dir / "log").size() == 1; });
    REQUIRE(bench.engine->Cancel(run, "enough").ok());
    bench.loop.RunReady();
    dir.Write("gate", "");
  }
  EngineBench bench(dir);
  CHECK(bench.Wait(bench.Resume(run)).status == "cancelled");
}

TEST_CASE(
    "a repair that was answered before a crash is applied to the files as they were and not asked again") {
  GitFixture git;
  git.OthersPush("main", "a.txt", "one\n");
  TempDir original;
  auto Edit = [](const std::string& from) {
    return "a.txt\n<<<<<<< SEARCH\n" + from + "\n=======\ntwo\n>>>>>>> REPLACE\n";
  };
  auto Model = [&] {
    auto model = std::make_shared<ScriptedService>();
    model->answer = [&](const ScriptedService::Asked& call) -> std::optional<ScriptedService::Answer> {
      return ScriptedService::Answer{
          Code::kOk, {{"text", call.key == "repair/1" ? Edit("eight") : Edit("one")}, {"finish", "stop"}}};
    };
    return model;
  };
  // The edits are in the files when the host dies: the step after them never ends.
  const std::string work =
      "id: lead-engineer\nwork:\n  - {id: apply, type: diff-apply, repairs: 2, source: " +
      Json(Edit("nine")).dump() +
      "}\n  - {id: after, type: test.write, dependencies: [apply], params: {read_file: a.txt, wait: \"" +
      (original / "gate").string() + "\", log: \"" + (original / "log").string() + "\"}}\n";
  BenchOptions options = Over(git);
  options.personas["lead-engineer"] = work;
  engine::RunSpec spec;
  spec.kind = "work";
  spec.work_persona = "lead-engineer";

  std::size_t after_the_answers = 0;
  bool more = true;
  for (std::size_t keep = 0; more; ++keep) {
    TempDir dir;
    std::filesystem::remove(original / "gate");
    std::filesystem::remove(original / "log");
    auto model = Model();
    std::string run;
    std::size_t answered = 0;
    {
      EngineBench first(original, options);
      first.engine->AddService("model.ask", model);
      run = first.Start("", spec);
      first.Until([&] { return !LinesOf(original / "log").empty(); });
      REQUIRE(model->asked.size() == 2);
      CopyBeginning(*first.journal, run, keep, dir);
      const std::vector<journal::Record> records = first.journal->Records(run);
      for (std::size_t i = 0; i < keep; ++i)
        if (records[i].kind == journal::RecordKind::kChildReceipt) ++answered;
      bool last_is_answer = keep > 0 && records[keep - 1].kind == journal::RecordKind::kChildReceipt;
      if (answered == 2 && last_is_answer) ++after_the_answers;
      more = keep < records.size();
    }
    original.Write("gate", "");
    INFO("after " << keep << " records, " << answered << " answers");
    auto again = Model();
    EngineBench bench(dir, options);
    bench.engine->AddService("model.ask", again);
    auto result = bench.Wait(bench.Resume(run));
    INFO(result.error);
    REQUIRE(result.status == "done");
    CHECK(again->asked.size() == 2 - answered);
    CHECK(result.steps["apply"]["result"]["repairs"] == 2);
    CHECK(result.steps["after"]["result"]["text"] == "two\n");
  }
  CHECK(after_the_answers == 1);
}

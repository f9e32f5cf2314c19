// Attempts, time-outs, cancelling, abandoning.
#include <catch2/catch.hpp>

#include "over_git.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

namespace {

std::string Act(const std::string& id, const TempDir& dir, const std::string& more) {
  return "  - {id: " + id + ", type: test.act, log: \"" + (dir / "log").string() + "\", " + more + "}\n";
}

// The one mirror below the project base.
std::string Mirror(const GitFixture& git) {
  for (const auto& entry : std::filesystem::directory_iterator(git.project_base()))
    if (std::filesystem::exists(entry.path() / "mirror.git")) return (entry.path() / "mirror.git").string();
  FAIL("there is no mirror");
  return {};
}

}  // namespace

TEST_CASE("a leaf is tried again after its back-off and every attempt starts anew") {
  TempDir dir;
  EngineBench bench(dir);
  std::string run = bench.Start("name: w\nsteps:\n" + Act("a", dir, "fail_times: 2, retries: 2"));
  bench.Until([&] { return bench.Events("step-retry").size() == 1; });
  bench.Advance(29999);
  CHECK(bench.Events("step-started").size() == 1);
  bench.Advance(1);
  bench.Until([&] { return bench.Events("step-retry").size() == 2; });
  bench.Advance(59999);
  CHECK(bench.Events("step-started").size() == 2);
  bench.Advance(1);
  CHECK(bench.Wait(run).status == "done");
  CHECK(LinesOf(dir / "log") == std::vector<std::string>{"step start 1 " + run + "/a@1", "step end",
                                                         "step start 2 " + run + "/a@2", "step end",
                                                         "step start 3 " + run + "/a@3", "step end"});
}

TEST_CASE("a step without retries is tried once") {
  TempDir dir;
  EngineBench bench(dir);
  auto result = bench.Run("name: w\nsteps:\n" + Act("a", dir, "fail_times: 1"));
  CHECK(result.status == "failed");
  CHECK(LinesOf(dir / "log").size() == 2);
}

TEST_CASE("a wrong parameter is not tried again") {
  TempDir dir;
  EngineBench bench(dir);
  auto result =
      bench.Run("name: w\nsteps:\n  - {id: a, type: task-update, status: \"${task.title}\", retries: 3}\n");
  CHECK(result.status == "failed");
  CHECK(result.code == Code::kInvalid);
  CHECK(bench.Events("step-retry").empty());
}

TEST_CASE("a restart in the middle of a leaf's back-off waits only for the rest of it") {
  TempDir dir;
  std::string run;
  std::int64_t now = 0;
  {
    EngineBench bench(dir);
    run = bench.Start("name: w\nsteps:\n" + Act("a", dir, "fail_times: 1, retries: 1"));
    bench.Until([&] { return bench.Events("step-retry").size() == 1; });
    bench.Advance(20000);
    now = bench.now_ms();
  }
  EngineBench bench(dir, {.start_ms = now});
  bench.Resume(run);
  bench.Advance(9999);
  CHECK(LinesOf(dir / "log").size() == 2);
  bench.Advance(1);
  CHECK(bench.Wait(run).status == "done");
  CHECK(LinesOf(dir / "log").size() == 4);
}

TEST_CASE("what was tried again or skipped before a restart is not told as if it happened now") {
  TempDir dir;
  std::string run;
  std::int64_t now = 0;
  {
    EngineBench bench(dir);
    run = bench.Start("name: w\nsteps:\n" + Act("a", dir, "fail_times: 1, retries: 1") +
                      Act("b", dir, "dependencies: a, condition: \"false\"") +
                      Act("c", dir, "dependencies: b, wait: \"" + (dir / "go").string() + "\""));
    bench.Until([&] { return bench.Events("step-retry").size() == 1; });
    bench.Advance(30000);
    bench.Until([&] { return LinesOf(dir / "log").size() == 5; });
    CHECK(bench.Events("step-skipped").size() == 1);
    now = bench.now_ms();
  }
  EngineBench bench(dir, {.start_ms = now});
  dir.Write("go", "");
  bench.Resume(run);
  bench.Advance(0);
  CHECK(bench.Wait(run).status == "done");
  CHECK(bench.Events("step-retry").empty());
  CHECK(bench.Events("step-skipped").empty());
}

TEST_CASE("a leaf beyond its timeout is stopped and fails with that") {
  TempDir dir;
  EngineBench bench(dir);
  std::string run = bench.Start("name: w\nsteps:\n" + Act("a", dir, "timeout: 5s, wait: /nowhere/at/all"));
  bench.Until([&] { return LinesOf(dir / "log").size() == 1; });
  bench.Advance(5000);
  auto result = bench.Wait(run);
  CHECK(result.status == "failed");
  CHECK(result.code == Code::kTimeout);
  CHECK(result.error ==
        "step a@1 (test.act) did not end within its timeout of 5000 ms: stopped while it waited");
  CHECK(bench.loop.pending_timers() == 0);
}

TEST_CASE(
    "the timeout of a step with steps of its own is theirs together and a restart does not begin it anew") {
  TempDir dir;
  std::string run;
  std::int64_t now = 0;
  {
    EngineBench bench(dir);
    run = bench.Start(
        "name: w\nsteps:\n  - id: p\n    type: parallel\n    timeout: 10s\n    steps:\n      - {id: a, type: "
        "test.act, log: \"" +
        (dir / "log").string() + "\", wait: /nowhere/at/all}\n");
    bench.Until([&] { return LinesOf(dir / "log").size() == 1; });
    bench.Advance(6000);
    now = bench.now_ms();
  }
  EngineBench bench(dir, {.start_ms = now});
  bench.Resume(run);
  bench.Until([&] { return LinesOf(dir / "log").size() == 2; });
  bench.Advance(3999);
  CHECK_FALSE(bench.ended(run));
  bench.Advance(1);
  auto result = bench.Wait(run);
  CHECK(result.status == "failed");
  CHECK_THAT(result.error, Contains("timeout of 10000 ms"));
  CHECK(bench.loop.pending_timers() == 0);
}

TEST_CASE("a list that ends within its time leaves no timer") {
  TempDir dir;
  EngineBench bench(dir);
  std::string run = bench.Start(
      "name: w\nsteps:\n  - id: p\n    type: parallel\n    timeout: 10s\n    steps:\n      - {id: a, type: "
      "set-variables, variables: {x: 1}}\n" +
      Act("b", dir, "dependencies: [p], wait: \"" + (dir / "gate").string() + "\""));
  bench.Until([&] { return LinesOf(dir / "log").size() == 1; });
  CHECK(bench.loop.pending_timers() == 0);
  dir.Write("gate", "");
  CHECK(bench.Wait(run).status == "done");
}

TEST_CASE("cancelling a run stops the whole subtree and leaves no receipts") {
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  personas->Say("qa-engineer/work", {nullptr});
  EngineBench bench(dir, {.scripted = personas});
  std::string run = bench.Start(
      "name: w\nsteps:\n  - id: p\n    type: parallel\n    steps:\n      - {id: a, type: test.act, log: \"" +
      (dir / "log").string() +
      "\", wait: /nowhere/at/all}\n      - {id: b, type: persona-request, persona: qa-engineer}\n"
      "  - {id: after, type: set-variables, dependencies: [p], variables: {x: 1}}\n");
  bench.Until([&] { return LinesOf(dir / "log").size() == 1 && !personas->open.empty(); });
  REQUIRE(bench.engine->Cancel(run, "a person said so").ok());
  auto result = bench.Wait(run);
  CHECK(result.status == "cancelled");
  CHECK(result.error == "a person said so");
  CHECK(personas->cancelled == std::vector<std::string>{"request"});
  CHECK(GetString(result.steps["after"], "status") == "not run");
  for (const auto& record : bench.journal->Records(run)) CHECK(record.kind != journal::RecordKind::kReceipt);
}

TEST_CASE("what a step has asked for is stopped at once although the step itself does not hear") {
  TempDir dir;
  dir.Write(
      "script",
      R"([{"key": "ask", "service": "persona.request", "input": {"persona": "qa-engineer", "intent": "work"}}])");
  auto personas = std::make_shared<ScriptedPersonas>();
  personas->Say("qa-engineer/work", {nullptr});
  EngineBench bench(dir, {.scripted = personas});
  std::string run =
      bench.Start("name: w\nsteps:\n  - {id: s, type: test.script, together: true, script: \"" +
                  (dir / "script").string() + "\", wait: \"" + (dir / "gate").string() + "\"}\n");
  bench.Until([&] { return !personas->open.empty(); });
  REQUIRE(bench.engine->Cancel(run, "enough").ok());
  CHECK(personas->cancelled == std::vector<std::string>{"ask"});
  CHECK_FALSE(bench.ended(run));
  dir.Write("gate", "");
  CHECK(bench.Wait(run).status == "cancelled");
}

TEST_CASE("a run that is cancelled before its first step runs none") {
  TempDir dir;
  EngineBench bench(dir);
  std::string run = bench.Start("name: w\nsteps:\n" + Act("a", dir, "wait: /nowhere/at/all"));
  REQUIRE(bench.engine->Cancel(run, "not now").ok());
  CHECK(bench.Wait(run).status == "cancelled");
  CHECK(LinesOf(dir / "log").empty());
}

TEST_CASE("a cancelled run that is resumed goes on where it was stopped") {
  TempDir dir;
  EngineBench bench(dir);
  std::string run =
      bench.Start("name: w\nsteps:\n  - {id: first, type: set-variables, variables: {x: 1}}\n" +
                  Act("a", dir, "dependencies: [first], wait: \"" + (dir / "gate").string() + "\""));
  bench.Until([&] { return LinesOf(dir / "log").size() == 1; });
  REQUIRE(bench.engine->Cancel(run, "stop").ok());
  CHECK(bench.Wait(run).status == "cancelled");
  dir.Write("gate", "");
  auto result = bench.Wait(bench.Resume(run, true));
  CHECK(result.status == "done");
  CHECK(result.state["x"] == 1);
  CHECK(LinesOf(dir / "log").size() == 3);
}

TEST_CASE("wait_for any takes the first that succeeds and cancels the others") {
  TempDir dir;
  EngineBench bench(dir);
  std::string run = bench.Start(
      "name: w\nsteps:\n  - id: p\n    type: parallel\n    wait_for: any\n    steps:\n      - {id: slow, "
      "type: test.act, log: \"" +
      (dir / "log").string() + "\", wait: /nowhere/at/all}\n      - {id: quick, type: test.act, wait: \"" +
      (dir / "gate").string() + "\"}\n");
  bench.Until([&] { return LinesOf(dir / "log").size() == 1; });
  dir.Write("gate", "");
  auto result = bench.Wait(run);
  CHECK(result.status == "done");
  CHECK(result.steps["p"]["result"]["finished"] == Json({"quick"}));
  CHECK(result.steps["p"]["result"]["steps"]["slow"]["status"] == "cancelled");
}

TEST_CASE("a workspace in which a step was writing at a crash is left to what may still write there") {
  GitFixture git;
  TempDir dir;
  BenchOptions options = Over(git);
  std::string gate = (dir / "gate").string(), log = (dir / "log").string(), run;
  {
    EngineBench bench(dir, options);
    run = bench.Start(R"(
name: w
steps:
  - {id: good, type: test.write, write: {path: good.txt, text: good}}
  - {id: slow, type: test.write, dependencies: [good], params: {name: slow, log: ")" +
                      log + R"(", wait: ")" + gate + R"(", write: {path: slow.txt, text: slow}}}
)");
    bench.Until([&] { return LinesOf(log).size() == 1; });
  }
  dir.Write("gate", "");
  EngineBench bench(dir, options);
  auto result = bench.Wait(bench.Resume(run));
  INFO(result.error);
  REQUIRE(result.status == "done");
  std::vector<journal::RecordKind> kinds;
  for (const auto& record : bench.journal->Records(run)) kinds.push_back(record.kind);
  CHECK(std::count(kinds.begin(), kinds.end(), journal::RecordKind::kRetire) == 1);
  CHECK(std::count(kinds.begin(), kinds.end(), journal::RecordKind::kWorkspace) == 2);
  std::string files = git.Git(git.root(), {"--git-dir", Mirror(git), "ls-tree", "--name-only", result.tree});
  CHECK_THAT(files, Contains("good.txt") && Contains("slow.txt"));
}

// A step that does not hear that its time is up, and writes and commits when it wakes up: before the host has
// given it up, or after.
TEST_CASE("what a writing step does after its time is left behind with its workspace") {
  const bool abandoned = GENERATE(true, false);
  INFO("abandoned: " << abandoned);
  GitFixture git;
  TempDir dir;
  EngineBench bench(dir, Over(git));
  std::string gate = (dir / "gate").string(), log = (dir / "log").string(), late = (dir / "late").string();
  std::string run = bench.Start(R"(
name: w
steps:
  - {id: good, type: test.write, write: {path: good.txt, text: good}}
  - {id: deaf, type: test.write, dependencies: [good], timeout: 5s, on_failure: continue, params: {name: deaf, deaf: true, log: ")" +
                                log + R"(", wait: ")" + gate +
                                R"(", write: {path: late.txt, text: late, commit: true}}}
  - {id: look, type: test.read, dependencies: [deaf], params: {wait: ")" +
                                late + R"(", read_file: good.txt}}
  - {id: commit, type: git-operation, dependencies: [look], operation: commit, message: Work}
)");
  bench.Until([&] { return LinesOf(log).size() == 1; });
  bench.Advance(5000);
  if (abandoned) bench.Advance(2000);
  dir.Write("gate", "");  // only now it wakes up and writes
  bench.Until([&] { return LinesOf(log).size() == 2; });
  dir.Write("late", "");
  auto result = bench.Wait(run);
  INFO(result.error);
  REQUIRE(result.status == "done");
  CHECK(GetString(result.steps["deaf"], "status") == "failed");
  CHECK_THAT(Dump(result.steps["deaf"]), Contains("did not end within its timeout"));
  CHECK(result.steps["look"]["result"]["text"] == "good");
  bool retired = false;
  for (const auto& record : bench.journal->Records(run))
    retired = retired || record.kind == journal::RecordKind::kRetire;
  CHECK(retired);
  CHECK_FALSE(result.commit.empty());
  const auto of_commit = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"--git-dir", Mirror(git)});
    words.push_back(result.commit);
    return git.Git(git.root(), words);
  };
  CHECK_THAT(of_commit({"ls-tree", "--name-only"}), Contains("good.txt") && !Contains("late.txt"));
  CHECK_THAT(of_commit({"log", "--format=%s"}), Contains("Work") && !Contains("late"));
}

// The graph: who runs after whom, what a failure stops, what handles it.
#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "support/engine_bench.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

namespace {

// While it lives, the main thread's stack cannot grow beyond a megabyte.
class SmallStack {
 public:
  SmallStack() {
    ::getrlimit(RLIMIT_STACK, &before_);
    rlimit small{std::min<rlim_t>(before_.rlim_cur, 1 << 20), before_.rlim_max};
    ::setrlimit(RLIMIT_STACK, &small);
  }
  ~SmallStack() { ::setrlimit(RLIMIT_STACK, &before_); }
  SmallStack(const SmallStack&) = delete;
  SmallStack& operator=(const SmallStack&) = delete;

 private:
  rlimit before_{};
};

std::string StatusOf(const engine::RunResult& result, const std::string& step) {
  return GetString(GetMember(result.steps, step), "status");
}

}  // namespace

TEST_CASE("a skipped step lets its dependents run") {
  TempDir dir;
  EngineBench bench(dir);
  auto result = bench.Run(R"(
name: w
steps:
  - {id: first, type: set-variables, condition: "task.type === 'hotfix'", variables: {x: 1}}
  - {id: second, type: set-variables, dependencies: [first], variables: {y: 2}}
)");
  CHECK(result.status == "done");
  CHECK(StatusOf(result, "first") == "skipped");
  CHECK(StatusOf(result, "second") == "done");
  CHECK(result.state == Json{{"y", 2}});
}

TEST_CASE("dependents of a failed step do not run while independent steps do") {
  TempDir dir;
  EngineBench bench(dir);
  auto result = bench.Run(R"(
name: w
steps:
  - {id: bad, type: test.act, fail_times: 1}
  - {id: after, type: set-variables, dependencies: [bad], variables: {x: 1}}
  - {id: later, type: set-variables, dependencies: [after], variables: {z: 1}}
  - {id: other, type: set-variables, variables: {y: 2}}
)");
  CHECK(result.status == "failed");
  CHECK(result.step == "bad@1");
  CHECK_THAT(result.error, Contains("step failed as it was told to"));
  CHECK(StatusOf(result, "bad") == "failed");
  CHECK(StatusOf(result, "after") == "not run");
  CHECK(StatusOf(result, "later") == "not run");
  CHECK(StatusOf(result, "other") == "done");
}

TEST_CASE("on_failure continue lets the dependents run and the run is done") {
  TempDir dir;
  EngineBench bench(dir);
  auto result = bench.Run(R"(
name: w
steps:
  - {id: bad, type: test.act, fail_times: 1, on_failure: continue}
  - {id: after, type: set-variables, dependencies: [bad], variables: {status: "${steps.bad.status}", why: "${steps.bad.error}"}}
)");
  CHECK(result.status == "done");
  CHECK(result.state["status"] == "failed");
  CHECK(result.state["why"] == "step failed as it was told to");
}

TEST_CASE("steps under on_failure handle a failure when they succeed") {
  TempDir dir;
  EngineBench bench(dir);
  auto result = bench.Run(R"(
name: w
steps:
  - id: bad
    type: test.act
    fail_times: 1
    on_failure:
      - {id: mend, type: set-variables, variables: {mended: "${steps.bad.error}"}}
  - {id: after, type: set-variables, dependencies: [bad], variables: {x: 1}}
)");
  CHECK(result.status == "done");
  CHECK(StatusOf(result, "bad") == "failed");
  CHECK(result.state == Json{{"mended", "step failed as it was told to"}, {"x", 1}});
}

TEST_CASE("a handler that fails leaves the failure of its step") {
  TempDir dir;
  EngineBench bench(dir);
  auto result = bench.Run(R"(
name: w
steps:
  - id: bad
    type: test.act
    name: bad
    params: {name: first, fail_times: 1}
    on_failure:
      - {id: mend, type: test.act, params: {name: mender, fail_times: 1}}
)");
  CHECK(result.status == "failed");
  CHECK(result.step == "bad@1");
  CHECK_THAT(result.error, Contains("first failed"));
}

TEST_CASE("the steps under the workflow's on_failure run once and the run stays failed") {
  TempDir dir;
  auto board = std::make_shared<ScriptedService>();
  board->answer = [](const auto&) {
    return ScriptedService::Answer{Code::kOk,
                                   {{"task", {{"id", "7"}, {"status", "blocked"}, {"version", 2}}}}};
  };
  EngineBench bench(dir, {.board = board});
  auto result = bench.Run(R"(
name: w
steps:
  - {id: bad, type: test.act, fail_times: 1}
on_failure:
  - {id: tell, type: task-update, status: blocked, comment: "${steps.bad.error}"}
)");
  CHECK(result.status == "failed");
  CHECK(result.step == "bad@1");
  REQUIRE(board->asked.size() == 1);
  CHECK(board->asked[0].input["set"]["status"] == "blocked");
  CHECK(board->asked[0].input["comment"] == "step failed as it was told to");
}

TEST_CASE("steps that are ready run at the same time") {
  TempDir dir;
  EngineBench bench(dir);
  std::string log = (dir / "log").string(), gate = (dir / "gate").string();
  std::string run = bench.Start(
      "name: w\nsteps:\n  - {id: a, type: test.act, params: {name: a, log: \"" + log + "\", wait: \"" + gate +
      "\"}}\n  - {id: b, type: test.act, params: {name: b, log: \"" + log + "\", wait: \"" + gate + "\"}}\n");
  bench.Until([&] { return LinesOf(log).size() == 2; });
  CHECK_FALSE(bench.ended(run));
  dir.Write("gate", "");
  CHECK(bench.Wait(run).status == "done");
  CHECK(LinesOf(log).size() == 4);
}

TEST_CASE("a chain of three thousand steps ends without a deep stack") {
  TempDir dir;
  EngineBench bench(dir);
  std::string text = "name: w\nsteps:\n  - {id: s0, type: set-variables, variables: {n: 0}}\n";
  for (int i = 1; i < 3000; ++i)
    text += "  - {id: s" + std::to_string(i) + ", type: set-variables, dependencies: [s" +
            std::to_string(i - 1) + "], variables: {n: " + std::to_string(i) + "}}\n";
  auto result = bench.Run(text);
  CHECK(result.status == "done");
  CHECK(result.state["n"] == 2999);
}

TEST_CASE("a long chain that was cut off is taken up without a deep stack") {
  TempDir dir;
  std::string text = "name: w\nsteps:\n  - {id: s0, type: set-variables, variables: {n: 0}}\n";
  constexpr int kSteps = 4000;
  for (int i = 1; i < kSteps; ++i)
    text += "  - {id: s" + std::to_string(i) + ", type: set-variables, dependencies: [s" +
            std::to_string(i - 1) + "], variables: {n: " + std::to_string(i) + "}}\n";
  text += "  - {id: last, type: test.act, dependencies: [s" + std::to_string(kSteps - 1) +
          "], params: {log: \"" + (dir / "log").string() + "\", wait: \"" + (dir / "gate").string() +
          "\"}}\n";
  std::string run;
  {
    EngineBench bench(dir);
    run = bench.Start(text);
    bench.Until([&] { return LinesOf(dir / "log").size() == 1; });
  }
  dir.Write("gate", "");
  EngineBench bench(dir);
  SmallStack small_stack;
  auto result = bench.Wait(bench.Resume(run));
  CHECK(result.status == "done");
  CHECK(result.state["n"] == kSteps - 1);
}

TEST_CASE("ten times as many steps take ten times the time") {
  auto run = [](int count) {
    TempDir dir;
    EngineBench bench(dir);
    std::string text = "name: w\nsteps:\n  - {id: s0, type: set-variables, variables: {n0: 0}}\n";
    for (int i = 1; i < count; ++i) {
      std::string number = std::to_string(i);
      text += "  - {id: s" + number + ", type: set-variables, dependencies: [s" + std::to_string(i - 1) +
              "], variables: {n" + number + ": " + number + "}}\n";
    }
    auto begin = std::chrono::steady_clock::now();
    CHECK(bench.Run(text).status == "done");
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  double small = run(400), large = run(4000);
  INFO("400 steps: " << small << " s, 4 000 steps: " << large << " s");
  // As much work for every step as the run is long would make it a hundred times; the margin is for a busy
  // machine.
  CHECK(large < small * 40);
}

TEST_CASE("a run with broken texts is refused with every problem and leaves nothing in the journal") {
  TempDir dir;
  EngineBench bench(dir);
  engine::RunResult result;
  std::string run = bench.engine->Start(bench.Spec("name: w\nsteps:\n  - {id: a, type: nothing}\n  - {id: b, "
                                                   "type: set-variables, dependencies: [zz]}\n"),
                                        [&](engine::RunResult ended) { result = ended; });
  CHECK(run.empty());
  CHECK(result.status == "failed");
  CHECK_THAT(result.error, Contains("nothing") && Contains("zz"));
  CHECK(bench.journal->ListRuns().empty());
}

TEST_CASE("a review that does not pass keeps the change from being finalized") {
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  std::string said;
  SECTION("fail") {
    said = "fail";
  }
  SECTION("unknown") {
    said = "unknown";
  }
  personas->Say("security-review/review", {{{"status", said}, {"output", "an open door"}}});
  EngineBench bench(dir, {.scripted = personas});
  auto result = bench.Run(R"(
name: w
steps:
  - id: reviews
    type: parallel
    steps:
      - {id: code, type: persona-request, persona: code-reviewer, intent: review}
      - {id: security, type: persona-request, persona: security-review, intent: review}
  - {id: finalize, type: set-variables, dependencies: [reviews], variables: {merged: true}}
)");
  CHECK(result.status == "failed");
  CHECK_THAT(result.error, Contains("security-review answered " + said + ": an open door"));
  CHECK(StatusOf(result, "finalize") == "not run");
  CHECK(result.state.count("merged") == 0);
}

TEST_CASE("workflows that name each other in a circle are refused when a run of them starts") {
  TempDir dir;
  EngineBench bench(
      dir, {.workflows = {{"b", "name: b\nsteps:\n  - {id: x, type: sub-workflow, workflow: c}\n"},
                          {"c", "name: c\nsteps:\n  - {id: x, type: sub-workflow, workflow: b}\n"}}});
  engine::RunResult result;
  std::string run =
      bench.engine->Start(bench.Spec("name: a\nsteps:\n  - {id: x, type: sub-workflow, workflow: b}\n"),
                          [&](engine::RunResult ended) { result = ended; });
  CHECK(run.empty());
  CHECK_THAT(result.error, Contains("workflow/c.yml:3:43: ") && Contains("b -> c -> b"));
}

TEST_CASE("a workflow that runs itself under a computed name ends at the greatest depth") {
  TempDir dir;
  EngineBench bench(
      dir, {.workflows = {
                {"b",
                 "name: b\nsteps:\n  - {id: x, type: sub-workflow, workflow: \"${variables.next}\", inputs: "
                 "{next: b}}\n"}}});
  auto result = bench.Run(
      "name: a\nsteps:\n  - {id: x, type: sub-workflow, workflow: b, inputs: {next: b}, retries: 3}\n");
  CHECK(result.status == "failed");
  CHECK(result.code == Code::kInvalid);
  CHECK_THAT(result.error, Contains("nested more than 16 deep: b -> b -> b") && Contains("has no end"));
  CHECK(bench.Events("step-started").size() == 17);
}

// Both steps are told on the one thread of their plugin, in the order in which they are told.
TEST_CASE("a stopped step hears of it before the steps within it") {
  TempDir dir;
  EngineBench bench(dir);
  Json wait = {{{"key", "t"}, {"service", "timer"}, {"input", {{"delay_ms", 100'000}}}}};
  dir.Write("wait", wait.dump());
  auto script = [&](const std::string& name, const std::string& file) {
    return Json{{"name", name},
                {"note_stop", true},
                {"log", (dir / "log").string()},
                {"script", (dir / file).string()}};
  };
  Json inner = {{"type", "test.script"}, {"params", script("inner", "wait")}};
  dir.Write("call", Json({{{"key", "inner"}, {"service", "step.run"}, {"input", inner}}}).dump());
  std::string run = bench.Start("name: w\nsteps:\n  - {id: outer, type: test.script, params: " +
                                script("outer", "call").dump() + "}\n");
  bench.Until([&] { return bench.loop.pending_timers() > 0; });
  REQUIRE(bench.engine->Cancel(run, "enough").ok());
  CHECK(bench.Wait(run).status == "cancelled");
  CHECK(LinesOf(dir / "log") == std::vector<std::string>{"outer stopped", "inner stopped"});
}

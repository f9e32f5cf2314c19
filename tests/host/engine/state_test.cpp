// State: what a step reads, when its writes appear, who may write together.
#include <catch2/catch.hpp>

#include "support/engine_bench.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

TEST_CASE("a step reads the state of its start and writes appear with the receipt") {
  TempDir dir;
  EngineBench bench(dir);
  std::string gate = (dir / "gate").string();
  std::string run = bench.Start(R"(
name: w
steps:
  - {id: reader, type: test.act, params: {name: reader, wait: ")" +
                                gate + R"(", read_state: x, log: ")" + (dir / "log").string() + R"("}}
  - {id: writer, type: set-variables, variables: {x: 5}}
  - {id: later, type: test.act, dependencies: [writer], read_state: x}
)");
  bench.Until([&] { return bench.Events("step-done").size() == 2; });  // writer and later
  dir.Write("gate", "");
  auto result = bench.Wait(run);
  CHECK(result.status == "done");
  CHECK(result.steps["reader"]["result"]["state_saw"].is_null());
  CHECK(result.steps["later"]["result"]["state_saw"] == 5);
}

TEST_CASE("a step that was started before a crash still reads the state of its start") {
  TempDir dir;
  std::string gate = (dir / "gate").string(), run;
  {
    EngineBench bench(dir);
    run = bench.Start(R"(
name: w
steps:
  - {id: reader, type: test.act, params: {wait: ")" +
                      gate + R"(", read_state: x, log: ")" + (dir / "log").string() + R"("}}
  - {id: writer, type: set-variables, variables: {x: 5}}
)");
    bench.Until([&] { return bench.Events("step-done").size() == 1 && LinesOf(dir / "log").size() == 1; });
  }
  dir.Write("gate", "");
  EngineBench bench(dir);
  auto result = bench.Wait(bench.Resume(run));
  CHECK(result.status == "done");
  CHECK(result.steps["reader"]["result"]["state_saw"].is_null());
  CHECK(LinesOf(dir / "log")[1] == "step start resumed 1 " + run + "/reader@1");
}

TEST_CASE("what a failed attempt would have written is dropped") {
  TempDir dir;
  EngineBench bench(dir);
  auto result = bench.Run(R"(
name: w
steps:
  - {id: bad, type: test.act, fail_times: 1, outputs: {x: "1"}, on_failure: continue}
  - {id: after, type: set-variables, dependencies: [bad], variables: {y: "${state.x}"}}
)");
  CHECK(result.status == "done");
  CHECK(result.state == Json{{"y", nullptr}});
}

TEST_CASE("two steps that run together and write one key without declaring it fail with both names") {
  TempDir dir;
  EngineBench bench(dir);
  std::string gate = (dir / "gate").string(), log = (dir / "log").string();
  // The types are known only at run time, so the file cannot be refused.
  Json set = {{"type", "set-variables"}, {"params", {{"variables", {{"x", 1}}}}}};
  Json wait = {{"type", "test.act"}, {"params", {{"wait", gate}, {"log", log}}}};
  dir.Write("slow", Dump(Json::array({{{"key", "wait"}, {"service", "step.run"}, {"input", wait}}})));
  dir.Write("quick", Dump(Json::array({{{"key", "set"}, {"service", "step.run"}, {"input", set}}})));
  std::string run = bench.Start(R"(
name: w
steps:
  - {id: one, type: test.script, script: ")" +
                                (dir / "slow").string() + R"(", outputs: {x: "1"}}
  - {id: two, type: test.script, script: ")" +
                                (dir / "quick").string() + R"("}
)");
  bench.Until([&] { return LinesOf(log).size() == 1 && bench.Events("step-done").size() == 2; });
  dir.Write("gate", "");
  auto result = bench.Wait(run);
  CHECK(result.status == "failed");
  CHECK_THAT(result.error, Contains("two@1/set/set-variables@1 and one@1") && Contains("state.x"));
}

TEST_CASE("a template that is one value keeps its type and the spec's names read results and status") {
  TempDir dir;
  EngineBench bench(dir);
  auto result = bench.Run(R"(
name: w
variables: {planning_timeout: 90s, list: [1, 2]}
steps:
  - id: make-it
    type: set-variables
    variables:
      labels: "${task.labels}"
      object: "${task}"
      text: "labels ${task.labels} of ${task.title}"
      alternative: "${task.nothing || 'none'}"
      nothing: "${task.nothing}"
      sum: "${variables.list.length + 1}"
  - id: look
    type: set-variables
    dependencies: [make-it]
    variables: {status: "${state.make_it_status}", first: "${context.state.get('labels')[0]}"}
)");
  INFO(result.error);
  CHECK(result.state["labels"] == Json({"a", "b"}));
  CHECK(result.state["object"]["id"] == "7");
  CHECK(result.state["text"] == R"(labels ["a","b"] of A task)");
  CHECK(result.state["alternative"] == "none");
  CHECK(result.state["nothing"].is_null());
  CHECK(result.state["sum"] == 3);
  CHECK(result.state["status"] == "done");
  CHECK(result.state["first"] == "a");
}

TEST_CASE("a sub-workflow has variables and state of its own and hands back its state") {
  TempDir dir;
  EngineBench bench(dir, {.workflows = {{"inner", R"(
name: inner
variables: {name: nobody}
steps:
  - {id: greet, type: set-variables, variables: {greeting: "hello ${variables.name}", outer: ["${variables.secret}", "${context.summary}"]}}
)"}}});
  auto result = bench.Run(R"(
name: w
variables: {secret: hidden}
steps:
  - {id: scan, type: set-variables, variables: {context_summary: hidden too}}
  - {id: sub, type: sub-workflow, dependencies: [scan], workflow: inner, inputs: {name: "${task.title}"}, outputs: {got: result.state_values}}
  - {id: bare, type: sub-workflow, dependencies: [sub], workflow: inner, outputs: {bare: result.state_values.greeting}}
)");
  INFO(result.error);
  CHECK(result.status == "done");
  const Json got = {{"greeting", "hello A task"}, {"outer", {nullptr, ""}}};
  CHECK(result.state == Json{{"context_summary", "hidden too"}, {"got", got}, {"bare", "hello nobody"}});
}

TEST_CASE("a conditional with mixed operators and both kinds of quotes runs the right list") {
  struct Row {
    const char* condition;
    const char* took;
  };
  const Row rows[] = {
      {R"((task.type === "feature" || task.type == 'hotfix') && task.labels.length >= 2 && !(task.title === ''))",
       "then"},
      {R"((task.type === "feature" || task.type == 'hotfix') && task.labels.length > 2)", "else"},
      {R"(task.type === "feature" || task.type == 'hotfix' && task.labels.length > 2)", "then"},
      {R"(task.type != "feature" || task.labels.includes('c'))", "else"},
      {R"(task.title)", "then"},
  };
  TempDir dir;
  EngineBench bench(dir);
  for (const Row& row : rows) {
    INFO(row.condition);
    auto result = bench.Run(
        "name: w\nsteps:\n  - id: check\n    type: conditional\n    condition: " + Dump(row.condition) + R"(
    then:
      - {id: yes-step, type: set-variables, variables: {took: then}}
    else:
      - {id: no-step, type: set-variables, variables: {took: else}}
)");
    INFO(result.error);
    CHECK(result.state == Json{{"took", row.took}});
  }
}

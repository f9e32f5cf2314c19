// The lines that people look for in the log.
#include <catch2/catch.hpp>

#include "support/captured_log.hpp"
#include "support/engine_bench.hpp"

using namespace mamc;
using namespace mamc::test;

TEST_CASE("the log tells every step's start and end with run and path") {
  TempDir dir;
  EngineBench bench(dir);
  CapturedLog log;
  std::string run = bench.Start("name: w\nsteps:\n  - {id: one, type: set-variables, variables: {x: 1}}\n");
  bench.Wait(run);
  INFO(log.text());
  CHECK(log.Has({"engine: run started", run}));
  CHECK(log.Has({"info engine: step started", run, "step=one@1", "set-variables"}));
  CHECK(log.Has({"info engine: step done", run, "step=one@1"}));
  CHECK(log.Has({"engine: run ended", run, "done"}));
}

TEST_CASE("the log warns of every retry and calls a failure an error") {
  TempDir dir;
  EngineBench bench(dir);
  CapturedLog log;
  std::string run =
      bench.Start("name: w\nsteps:\n  - {id: one, type: test.act, fail_times: 9, retries: 1}\n");
  bench.Until([&] { return bench.Events("step-retry").size() == 1; });
  bench.Advance(30000);
  bench.Wait(run);
  INFO(log.text());
  CHECK(log.Has({"warn engine: step retry", "step=one@2", "delay_ms", "30000"}));
  CHECK(log.Has({"error engine: step failed", "step=one@2", "failed as it was told to"}));
}

TEST_CASE("the log calls a step that lost against another cancelled and not an error") {
  TempDir dir;
  EngineBench bench(dir);
  CapturedLog log;
  std::string run = bench.Start(
      "name: w\nsteps:\n  - id: first\n    type: parallel\n    wait_for: any\n    steps:\n"
      "      - {id: slow, type: test.act, wait: /nowhere/at/all, log: \"" +
      (dir / "log").string() + "\"}\n      - {id: quick, type: set-variables, variables: {x: 1}}\n");
  CHECK(bench.Wait(run).status == "done");
  INFO(log.text());
  CHECK(log.Has({"info engine: step cancelled", "step=first@1/steps/0/slow@1"}));
  CHECK_FALSE(log.Has({"error engine"}));
}

TEST_CASE("the log holds ids and no payload of what personas are asked") {
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  EngineBench bench(dir, {.scripted = personas});
  CapturedLog log;
  bench.Run(
      "name: w\nsteps:\n  - {id: ask, type: persona-request, persona: qa-engineer, params: {note: very "
      "private}}\n");
  CHECK(log.Has({"step=ask@1"}));
  CHECK_FALSE(log.Has({"very private"}));
}

// Runs that this host leaves as they are until it may go on with them again.
#include <catch2/catch.hpp>

#include "support/engine_bench.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

constexpr const char* kAskThenAsk =
    "name: w\nsteps:\n  - {id: ask, type: persona-request, persona: qa-engineer, intent: one}\n"
    "  - {id: next, type: persona-request, persona: qa-engineer, intent: two, dependencies: [ask]}\n"
    "on_failure:\n  - {id: tell, type: persona-request, persona: qa-engineer, intent: tell}\n";

struct Yard {
  explicit Yard(const TempDir& dir)
      : personas(std::make_shared<ScriptedPersonas>()), bench(dir, {.scripted = personas}) {
    personas->answer = [](const ScriptedService::Asked&) { return std::nullopt; };
  }
  std::string Start() {
    std::string run = bench.Start(kAskThenAsk);
    bench.engine->Guard(run, [this] { return may; });
    bench.Until([&] { return personas->open.size() == 1; });
    return run;
  }
  std::size_t RecordsOf(const std::string& run) const { return bench.journal->Records(run).size(); }
  std::shared_ptr<ScriptedPersonas> personas;
  EngineBench bench;
  bool may = true;
};

}  // namespace

TEST_CASE("a run that is parked stops without an end and goes on where it stood") {
  TempDir dir;
  Yard yard(dir);
  std::string run = yard.Start();
  yard.bench.engine->Park(run);
  auto parked = yard.bench.Wait(run);
  CHECK(parked.status == "parked");
  CHECK(yard.personas->cancelled.size() == 1);
  CHECK(yard.bench.journal->FindRun(run)->status == "running");
  yard.bench.results.clear();
  yard.bench.Resume(run);
  yard.bench.Until([&] { return yard.personas->asked.size() == 2; });
  CHECK(yard.personas->asked.back().reattached);
  yard.personas->open.back()->done(Code::kOk, {{"status", "pass"}});
  yard.bench.Until([&] { return yard.personas->asked.size() == 3; });
  yard.personas->open.back()->done(Code::kOk, {{"status", "pass"}});
  CHECK(yard.bench.Wait(run).status == "done");
}

TEST_CASE("a run whose guard says no begins nothing and is parked, and nothing more of it is recorded") {
  TempDir dir;
  Yard yard(dir);
  std::string run = yard.Start();
  yard.may = false;
  std::size_t before = yard.RecordsOf(run);
  bool succeeds = GENERATE(true, false);
  yard.personas->open.back()->done(succeeds ? Code::kOk : Code::kFailed,
                                   {{"status", "pass"}, {"message", "no"}});
  CHECK(yard.bench.Wait(run).status == "parked");
  CHECK(yard.personas->asked.size() == 1);  // neither the next step nor what a failure would run
  CHECK(yard.bench.journal->FindRun(run)->status == "running");
  // What had come to its end by then stands; the word that the host has left is the last one.
  auto records = yard.bench.journal->Records(run);
  CHECK(records.back().kind == journal::RecordKind::kSignal);
  CHECK(records.size() > before);
}

TEST_CASE("a run that is parked before it has begun begins nothing") {
  TempDir dir;
  Yard yard(dir);
  std::string run = yard.bench.Start(kAskThenAsk);
  yard.bench.engine->Park(run);
  CHECK(yard.bench.Wait(run).status == "parked");
  CHECK(yard.personas->asked.empty());
  CHECK(yard.bench.journal->FindRun(run)->status == "running");
}

TEST_CASE("a host that leaves records and tells nothing more of its runs") {
  TempDir dir;
  Yard yard(dir);
  std::string run = yard.Start();
  yard.bench.engine->Leave();
  std::size_t before = yard.RecordsOf(run);
  yard.personas->open.back()->done(Code::kOk, {{"status", "pass"}});
  yard.bench.Until([&] { return yard.bench.Events("step-done").size() == 1; });
  yard.bench.loop.RunReady();
  CHECK_FALSE(yard.bench.ended(run));
  CHECK(yard.RecordsOf(run) == before);
  CHECK(yard.personas->asked.size() == 1);
}

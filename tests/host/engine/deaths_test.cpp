// A host that dies again and again at the same place, and what the next one does with what it was at.
#include "deaths.hpp"

#include <catch2/catch.hpp>

#include "support/engine_bench.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;
using engine::Deaths;
using engine::kMostDeathsOfRun;
using engine::kMostDeathsOfStep;
using journal::RecordKind;

namespace {

// The records of a run, as a test tells them.
class Story {
 public:
  Story& Start(const std::string& path) { return Add(RecordKind::kStart, path); }
  Story& Again(const std::string& path) { return Add(RecordKind::kAgain, path); }
  Story& Receipt(const std::string& path) { return Add(RecordKind::kReceipt, path); }
  Story& Child(const std::string& path, const std::string& key, const std::string& service) {
    return Add(RecordKind::kChild, path, key, {{"service", service}});
  }
  Story& ChildReceipt(const std::string& path, const std::string& key) {
    return Add(RecordKind::kChildReceipt, path, key);
  }
  Story& Signal(const std::string& what) { return Add(RecordKind::kSignal, "", "", {{"what", what}}); }
  Story& Discard() { return Add(RecordKind::kDiscard, ""); }

  Deaths deaths() const {
    Deaths told = deaths_;
    told.Close();
    return told;
  }

 private:
  Story& Add(RecordKind kind, const std::string& path, const std::string& key = "",
             const Json& body = Json::object()) {
    deaths_.Add({.seq = ++seq_, .kind = kind, .path = path, .key = key, .at_ms = 0, .body = ""}, body);
    return *this;
  }
  Deaths deaths_;
  std::int64_t seq_ = 0;
};

std::string Act(const TempDir& dir, const std::string& id, const std::string& more = "") {
  return "{id: " + id + ", type: test.act, params: {name: " + id + "}, log: \"" + (dir / "log").string() +
         "\", wait: \"" + (dir / "gate").string() + "\"" + more + "}";
}

// The host dies while its steps wait, once their log has so many lines.
void DieAfter(const TempDir& dir, const std::string& run, std::size_t lines) {
  EngineBench bench(dir);
  bench.Resume(run);
  bench.Until([&] { return LinesOf(dir / "log").size() == lines; });
}

// Two hosts have died while both steps of the run, which it returns, waited.
std::string DieTwiceBesideEachOther(const TempDir& dir) {
  std::string run;
  {
    EngineBench bench(dir);
    run = bench.Start("name: w\nsteps:\n  - " + Act(dir, "a") + "\n  - " + Act(dir, "b") + "\n");
    bench.Until([&] { return LinesOf(dir / "log").size() == 2; });
  }
  DieAfter(dir, run, 4);
  return run;
}

}  // namespace

TEST_CASE("a step at which every host dies is not run again and its run fails for a person") {
  TempDir dir;
  std::string run;
  {
    EngineBench bench(dir);
    run = bench.Start("name: w\nsteps:\n  - " + Act(dir, "a", ", retries: 5") + "\n");
    bench.Until([&] { return LinesOf(dir / "log").size() == 1; });
  }
  for (int death = 2; death <= kMostDeathsOfStep; ++death)
    DieAfter(dir, run, static_cast<std::size_t>(death));
  EngineBench bench(dir);
  auto result = bench.Wait(bench.Resume(run));
  CHECK(result.status == "failed");
  CHECK(result.code == Code::kPermission);
  CHECK(result.step == "a@1");
  CHECK_THAT(result.error, Contains("the host died 3 times while step 'a@1' (type test.act, plugin ") &&
                               Contains("test.bench.so) was running") && Contains("unblock the task"));
  CHECK_THAT(result.error, !Contains("at the same time"));
  CHECK(LinesOf(dir / "log").size() == kMostDeathsOfStep);
  CHECK(bench.Events("step-retry").empty());
}

TEST_CASE("of two steps at which the host died only the one is blamed that ends it alone") {
  TempDir dir;
  const std::string run = DieTwiceBesideEachOther(dir);
  // Before the third death would count against both: one at a time.
  std::string alone;
  {
    EngineBench bench(dir);
    bench.Resume(run);
    bench.Until([&] { return LinesOf(dir / "log").size() == 5; });
    bench.loop.RunReady();
    CHECK(LinesOf(dir / "log").size() == 5);
    alone = LinesOf(dir / "log").back().substr(0, 1);
  }
  dir.Write("gate", "");
  EngineBench bench(dir);
  auto result = bench.Wait(bench.Resume(run));
  CHECK(result.status == "failed");
  CHECK(result.step == alone + "@1");
  CHECK(result.steps[alone]["status"] == "failed");
  CHECK(result.steps[alone == "a" ? "b" : "a"]["status"] == "done");
}

TEST_CASE("a suspected step that waits for its turn is cancelled with its run") {
  TempDir dir;
  const std::string run = DieTwiceBesideEachOther(dir);
  EngineBench bench(dir);
  bench.Resume(run);
  bench.Until([&] { return LinesOf(dir / "log").size() == 5; });
  REQUIRE(bench.engine->Cancel(run, "enough").ok());
  CHECK(bench.Wait(run).status == "cancelled");
  CHECK(LinesOf(dir / "log").size() == 5);
}

TEST_CASE("the steps of a composite step are blamed and not the step around them") {
  TempDir dir;
  std::string run;
  {
    EngineBench bench(dir);
    run = bench.Start("name: w\nsteps:\n  - id: both\n    type: parallel\n    steps:\n      - " +
                      Act(dir, "a") + "\n");
    bench.Until([&] { return LinesOf(dir / "log").size() == 1; });
  }
  for (int death = 2; death <= kMostDeathsOfStep; ++death)
    DieAfter(dir, run, static_cast<std::size_t>(death));
  EngineBench bench(dir);
  auto result = bench.Wait(bench.Resume(run));
  CHECK_THAT(result.error, Contains("while step 'both@1/steps/0/a@1' (type test.act"));
  CHECK(result.code == Code::kPermission);
}

TEST_CASE("a step of a persona's work at which every host dies fails that work by its name") {
  TempDir dir;
  BenchOptions options{
      .personas = {{"smith", "id: smith\nprompt: You are one.\nwork:\n  - " + Act(dir, "a") + "\n"}}};
  std::string run;
  for (std::size_t death = 1; death <= kMostDeathsOfStep; ++death) {
    EngineBench bench(dir, options);
    if (death == 1)
      run = bench.Start("", {.kind = "work", .work_persona = "smith"});
    else
      bench.Resume(run);
    bench.Until([&] { return LinesOf(dir / "log").size() == death; });
  }
  EngineBench bench(dir, options);
  auto result = bench.Wait(bench.Resume(run));
  CHECK(result.code == Code::kPermission);
  CHECK_THAT(result.error, Contains("while step 'a@1' of persona smith (type test.act"));
}

TEST_CASE("a host that was told to stop has not died however often") {
  TempDir dir;
  std::string run;
  for (std::size_t stop = 1; stop <= 2 * kMostDeathsOfRun; ++stop) {
    EngineBench bench(dir);
    if (stop == 1)
      run = bench.Start("name: w\nsteps:\n  - " + Act(dir, "a") + "\n");
    else
      bench.Resume(run);
    bench.Until([&] { return LinesOf(dir / "log").size() == stop; });
    bench.engine->Leave();
    REQUIRE(bench.journal->Commit().ok());
  }
  dir.Write("gate", "");
  EngineBench bench(dir);
  CHECK(bench.Wait(bench.Resume(run)).status == "done");
}

TEST_CASE("what a person goes on with has all its tries again") {
  TempDir dir;
  std::string run;
  {
    EngineBench bench(dir);
    run = bench.Start("name: w\nsteps:\n  - " + Act(dir, "a") + "\n");
    bench.Until([&] { return LinesOf(dir / "log").size() == 1; });
  }
  for (int death = 2; death <= kMostDeathsOfStep; ++death)
    DieAfter(dir, run, static_cast<std::size_t>(death));
  {
    EngineBench bench(dir);
    CHECK(bench.Wait(bench.Resume(run)).status == "failed");
    REQUIRE(bench.engine->DiscardFailed(run).ok());
    bench.Resume(run, true);
    bench.Until([&] { return LinesOf(dir / "log").size() == kMostDeathsOfStep + 1; });
  }
  DieAfter(dir, run, kMostDeathsOfStep + 2);
  dir.Write("gate", "");
  EngineBench bench(dir);
  CHECK(bench.Wait(bench.Resume(run)).status == "done");
}

TEST_CASE("a step that only waits is not blamed but a run that comes to nothing ends") {
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  personas->Say("qa-engineer/work", {nullptr});
  std::string run;
  for (int death = 0; death <= kMostDeathsOfRun; ++death) {
    EngineBench bench(dir, {.scripted = personas});
    if (death == 0)
      run = bench.Start("name: w\nsteps:\n  - {id: ask, type: persona-request, persona: qa-engineer}\n");
    else
      bench.Resume(run);
    bench.Until([&] { return personas->open.size() == 1; });
  }
  EngineBench bench(dir, {.scripted = personas});
  auto result = bench.Wait(bench.Resume(run));
  CHECK(result.status == "failed");
  CHECK(result.code == Code::kPermission);
  CHECK_THAT(result.error, Contains("the host died 10 times while it went on with run " + run) &&
                               Contains("under way: ask@1 (persona-request)"));
  CHECK(personas->asked.size() == kMostDeathsOfRun + 1);
}

TEST_CASE("deaths are counted in a row and only where nothing was recorded in between") {
  Story story;
  story.Start("s@1").Again("s@1");
  CHECK(story.deaths().Of("s@1") == 2);
  CHECK(story.deaths().Of("other@1") == 0);

  SECTION("an end") {
    story.Receipt("s@1");
    CHECK(story.deaths().Of("s@1") == 0);
  }
  SECTION("an answer of a model") {
    story.Child("s@1", "ask/1", "model.ask").ChildReceipt("s@1", "ask/1").Again("s@1");
    CHECK(story.deaths().Of("s@1") == 2);  // the one that the answer came before, and the last
  }
  SECTION("the end of a step within") {
    story.Start("s@1/then/a@1").Receipt("s@1/then/a@1");
    CHECK(story.deaths().Of("s@1") == 1);
  }
  SECTION("a person goes on with it") {
    story.Signal("resume").Again("s@1");
    CHECK(story.deaths().Of("s@1") == 1);
  }
  SECTION("it is done again") {
    story.Discard().Start("s@1");
    CHECK(story.deaths().Of("s@1") == 1);
  }
  SECTION("the host was told to stop") {
    story.Signal("left");
    CHECK(story.deaths().Of("s@1") == 1);
    story.Again("s@1");
    CHECK(story.deaths().Of("s@1") == 2);
  }
}

TEST_CASE("a composite step is blamed only when nothing below it was being run") {
  Story story;
  story.Start("s@1").Child("s@1", "then", "step.run").Start("s@1/then/a@1");
  CHECK(story.deaths().Of("s@1") == 0);
  CHECK(story.deaths().Of("s@1/then/a@1") == 1);

  SECTION("the step below is begun again too") {
    story.Again("s@1").Again("s@1/then/a@1");
    CHECK(story.deaths().Of("s@1") == 0);
    CHECK(story.deaths().Of("s@1/then/a@1") == 2);
  }
  SECTION("it ends the host before that") {
    story.Again("s@1").Again("s@1").Again("s@1");
    CHECK(story.deaths().Of("s@1") == 3);
    CHECK(story.deaths().Of("s@1/then/a@1") == 1);
  }
  SECTION("the step below was stopped") {
    story.ChildReceipt("s@1", "then").Again("s@1");
    CHECK(story.deaths().Of("s@1") == 2);
    CHECK(story.deaths().Of("s@1/then/a@1") == 0);
  }
}

TEST_CASE("those that were under way at the same deaths are named with each other") {
  Story story;
  story.Start("p@1").Start("p@1/steps/0/a@1").Start("p@1/steps/1/b@1").Start("c@1").Receipt("c@1");
  CHECK(story.deaths().Beside("p@1/steps/0/a@1") == std::vector<std::string>{"p@1/steps/1/b@1"});
}

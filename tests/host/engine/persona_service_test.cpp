// persona.request over a real transport, with workers that the test plays.
#include <catch2/catch.hpp>
#include <set>

#include "office.hpp"
#include "support/captured_log.hpp"
#include "support/git_fixture.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kAsk =
    "name: w\nsteps:\n  - {id: ask, type: persona-request, persona: qa-engineer, intent: check, require: "
    "any}\n";

}  // namespace

TEST_CASE("a request that the server may have lost is sent again under its corr_id") {
  TempDir dir;
  EngineBench bench(dir);
  auto transport = bench.calls->Open(plugin::Kind::kTransport, "test.flaky", {{"dir", dir.path().string()}});
  REQUIRE(transport.status().message() == "");
  messaging::Channel channel(bench.loop, *bench.calls, *transport, messaging::ChannelOptions{});
  bench.engine->AddService("persona.request",
                           engine::MakePersonaService(
                               bench.loop, *bench.journal, channel,
                               {.timeout_ms = [](const workflow::Persona&) { return std::int64_t{60000}; }}));
  bench.Start(kAsk);
  bench.Until([&] { return LinesOf(dir / "published").size() == 1; });
  const std::size_t timers = bench.loop.pending_timers();
  dir.Write("emptied", "");
  bench.Until([&] { return bench.loop.pending_timers() == timers + 1; });
  bench.Advance(1000);
  bench.Until([&] { return LinesOf(dir / "published").size() == 2; });
  const auto published = LinesOf(dir / "published");
  CHECK(published[0] == published[1]);
}

TEST_CASE("a persona's answer is the step's result") {
  TempDir dir;
  Office office(dir);
  std::string run = office.bench.Start(kAsk);
  auto request = office.NextRequest();
  CHECK(request.intent == "check");
  CHECK(request.workflow_id == run);
  CHECK(request.task_id == "7");
  CHECK(request.project_id == "p");
  CHECK(request.step == "ask@1/request");
  CHECK(request.deadline_s == 60);
  CHECK(request.payload["task"]["title"] == "A task");
  office.Answer(request, "done", {{"status", "pass"}, {"output", "fine"}});
  auto result = office.bench.Wait(run);
  CHECK(result.status == "done");
  CHECK(result.steps["ask"]["result"]["output"] == "fine");
  CHECK(result.steps["ask"]["result"]["duration_ms"] == 1234);
  office.bench.Advance(3600 * 1000);
  CHECK(office.bench.Events("request-retry").empty());
}

TEST_CASE("a persona hears what an earlier attempt at the task ended with") {
  TempDir dir;
  Office office(dir);
  engine::RunSpec spec;
  spec.task = {{"id", "7"}, {"title", "A task"}, {"earlier_attempt", "no such line"}};
  office.bench.Start(kAsk, spec);
  CHECK(office.NextRequest().payload["task"]["earlier_attempt"] == "no such line");
}

TEST_CASE("a request without an answer is sent again after 30 and 60 and 90 seconds and then fails") {
  TempDir dir;
  Office office(dir);
  std::string run = office.bench.Start(kAsk);
  std::vector<std::string> corr_ids;
  for (std::int64_t wait_ms : {30000, 60000, 90000}) {
    corr_ids.push_back(office.NextRequest().corr_id);
    office.bench.Advance(60000);
    office.Settle();
    office.bench.Advance(wait_ms - 1);
    office.Settle();
    CHECK(office.requests.size() == corr_ids.size());
    office.bench.Advance(1);
  }
  corr_ids.push_back(office.NextRequest().corr_id);
  CHECK(std::set<std::string>(corr_ids.begin(), corr_ids.end()).size() == 4);
  office.bench.Advance(60000);
  auto result = office.bench.Wait(run);
  CHECK(result.code == Code::kUnavailable);  // nobody was reached
  CHECK_THAT(result.error, Contains("Timeout waiting for persona qa-engineer") &&
                               Contains("nobody took the request up") && Contains("4 attempts"));
  std::vector<std::int64_t> tries;
  for (const auto& record : office.bench.journal->Records(run))
    if (record.kind == journal::RecordKind::kTry) tries.push_back(Json::parse(record.body)["number"]);
  CHECK(tries == std::vector<std::int64_t>{1, 2, 3, 4});
}

TEST_CASE(
    "a restart in the middle of a back-off waits for the rest of it and keeps the number of the attempt") {
  TempDir dir;
  std::string run;
  std::int64_t now = 0;
  {
    Office office(dir);
    run = office.bench.Start(kAsk);
    office.NextRequest();
    office.bench.Advance(60000);
    office.Settle();
    office.bench.Advance(20000);
    now = office.bench.now_ms();
  }
  Office office(dir, {.start_ms = now});
  office.bench.Resume(run);
  office.bench.Advance(9999);
  office.Settle();
  CHECK(office.requests.empty());
  office.bench.Advance(1);
  auto request = office.NextRequest();
  CHECK(request.attempt == 2);
  office.Answer(request, "done", {{"status", "pass"}});
  CHECK(office.bench.Wait(run).status == "done");
}

TEST_CASE("a request that was open at a crash is sent again under the same corr_id") {
  TempDir dir;
  std::string run, corr_id;
  {
    Office office(dir);
    run = office.bench.Start(kAsk);
    corr_id = office.NextRequest().corr_id;
  }
  Office office(dir);
  office.bench.Resume(run);
  auto again = office.NextRequest();
  CHECK(again.corr_id == corr_id);
  CHECK(again.attempt == 1);
  office.Answer(again, "done", {{"status", "pass"}});
  CHECK(office.bench.Wait(run).status == "done");
}

TEST_CASE("retry from a step asks its persona under another corr_id so that no stored answer is taken") {
  TempDir dir;
  Office office(dir);
  std::string run = office.bench.Start(kAsk);
  auto first = office.NextRequest();
  office.Answer(first, "done", {{"status", "fail"}, {"output", "bad"}});
  office.bench.Wait(run);
  REQUIRE(office.bench.engine->DiscardFrom(run, "ask").ok());
  office.bench.Resume(run, true);
  auto second = office.NextRequest();
  CHECK(second.corr_id != first.corr_id);
  office.Answer(second, "done", {{"status", "pass"}});
  CHECK(office.bench.Wait(run).steps["ask"]["result"]["status"] == "pass");
}

TEST_CASE("the time of a request counts from the worker's start and only from its first sign") {
  TempDir dir;
  Office office(dir);
  std::string run = office.bench.Start(kAsk);
  auto request = office.NextRequest();
  office.bench.Advance(50000);
  office.Answer(request, "progress", {{"state", "started"}});
  office.Settle();
  office.bench.Advance(50000);
  office.Answer(request, "progress", {{"state", "still here"}});
  office.Settle();
  CHECK(office.bench.Events("request-retry").empty());
  office.bench.Advance(10000 + 14999);
  CHECK(office.bench.Events("request-retry").empty());
  office.bench.Advance(1);
  REQUIRE(office.bench.Events("request-retry").size() == 1);
  CHECK_THAT(office.bench.events.back().text, Contains("a worker began with it and went silent"));
}

TEST_CASE("a worker that says at its deadline what did not end is heard") {
  TempDir dir;
  Office office(dir);
  std::string run = office.bench.Start(
      "name: w\nsteps:\n  - {id: ask, type: persona-request, persona: qa-engineer, "
      "retries: 1}\n");
  for (int attempt = 1; attempt <= 2; ++attempt) {
    auto request = office.NextRequest();
    office.Answer(request, "progress", {{"state", "started"}});
    office.Settle();
    office.bench.Advance(60000);
    office.Settle();
    office.Answer(request, "error", {{"code", static_cast<int>(Code::kTimeout)}}, "`make test` did not end");
    office.Settle();
    office.bench.Advance(30000);
  }
  auto result = office.bench.Wait(run);
  CHECK(result.code == Code::kTimeout);
  CHECK_THAT(result.error, Contains("`make test` did not end (2 attempts)"));
}

TEST_CASE("each try is recorded with what the one before failed of") {
  TempDir dir;
  Office office(dir);
  std::string run = office.bench.Start(kAsk);
  office.FailInPassing("model is loading");
  std::vector<Json> tries;
  for (const auto& record : office.bench.journal->Records(run))
    if (record.kind == journal::RecordKind::kTry) tries.push_back(Json::parse(record.body));
  REQUIRE(tries.size() == 2);
  CHECK_FALSE(tries[0].contains("after"));
  CHECK(tries[1]["after"] == "model is loading");
}

TEST_CASE("a late answer to an attempt that was given up is not taken") {
  TempDir dir;
  Office office(dir);
  std::string run = office.bench.Start(kAsk);
  auto first = office.NextRequest();
  office.bench.Advance(60000 + 30000);
  auto second = office.NextRequest();
  office.Answer(first, "done", {{"status", "pass"}, {"output", "late"}});
  office.Settle();
  CHECK_FALSE(office.bench.ended(run));
  office.Answer(second, "done", {{"status", "pass"}, {"output", "in time"}});
  CHECK(office.bench.Wait(run).steps["ask"]["result"]["output"] == "in time");
}

TEST_CASE("errors that may pass are tried again and others fail at once") {
  TempDir dir;
  Office office(dir);
  std::string run = office.bench.Start(kAsk);
  office.FailInPassing("model is loading");
  office.bench.Advance(30000);
  office.Answer(office.NextRequest(), "error", {{"code", static_cast<int>(Code::kFailed)}},
                "the model answered nonsense");
  auto result = office.bench.Wait(run);
  CHECK(result.status == "failed");
  CHECK_THAT(result.error, Contains("the model answered nonsense (2 attempts)"));
}

TEST_CASE("the time of a request is the step's before the persona's before the machine's") {
  TempDir dir;
  std::string timeout;
  std::int64_t expected_s = 0;
  std::string persona = "id: qa-engineer\nprompt: You test.\n";
  SECTION("the machine's") {
    expected_s = 60;
  }
  SECTION("the persona's") {
    persona += "timeout: 100s\n";
    expected_s = 100;
  }
  SECTION("the step's") {
    persona += "timeout: 100s\n";
    timeout = ", timeout: 7s";
    expected_s = 7;
  }
  Office office(dir, {.personas = {{"qa-engineer", persona}}});
  office.bench.Start("name: w\nsteps:\n  - {id: ask, type: persona-request, persona: qa-engineer" + timeout +
                     "}\n");
  CHECK(office.NextRequest().deadline_s == expected_s);
}

TEST_CASE("the time of all attempts together is theirs and the back-offs and half a minute") {
  CHECK(engine::WrapperTimeoutMs(60000, 3, 30000) == 4 * 60000 + 30000 + 60000 + 90000 + 30000);
  CHECK(engine::WrapperTimeoutMs(1000, 0, 30000) == 31000);
}

TEST_CASE(
    "an exit code outweighs the word and a foreign done without a verdict is unknown where one is required") {
  TempDir dir;
  std::string persona = "id: qa-engineer\nprompt: You test.\n";
  Json result;
  std::string expected;
  SECTION("an exit code other than zero") {
    result = {{"status", "pass"}, {"exit_code", 1}};
    expected = "fail";
  }
  SECTION("an exit code of a program that was stopped") {
    result = {{"status", "pass"}, {"exit_code", 0}, {"timed_out", true}};
    expected = "fail";
  }
  SECTION("done of a persona without a verdict") {
    result = "all well";
    expected = "pass";
  }
  std::string ask = kAsk;
  SECTION("a review of a persona without a verdict") {
    ask =
        "name: w\nsteps:\n  - {id: ask, type: persona-request, persona: qa-engineer, intent: review, "
        "require: any}\n";
    result = {{"status", GENERATE("pass", "fail")}};
    expected = result["status"] == "pass" ? "unknown" : "fail";
  }
  SECTION("done of a persona with a verdict") {
    persona += "verdict: {type: object}\n";
    result = {{"status", "perfect"}};
    expected = "unknown";
  }
  Office office(dir, {.personas = {{"qa-engineer", persona}}});
  std::string run = office.bench.Start(ask);
  office.Answer(office.NextRequest(), "done", result);
  CHECK(office.bench.Wait(run).steps["ask"]["result"]["status"] == expected);
}

TEST_CASE("cancelling a run tells the worker by an event") {
  TempDir dir;
  Office office(dir);
  std::string run = office.bench.Start(kAsk);
  auto request = office.NextRequest();
  const std::vector<std::string>& heard = office.HearStatusesOf(request);
  REQUIRE(office.bench.engine->Cancel(run, "enough").ok());
  CHECK(office.bench.Wait(run).status == "cancelled");
  office.bench.Until([&] { return heard == std::vector<std::string>{"cancel"}; });
}

TEST_CASE("a request that was not sent yet is not cancelled by an event") {
  GitFixture git;
  TempDir dir;
  CapturedLog log;
  engine::RunSpec spec;
  spec.branch = "task/1";
  Office office(dir, {.repo = git.remote().string(), .project_base = git.project_base().string()});
  // Composed of the change of the branch, which takes the workspace a while.
  std::string run = office.bench.Start(
      "name: w\nsteps:\n  - {id: ask, type: persona-request, persona: qa-engineer, intent: review}\n", spec);
  auto asked = [&] {
    for (const journal::Record& record : office.bench.journal->Records(run))
      if (record.kind == journal::RecordKind::kChild) return true;
    return false;
  };
  office.bench.Until(asked);
  REQUIRE(office.bench.engine->Cancel(run, "enough").ok());
  CHECK(office.bench.Wait(run).status == "cancelled");
  office.Settle();
  CHECK_FALSE(log.Has({"malformed event"}));
}

TEST_CASE("a run that is parked leaves its worker at work and takes the answer when it goes on") {
  TempDir dir;
  Office office(dir);
  std::string run = office.bench.Start(kAsk);
  auto request = office.NextRequest();
  const std::vector<std::string>& heard = office.HearStatusesOf(request);
  SECTION("as it is told to") {
    office.bench.engine->Park(run);
  }
  SECTION("because its guard says no when it is cancelled") {
    office.bench.engine->Guard(run, [] { return false; });
    REQUIRE(office.bench.engine->Cancel(run, "enough").ok());
  }
  CHECK(office.bench.Wait(run).status == "parked");
  office.Settle();
  CHECK(heard.empty());
}

TEST_CASE("a run that was parked goes on with the attempt that was under way") {
  TempDir dir;
  Office office(dir);
  std::string run = office.bench.Start(kAsk);
  auto request = office.NextRequest();
  office.bench.engine->Park(run);
  office.bench.Wait(run);
  office.bench.Resume(run);
  auto again = office.NextRequest();
  CHECK(again.corr_id == request.corr_id);
  office.Answer(again, "done", {{"status", "pass"}});
  CHECK(office.bench.Wait(run).status == "done");
}

TEST_CASE(
    "a persona that is asked at the base works on the commit that the run began from and moves nothing") {
  GitFixture git;
  TempDir dir;
  const std::string base = git.RemoteCommit("main");
  git.Git(git.remote(), {"update-ref", "refs/heads/task/1", base});
  engine::RunSpec spec;
  spec.branch = "task/1";
  spec.commit = git.OthersPush("task/1", "a.txt", "a\n");
  spec.project = {{"id", "p"}, {"repo", git.remote().string()}, {"ma", "off"}};
  Office office(
      dir,
      {.repo = git.remote().string(),
       .project_base = git.project_base().string(),
       .personas = {{"qa-engineer",
                     "id: qa-engineer\nprompt: x\nwork:\n  - {id: t, type: command, argv: [\"true\"]}\n"}}});
  std::string run = office.bench.Start(R"(
name: w
steps:
  - {id: qa, type: qa-iteration-loop, test_command: t, inherited_failures: report, on_success: none}
)",
                                       spec);
  const Json failed = {{"exit_code", 1}, {"output", "FAILED t.py::old\n= 1 failed in 1s =\n"}};
  const auto reached = office.NextRequest();
  CHECK(reached.commit == spec.commit);
  CHECK(reached.branch == "task/1");
  office.Answer(reached, "done", failed);
  const auto at_base = office.NextRequest();
  CHECK(at_base.commit == base);
  CHECK(at_base.branch == "task/1-at-base");
  Json moved = failed;
  moved["commit"] = base;
  office.Answer(at_base, "done", moved);
  const auto result = office.bench.Wait(run);
  INFO(result.error);
  CHECK(result.status == "done");
  CHECK(result.commit == spec.commit);
}

TEST_CASE("who is shown a part of a change is told what is missing and lets no whole pass") {
  const bool judges = GENERATE(true, false);
  const std::string intent = judges ? "review" : "summarize";
  GitFixture git;
  TempDir dir;
  git.Git(git.remote(), {"update-ref", "refs/heads/task/1", git.RemoteCommit("main")});
  git.OthersPush("task/1", "a.txt", "a\n");
  git.OthersPush("task/1", "b.txt", std::string(500, 'b') + "\n" + std::string(500, 'b') + "\n");
  engine::RunSpec spec;
  spec.branch = "task/1";
  spec.commit = git.OthersPush("task/1", "c.txt", "c\n");
  Office office(dir,
                {.repo = git.remote().string(),
                 .project_base = git.project_base().string(),
                 .personas = {{"qa-engineer", "id: qa-engineer\nprompt: x\nverdict: {type: object}\n"}}},
                900);
  std::string run = office.bench.Start(
      "name: w\nsteps:\n  - {id: ask, type: persona-request, persona: qa-engineer, require: any, intent: " +
          intent + "}\n",
      spec);
  auto request = office.NextRequest();
  const std::string change = request.payload["change"];
  CHECK_THAT(change, Contains("+a\n") && Contains("limits.change is 900 bytes") &&
                         Contains("cut off within b.txt. Not shown at all: c.txt]"));
  office.Answer(request, "done", {{"status", "pass"}, {"output", "fine"}});
  const Json result = office.bench.Wait(run).steps["ask"]["result"];
  CHECK(result["status"] == (judges ? "unknown" : "pass"));
  if (judges)
    CHECK_THAT(GetString(result, "output"), Contains("Not shown at all: c.txt") && Contains("fine"));
}

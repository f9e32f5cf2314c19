// What becomes of a request: who takes it, and how it is answered.
#include "mamc/worker/worker.hpp"

#include "desk.hpp"
#include "mamc/engine/persona_service.hpp"
#include "support/captured_log.hpp"
#include "support/http_server.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::messaging;
using Catch::Matchers::Contains;

TEST_CASE("a request is begun and answered and acknowledged") {
  TempDir dir;
  CapturedLog log;
  Desk desk(dir, kTester, {"all is well"});
  Event end = desk.Ask(desk.Ask("c1", {{"note", "look"}}));
  CHECK(end.status == "done");
  CHECK(end.result["status"] == "pass");
  CHECK(end.result["output"] == "all is well");
  CHECK(end.workflow_id == "run");
  CHECK(end.task_id == "7");
  CHECK(end.step == "ask@1/request");
  CHECK(end.from_persona == "qa-engineer");
  CHECK(desk.events.front().status == "progress");
  CHECK(desk.worker->busy() == 0);
  CHECK(log.Has({"info persona: personas registered", "count=1", "personas=qa-engineer"}));
  CHECK_FALSE(log.Has({"info persona: persona registered"}));
  CHECK(log.Has({"info persona: request started", "corr_id=c1", "task=7"}));
}

TEST_CASE("an answered request that comes again gets the stored answer and no model is asked") {
  TempDir dir;
  {
    Desk desk(dir, kTester, {"first", "second"});
    CHECK(desk.Ask(desk.Ask("c1")).result["output"] == "first");
  }
  Desk desk(dir, kTester, {"first", "second"});  // after a restart
  CHECK(desk.Ask(desk.Ask("c1")).result["output"] == "first");
  desk.Send(desk.Ask("c1"));
  CHECK(desk.End("c1", 2).result["output"] == "first");
  CHECK(desk.asked() == 1);
  CHECK(desk.Ask(desk.Ask("c2")).result["output"] == "second");
}

TEST_CASE("a request that was under way at a crash is worked on again") {
  TempDir dir;
  dir.Write("hold", "");
  {
    Desk desk(dir, kTester, {"answer"});
    desk.Send(desk.Ask("c1"));
    desk.bench.Until([&] { return desk.asked() == 1; });
  }
  std::filesystem::remove(dir / "hold");
  Desk desk(dir, kTester, {"answer"});
  CHECK(desk.Ask(desk.Ask("c1")).result["output"] == "answer");
  CHECK(desk.asked() == 2);
}

TEST_CASE("a message for another persona is acknowledged without a word even when it is malformed") {
  TempDir dir;
  Desk desk(dir, kTester, {"yes"});
  Request other = desk.Ask("c1");
  other.to_persona = "lead-engineer";
  desk.Send(other);
  Json fields = {{"to_persona", "lead-engineer"}, {"corr_id", "c2"}, {"payload", "{"}};
  desk.Call(MAMC_TRANSPORT_PUBLISH, {{"stream", "machine:requests"}, {"fields", fields}});
  CHECK(desk.Ask(desk.Ask("c3")).status == "done");
  for (const Event& event : desk.events) CHECK(event.corr_id == "c3");
  CHECK(desk.DeadReasons().empty());
}

TEST_CASE("a malformed request goes to the dead letters with the reason") {
  TempDir dir;
  Desk desk(dir, kTester, {"yes"});
  Json fields = {{"to_persona", "qa-engineer"}, {"corr_id", "c1"}, {"payload", "{"}};
  desk.Call(MAMC_TRANSPORT_PUBLISH, {{"stream", "machine:requests"}, {"fields", fields}});
  CHECK(desk.Ask(desk.Ask("c2")).status == "done");
  REQUIRE(desk.DeadReasons().size() == 1);
  CHECK_THAT(desk.DeadReasons()[0], Contains("request c1: payload"));
}

TEST_CASE("a request that ends whoever takes it goes to the dead letters and is answered with an error") {
  TempDir dir;
  Desk desk(dir, kTester, {"yes"});
  dir.Write("hold", "");
  desk.Send(desk.Ask("c1"));
  desk.bench.Until([&] { return desk.asked() == 1; });  // the worker has its hands full

  // Somebody takes the next one, never answers, and is given it again and again.
  struct Taker final : plugin::CallObserver {
    void OnComplete(plugin::Ticket, plugin::Outcome, bool) override { ended = true; }
    void OnEmit(plugin::Ticket, std::string, std::string json) override {
      deliveries = GetInt(Json::parse(json), "delivery");
    }
    void OnChildCall(plugin::Ticket ticket, std::string key, std::string service,
                     std::string input) override {
      calls->ServeChild(ticket, key, service, input);
    }
    plugin::Calls* calls = nullptr;
    std::int64_t deliveries = 0;
    bool ended = false;
  };
  auto taker = std::make_shared<Taker>();
  taker->calls = desk.bench.calls.get();
  const Json terms = {{"stream", "machine:requests"},
                      {"group", "machine:personas:qa-engineer"},
                      {"consumer", "doomed"},
                      {"credit", 1},
                      {"idle_ms", 1}};
  const auto ticket =
      desk.bench.calls->Start(desk.transport, {.verb = MAMC_TRANSPORT_CONSUME}, Dump(terms), taker);
  desk.Send(desk.Ask("c2"));
  // The transport wakes by the loop's clock and judges by the real one.
  for (int i = 0; i < 1000 && taker->deliveries < 5; ++i) {
    desk.bench.Advance(10);
    desk.bench.loop.RunUntil([&] { return taker->deliveries >= 5; }, Milliseconds(3));
  }
  REQUIRE(taker->deliveries >= 5);
  desk.bench.calls->Cancel(ticket, Code::kCancelled);
  desk.bench.Until([&] { return taker->ended; });
  std::filesystem::remove(dir / "hold");

  CHECK(desk.End("c1").status == "done");
  desk.bench.Advance(300);
  Event end = desk.End("c2");
  CHECK(end.status == "error");
  CHECK_THAT(end.error, Contains("delivered 5 times and never answered"));
  CHECK(desk.asked() == 1);
  CHECK(desk.DeadReasons() == std::vector<std::string>{end.error});
  // Replayed by a person it is a new request.
  Json letters = desk.Call(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "machine:requests"}});
  desk.Call(MAMC_TRANSPORT_DEAD_REPLAY,
            {{"stream", "machine:requests"}, {"id", letters["messages"][0]["id"]}});
  CHECK(desk.End("c2", 2).status == "done");
}

TEST_CASE("a persona is served under its aliases too") {
  TempDir dir;
  Desk desk(dir, kTester, {"yes"});
  Request request = desk.Ask("c1");
  request.to_persona = "tester-qa";
  CHECK(desk.Ask(request).from_persona == "qa-engineer");
}

TEST_CASE("an answer that no message takes is an error in words and not a silence") {
  TempDir dir;
  Desk desk(dir, kTester, {std::string(7'000'000, 'x')});
  Event end = desk.Ask(desk.Ask("c1"));
  CHECK(end.status == "error");
  CHECK(end.result["code"] == static_cast<int>(Code::kLimit));
  CHECK_THAT(end.error, Contains("a message takes"));
}

TEST_CASE(
    "a model whose edits are refused is told why in the same conversation and its repair is committed") {
  TempDir dir;
  GitFixture git;
  git.OthersPush("main", "a.txt", "one\n");
  const std::string first = "I change it.\na.txt\n<<<<<<< SEARCH\nnine\n=======\ntwo\n>>>>>>> REPLACE\n";
  const std::string second = "a.txt\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n";
  Desk desk(dir, R"(
id: qa-engineer
prompt: You mend.
work:
  - {id: ask, type: ask}
  - {id: apply, type: diff-apply, dependencies: [ask], source: "${steps.ask.result.text}", repairs: 2}
  - {id: commit, type: git-operation, dependencies: [apply], operation: commit, message: m}
)",
            {Json({{"text", first}, {"usage", {{"prompt_tokens", 10}, {"completion_tokens", 1}}}}).dump(),
             Json({{"text", second}, {"usage", {{"prompt_tokens", 20}, {"completion_tokens", 2}}}}).dump()},
            {.repo = git.remote().string(), .project_base = git.project_base().string()},
            [&](worker::WorkerOptions& options) { options.record = (dir / "cassette.jsonl").string(); });
  Request request = desk.AskOn(git, "c1", {{"plan", "change a.txt"}});
  Event end = desk.Ask(request);
  INFO(end.error);
  REQUIRE(end.status == "done");
  CHECK(end.result["output"] == second);
  CHECK(end.result["usage"] == Json({{"prompt_tokens", 30}, {"completion_tokens", 3}}));
  REQUIRE(end.result.contains("commit"));

  auto lines = LinesOf(dir / "cassette.jsonl");
  REQUIRE(lines.size() == 2);
  Json asked = Json::parse(lines[0])["messages"], repaired = Json::parse(lines[1])["messages"];
  REQUIRE(asked.size() == 2);
  REQUIRE(repaired.size() == 4);
  CHECK(repaired[0] == asked[0]);
  CHECK(repaired[1] == asked[1]);
  CHECK(repaired[2] == Json({{"role", "assistant"}, {"content", first}}));
  CHECK_THAT(repaired[3]["content"].get<std::string>(), Contains("do not send these again"));
  CHECK(lines[1].find(git.root().string()) == std::string::npos);
}

TEST_CASE(
    "a request for a repository of no project here is answered with an error and goes to the dead letters") {
  TempDir dir;
  Desk desk(dir, kTester, {"yes"}, {}, [](worker::WorkerOptions& options) {
    options.knows_repo = [](const std::string&, const std::string& repo) { return repo == "known"; };
  });
  Request request = desk.Ask("c1");
  request.repo = "git@evil.example.com:x";
  Event end = desk.Ask(request);
  CHECK(end.status == "error");
  CHECK(end.result["code"] == static_cast<int>(Code::kPermission));
  CHECK_THAT(end.error, Contains("belongs to no project"));
  REQUIRE(desk.DeadReasons().size() == 1);
  CHECK(desk.DeadReasons()[0] == end.error);
  CHECK(desk.asked() == 0);
}

TEST_CASE("what was recorded is played by the replay backend") {
  TempDir dir;
  const std::string cassette = (dir / "cassette.jsonl").string();
  {
    Desk desk(dir, kJudge, {"hm", "{\"status\": \"fail\"}"}, {},
              [&](worker::WorkerOptions& options) { options.record = cassette; });
    CHECK(desk.Ask(desk.Ask("c1", {{"note", "look"}})).result["status"] == "fail");
  }
  CHECK(LinesOf(cassette).size() == 2);
  Desk desk(dir, kJudge, {"never asked"}, {}, [&](worker::WorkerOptions& options) {
    options.default_backend = "replay";
    options.backend_settings["replay"] = {{"cassette", cassette}};
  });
  CHECK(desk.Ask(desk.Ask("c2", {{"note", "look"}})).result["status"] == "fail");
  CHECK(desk.asked() == 2);
}

TEST_CASE("a busy model server is asked again when it says and not sooner") {
  TempDir dir;
  std::atomic<int> asked = 0;
  HttpServer server([&](const HttpRequest& request) {
    if (request.target.find("chat") == std::string::npos || ++asked > 1)
      return HttpReply{
          .body = R"({"model":"m","choices":[{"message":{"content":"ready"},"finish_reason":"stop"}]})"};
    return HttpReply{.status = 429, .headers = {{"Retry-After", "7"}}, .body = "{}"};
  });
  Desk desk(dir, kTester, {"x"}, {}, [&](worker::WorkerOptions& options) {
    options.default_backend = "lm-studio";
    options.backend_settings["lm-studio"] = {{"base_url", server.url()}};
  });
  CapturedLog log;
  desk.Send(desk.Ask("c1"));
  desk.bench.Until([&] { return log.Has({"the model server is busy", "wait_ms=7000"}); });
  desk.bench.Advance(6'999);
  desk.bench.loop.RunReady();
  CHECK(asked == 1);
  desk.bench.Advance(1);
  CHECK(desk.End("c1").result["output"] == "ready");
}

namespace {

// Sends it and tells under which id the transport has it.
std::string SendAndName(Desk& desk, const Request& request) {
  desk.channel->Expect(request.corr_id, [&desk](const Event& event) { desk.events.push_back(event); });
  return desk.Call(MAMC_TRANSPORT_PUBLISH,
                   {{"stream", "machine:requests"}, {"fields", Json(request.ToFields())}})["id"];
}

// As if another worker had taken it over and answered it.
void TakeAway(Desk& desk, const std::string& id) {
  desk.Call(MAMC_TRANSPORT_ACK,
            {{"stream", "machine:requests"}, {"group", "machine:personas:qa-engineer"}, {"id", id}});
}

// Asks something else: what was said of the first request before is heard when that is answered.
void CheckUnanswered(Desk& desk, const std::string& corr_id) {
  CHECK(desk.Ask(desk.Ask("other")).status == "done");
  for (const Event& event : desk.events)
    if (event.corr_id == corr_id) CHECK(event.status == "progress");
}

}  // namespace

TEST_CASE(
    "a request that another worker has taken over is stopped and neither answered nor kept as answered") {
  TempDir dir;
  Desk desk(dir, kTester, {"an answer"});
  dir.Write("hold", "");
  const std::string id = SendAndName(desk, desk.Ask("c1"));
  desk.bench.Until([&] { return desk.asked() == 1; });
  TakeAway(desk, id);
  desk.bench.Advance(desk.channel->options().idle_ms / 3);  // when it says next that it is at work
  desk.bench.Until([&] { return desk.worker->busy() == 0; });
  std::filesystem::remove(dir / "hold");
  CheckUnanswered(desk, "c1");
  CHECK_FALSE(desk.bench.journal->FindAnswer("c1").has_value());
}

TEST_CASE("who stood still answers only when the request is still its own and keeps the answer") {
  const bool taken = GENERATE(false, true);
  TempDir dir;
  CapturedLog log;
  Desk desk(dir, kTester, {"an answer"});
  dir.Write("hold", "");
  Request request = desk.Ask("c1");
  request.deadline_s = 0;
  const std::string id = SendAndName(desk, request);
  desk.bench.Until([&] { return desk.asked() == 1; });
  desk.bench.loop.StandStill(Milliseconds(desk.channel->options().idle_ms));
  if (taken) TakeAway(desk, id);
  std::filesystem::remove(dir / "hold");
  desk.bench.Until([&] { return desk.worker->busy() == 0; });
  if (taken) {
    CheckUnanswered(desk, "c1");
    desk.bench.Until([&] { return log.Has({"answer not given", "corr_id=c1"}); });
    desk.Send(request);  // it comes again
  }
  CHECK(desk.End("c1").result["output"] == "an answer");
  CHECK(desk.asked() == (taken ? 2u : 1u));
}

TEST_CASE("a backend that is not there is an error in words") {
  TempDir dir;
  Desk desk(dir, kTester, {"x"}, {},
            [](worker::WorkerOptions& options) { options.default_backend = "nowhere"; });
  Event end = desk.Ask(desk.Ask("c1"));
  CHECK(end.status == "error");
  CHECK_THAT(end.error, Contains("nowhere"));
}

TEST_CASE("on one machine the requester and the worker share a channel and the answer arrives") {
  TempDir dir;
  Desk desk(dir, kTester, {"all is well"});
  desk.bench.engine->AddService(
      "persona.request", engine::MakePersonaService(
                             desk.bench.loop, *desk.bench.journal, *desk.channel,
                             {.timeout_ms = [](const workflow::Persona&) { return std::int64_t{60000}; }}));
  auto result =
      desk.bench.Run("name: w\nsteps:\n  - {id: ask, type: persona-request, persona: qa-engineer}\n");
  INFO(result.error);
  CHECK(result.status == "done");
  CHECK(result.steps["ask"]["result"]["output"] == "all is well");
}

TEST_CASE("work for a run is stopped when another run of its task has begun and is not begun after that") {
  TempDir dir;
  Desk desk(dir, kTester, {"an answer"});
  dir.Write("hold", "");
  auto request = desk.Ask("former");
  request.project_id = "p";
  desk.Send(request);
  desk.bench.Until([&] { return desk.asked() == 1; });
  messaging::Event begun;
  begun.from_persona = "coordination";
  begun.status = "progress";
  begun.workflow_id = "run";
  begun.corr_id = messaging::TaskCorrId("p", "7");
  auto say = [&] {
    bool said = false;
    desk.channel->PublishEvent(begun, [&](Status) { said = true; });
    desk.bench.Until([&] { return said; });
  };
  say();  // of its own run
  begun.workflow_id = "next";
  begun.corr_id = messaging::TaskCorrId("p", "8");
  say();  // of another task
  CHECK(desk.worker->busy() == 1);
  begun.corr_id = messaging::TaskCorrId("p", "7");
  say();
  CHECK_THAT(desk.End("former").error, Catch::Matchers::Contains("run next now"));
  auto late = desk.Ask("late");
  late.project_id = "p";
  const Event refused = desk.Ask(late);
  CHECK_THAT(refused.error, Catch::Matchers::Contains("another run"));
  CHECK(refused.result["code"] == static_cast<int>(Code::kUnavailable));  // so that it is asked again
  CHECK(desk.asked() == 1);
  std::filesystem::remove(dir / "hold");
  auto next = desk.Ask("next");
  next.project_id = "p";
  next.workflow_id = "next";
  CHECK(desk.Ask(next).status == "done");
}

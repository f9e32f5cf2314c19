// A worker over the local transport whose models are the cassette of the replay backend or a program.
#include "mamc/worker/worker.hpp"

#include <mamc/transport.h>

#include <catch2/catch.hpp>

#include "mamc/engine/persona_service.hpp"
#include "support/engine_bench.hpp"
#include "support/git_fixture.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::messaging;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kTester = "id: qa-engineer\naliases: [tester-qa]\nprompt: You test.\n";
constexpr const char* kJudge =
    "id: qa-engineer\nprompt: You judge.\nverdict: {type: object, properties: {status: {enum: [pass, "
    "fail]}}, required: [status]}\n";

struct Desk {
  explicit Desk(const TempDir& its_dir, const std::string& persona_text, Json answers = Json::array(),
                BenchOptions options = {}, std::function<void(worker::WorkerOptions&)> change = {})
      : dir(its_dir), bench(its_dir, std::move(options)) {
    auto opened = bench.calls->Open(plugin::Kind::kTransport, "local", Json::object());
    REQUIRE(opened.ok());
    transport = *opened;
    channel = std::make_unique<Channel>(bench.loop, *bench.calls, transport, ChannelOptions{});
    auto loaded = workflow::LoadPersona(persona_text, "persona.yml", *bench.names);
    for (const auto& problem : loaded.problems) FAIL(problem.ToString());
    worker::WorkerOptions worker_options;
    worker_options.personas = {loaded.persona};
    worker_options.default_backend = "command";
    worker_options.backend_settings["command"] = Model(std::move(answers));
    if (change) change(worker_options);
    worker = std::make_unique<worker::Worker>(bench.loop, *bench.calls, *bench.journal, *bench.engine,
                                              *channel, worker_options);
    bench.engine->AddService("model.ask", worker->ask_service());
    worker->Start();
  }
  ~Desk() {
    worker.reset();
    channel.reset();
  }

  // A program that notes each question and prints the next answer, the last again and again.
  Json Model(const Json& answers) {
    int number = 0;
    for (const Json& answer : answers)
      dir.Write("answer." + std::to_string(++number), answer.get<std::string>());
    dir.Write("model.sh", "cd \"" + dir.path().string() +
                              "\"\necho asked >> asked\ncat > question\nn=$(wc -l < asked)\n"
                              "while [ -e hold ]; do sleep 0.01; done\n"
                              "[ -e answer.$n ] || n=" +
                              std::to_string(number) + "\ncat answer.$n\n");
    return {{"argv", {"/bin/sh", (dir / "model.sh").string()}}};
  }
  std::size_t asked() const { return LinesOf(dir / "asked").size(); }

  Request Ask(const std::string& corr_id, Json payload = Json::object()) const {
    Request request;
    request.workflow_id = "run";
    request.task_id = "7";
    request.step = "ask@1/request";
    request.to_persona = "qa-engineer";
    request.intent = "check";
    request.payload = std::move(payload);
    request.corr_id = corr_id;
    request.deadline_s = 60;
    return request;
  }
  void Send(const Request& request) {
    channel->Expect(request.corr_id, [this](const Event& event) { events.push_back(event); });
    channel->PublishRequest(request, [](Status status) { CHECK(status.message() == ""); });
  }
  // The event that ends the request.
  Event End(const std::string& corr_id, std::size_t which = 1) {
    Event end;
    bench.Until([&] {
      std::size_t seen = 0;
      for (const Event& event : events)
        if (event.corr_id == corr_id && (event.status == "done" || event.status == "error") &&
            ++seen == which) {
          end = event;
          return true;
        }
      return false;
    });
    return end;
  }
  Event Ask(const Request& request) {
    Send(request);
    return End(request.corr_id);
  }
  Json Call(std::uint32_t verb, const Json& input) {
    std::optional<Json> answer;
    plugin::Call(*bench.calls, transport, verb, input, [&](Result<Json> result) {
      CHECK(result.status().message() == "");
      answer = result.ok() ? *result : Json::object();
    });
    bench.Until([&] { return answer.has_value(); });
    return *answer;
  }
  std::vector<std::string> DeadReasons() {
    std::vector<std::string> reasons;
    Json letters = Call(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "machine:requests"}});
    for (const Json& letter : letters["messages"]) reasons.push_back(letter["reason"]);
    return reasons;
  }

  const TempDir& dir;
  EngineBench bench;
  std::shared_ptr<plugin::Instance> transport;
  std::unique_ptr<Channel> channel;
  std::unique_ptr<worker::Worker> worker;
  std::vector<Event> events;
};

}  // namespace

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

TEST_CASE("a request whose deadline has passed is answered with an error and no model is asked") {
  TempDir dir;
  // The transport's ids tell the machine's time; the worker's clock is a minute ahead of it.
  Desk desk(dir, kTester, {"yes"}, {.start_ms = SystemClock().UnixMs() - 1'700'000'000'000 + 60'000});
  Request late = desk.Ask("c1");
  late.deadline_s = 30;
  Event end = desk.Ask(late);
  CHECK(end.status == "error");
  CHECK_THAT(end.error, Contains("came after its deadline of 30 s"));
  CHECK(end.result["code"] == static_cast<int>(Code::kTimeout));
  Request in_time = desk.Ask("c2");
  in_time.deadline_s = 3600;
  CHECK(desk.Ask(in_time).status == "done");
  CHECK(desk.asked() == 1);
}

TEST_CASE("a model that hangs is stopped before the request's time is up and the error names it") {
  TempDir dir;
  Desk desk(dir, kTester, {"yes"});
  dir.Write("hold", "");
  desk.Send(desk.Ask("c1"));
  desk.bench.Until([&] { return desk.asked() == 1; });
  desk.bench.Advance(57000);
  Event end = desk.End("c1");
  CHECK(end.status == "error");
  CHECK_THAT(end.error, Contains("/bin/sh did not answer and was stopped after 57000 ms"));
  CHECK(end.result["code"] == static_cast<int>(Code::kTimeout));
  CHECK(desk.worker->busy() == 0);
}

TEST_CASE("a command that hangs is stopped before the request's time is up and the error names it") {
  TempDir dir;
  GitFixture git;
  Desk desk(
      dir,
      "id: qa-engineer\nprompt: You test.\nwork:\n  - {id: test, type: command, argv: [sh, -c, \"touch '" +
          (dir / "begun").string() + "'; exec sleep 1000\"], allow_failure: true}\n",
      {}, {.repo = git.remote().string(), .project_base = git.project_base().string()});
  Request request = desk.Ask("c1");
  request.repo = git.remote().string();
  request.base = "main";
  request.branch = "task";
  desk.Send(request);
  desk.bench.Until([&] { return std::filesystem::exists(dir / "begun"); });
  desk.bench.Advance(57000);
  Event end = desk.End("c1");
  CHECK(end.status == "error");
  CHECK_THAT(end.error,
             Contains("exec sleep 1000") && Contains("did not end and was stopped after 57000 ms"));
  CHECK(end.result["code"] == static_cast<int>(Code::kTimeout));
}

TEST_CASE("work that does not heed its deadline is stopped some seconds after it") {
  TempDir dir;
  Desk desk(dir,
            "id: qa-engineer\nprompt: You test.\nwork:\n  - {id: deaf, type: test.act, params: {deaf: true, "
            "wait: /nowhere/at/all}}\n");
  desk.Send(desk.Ask("c1"));
  desk.bench.Until([&] { return !desk.bench.Events("step-started").empty(); });
  desk.bench.Advance(65000);
  Event end = desk.End("c1");
  CHECK(end.status == "error");
  CHECK(end.result["code"] == static_cast<int>(Code::kTimeout));
  CHECK(desk.worker->busy() == 0);
}

TEST_CASE("a cancel event stops the work on a request") {
  TempDir dir;
  Desk desk(dir, kTester, {"yes"});
  dir.Write("hold", "");
  desk.Send(desk.Ask("c1"));
  desk.bench.Until([&] { return desk.asked() == 1; });
  Event cancel;
  cancel.corr_id = "c1";
  cancel.status = "cancel";
  desk.channel->PublishEvent(cancel, [](Status) {});
  Event end = desk.End("c1");
  CHECK(end.status == "error");
  CHECK_THAT(end.error, Contains("the requester does not wait any more"));
  CHECK(desk.worker->busy() == 0);
}

TEST_CASE("a verdict that cannot be used is repaired in one more turn") {
  TempDir dir;
  Desk desk(dir, kJudge, {"looks fine to me", "```json\n{\"status\": \"pass\"}\n```"});
  Event end = desk.Ask(desk.Ask("c1"));
  CHECK(end.result["status"] == "pass");
  CHECK(end.result["verdict"] == Json{{"status", "pass"}});
  CHECK(desk.asked() == 2);
  CHECK_THAT(dir.Read("question"), Contains("That answer can not be used"));
}

TEST_CASE("a verdict that cannot be used twice is unknown and never pass") {
  TempDir dir;
  Desk desk(dir, kJudge, {"<think>{\"status\": \"pass\"}</think>pass!", "PASS, really: status pass"});
  Event end = desk.Ask(desk.Ask("c1"));
  CHECK(end.status == "done");
  CHECK(end.result["status"] == "unknown");
  CHECK(desk.asked() == 2);
}

TEST_CASE("an exit code of the work decides and no text overrides it") {
  TempDir dir;
  GitFixture git;
  Desk desk(dir, R"(
id: qa-engineer
prompt: You test.
work:
  - {id: ask, type: ask}
  - {id: test, type: command, dependencies: [ask], argv: [sh, -c, "echo it passed; exit 3"], allow_failure: true}
)",
            {"{\"status\": \"pass\"} everything passes"},
            {.repo = git.remote().string(), .project_base = git.project_base().string()});
  Request request = desk.Ask("c1");
  request.repo = git.remote().string();
  request.base = "main";
  request.branch = "task";
  Event end = desk.Ask(request);
  INFO(end.error);
  CHECK(end.status == "done");
  CHECK(end.result["exit_code"] == 3);
  CHECK(end.result["status"] == "fail");
  CHECK_THAT(end.result["output"].get<std::string>(), Contains("it passed"));
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
  Request request = desk.Ask("c1", {{"plan", "change a.txt"}});
  request.repo = git.remote().string();
  request.base = "main";
  request.branch = "task";
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

TEST_CASE("a repository of no project here is refused in words") {
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

// The project loop over the real local board.
#include "mamc/coordinator/coordinator.hpp"

#include <mamc/board.h>

#include <catch2/catch.hpp>

#include "support/engine_bench.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::coordinator;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kAsk =
    "name: project-loop\nsteps:\n  - {id: ask, type: persona-request, persona: qa-engineer, intent: "
    "\"${task.title}\"}\n";

struct Shop {
  explicit Shop(const TempDir& dir,
                std::shared_ptr<ScriptedPersonas> its_personas = std::make_shared<ScriptedPersonas>(),
                std::int64_t start_ms = 0)
      : personas(its_personas), bench(dir, {.start_ms = start_ms, .scripted = its_personas}) {
    board = Open(plugin::Kind::kBoard, {{"path", (dir / "board.db").string()}});
    channel = std::make_unique<messaging::Channel>(bench.loop, *bench.calls,
                                                   Open(plugin::Kind::kTransport, Json::object()),
                                                   messaging::ChannelOptions{});
    options.project.id = "p";
    AddWorkflow(kAsk);
  }
  ~Shop() {
    coordinator.reset();
    channel.reset();
  }
  std::shared_ptr<plugin::Instance> Open(plugin::Kind kind, const Json& settings) {
    auto opened = bench.calls->Open(kind, "local", settings);
    REQUIRE(opened.status().message() == "");
    return *opened;
  }
  void AddWorkflow(const std::string& text) {
    auto loaded = workflow::LoadWorkflow(text, "w.yml", *bench.names);
    for (const auto& problem : loaded.problems) FAIL(problem.ToString());
    options.workflows.push_back(loaded.workflow);
  }
  Result<Json> TryBoard(std::uint32_t verb, const Json& input) {
    std::optional<Result<Json>> answer;
    plugin::Call(*bench.calls, board, verb, input, [&](Result<Json> said) { answer = std::move(said); });
    bench.Until([&] { return answer.has_value(); });
    return *answer;
  }
  Json Board(std::uint32_t verb, const Json& input) {
    auto answer = TryBoard(verb, input);
    REQUIRE(answer.status().message() == "");
    return *answer;
  }
  std::string AddTask(const std::string& title, Json more = Json::object()) {
    more.update({{"project", "p"}, {"title", title}});
    return Board(MAMC_BOARD_CREATE, more)["task"]["id"];
  }
  Json Task(const std::string& id) { return Board(MAMC_BOARD_GET, {{"id", id}})["task"]; }
  std::string Comments(const std::string& id) {
    Json got = Board(MAMC_BOARD_GET, {{"id", id}});
    return Dump(got["comments"]);
  }
  void Start() {
    auto persona = workflow::LoadPersona("id: qa-engineer\nprompt: x\n", "p.yml", *bench.names);
    options.personas = {persona.persona};
    coordinator =
        std::make_unique<Coordinator>(bench.loop, *bench.calls, board, *bench.journal, *bench.engine,
                                      *channel, options, [this](const engine::RunEvent& event) {
                                        if (event.kind == "waiting")
                                          waits_ms.push_back(GetInt(event.fields, "wait_ms"));
                                      });
    bench.engine->AddService("board", coordinator->board_service());
    coordinator->Start([this](LoopResult ended) { result = std::move(ended); });
  }
  LoopResult Run() {
    result.reset();
    Start();
    bench.Until([&] { return result.has_value(); });
    return *result;
  }
  // The same where things are out of reach: the clock moves on whenever the loop waits for them. `pause` is
  // called before it does.
  LoopResult RunThroughOutage(const std::function<void()>& pause = [] {}) {
    result.reset();
    waits_ms.clear();
    Start();
    for (std::size_t seen = 0;; ++seen) {
      bench.Until([&] { return result.has_value() || waits_ms.size() > seen; });
      if (result) return *result;
      pause();
      bench.Advance(waits_ms.back());
    }
  }
  // "qa-engineer/<title>" of every request so far, without the persona.
  std::vector<std::string> Worked() const {
    std::vector<std::string> titles;
    for (const std::string& call : personas->calls()) titles.push_back(call.substr(call.find('/') + 1));
    return titles;
  }
  static Json Error(Code code, const std::string& message) {
    return {{"code", static_cast<int>(code)}, {"message", message}};
  }

  std::shared_ptr<ScriptedPersonas> personas;
  EngineBench bench;
  CoordinatorOptions options;
  std::shared_ptr<plugin::Instance> board;
  std::unique_ptr<messaging::Channel> channel;
  std::unique_ptr<Coordinator> coordinator;
  std::optional<LoopResult> result;
  std::vector<std::int64_t> waits_ms;  // for what could not be reached
};

// The same board, and the same journal without the note that the end of its run was reported.
void CopyWithoutReports(const TempDir& from, const TempDir& to) {
  std::filesystem::copy(from / "board.db", to / "board.db");
  auto whole = journal::Journal::Open(from / "journal.db");
  auto part = journal::Journal::Open(to / "journal.db");
  REQUIRE((whole.ok() && part.ok()));
  auto row = (*whole)->ListRuns()[0];
  (*part)->CreateRun(row, (*whole)->Texts(row.id));
  (*part)->SetRunResult(row.id, row.status, row.error, row.result);
  REQUIRE((*part)->Commit().ok());
}

}  // namespace

TEST_CASE("the loop works on every task and ends with 0 when all are done") {
  TempDir dir;
  CapturedLog log;
  Shop shop(dir);
  std::string low = shop.AddTask("low", {{"priority", 1}}), high = shop.AddTask("high", {{"priority", 9}});
  auto result = shop.Run();
  CHECK(result.exit_code() == 0);
  CHECK(result.blocked.empty());
  CHECK(shop.Worked() == std::vector<std::string>{"high", "low"});
  CHECK(shop.Task(low)["status"] == "done");
  CHECK(shop.Task(high)["status"] == "done");
  CHECK_THAT(shop.Comments(high), Contains("Run " + result.iterations[0].run + " done"));
  CHECK(log.Has({"info engine: task received", "task=" + high}));
  CHECK(log.Has({"engine: task done"}));
}

TEST_CASE("a failed task is blocked and tried again after all others until its attempts are used up") {
  TempDir dir;
  CapturedLog log;
  Shop shop(dir);
  shop.options.blocked_max_attempts = 3;
  shop.personas->Say("qa-engineer/bad", {Shop::Error(Code::kFailed, "no way")});
  std::string bad = shop.AddTask("bad", {{"priority", 99}});
  shop.AddTask("good");
  auto result = shop.Run();
  CHECK(result.exit_code() == 1);
  CHECK(shop.Worked() == std::vector<std::string>{"bad", "good", "bad", "bad"});
  REQUIRE(result.blocked.size() == 1);
  CHECK(shop.Task(bad)["blocked"]["reason"] == "person");
  CHECK(shop.Task(bad)["blocked"]["attempts"] == 3);
  CHECK_THAT(shop.Comments(bad), Contains("failed in step ask@1") && Contains("given up after 3 attempts"));
  CHECK(log.Has({"error engine: task blocked", "no way"}));
}

TEST_CASE("a run that is begun again is told what the last one ended with and a first one is not") {
  TempDir dir;
  Shop shop(dir);
  shop.options.blocked_max_attempts = 3;
  shop.personas->Say("qa-engineer/bad",
                     {Shop::Error(Code::kFailed, "the edits were refused: " + std::string(5000, 'x')),
                      Shop::Error(Code::kFailed, "no such line"),
                      {{"status", "pass"}}});
  shop.AddTask("bad");
  CHECK(shop.Run().exit_code() == 0);
  REQUIRE(shop.personas->asked.size() == 3);
  auto Earlier = [&](std::size_t i) {
    auto run = shop.bench.journal->FindRun(shop.result->iterations.at(i).run);
    REQUIRE(run);
    return GetString(GetMember(Json::parse(run->spec), "task"), "earlier_attempt");
  };
  CHECK(Earlier(0).empty());
  CHECK_THAT(Earlier(1), Contains("the edits were refused: xxx"));
  CHECK(Earlier(1).size() <= 1600);
  CHECK_THAT(Earlier(2), Contains("no such line"));
}

TEST_CASE("a task that another machine failed at is told what the board says of it") {
  TempDir dir;
  Shop shop(dir);
  std::string id = shop.AddTask("theirs");
  shop.Board(MAMC_BOARD_UPDATE,
             {{"id", id},
              {"set",
               {{"status", "blocked"},
                {"blocked", {{"reason", "retry"}, {"attempts", 1}, {"text", "no such line"}}}}}});
  auto result = shop.Run();
  REQUIRE(result.iterations.size() == 1);
  Json spec = Json::parse(shop.bench.journal->FindRun(result.iterations[0].run)->spec);
  CHECK(spec["task"]["earlier_attempt"] == "no such line");
}

TEST_CASE("what only a person can mend is not tried again") {
  TempDir dir;
  Shop shop(dir);
  shop.personas->Say("qa-engineer/bad", {Shop::Error(Code::kConflict, "both changed a.txt")});
  std::string bad = shop.AddTask("bad");
  auto result = shop.Run();
  CHECK(shop.Worked().size() == 1);
  CHECK(shop.Task(bad)["status"] == "blocked");
  CHECK(shop.Task(bad)["blocked"]["reason"] == "person");
}

TEST_CASE("a task waits for its dependencies and runs in the same session") {
  TempDir dir;
  Shop shop(dir);
  std::string base = shop.AddTask("base");
  std::string waits = shop.AddTask("waits", {{"priority", 99}, {"dependencies", {base}}});
  std::string parent = shop.AddTask("parent", {{"dependencies", {base}}});
  shop.Board(MAMC_BOARD_UPDATE,
             {{"id", parent}, {"set", {{"status", "blocked"}, {"blocked", {{"reason", "dependencies"}}}}}});
  CHECK(shop.Run().exit_code() == 0);
  CHECK(shop.Worked() == std::vector<std::string>{"base", "parent", "waits"});
}

TEST_CASE("a new task that is created as blocked while another runs comes next") {
  TempDir dir;
  Shop shop(dir);
  shop.personas->Say("qa-engineer/first", {nullptr});
  shop.AddTask("first", {{"priority", 5}});
  shop.AddTask("second", {{"priority", 4}});
  shop.Start();
  shop.bench.Until([&] { return shop.personas->open.size() == 1; });
  shop.AddTask("urgent", {{"status", "blocked"}});
  shop.personas->open[0]->done(Code::kOk, {{"status", "pass"}});
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.Worked() == std::vector<std::string>{"first", "urgent", "second"});
}

TEST_CASE("a task that somebody else holds is left to him and named at the end") {
  TempDir dir;
  Shop shop(dir);
  std::string theirs = shop.AddTask("theirs");
  shop.Board(MAMC_BOARD_CLAIM,
             {{"id", theirs}, {"owner", "another"}, {"expected_status", "open"}, {"ttl_ms", 1000000}});
  auto result = shop.Run();
  CHECK(result.iterations.empty());
  CHECK(result.exit_code() == 1);
  CHECK(shop.Task(theirs)["claim"]["owner"] == "another");
}

TEST_CASE("a board that cannot be read is an error and never all done") {
  TempDir dir;
  Shop shop(dir);
  dir.Write("broken.db", std::string(5000, 'x'));
  auto opened =
      shop.bench.calls->Open(plugin::Kind::kBoard, "local", {{"path", (dir / "broken.db").string()}});
  if (!opened.ok()) {
    CHECK_THAT(opened.status().message(), Contains("broken.db"));
    return;
  }
  shop.board = *opened;
  auto result = shop.Run();
  CHECK(result.critical);
  CHECK(result.exit_code() != 0);
  CHECK_THAT(result.error, Contains("the board cannot be read"));
}

TEST_CASE("a lost connection to the outside ends with 3") {
  LoopResult result;
  result.critical = true;
  result.code = Code::kUnavailable;
  CHECK(result.exit_code() == 3);
  result.code = Code::kInternal;
  CHECK(result.exit_code() == 1);
}

TEST_CASE("the loop stops after its iterations and says so") {
  TempDir dir;
  Shop shop(dir);
  shop.options.max_iterations = 1;
  shop.AddTask("a");
  shop.AddTask("b");
  auto result = shop.Run();
  CHECK(result.iterations.size() == 1);
  CHECK(result.exit_code() == 1);
  CHECK_THAT(result.error, Contains("stopped after 1 iterations"));
}

TEST_CASE("a run that was under way at a crash is gone on with and not begun again") {
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  personas->Say("qa-engineer/a", {nullptr});
  std::string id;
  {
    Shop shop(dir, personas);
    id = shop.AddTask("a");
    shop.Start();
    shop.bench.Until([&] { return personas->open.size() == 1; });
    CHECK(shop.Task(id)["status"] == "in_progress");
  }
  personas->Say("qa-engineer/a", {{{"status", "pass"}}});
  Shop shop(dir, personas);
  auto result = shop.Run();
  CHECK(result.exit_code() == 0);
  CHECK(shop.bench.journal->ListRuns().size() == 1);
  CHECK(personas->asked.back().reattached);
  CHECK(shop.Task(id)["status"] == "done");
}

TEST_CASE("a run that ended just before a crash is reported and not run again") {
  TempDir dir;
  std::string id;
  {
    Shop shop(dir);
    id = shop.AddTask("a");
    CHECK(shop.Run().exit_code() == 0);
    // As if the board had not heard of it: in progress and claimed by us.
    shop.Board(MAMC_BOARD_UPDATE, {{"id", id}, {"set", {{"status", "open"}}}});
  }
  TempDir half;
  CopyWithoutReports(dir, half);
  Shop shop(half, std::make_shared<ScriptedPersonas>());
  shop.Board(MAMC_BOARD_CLAIM,
             {{"id", id}, {"owner", "mamc-host"}, {"expected_status", "open"}, {"ttl_ms", 1000000}});
  auto result = shop.Run();
  CHECK(result.exit_code() == 0);
  CHECK(shop.Worked().empty());
  CHECK(shop.Task(id)["status"] == "done");
  CHECK(shop.bench.journal->ListRuns().size() == 1);
}

namespace {

constexpr const char* kDoneAndMore = R"(
name: project-loop
steps:
  - {id: ask, type: persona-request, persona: qa-engineer, intent: work}
  - {id: say, type: task-update, dependencies: [ask], status: done}
  - {id: after, type: persona-request, dependencies: [say], persona: qa-engineer, intent: after}
)";

// A host that dies when the workflow has come to `intent`.
std::string DieAt(const TempDir& dir, const std::shared_ptr<ScriptedPersonas>& personas,
                  const std::string& intent) {
  personas->Say("qa-engineer/" + intent, {nullptr});
  Shop shop(dir, personas);
  shop.options.workflows.clear();
  shop.AddWorkflow(kDoneAndMore);
  std::string id = shop.AddTask("a");
  shop.Start();
  shop.bench.Until([&] { return personas->open.size() == 1; });
  return id;
}

}  // namespace

TEST_CASE("a run that has set its task to done before a crash says its last words") {
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  std::string id = DieAt(dir, personas, "after");
  personas->Say("qa-engineer/after", {{{"status", "pass"}}});
  Shop shop(dir, personas);
  CHECK(shop.Task(id)["status"] == "done");
  CHECK(shop.Run().exit_code() == 0);
  REQUIRE(shop.result->iterations.size() == 1);
  CHECK(shop.bench.journal->ListRuns()[0].status == "done");
  CHECK_THAT(shop.Comments(id), Contains("done"));
}

TEST_CASE("a task that a person has closed is left alone and its run is not gone on with") {
  const std::string closed = GENERATE("done", "archived");
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  std::string id = DieAt(dir, personas, "work");
  personas->Say("qa-engineer/work", {{{"status", "pass"}}});
  Shop shop(dir, personas);
  shop.Board(MAMC_BOARD_UPDATE, {{"id", id}, {"set", {{"status", closed}}}});
  std::size_t asked = personas->asked.size();
  CHECK(shop.Run().exit_code() == 0);
  CHECK(shop.result->iterations.empty());
  CHECK(personas->asked.size() == asked);
  CHECK(shop.Task(id)["status"] == closed);
  CHECK(shop.bench.journal->ListRuns()[0].status == "cancelled");
  CHECK_THAT(shop.bench.journal->ListRuns()[0].error, Contains("by somebody else"));
}

TEST_CASE("a failed run that the board has not heard of does not block what a person has set to done") {
  TempDir dir, half;
  std::string id;
  {
    Shop shop(dir);
    shop.personas->Say("qa-engineer/a", {Shop::Error(Code::kConflict, "no")});
    id = shop.AddTask("a");
    shop.Run();
    shop.Board(MAMC_BOARD_UPDATE, {{"id", id}, {"set", {{"status", "done"}}}});
  }
  CopyWithoutReports(dir, half);
  Shop shop(half);
  CHECK(shop.Run().exit_code() == 0);
  CHECK(shop.Task(id)["status"] == "done");
}

namespace {

constexpr const char* kWriteAndPush = R"(
name: project-loop
steps:
  - {id: write, type: persona-request, persona: qa-engineer, intent: write}
  - {id: push, type: persona-request, dependencies: [write], persona: qa-engineer, intent: push}
)";

// A task whose push ended so, opened again by a person, is worked on once more.
std::vector<std::string> WorkedAfter(
    Json failure, const std::string& said, const std::function<void(Shop&)>& meanwhile = [](Shop&) {}) {
  TempDir dir;
  Shop shop(dir);
  shop.options.workflows.clear();
  shop.AddWorkflow(kWriteAndPush);
  shop.personas->Say("qa-engineer/push", {std::move(failure), {{"status", "pass"}}});
  std::string id = shop.AddTask("a");
  CHECK(shop.Run().exit_code() == 1);
  CHECK_THAT(shop.Comments(id), Contains(said));
  shop.Board(MAMC_BOARD_UPDATE, {{"id", id}, {"set", {{"status", "open"}, {"blocked", nullptr}}}});
  meanwhile(shop);
  shop.Run();
  return shop.Worked();
}

}  // namespace

TEST_CASE("only a conflict of the branch is gone on with after a person has opened the task again") {
  Json branch = Shop::Error(Code::kConflict, "both changed a.txt");
  branch["details"] = {{"conflicts", {"a.txt"}}};
  CHECK(WorkedAfter(branch, "at step push: no step before it tests that") ==
        std::vector<std::string>{"write", "push", "push"});
  Json other = Shop::Error(Code::kConflict, "two steps wrote one state key");
  CHECK(WorkedAfter(other, "one state key") == std::vector<std::string>{"write", "push", "write", "push"});
}

TEST_CASE("a run is left as it was when the claim on its task is refused") {
  Json branch = Shop::Error(Code::kConflict, "both changed a.txt");
  branch["details"] = {{"conflicts", {"a.txt"}}};
  auto worked = WorkedAfter(branch, "both changed", [](Shop& shop) {
    // Taken by another between the listing and our claim: the listing shows it as free to us.
    std::string run = shop.bench.journal->ListRuns()[0].id;
    std::size_t records = shop.bench.journal->Records(run).size();
    shop.options.owner = "";
    shop.Run();
    CHECK(shop.bench.journal->Records(run).size() == records);
    shop.options.owner = "mamc-host";
  });
  CHECK(worked == std::vector<std::string>{"write", "push", "push"});
}

TEST_CASE("a task in review goes on at the step that failed") {
  TempDir dir;
  Shop shop(dir);
  shop.options.workflows.clear();
  shop.AddWorkflow(R"(
name: project-loop
steps:
  - {id: build, type: persona-request, persona: qa-engineer, intent: build}
  - {id: review, type: persona-request, dependencies: [build], persona: qa-engineer, intent: review}
)");
  shop.personas->Say("qa-engineer/review", {Shop::Error(Code::kConflict, "no"), {{"status", "pass"}}});
  std::string id = shop.AddTask("a");
  CHECK(shop.Run().exit_code() == 1);
  shop.Board(MAMC_BOARD_UPDATE, {{"id", id}, {"set", {{"status", "in_review"}}}});
  CHECK(shop.Run().exit_code() == 0);
  CHECK(shop.Worked() == std::vector<std::string>{"build", "review", "review"});
  CHECK(shop.Task(id)["status"] == "done");
}

TEST_CASE("a task in review without a run of ours waits for a person") {
  TempDir dir;
  Shop shop(dir);
  std::string id = shop.AddTask("a");
  shop.Board(MAMC_BOARD_UPDATE, {{"id", id}, {"set", {{"status", "in_review"}}}});
  CHECK(shop.Run().exit_code() == 1);
  CHECK(shop.Worked().empty());
  CHECK_THAT(shop.Comments(id), Contains("this machine has no run of it to go on with"));
  CHECK_THAT(shop.Comments(id), !Contains("Run  failed"));  // there was none
}

TEST_CASE("without drain the loop waits and works on what is added") {
  TempDir dir;
  Shop shop(dir);
  shop.options.drain = false;
  shop.Start();
  std::string id = shop.AddTask("later");
  shop.bench.Until([&] { return shop.Worked().size() == 1; });
  shop.bench.Until([&] { return shop.Task(id)["status"] == "done"; });
  std::string second = shop.AddTask("even later");
  shop.bench.Until([&] { return shop.Task(second)["status"] == "done"; });
  CHECK_FALSE(shop.result.has_value());
}

TEST_CASE("what the workflow says about its task stands") {
  TempDir dir;
  Shop shop(dir);
  shop.options.workflows.clear();
  shop.AddWorkflow(
      "name: project-loop\nsteps:\n  - {id: away, type: task-update, status: archived, comment: not "
      "needed}\n");
  std::string id = shop.AddTask("a");
  auto result = shop.Run();
  CHECK(result.iterations[0].status == "archived");
  CHECK(shop.Task(id)["status"] == "archived");
  CHECK_THAT(shop.Comments(id), Contains("not needed"));
}

TEST_CASE("tasks of a milestone share its branch and others have their own") {
  TempDir dir;
  Shop shop(dir);
  Json milestone =
      shop.Board(MAMC_BOARD_MILESTONE, {{"project", "p"}, {"title", "Sprint"}, {"branch", "sprint"}});
  shop.AddTask("one", {{"milestone", milestone["milestone"]["id"]}});
  shop.AddTask("two", {{"milestone", milestone["milestone"]["id"]}});
  std::string own = shop.AddTask("Größe & co: fix it");
  shop.AddTask("named", {{"branch", "my/branch"}});
  shop.Run();
  std::vector<std::string> branches;
  for (const auto& row : shop.bench.journal->ListRuns()) branches.push_back(Json::parse(row.spec)["branch"]);
  std::sort(branches.begin(), branches.end());
  REQUIRE(branches.size() == 4);
  CHECK_THAT(branches[0], Catch::Matchers::StartsWith("mamc/task-" + own + "-"));
  CHECK(branches[0].find_first_of(" &:") == std::string::npos);
  CHECK(branches[1] == "my/branch");
  CHECK(branches[2] == "sprint");
  CHECK(branches[3] == "sprint");
}

TEST_CASE("a task that could not reach something waits while others go on and then goes on at its step") {
  TempDir dir;
  Shop shop(dir);
  shop.options.workflows.clear();
  shop.options.blocked_max_attempts = 1;
  shop.AddWorkflow(R"(
name: project-loop
steps:
  - {id: plan, type: persona-request, persona: qa-engineer, intent: "plan ${task.title}"}
  - {id: push, type: persona-request, dependencies: [plan], persona: qa-engineer, intent: "push ${task.title}"}
)");
  Json refused = Shop::Error(Code::kUnavailable, "cannot fetch from git.example.com: connection refused");
  shop.personas->Say("qa-engineer/push far", {refused, refused, {{"status", "pass"}}});
  std::string far = shop.AddTask("far", {{"priority", 9}}), near = shop.AddTask("near");
  auto result = shop.RunThroughOutage([&] {
    CHECK(shop.Task(near)["status"] == "done");
    CHECK(shop.Task(far)["blocked"]["reason"] == "retry");
    CHECK(shop.Task(far)["blocked"]["attempts"] == 0);
    CHECK_THAT(GetString(shop.Task(far)["blocked"], "text"), Contains("git.example.com"));
  });
  CHECK(result.exit_code() == 0);
  CHECK(shop.Worked() ==
        std::vector<std::string>{"plan far", "push far", "plan near", "push near", "push far", "push far"});
  CHECK(shop.waits_ms == std::vector<std::int64_t>{30'000, 60'000});
  CHECK(shop.bench.journal->ListRuns().size() == 2);
  CHECK_THAT(shop.Comments(far), Contains("not counted as an attempt"));
}

TEST_CASE("when nothing can be reached the loop pauses as one and ends with 3 after the limit") {
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  std::vector<std::string> ids;
  {
    Shop shop(dir, personas);
    for (const char* title : {"a", "b", "c", "d", "e"}) {
      personas->Say(std::string("qa-engineer/") + title,
                    {Shop::Error(Code::kUnavailable, "http://models:1234 refused the connection")});
      ids.push_back(shop.AddTask(title));
    }
    auto result = shop.RunThroughOutage();
    CHECK(result.critical);
    CHECK(result.exit_code() == 3);
    CHECK_THAT(result.error,
               Contains("http://models:1234") && Contains("for 10 min, since 2023-11-14 22:13:20 UTC"));
    // Two to see that it is not the task, then one after each pause.
    CHECK(shop.waits_ms == std::vector<std::int64_t>{60'000, 120'000, 240'000, 180'000});
    CHECK(shop.Worked().size() == 6);
    for (const std::string& id : ids) {
      std::string status = shop.Task(id)["status"];
      INFO(id << " " << status);
      bool untouched = status == "open";
      bool again = status == "blocked" && shop.Task(id)["blocked"]["reason"] == "retry" &&
                   shop.Task(id)["blocked"]["attempts"] == 0;
      CHECK((untouched || again));
    }
  }
  for (const char* title : {"a", "b", "c", "d", "e"})
    personas->Say(std::string("qa-engineer/") + title, {{{"status", "pass"}}});
  Shop shop(dir, personas);
  CHECK(shop.Run().exit_code() == 0);
  CHECK(shop.bench.journal->ListRuns().size() == ids.size());
}

TEST_CASE("what several tasks could not reach is over for all of them when one has reached it") {
  TempDir dir;
  Shop shop(dir);
  Json refused = Shop::Error(Code::kUnavailable, "refused");
  shop.personas->Say("qa-engineer/a", {refused, {{"status", "pass"}}});
  shop.personas->Say("qa-engineer/b", {refused, {{"status", "pass"}}});
  for (const char* title : {"a", "b", "c"}) shop.AddTask(title);
  CHECK(shop.RunThroughOutage().exit_code() == 0);
  CHECK(shop.waits_ms == std::vector<std::int64_t>{60'000});
  CHECK(shop.Worked() == std::vector<std::string>{"a", "b", "a", "b", "c"});
}

TEST_CASE("an outage limit of 0 counts what could not be reached as any attempt") {
  TempDir dir;
  Shop shop(dir);
  shop.options.outage_limit = Milliseconds(0);
  shop.options.blocked_max_attempts = 2;
  shop.personas->Say("qa-engineer/a", {Shop::Error(Code::kUnavailable, "refused")});
  std::string id = shop.AddTask("a");
  CHECK(shop.Run().exit_code() == 1);
  CHECK(shop.waits_ms.empty());
  CHECK(shop.Task(id)["blocked"]["reason"] == "person");
  CHECK(shop.Task(id)["blocked"]["attempts"] == 2);
}

TEST_CASE("time-outs of one task alone count as attempts after the limit and do not end the loop") {
  TempDir dir;
  Shop shop(dir);
  shop.options.blocked_max_attempts = 2;
  shop.personas->Say("qa-engineer/slow", {Shop::Error(Code::kTimeout, "make test did not end")});
  std::string id = shop.AddTask("slow");
  auto result = shop.RunThroughOutage();
  CHECK_FALSE(result.critical);
  CHECK(result.exit_code() == 1);
  CHECK(shop.waits_ms == std::vector<std::int64_t>{30'000, 60'000, 120'000, 240'000, 150'000});
  CHECK(shop.Task(id)["blocked"]["reason"] == "person");
  CHECK(shop.Task(id)["blocked"]["attempts"] == 2);
}

TEST_CASE("a task that is added while another waits for what it cannot reach is worked on at once") {
  TempDir dir;
  Shop shop(dir);
  shop.options.drain = false;
  shop.personas->Say("qa-engineer/far", {Shop::Error(Code::kUnavailable, "refused")});
  shop.AddTask("far");
  shop.Start();
  shop.bench.Until([&] { return shop.waits_ms.size() == 1; });
  std::string added = shop.AddTask("near");
  shop.bench.Until([&] { return shop.Task(added)["status"] == "done"; });
  CHECK(shop.Worked() == std::vector<std::string>{"far", "near"});
}

TEST_CASE("tries that reached nothing do not use up the iterations") {
  TempDir dir;
  Shop shop(dir);
  shop.options.max_iterations = 2;
  Json refused = Shop::Error(Code::kUnavailable, "refused");
  shop.personas->Say("qa-engineer/a", {refused, refused, refused, {{"status", "pass"}}});
  shop.AddTask("a");
  CHECK(shop.RunThroughOutage().exit_code() == 0);
}

TEST_CASE("the iterations that the loop says it stopped after are those that worked") {
  TempDir dir;
  Shop shop(dir);
  shop.options.max_iterations = 1;
  shop.personas->Say("qa-engineer/far", {Shop::Error(Code::kUnavailable, "refused")});
  shop.AddTask("far", {{"priority", 9}});
  shop.AddTask("near");
  auto result = shop.Run();
  CHECK(result.iterations.size() == 2);
  CHECK_THAT(result.error, Contains("stopped after 1 iterations"));
}

TEST_CASE("what the machine lacks for a workflow ends the loop with the board as it was") {
  TempDir dir;
  Shop shop(dir);
  std::string id = shop.AddTask("a");
  Json before = shop.Task(id);
  for (auto [code, exit] : {std::pair(Code::kUnavailable, 3), std::pair(Code::kInvalid, 2)}) {
    shop.options.check_needs = [code = code](const workflow::Workflow& workflow,
                                             const std::function<void(Status)>& done) {
      done(Status(code, "needed by " + workflow.name));
    };
    auto result = shop.Run();
    CHECK(result.exit_code() == exit);
    CHECK(result.error == "needed by project-loop");
    CHECK(shop.Task(id) == before);
    CHECK(shop.bench.journal->ListRuns().empty());
  }
  shop.options.check_needs = [](const workflow::Workflow&, const std::function<void(Status)>& done) {
    done({});
  };
  CHECK(shop.Run().exit_code() == 0);
}

TEST_CASE("a project without a test command blocks the task whose workflow needs it and no other") {
  TempDir dir;
  Shop shop(dir);
  shop.AddWorkflow(
      "name: tested\nsteps:\n  - {id: ask, type: persona-request, persona: qa-engineer, intent: test, "
      "test_command: \"${project.test}\"}\n");
  shop.AddWorkflow("name: outer\nsteps:\n  - {id: in, type: sub-workflow, workflow: tested}\n");
  std::string direct = shop.AddTask("direct", {{"workflow", "tested"}});
  std::string nested = shop.AddTask("nested", {{"workflow", "outer"}});
  std::string other = shop.AddTask("other");
  CHECK(shop.Run().exit_code() == 1);
  for (const std::string& id : {direct, nested}) {
    CHECK(shop.Task(id)["blocked"]["reason"] == "person");
    CHECK_THAT(shop.Comments(id),
               Contains("No run was begun") && Contains("set projects.p.test in mamc.yaml"));
  }
  CHECK(shop.Task(other)["status"] == "done");
  CHECK(shop.Worked() == std::vector<std::string>{"other"});
  shop.options.project.test = "make test";
  shop.Board(MAMC_BOARD_UPDATE, {{"id", direct}, {"set", {{"status", "open"}, {"blocked", nullptr}}}});
  shop.Run();
  CHECK(shop.Task(direct)["status"] == "done");
}

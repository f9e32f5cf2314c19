// What the board and the loop hear of how runs ended, and of what could not be reached.
#include "shop.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

TEST_CASE("a lost connection to the outside ends with 3") {
  LoopResult result;
  result.critical = true;
  result.code = Code::kUnavailable;
  CHECK(result.exit_code() == 3);
  result.code = Code::kInternal;
  CHECK(result.exit_code() == 1);
}

TEST_CASE("what the workflow says about its task stands") {
  TempDir dir;
  Shop shop(dir);
  shop.UseWorkflow(
      "name: project-loop\nsteps:\n  - {id: away, type: task-update, status: archived, comment: not "
      "needed}\n");
  std::string id = shop.AddTask("a");
  auto result = shop.Run();
  CHECK(result.iterations[0].status == "archived");
  CHECK(shop.Task(id)["status"] == "archived");
  CHECK_THAT(shop.Comments(id), Contains("not needed"));
}

TEST_CASE("a task that a person closes while its run is under way stays closed however the run ends") {
  const std::string closed = GENERATE("done", "archived");
  const Code code = GENERATE(Code::kCancelled, Code::kFailed, Code::kUnavailable);
  TempDir dir;
  Shop shop(dir);
  shop.personas->Say("qa-engineer/a", {nullptr});
  std::string id = shop.AddTask("a");
  shop.Start();
  shop.bench.Until([&] { return shop.personas->open.size() == 1; });
  shop.Board(MAMC_BOARD_UPDATE, {{"id", id}, {"set", {{"status", closed}}}});
  auto asked = shop.personas->open[0];
  if (code == Code::kCancelled)
    CHECK(shop.bench.engine->Cancel(asked->run, "nobody waits for it").ok());
  else
    asked->done(code, {{"message", "nobody waits for it"}});
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.result->exit_code() == 0);
  CHECK(shop.result->iterations[0].status == closed);
  CHECK(shop.Task(id)["status"] == closed);
  CHECK(shop.Task(id)["blocked"].is_null());
  CHECK_THAT(shop.Comments(id), Contains("nobody waits for it") && Contains("The task stays " + closed));
}

namespace {

// The board's service, at which a person closes the task as soon as the run has asked for another status: the
// service has looked at the task by then, but not yet set it.
struct ClosedMeanwhile final : engine::Service {
  ClosedMeanwhile(Shop& its_shop, std::string its_id)
      : shop(its_shop), real(its_shop.coordinator->board_service()), id(std::move(its_id)) {}
  void Start(std::shared_ptr<engine::ServiceCall> call) override {
    real->Start(call);
    if (GetString(call->input, "verb") == "update" && !std::exchange(closed, true))
      plugin::Call(*shop.bench.calls, shop.board, MAMC_BOARD_UPDATE,
                   {{"id", id}, {"set", {{"status", "archived"}}}}, [](Result<Json>) {});
  }
  Shop& shop;
  std::shared_ptr<engine::Service> real;
  std::string id;
  bool closed = false;
};

const char* const kSetsStatus = R"(
name: project-loop
steps:
  - {id: ask, type: persona-request, persona: qa-engineer, intent: "${task.title}"}
  - {id: tell, type: task-update, dependencies: [ask], status: in_review, comment: look at it}
)";

}  // namespace

TEST_CASE("a run does not set a task that a person has closed while it was under way") {
  const bool meanwhile = GENERATE(false, true);
  TempDir dir;
  Shop shop(dir);
  shop.UseWorkflow(kSetsStatus);
  shop.personas->Say("qa-engineer/a", {nullptr});
  std::string id = shop.AddTask("a");
  shop.Start();
  shop.bench.Until([&] { return shop.personas->open.size() == 1; });
  if (meanwhile)
    shop.bench.engine->AddService("board", std::make_shared<ClosedMeanwhile>(shop, id));
  else
    shop.Board(MAMC_BOARD_UPDATE, {{"id", id}, {"set", {{"status", "archived"}}}});
  shop.personas->open[0]->done(Code::kOk, {{"status", "pass"}});
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.result->exit_code() == 0);
  CHECK(shop.Task(id)["status"] == "archived");
  CHECK_THAT(shop.Comments(id), Contains("was set to archived by somebody else") && !Contains("look at it"));
}

TEST_CASE(
    "a workflow that fails after it has closed its task has not done it and one that is cancelled leaves "
    "it") {
  const bool cancelled = GENERATE(false, true);
  const std::string status = cancelled ? "done" : "blocked";
  TempDir dir;
  Shop shop(dir);
  shop.options.blocked_max_attempts = 1;
  shop.UseWorkflow(R"(
name: project-loop
steps:
  - {id: close, type: task-update, status: done}
  - {id: ask, type: persona-request, dependencies: [close], persona: qa-engineer, intent: "${task.title}"}
)");
  shop.personas->Say("qa-engineer/a", {nullptr});
  std::string id = shop.AddTask("a");
  shop.Start();
  shop.bench.Until([&] { return shop.personas->open.size() == 1; });
  REQUIRE(shop.Task(id)["status"] == "done");
  auto asked = shop.personas->open[0];
  if (cancelled)
    CHECK(shop.bench.engine->Cancel(asked->run, "no luck").ok());
  else
    asked->done(Code::kFailed, {{"message", "no luck"}});
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.result->exit_code() == (cancelled ? 0 : 1));
  CHECK(shop.result->iterations[0].status == status);
  CHECK(shop.Task(id)["status"] == status);
  CHECK_THAT(shop.Comments(id), Contains("no luck"));
}

TEST_CASE("a run may set its task otherwise after it has closed it itself") {
  TempDir dir;
  Shop shop(dir);
  shop.UseWorkflow(R"(
name: project-loop
steps:
  - {id: close, type: task-update, status: done}
  - {id: reopen, type: task-update, dependencies: [close], status: archived, comment: put away}
)");
  std::string id = shop.AddTask("a");
  CHECK(shop.Run().exit_code() == 0);
  CHECK(shop.Task(id)["status"] == "archived");
  CHECK_THAT(shop.Comments(id), Contains("put away"));
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

TEST_CASE("a time-out is a failed attempt and nothing waits for it") {
  TempDir dir;
  Shop shop(dir);
  shop.options.blocked_max_attempts = 2;
  shop.personas->Say("qa-engineer/slow", {Shop::Error(Code::kTimeout, "http://models:1234 sent nothing")});
  std::string slow = shop.AddTask("slow"), other = shop.AddTask("other");
  auto result = shop.RunThroughOutage();
  CHECK_FALSE(result.critical);
  CHECK(result.exit_code() == 1);
  CHECK(shop.waits_ms.empty());
  CHECK(shop.Worked() == std::vector<std::string>{"slow", "other", "slow"});
  CHECK(shop.Task(slow)["blocked"]["reason"] == "person");
  CHECK(shop.Task(slow)["blocked"]["attempts"] == 2);
  CHECK_THAT(shop.Comments(slow), Contains("http://models:1234 sent nothing"));
  CHECK_THAT(shop.Comments(slow), !Contains("not counted as an attempt"));
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

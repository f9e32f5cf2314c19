// A task whose reviewers still find something waits for tasks of that, and goes on when they are done.
#include "../engine/over_git.hpp"
#include "shop.hpp"
#include "support/dashboard_server.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kReviewed = R"(
name: project-loop
steps:
  - {id: plan, type: persona-request, persona: qa-engineer, intent: plan}
  - {id: test, type: persona-request, dependencies: [plan], persona: qa-engineer, intent: test, test_command: "${project.test}"}
  - {id: review, type: persona-request, dependencies: [test], persona: qa-engineer, intent: "${task.title}", require: any, outputs: {review: result}}
  - id: judge
    type: conditional
    dependencies: [review]
    condition: "true"
    then:
      - {id: follow-ups, type: follow-up-tasks, reviews: {review: "${state.review}"}}
)";

const std::string kBranch = "mamc/task-1-cart";

Json Finding(const std::string& text) {
  return {{"severity", "blocking"}, {"file", "src/cart.c"}, {"line", 1}, {"text", text}};
}

Json Found(const std::vector<Json>& findings) {
  return {{"status", "fail"}, {"verdict", {{"status", "fail"}, {"findings", findings}}}};
}

const Json kPass = {{"status", "pass"}};

// A shop with a repository, in which the branch of task 1, "cart", has src/cart.c.
struct Reviewed {
  explicit Reviewed(bool on_dashboard = false) {
    if (on_dashboard) dashboard = std::make_unique<DashboardServer>(std::vector<std::string>{"p"});
    git.Git(git.remote(), {"update-ref", "refs/heads/" + kBranch, git.RemoteCommit("main")});
    git.OthersPush(kBranch, "src/cart.c", "int cart;\n");
    Begin(std::make_shared<ScriptedPersonas>());
    shop->AddTask("cart", {{"branch", kBranch}, {"priority", 3}});
  }
  // A crash, and the next host, which finds the board as it is, or as a copy has it.
  void Restart(const std::filesystem::path& copy = {}) {
    auto personas = shop->personas;
    shop.reset();
    if (!copy.empty()) CopyBoard(copy, dir.path());
    Begin(std::move(personas));
  }
  // What reviewers of the task with this title find, one time after the other.
  void Say(const std::string& title, std::vector<Json> answers) {
    shop->personas->Say("qa-engineer/" + title, std::move(answers));
  }
  std::vector<Json> Tasks() {
    return shop->Board(MAMC_BOARD_LIST, {{"project", "p"}})["tasks"].get<std::vector<Json>>();
  }
  Json SpecOf(const std::string& task) {
    return Json::parse(shop->bench.journal->ListRuns("", task).at(0).spec);
  }

  // As an engineer does: on the branch of the run that is under way, unless that is the first task's.
  void Engineer(int change) {
    const std::string branch = Json::parse(shop->bench.journal->ListRuns("running").at(0).spec)["branch"];
    if (branch == kBranch) return;
    git.Git(git.remote(), {"update-ref", "refs/heads/" + branch, git.RemoteCommit(kBranch)});
    git.OthersPush(branch, "src/cart.c", "int cart = " + std::to_string(change) + ";\n");
  }

  GitFixture git;
  TempDir dir;
  std::unique_ptr<DashboardServer> dashboard;  // null: the board is local
  std::unique_ptr<Shop> shop;
  const std::filesystem::path when_run_ended = dir / "then";  // the board as it was when a first run had

 private:
  static void CopyBoard(const std::filesystem::path& from, const std::filesystem::path& to) {
    for (const char* name : {"board.db", "board.db-wal", "board.db-shm"}) {
      std::filesystem::remove(to / name);
      if (std::filesystem::exists(from / name)) std::filesystem::copy(from / name, to / name);
    }
  }

  void Begin(std::shared_ptr<ScriptedPersonas> personas) {
    BenchOptions bench = Over(git, std::move(personas));
    bench.change = [this](engine::EngineOptions& engine) {
      engine.on_event = [this, note = std::move(engine.on_event)](const engine::RunEvent& event) {
        note(event);
        if (event.kind == "run-ended" && std::filesystem::create_directory(when_run_ended))
          CopyBoard(dir.path(), when_run_ended);
      };
    };
    shop = std::make_unique<Shop>(dir, bench);
    if (dashboard) {
      auto opened = shop->bench.calls->Open(plugin::Kind::kBoard, "dashboard", dashboard->Settings());
      REQUIRE(opened.status().message() == "");
      shop->board = *opened;
    }
    shop->UseWorkflow(kReviewed);
    shop->options.project.base = "main";
    shop->options.project.test = "make test";
    shop->options.blocked_max_attempts = 1;
  }
};

}  // namespace

TEST_CASE("a task waits for what its reviewers have found and goes on with its tests and reviews") {
  const bool on_dashboard = GENERATE(false, true);
  Reviewed reviewed(on_dashboard);
  Shop& shop = *reviewed.shop;
  reviewed.Say("cart", {Found({Finding("A.")}), kPass});
  shop.AddTask("other", {{"priority", 3}});
  CHECK(shop.Run().exit_code() == 0);
  CHECK(shop.Worked() == std::vector<std::string>{"plan", "test", "cart",                    //
                                                  "plan", "test", "Correct src/cart.c: A.",  //
                                                  "test", "cart", "plan", "test", "other"});
  const Json parent = shop.Task("1");
  CHECK(parent["status"] == "done");
  CHECK(parent["dependencies"] == Json::array({"3"}));
  CHECK(shop.bench.journal->ListRuns("", "1").size() == 1);
  CHECK_THAT(shop.Comments("1"),
             Contains("waits for its follow-up tasks") && Contains("task 3: review, src/cart.c:1: A."));
  CHECK_THAT(shop.Comments("1"), !Contains("given up"));
}

TEST_CASE("a task whose workflow tests nothing begins anew when what it waited for is done") {
  Reviewed reviewed;
  Shop& shop = *reviewed.shop;
  std::string untested = kReviewed;
  untested.replace(untested.find(", test_command"), std::string(", test_command: \"${project.test}\"").size(),
                   "");
  shop.UseWorkflow(untested);
  reviewed.Say("cart", {Found({Finding("A.")}), kPass});
  CHECK(shop.Run().exit_code() == 0);
  const auto runs = shop.bench.journal->ListRuns("", "1");
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].status == "done");
  CHECK_THAT(Json::parse(runs[0].spec)["task"]["earlier_attempt"].get<std::string>(),
             Contains("the reviews did not pass"));
}

TEST_CASE("a follow-up task begins on the branch that it is about and is merged there") {
  const auto [base_writes, merge, expected] = GENERATE(
      table<bool, std::string, std::string>({{false, "branch", "merge"}, {true, "squash", "squash"}}));
  Reviewed reviewed;
  reviewed.shop->options.project.base_writes = base_writes;
  reviewed.shop->options.project.merge = merge;
  reviewed.Say("cart", {Found({Finding("A.")}), kPass});
  CHECK(reviewed.shop->Run().exit_code() == 0);
  const Json spec = reviewed.SpecOf("2");
  CHECK(spec["base"] == kBranch);
  CHECK(spec["branch"] == "mamc/task-2-correct-src-cart-c-a");
  CHECK(spec["project"]["base"] == kBranch);
  CHECK(spec["project"]["merge"] == expected);
  const Json own = reviewed.SpecOf("1");
  CHECK(own["base"] == "main");
  CHECK(own["project"]["merge"] == merge);
}

TEST_CASE("a follow-up task of a milestone has a branch of its own") {
  Reviewed reviewed;
  Shop& shop = *reviewed.shop;
  const Json milestone =
      shop.Board(MAMC_BOARD_MILESTONE, {{"project", "p"}, {"title", "Sprint"}, {"branch", kBranch}});
  shop.Board(MAMC_BOARD_UPDATE,
             {{"id", "1"}, {"set", {{"milestone", milestone["milestone"]["id"]}, {"branch", nullptr}}}});
  reviewed.Say("cart", {Found({Finding("A.")}), kPass});
  CHECK(shop.Run().exit_code() == 0);
  CHECK(reviewed.SpecOf("1")["branch"] == kBranch);
  CHECK(shop.Task("2")["milestone"] == milestone["milestone"]["id"]);
  CHECK(reviewed.SpecOf("2")["base"] == kBranch);
  CHECK(reviewed.SpecOf("2")["branch"] == "mamc/task-2-correct-src-cart-c-a");
}

TEST_CASE("what is still found after its task was done ends as every failure does") {
  Reviewed reviewed;
  Shop& shop = *reviewed.shop;
  reviewed.Say("cart", {Found({Finding("A.")})});
  CHECK(shop.Run().exit_code() == 1);
  CHECK(reviewed.Tasks().size() == 2);
  CHECK(shop.Task("2")["status"] == "done");
  const Json blocked = shop.Task("1")["blocked"];
  CHECK(blocked["reason"] == "person");
  CHECK(blocked["attempts"] == 1);
  CHECK_THAT(blocked["text"].get<std::string>(), Contains("it is still found, although its task 2 is done"));
}

TEST_CASE("no night makes more tasks than the limit and none of them breeds") {
  Reviewed reviewed;
  Shop& shop = *reviewed.shop;
  shop.options.blocked_max_attempts = 3;
  // Every reviewer finds something new each time.
  int found = 0;
  shop.personas->answer = [&](const ScriptedService::Asked& call) -> std::optional<ScriptedService::Answer> {
    const std::string intent = GetString(call.input, "intent");
    if (intent == "plan") reviewed.Engineer(++found);
    if (intent == "plan" || intent == "test") return ScriptedService::Answer{Code::kOk, kPass};
    std::string words(static_cast<std::size_t>(++found), 'x');
    return ScriptedService::Answer{Code::kOk, Found({Finding(words), Finding(words + " again")})};
  };
  CHECK(shop.Run().exit_code() == 1);
  const std::vector<Json> tasks = reviewed.Tasks();
  CHECK(tasks.size() == 3);  // two are open, and while they are the third is not due
  for (const Json& task : tasks) {
    CHECK(task["status"] == "blocked");
    CHECK(task["follows"] == (task["id"] == "1" ? Json() : Json("1")));
  }
  CHECK(shop.Task("2")["blocked"]["reason"] == "person");
  CHECK_THAT(shop.Task("2")["blocked"]["text"].get<std::string>(), Contains("is a follow-up task itself"));
  CHECK(shop.Task("1")["blocked"]["reason"] == "dependencies");
  REQUIRE(shop.result->blocked.size() == 3);
  CHECK(shop.result->blocked[0]["waits_for"] == Json({"2", "3"}));
  // A person closes them: one more may be made, and no other.
  for (const char* id : {"2", "3"})
    shop.Board(MAMC_BOARD_UPDATE, {{"id", id}, {"set", {{"status", "archived"}}}});
  shop.Run();
  CHECK(reviewed.Tasks().size() == 4);
  shop.Board(MAMC_BOARD_UPDATE, {{"id", "4"}, {"set", {{"status", "archived"}}}});
  shop.Run();
  CHECK(reviewed.Tasks().size() == 4);
  CHECK(shop.Task("1")["blocked"]["reason"] == "person");
  CHECK_THAT(shop.Task("1")["blocked"]["text"].get<std::string>(), Contains("(max is 3)"));
}

TEST_CASE("a host that dies before the board has heard what a task waits for tells it when it is back") {
  Reviewed reviewed;
  reviewed.Say("cart", {Found({Finding("A.")}), kPass});
  reviewed.shop->Start();
  reviewed.shop->bench.Until([&] { return !reviewed.shop->bench.Events("run-ended").empty(); });
  reviewed.Restart(reviewed.when_run_ended);
  CHECK(reviewed.shop->Task("1")["dependencies"].empty());
  CHECK(reviewed.Tasks().size() == 2);
  CHECK(reviewed.shop->Run().exit_code() == 0);
  CHECK(reviewed.shop->Task("1")["dependencies"] == Json::array({"2"}));
  CHECK(reviewed.shop->bench.journal->ListRuns("", "1").size() == 1);
  CHECK(reviewed.Tasks().size() == 2);
}

TEST_CASE("a host that dies while it makes the tasks makes the rest of them and then works on them") {
  Reviewed reviewed;
  reviewed.Say("cart", {Found({Finding("A."), Finding("B.")}), kPass});
  reviewed.shop->Start();
  reviewed.shop->bench.Until([&] { return reviewed.shop->bench.Events("step-started").size() == 5; });
  reviewed.shop->bench.Until([&] { return reviewed.Tasks().size() >= 2; });
  reviewed.Restart();
  CHECK(reviewed.shop->Run().exit_code() == 0);
  CHECK(reviewed.Tasks().size() == 3);
  CHECK(reviewed.shop->Task("1")["dependencies"] == Json({"2", "3"}));
  CHECK(reviewed.shop->Worked() == std::vector<std::string>{"plan", "test", "cart",                    //
                                                            "plan", "test", "Correct src/cart.c: A.",  //
                                                            "plan", "test", "Correct src/cart.c: B.", "test",
                                                            "cart"});
}

TEST_CASE("what a task depended on before stays and a task that the board does not have blocks none") {
  TempDir dir;
  Shop shop(dir);
  shop.options.blocked_max_attempts = 1;
  const std::string before = shop.AddTask("before"),
                    other =
                        shop.AddTask("other", {{"status", "blocked"}, {"blocked", {{"reason", "person"}}}});
  Json waits = Shop::Error(Code::kFailed, "not yet");
  waits["details"] = {{"waits_for", {other}}};
  Json lost = Shop::Error(Code::kFailed, "nobody knows");
  lost["details"] = {{"waits_for", {"99"}}};
  shop.personas->Say("qa-engineer/waits", {waits});
  shop.personas->Say("qa-engineer/lost", {lost});
  const std::string first = shop.AddTask("waits", {{"dependencies", {before}}}),
                    second = shop.AddTask("lost");
  CHECK(shop.Run().exit_code() == 1);
  CHECK(shop.Task(first)["dependencies"] == Json({before, other}));
  CHECK(shop.Task(first)["blocked"] ==
        Json({{"reason", "dependencies"}, {"attempts", 0}, {"text", "not yet"}}));
  CHECK(shop.Task(second)["dependencies"].empty());
  CHECK(shop.Task(second)["blocked"]["reason"] == "person");
}

TEST_CASE("a follow-up task of nothing, or of the base itself, is a person's") {
  TempDir dir;
  Shop shop(dir);
  shop.options.project.base = "main";
  const std::string base = shop.AddTask("base", {{"branch", "main"}, {"status", "done"}});
  const std::string follower = shop.AddTask("follower", {{"follows", base}});
  CHECK(shop.Run().exit_code() == 1);
  CHECK(shop.Task(follower)["blocked"]["reason"] == "person");
  CHECK_THAT(shop.Comments(follower), Contains("whose branch is the project's base 'main'"));
  CHECK(shop.Worked().empty());
}

// Which run a task gets: a new one, the one that was under way, or none.
#include <thread>

#include "shop.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

namespace {

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

TEST_CASE("a task of a board that was begun anew does not get the run of another with its number") {
  TempDir dir;
  auto personas = std::make_shared<ScriptedPersonas>();
  personas->Say("qa-engineer/old", {nullptr});
  {
    Shop shop(dir, personas);
    shop.AddTask("old");
    shop.Start();
    shop.bench.Until([&] { return personas->open.size() == 1; });
  }
  for (const char* file : {"board.db", "board.db-wal", "board.db-shm"}) std::filesystem::remove(dir / file);
  std::this_thread::sleep_for(std::chrono::milliseconds(2));  // the tasks differ in when they were created
  personas->Say("qa-engineer/new", {{{"status", "pass"}}});
  Shop shop(dir, personas);
  std::string id = shop.AddTask("new");
  CHECK(shop.Run().exit_code() == 0);
  auto runs = shop.bench.journal->ListRuns("", id);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].status == "done");
  CHECK(runs[1].status == "cancelled");
  CHECK_THAT(runs[1].error, Contains("another one now"));
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
  shop.UseWorkflow(kDoneAndMore);
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
  shop.UseWorkflow(kWriteAndPush);
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

TEST_CASE("a run that was refused something goes on when a person opens its task again") {
  const Json refused = Shop::Error(Code::kPermission, "the server said no");
  CHECK(WorkedAfter(refused, "Then unblock task 1: its run goes on at step push") ==
        std::vector<std::string>{"write", "push", "push"});
  // What it was to do is another thing by then.
  auto corrected = [](Shop& shop) {
    shop.UseWorkflow(std::string(kWriteAndPush) + "description: Better.\n");
  };
  auto moved = [](Shop& shop) { shop.options.project.base = "trunk"; };
  for (const std::function<void(Shop&)>& meanwhile : {std::function<void(Shop&)>(corrected), {moved}})
    CHECK(WorkedAfter(refused, "the server said no", meanwhile) ==
          std::vector<std::string>{"write", "push", "write", "push"});
}

TEST_CASE("a run that was to go on does so after its host died with no more done than the claim") {
  const auto claimed = [](Shop& shop) {
    shop.Board(MAMC_BOARD_CLAIM, {{"id", "1"},
                                  {"owner", shop.options.owner},
                                  {"expected_status", "open"},
                                  {"ttl_ms", std::int64_t{3'600'000}}});
  };
  CHECK(WorkedAfter(Shop::Error(Code::kPermission, "the server said no"), "the server said no", claimed) ==
        std::vector<std::string>{"write", "push", "push"});
  // What the work itself ended is begun anew.
  CHECK(WorkedAfter(Shop::Error(Code::kConflict, "two steps wrote one state key"), "one state key",
                    claimed) == std::vector<std::string>{"write", "push", "write", "push"});
}

TEST_CASE("a run that had to wait too long goes on by itself and that counts as an attempt") {
  TempDir dir;
  Shop shop(dir);
  shop.UseWorkflow(kWriteAndPush);
  shop.personas->Say("qa-engineer/push", {Shop::Error(Code::kTimeout, "no answer"), {{"status", "pass"}}});
  std::string id = shop.AddTask("a");
  CHECK(shop.Run().exit_code() == 0);
  CHECK(shop.Worked() == std::vector<std::string>{"write", "push", "push"});
  CHECK_THAT(shop.Comments(id), Contains("no answer") && !Contains("not counted"));
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
  shop.UseWorkflow(R"(
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

TEST_CASE("what the machine lacks for a workflow ends the loop with the board as it was") {
  TempDir dir;
  Shop shop(dir);
  std::string id = shop.AddTask("a");
  Json before = shop.Task(id);
  for (auto [code, exit] : {std::pair(Code::kUnavailable, 3), std::pair(Code::kInvalid, 2)}) {
    shop.options.check_needs = [code](const workflow::Workflow& workflow, const Json&,
                                      const std::function<void(Status)>& done) {
      done(Status(code, "needed by " + workflow.name));
    };
    auto result = shop.Run();
    CHECK(result.exit_code() == exit);
    CHECK(result.error == "needed by project-loop");
    CHECK(shop.Task(id) == before);
    CHECK(shop.bench.journal->ListRuns().empty());
  }
  shop.options.check_needs = [](const workflow::Workflow&, const Json&,
                                const std::function<void(Status)>& done) { done({}); };
  CHECK(shop.Run().exit_code() == 0);
}

TEST_CASE("a repository that would not take the work of a task blocks that task and no other") {
  TempDir dir;
  Shop shop(dir);
  std::string closed = shop.AddTask("closed", {{"repo", "/srv/closed"}}), other = shop.AddTask("other");
  shop.options.check_needs = [](const workflow::Workflow&, const Json& task,
                                const std::function<void(Status)>& done) {
    bool takes = GetString(task, "repo") != "/srv/closed";
    done(takes ? Status() : Status(Code::kPermission, "main is checked out in /srv/closed"));
  };
  CHECK(shop.Run().exit_code() == 1);
  CHECK(shop.Task(closed)["blocked"]["reason"] == "person");
  CHECK_THAT(shop.Comments(closed), Contains("No run was begun: main is checked out in /srv/closed"));
  CHECK(shop.Worked() == std::vector<std::string>{"other"});
  CHECK(shop.Task(other)["status"] == "done");
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

TEST_CASE("workflows may name what a project has") {
  TempDir dir;
  Shop shop(dir);
  std::string text = "name: all\nsteps:\n";
  const Json project = Project().ToJson();
  for (const auto& [name, value] : project.items())
    text += "  - {id: s-" + name + ", type: persona-request, persona: qa-engineer, intent: \"${project." +
            name + "}\"}\n";
  shop.AddWorkflow(text);
  auto wrong = workflow::LoadWorkflow(text +
                                          "  - {id: w, type: persona-request, persona: qa-engineer, intent: "
                                          "\"${project.owner}\"}\n",
                                      "w.yml", *shop.bench.names);
  REQUIRE(wrong.problems.size() == 1);
  CHECK_THAT(wrong.problems[0].message, Contains("unknown member of project 'owner'"));
}

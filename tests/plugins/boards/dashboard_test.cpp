// The board `dashboard`: what every board promises, and how a task is kept there.
#include "dashboard_fixture.hpp"
#include "support/board_contract.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

BoardUnderTest Make() {
  auto server = std::make_shared<DashboardServer>(std::vector<std::string>{"parser", "lexer"}, kToken);
  server->Tell({{"milestone", {{"project", "parser"}, {"title", "1.0"}, {"branch", "milestone/1.0"}}}});
  auto driver = std::make_unique<PluginDriver>(plugin::Kind::kBoard, "dashboard", server->Settings());
  driver->secrets["DASHBOARD_API_TOKEN"] = kToken;
  return {std::move(server), std::move(driver)};
}

}  // namespace

MAMC_BOARD_CONTRACT(Make)

TEST_CASE("a claim says what was expected and who claims and since when") {
  Board board;
  const Json id = board.Add()["id"];
  board.Do(MAMC_BOARD_CLAIM, Board::Claim(id, "anna"));
  const Json requests = board.server.Tell({{"requests", true}});
  const Json claim = Json::parse(requests.back()["method"] == "PATCH"
                                     ? requests.back()["body"].get<std::string>()
                                     : requests[requests.size() - 2]["body"].get<std::string>());
  CHECK(claim["expected_status"] == "open");
  CHECK(claim["status"] == "in_progress");
  CHECK(claim["claimed_by"] == "anna");
  CHECK(claim["claimed_at"].is_string());
  CHECK(claim["lock_version"] == 1);
  CHECK(claim.size() == 5);
}

TEST_CASE("whoever is faster gets the claim") {
  Board board;
  const Json id = board.Add()["id"];
  const Json theirs = {
      {"status", "in_progress"}, {"claimed_by", "bert"}, {"claimed_at", "2099-01-01T00:00:00Z"}};
  board.server.Fault({{"method", "PATCH"}, {"do", "edit"}, {"fields", theirs}});
  const auto refused = board.Try(MAMC_BOARD_CLAIM, Board::Claim(id, "anna"));
  CHECK(refused.code == Code::kConflict);
  CHECK_THAT(refused.Message(), Catch::Contains("is in_progress, not open"));
  CHECK(board.server.Stored(id)["claimed_by"] == "bert");
  CHECK(board.server.Requests("PATCH") == 1);
}

TEST_CASE("a change that somebody else's came before is made on top of it or told") {
  Board board;
  const Json id = board.Add()["id"];
  board.server.Fault({{"method", "PATCH"}, {"do", "edit"}, {"fields", {{"labels", {"theirs"}}}}});
  const Json task = board.Set(id, {{"type", "bug"}});
  CHECK(task["labels"] == Json{"theirs"});
  CHECK(task["type"] == "bug");

  board.server.Fault({{"method", "PATCH"}, {"do", "edit"}, {"fields", {{"title", "theirs"}}}});
  const auto told = board.Try(
      MAMC_BOARD_UPDATE,
      Board::About(id, {{"version", task["version"]}, {"set", {{"title", "ours"}}}, {"comment", "ours"}}));
  CHECK(told.code == Code::kConflict);
  CHECK(board.Get(id)["task"]["title"] == "theirs");
  CHECK(board.Get(id)["comments"].empty());
}

TEST_CASE("a dashboard that always says conflict is given up") {
  Board board;
  const Json id = board.Add()["id"];
  board.server.Fault({{"method", "PATCH"}, {"do", "status"}, {"status", 409}, {"times", -1}});
  CHECK(board.Try(MAMC_BOARD_UPDATE, Board::About(id, {{"set", {{"priority", 1}}}})).code == Code::kConflict);
  CHECK(board.server.Requests("PATCH") == 6);
}

TEST_CASE("a change is made once although its answer was lost") {
  Board board;
  const Json made = board.Add();
  for (const char* how : {"lose", "half", "cut"}) {
    INFO(how);
    const Json id = board.Add({{"title", how}})["id"];
    board.server.Fault({{"method", "PATCH"}, {"do", how}});
    board.server.Fault({{"method", "POST"}, {"path", "artifacts"}, {"do", how}});
    const int before = board.server.Requests("PATCH");
    const Json task = board.Do(
        MAMC_BOARD_UPDATE,
        Board::About(id, {{"version", 1}, {"set", {{"status", "done"}}}, {"comment", "said"}}))["task"];
    CHECK(task["status"] == "done");
    CHECK(board.server.Requests("PATCH") == before + 1);
    CHECK(board.server.Stored(id)["lock_version"] == 2);
    CHECK(board.Get(id)["comments"].size() == 1);
  }
}

TEST_CASE("a claim is made once although its answer was lost") {
  Board board;
  const Json id = board.Add()["id"];
  board.server.Fault({{"method", "PATCH"}, {"do", "lose"}});
  CHECK(board.Do(MAMC_BOARD_CLAIM, Board::Claim(id, "anna"))["task"]["claim"]["owner"] == "anna");
  CHECK(board.server.Requests("PATCH") == 1);
}

TEST_CASE("a task is made once although its answer was lost") {
  Board board;
  const Json first = board.Add({{"title", "first"}});
  for (const char* how : {"lose", "half"}) {
    board.server.Fault({{"method", "POST"}, {"path", "tasks:bulk"}, {"do", how}});
    const Json made =
        board.Do(MAMC_BOARD_CREATE, {{"project", "parser"}, {"title", how}, {"dependencies", {first["id"]}}});
    CHECK(made["created"] == true);
    CHECK(made["task"]["external_id"].is_null());
    CHECK(made["task"]["status"] == "open");
  }
  CHECK(board.server.Tell({{"tasks", true}}).size() == 3);
}

TEST_CASE("a change that did not come through is sent again") {
  Board board;
  const Json id = board.Add()["id"];
  board.server.Fault({{"method", "PATCH"}, {"do", "drop"}});
  board.server.Fault({{"method", "PATCH"}, {"do", "status"}, {"status", 500}});
  CHECK(board.Set(id, {{"status", "done"}})["status"] == "done");
  CHECK(board.server.Requests("PATCH") == 3);
}

TEST_CASE("a repeated change is not made again after a crash and others' changes") {
  Board board;
  const Json id = board.Add()["id"];
  const Json update =
      Board::About(id, {{"set", {{"status", "in_review"}}}, {"op_id", "run-1/7"}, {"comment", "c"}});
  // The host died between the change and its comment.
  board.server.Fault({{"method", "POST"}, {"path", "artifacts"}, {"do", "status"}, {"status", 400}});
  CHECK(board.Try(MAMC_BOARD_UPDATE, update).code == Code::kInvalid);
  for (int i = 0; i < 5; ++i) board.Set(id, {{"priority", i}});
  board.Set(id, {{"status", "open"}});
  PluginDriver again(plugin::Kind::kBoard, "dashboard", board.server.Settings());
  CHECK(again.Start(MAMC_BOARD_UPDATE, update).result()["task"]["status"] == "open");
  CHECK(board.Get(id)["comments"].size() == 1);
}

TEST_CASE("what does not belong into the API's fields stands in labels that people do not see as theirs") {
  Board board;
  const Json id = board.Add({{"type", "bug"}, {"workflow", "w"}, {"labels", {"mine"}}})["id"];
  Json labels = board.server.Stored(id)["labels"];
  CHECK(labels == Json::parse(R"(["mine","mamc:type:bug","mamc:workflow:w"])"));
  const auto refused =
      board.Try(MAMC_BOARD_UPDATE, Board::About(id, {{"set", {{"labels", {"mamc:blocked:person"}}}}}));
  CHECK(refused.code == Code::kInvalid);
  CHECK_THAT(refused.Message(), Catch::Contains("mamc:blocked:person"));
  // A person stops a task with one.
  board.server.Tell({{"edit",
                      {{"id", std::stoi(id.get<std::string>())},
                       {"status", "blocked"},
                       {"labels", {"mamc:blocked:person"}}}}});
  CHECK(board.Get(id)["task"]["blocked"]["reason"] == "person");
}

TEST_CASE("priorities that the dashboard cannot hold are refused before anything is sent") {
  Board board;
  for (const Json& priority : {Json(2.5), Json(-1), Json(10'001), Json(1e300)}) {
    const auto refused =
        board.Try(MAMC_BOARD_CREATE, {{"project", "parser"}, {"title", "x"}, {"priority", priority}});
    CHECK(refused.code == Code::kInvalid);
    CHECK_THAT(refused.Message(), Catch::Contains("0 to 10000"));
  }
  CHECK(board.server.Requests("POST") == 0);
}

TEST_CASE("a task with a status that means nothing is nobody's to work on and is not done") {
  Board board;
  const Json id = board.Add()["id"];
  board.server.Tell({{"edit", {{"id", std::stoi(id.get<std::string>())}, {"status", "qa"}}}});
  const Json task = board.Get(id)["task"];
  CHECK(task["status"] == "blocked");
  CHECK(task["blocked"]["reason"] == "person");
  CHECK_THAT(task["blocked"]["text"].get<std::string>(), Catch::Contains("'qa'"));
  CHECK(board.Set(id, {{"status", "open"}})["status"] == "open");
}

TEST_CASE("a task whose creation was interrupted waits for a person until it is completed") {
  Board board;
  const Json needed = board.Add({{"title", "first"}})["id"];
  const Json input = {
      {"project", "parser"}, {"title", "second"}, {"external_id", "E-2"}, {"dependencies", {needed}}};
  board.server.Fault({{"method", "PATCH"}, {"do", "status"}, {"status", 400}});
  CHECK(board.Try(MAMC_BOARD_CREATE, input).code == Code::kInvalid);
  const Json tasks = ParseJson(board.List().json)->at("tasks");
  for (const Json& task : tasks)
    if (task["title"] == "second") CHECK(task["blocked"]["reason"] == "person");
  const Json made = board.Do(MAMC_BOARD_CREATE, input);
  CHECK(made["created"] == false);
  CHECK(made["task"]["status"] == "open");
  CHECK(made["task"]["dependencies"] == Json::array({needed}));
}

TEST_CASE("an external id of another project's task is refused with words") {
  Board board;
  board.Add({{"external_id", "GH-7"}});
  const auto refused =
      board.Try(MAMC_BOARD_CREATE, {{"project", "lexer"}, {"title", "x"}, {"external_id", "GH-7"}});
  CHECK(refused.code == Code::kInvalid);
  CHECK_THAT(refused.Message(), Catch::Contains("another project"));
}

TEST_CASE("a task is found in one of several projects and without any it is said what is missing") {
  Board board;
  const Json id = board.Add()["id"];
  CHECK(board.Do(MAMC_BOARD_GET,
                 {{"id", id}, {"project", {"lexer", "no-such", "parser"}}})["task"]["project"] == "parser");
  CHECK(board.Try(MAMC_BOARD_GET, {{"id", id}, {"project", {"lexer"}}}).code == Code::kNotFound);
  const auto missing = board.Try(MAMC_BOARD_GET, {{"id", id}});
  CHECK(missing.code == Code::kInvalid);
  CHECK_THAT(missing.Message(), Catch::Contains("--project"));
}

TEST_CASE("what the API cannot do is said in a sentence") {
  Board board;
  const auto made = board.Try(MAMC_BOARD_MILESTONE, {{"project", "parser"}, {"title", "2.0"}});
  CHECK(made.code == Code::kUnsupported);
  CHECK_THAT(made.Message(), Catch::Contains("make it in the dashboard"));
  const auto unknown = board.Try(MAMC_BOARD_LIST, {{"project", "no-such"}});
  CHECK(unknown.code == Code::kNotFound);
  CHECK_THAT(unknown.Message(), Catch::Contains("no project 'no-such'"));
}

TEST_CASE("orphans are given back") {
  Board board;
  const Json id = board.Add()["id"];
  board.Do(MAMC_BOARD_CLAIM, Board::Claim(id, "anna"));
  board.Do(MAMC_BOARD_ADOPT, {{"project", "parser"}, {"owner", "anna"}});
  CHECK(board.Get(id)["task"]["status"] == "open");
}

TEST_CASE("a project with any name asks for that project alone") {
  HttpServer server([](const HttpRequest&) { return HttpReply{.status = 200, .body = "[]"}; });
  PluginDriver driver(plugin::Kind::kBoard, "dashboard", {{"base_url", server.url() + "/api/"}});
  CHECK(driver.Run(MAMC_BOARD_LIST, {{"project", "a/../b c?d#e"}}).code == Code::kOk);
  CHECK(server.requests().at(0).target == "/api/projects/a%2F..%2Fb%20c%3Fd%23e/tasks");
  CHECK(driver.Run(MAMC_BOARD_LIST, {{"project", ".."}}).code == Code::kNotFound);
  CHECK(server.requests().size() == 2);
}

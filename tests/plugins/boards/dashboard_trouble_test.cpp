// The board `dashboard` when something goes wrong: outages, refusals, answers that are none, and its
// self-test.
#include "dashboard_fixture.hpp"
#include "support/captured_log.hpp"

using namespace mamc;
using namespace mamc::test;

TEST_CASE("a dashboard that was never there is said at once with its address") {
  PluginDriver driver(plugin::Kind::kBoard, "dashboard",
                      {{"base_url", "http://127.0.0.1:" + std::to_string(UnusedPort()) + "/api"}});
  const auto outcome = driver.Run(MAMC_BOARD_LIST, {{"project", "parser"}});
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(),
             Catch::Contains("http://127.0.0.1:") && Catch::Contains("DASHBOARD_API_BASE_URL"));
}

TEST_CASE("calls wait for a dashboard that was there and comes back") {
  Board board;
  const Json id = board.Add()["id"];
  board.server.Kill();
  DrivenCall list = board.driver().Start(MAMC_BOARD_LIST, {{"project", "parser"}});
  DrivenCall set = board.driver().Start(MAMC_BOARD_UPDATE, Board::About(id, {{"set", {{"status", "done"}}}}));
  CHECK_FALSE(list.completed());
  board.server.StartAgain();
  CHECK(list.result()["tasks"].size() == 1);
  CHECK(set.result()["task"]["status"] == "done");
}

TEST_CASE(
    "a dashboard that stays away is unavailable when the limit is over and the next call waits no more") {
  Board board(Json{{"outage_limit_ms", 300}});
  board.Add();
  DrivenCall watch = board.driver().Start(MAMC_BOARD_WATCH, {{"project", "parser"}});
  board.server.Fault({{"do", "status"}, {"status", 503}, {"times", -1}});
  const auto outcome = board.List();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains(board.server.url()));
  CHECK(watch.Wait().code == Code::kUnavailable);
  const int before = board.server.Requests("GET");
  CHECK(board.List().code == Code::kUnavailable);
  CHECK(board.server.Requests("GET") == before + 1);
}

TEST_CASE("a change that is never taken while the dashboard answers has failed and others are made") {
  CapturedLog log;
  Board board(Json{{"outage_limit_ms", 1500}});
  const std::string bad = board.Add()["id"], good = board.Add()["id"];
  for (const char* method : {"PATCH", "POST"})
    board.server.Fault({{"method", method},
                        {"path", "/tasks/" + bad + "(/artifacts)?$"},
                        {"do", "status"},
                        {"status", 500},
                        {"times", -1}});
  std::vector<DrivenCall> calls;
  calls.push_back(board.driver().Start(MAMC_BOARD_CLAIM, Board::Claim(bad, "anna")));
  calls.push_back(
      board.driver().Start(MAMC_BOARD_COMMENT, Board::About(bad, {{"text", "x"}, {"author", "anna"}})));
  CHECK(board.Set(good, {{"status", "done"}})["status"] == "done");
  for (DrivenCall& call : calls) {
    const auto outcome = call.Wait();
    CHECK(outcome.code == Code::kFailed);
    CHECK_THAT(outcome.Message(), Catch::Contains(board.server.url()) && Catch::Contains("status 500") &&
                                      Catch::Contains("does not take this change"));
  }
  INFO(log.text());
  CHECK(log.Has({"warn", "does not take this change", "It is sent again"}));
}

TEST_CASE("a dashboard in trouble is asked again and one that answers slowly is waited for") {
  Board board(Json{{"answer_timeout_ms", 2000}});
  board.Add();
  board.server.Fault({{"method", "GET"}, {"do", "status"}, {"status", 500}, {"times", 2}});
  board.server.Fault({{"method", "GET"}, {"do", "half"}});
  board.server.Fault({{"method", "GET"}, {"do", "cut"}});
  board.server.Fault(
      {{"method", "GET"}, {"do", "status"}, {"status", 503}, {"headers", {{"Retry-After", "1"}}}});
  board.server.Fault({{"method", "GET"}, {"do", "slow"}, {"s", 0.2}});
  CHECK(ParseJson(board.List().json)->at("tasks").size() == 1);
}

TEST_CASE("a dashboard that is silent for too long is unavailable") {
  Board board(Json{{"answer_timeout_ms", 150}, {"outage_limit_ms", 0}});
  board.server.Fault({{"do", "slow"}, {"s", 30}});
  const auto outcome = board.List();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("150 ms"));
}

TEST_CASE("a refused token names the variable and so does none") {
  Board board(Json::object(), kToken);
  auto refused = board.List();
  CHECK(refused.code == Code::kPermission);
  CHECK_THAT(refused.Message(), Catch::Contains("DASHBOARD_API_TOKEN is not set"));
  board.driver().secrets["DASHBOARD_API_TOKEN"] = "wrong-token";
  refused = board.List();
  CHECK(refused.code == Code::kPermission);
  CHECK_THAT(refused.Message(), Catch::Contains("The token in DASHBOARD_API_TOKEN is refused"));
  CHECK_THAT(refused.Message(), !Catch::Contains("wrong-token"));
  CHECK(board.server.Requests("GET") == 2);
  board.driver().secrets["DASHBOARD_API_TOKEN"] = kToken;
  CHECK(board.List().code == Code::kOk);
}

TEST_CASE("a redirect to elsewhere is not followed and the token goes nowhere") {
  HttpServer elsewhere([](const HttpRequest&) { return HttpReply{.status = 200, .body = "[]"}; });
  Liar liar(HttpReply{
      .status = 307, .headers = {{"Location", elsewhere.url() + "/projects/parser/tasks"}}, .body = ""});
  liar.driver.secrets["DASHBOARD_API_TOKEN"] = kToken;
  const auto outcome = liar.List();
  CHECK(outcome.code == Code::kFailed);
  CHECK_THAT(outcome.Message(), Catch::Contains("base_url"));
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("an answer that is none is an error and never an empty list") {
  for (const char* body :
       {"<html><body>Log in</body></html>", "\"text\"", "7", "null", R"({"tasks": 7})", R"({"error": "x"})",
        R"({"data": {"tasks": []}})", R"([7])", R"([{"title": "no id"}])", R"([{"id": null}])",
        R"([{"id": {"a": 1}}])", R"([{"id": 1}, {"id": 2.5}])", "", "[", "[{\"id\": 1}, {\"id\""}) {
    INFO(body);
    const auto outcome = Liar(body).List();
    const bool error = outcome.code == Code::kFailed || outcome.code == Code::kUnavailable;
    CHECK(error);
    CHECK_THAT(outcome.Message(), Catch::Contains("http://127.0.0.1") || Catch::Contains("The dashboard"));
  }
}

TEST_CASE("members of a wrong type harm nobody") {
  const std::string strange =
      R"([{"id": 1, "title": 7, "description": null, "status": ["done"], "labels": {"a": 1}, "priority_score": "high",
          "blocked_dependencies": "not json", "milestone_id": {}, "created_at": "yesterday", "updated_at": -1,
          "lock_version": "2", "claimed_by": 7, "claimed_at": [], "external_id": 5},
         {"id": "t-2", "status": "in_progress", "labels": "[\"x\", 7, null]", "blocked_dependencies": "[1, \"2\", {}]",
          "claimed_by": "anna", "updated_at": 1e300}])";
  HttpServer server([&](const HttpRequest& request) {
    return HttpReply{.status = 200,
                     .body = request.target.ends_with("/tasks") ? strange : "[7, {}, {\"id\": 3}]"};
  });
  PluginDriver driver(plugin::Kind::kBoard, "dashboard", {{"base_url", server.url()}});
  const Json list = driver.Start(MAMC_BOARD_LIST, {{"project", "parser"}}).result();
  const Json& tasks = list["tasks"];
  CHECK(tasks[0]["status"] == "blocked");
  CHECK(tasks[0]["blocked"]["reason"] == "person");
  CHECK(tasks[0]["labels"].empty());
  CHECK(tasks[0]["dependencies"].empty());
  CHECK(tasks[1]["id"] == "t-2");
  CHECK(tasks[1]["labels"] == Json{"x"});
  CHECK(tasks[1]["dependencies"] == Json::parse(R"(["1","2"])"));
  CHECK(list["milestones"].size() == 1);
}

TEST_CASE("a task with members of a wrong type is claimed or refused with words") {
  const auto claim = [](const std::string& entry, const std::string& expected_status) {
    HttpServer server([entry](const HttpRequest&) { return HttpReply{.status = 200, .body = entry}; });
    PluginDriver driver(plugin::Kind::kBoard, "dashboard",
                        {{"base_url", server.url()}, {"outage_limit_ms", 0}});
    plugin::Outcome outcome = driver.Run(MAMC_BOARD_CLAIM, Board::Claim("1", "anna", expected_status));
    if (expected_status == "blocked")
      for (const HttpRequest& request : server.requests()) CHECK(request.method == "GET");
    return outcome;
  };
  for (const char* status : {"", R"(, "status": null)", R"(, "status": 7)", R"(, "status": ["open"])"}) {
    INFO(status);
    const auto outcome = claim(R"({"id": 1)" + std::string(status) + "}", "blocked");
    CHECK(outcome.code == Code::kFailed);
    CHECK_THAT(outcome.Message(), Catch::Contains("gives task 1 no status"));
  }
  for (const char* member :
       {"labels", "claimed_by", "claimed_at", "lock_version", "updated_at", "blocked_dependencies"})
    for (const char* value : {"null", "7", "1e300", "-1", R"("x")", "[[]]", R"({"a": {}})", "true"}) {
      INFO(member << ": " << value);
      const auto outcome =
          claim(R"({"id": 1, "status": "open", ")" + std::string(member) + "\": " + value + "}", "open");
      CHECK(outcome.code == Code::kOk);
    }
}

TEST_CASE("an answer that is too large or too deep is refused") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string& body : {deep, "[\"" + std::string((32 << 20) + 1, 'x') + "\"]"}) {
    const auto outcome = Liar(body).List();
    CHECK(outcome.code != Code::kOk);
    CHECK(outcome.Message().size() < 2000);
  }
}

TEST_CASE("an address that is none is refused when the board is opened") {
  CHECK_THROWS_WITH(PluginDriver(plugin::Kind::kBoard, "dashboard", {{"base_url", "dashboard:3000"}}),
                    Catch::Contains("DASHBOARD_API_BASE_URL"));
}

TEST_CASE("the self-test says whether the dashboard answers, lets us in and is well") {
  Board board(Json::object(), kToken);
  const auto tested = [&](const std::string& token) {
    PluginDriver driver(plugin::Kind::kBoard, "dashboard", board.server.Settings());
    driver.secrets["DASHBOARD_API_TOKEN"] = token;
    return driver.Start(MAMC_VERB_SELFTEST, Json::object()).result();
  };
  const auto problem = [](const Json& said) {
    CHECK(said["ok"] == false);
    CHECK(said["facts"].empty());
    REQUIRE(said["findings"].size() == 1);
    CHECK(said["findings"][0]["level"] == "problem");
    return said["findings"][0];
  };
  const Json well = tested(kToken);
  CHECK(well["ok"] == true);
  CHECK_THAT(well["facts"][0].get<std::string>(), Catch::Contains(board.server.url()));

  const Json refused = problem(tested("wrong"));
  CHECK(refused["code"] == MAMC_E_PERMISSION);
  CHECK_THAT(refused["text"].get<std::string>(), Catch::Contains("DASHBOARD_API_TOKEN"));

  board.server.Kill();
  const Json away = problem(tested(kToken));
  CHECK(away["code"] == MAMC_E_UNAVAILABLE);
  CHECK_THAT(away["text"].get<std::string>(), Catch::Contains(board.server.url()));
  CHECK_THAT(away["advice"].get<std::string>(), Catch::Contains("DASHBOARD_API_BASE_URL"));

  HttpServer ill([](const HttpRequest&) { return HttpReply{.status = 200, .body = R"({"ok": false})"}; });
  PluginDriver driver(plugin::Kind::kBoard, "dashboard", {{"base_url", ill.url()}});
  const Json told = problem(driver.Start(MAMC_VERB_SELFTEST, Json::object()).result());
  CHECK_THAT(told["text"].get<std::string>(), Catch::Contains(R"(says that it is not well: {"ok":false})"));
}

TEST_CASE("an address to which nothing can be sent is no dashboard that answers") {
  HttpServer elsewhere([](const HttpRequest&) {
    return HttpReply{.status = 302, .headers = {{"Location", "http://127.0.0.2:1/health"}}};
  });
  PluginDriver driver(plugin::Kind::kBoard, "dashboard", {{"base_url", elsewhere.url()}});
  const Json said = driver.Start(MAMC_VERB_SELFTEST, Json::object()).result();
  CHECK(said["ok"] == false);
  CHECK(said["findings"][0]["level"] == "problem");
}

TEST_CASE("a call that waits ends when it is cancelled") {
  Board board;
  board.server.Fault({{"do", "slow"}, {"s", 30}});
  DrivenCall list = board.driver().Start(MAMC_BOARD_LIST, {{"project", "parser"}});
  CHECK_FALSE(list.completed());
  list.Cancel();
  CHECK(list.Wait().code == Code::kCancelled);
  CHECK_FALSE(list.abandoned());
}

#include "support/board_contract.hpp"

#include <chrono>
#include <thread>

#include "support/board_client.hpp"

namespace mamc::test::contract {
namespace {

// And more words, which only the sentences are written in.
class Board : public BoardClient {
 public:
  explicit Board(BoardFactory make) : Board(make()) {}

  Json Update(const Json& id, Json more) { return Do(MAMC_BOARD_UPDATE, About(id, std::move(more)))["task"]; }
  plugin::Outcome TryUpdate(const Json& id, Json more) {
    return Try(MAMC_BOARD_UPDATE, About(id, std::move(more)));
  }
  Json List(const std::string& project = "parser") { return Do(MAMC_BOARD_LIST, {{"project", project}}); }
  Json Listed(const Json& id) {
    const Json tasks = List()["tasks"];
    for (const Json& task : tasks)
      if (task["id"] == id) return task;
    FAIL("task " << id << " is not listed");
    return nullptr;
  }
  Json ClaimOf(const Json& id, const std::string& owner, const std::string& status = "open",
               int ttl_ms = 60'000) {
    return About(id, {{"owner", owner}, {"expected_status", status}, {"ttl_ms", ttl_ms}});
  }
  Json Claim(const Json& id, const std::string& owner, const std::string& status = "open",
             int ttl_ms = 60'000) {
    return Do(MAMC_BOARD_CLAIM, ClaimOf(id, owner, status, ttl_ms))["task"];
  }
  plugin::Outcome TryClaim(const Json& id, const std::string& owner, const std::string& status = "open") {
    return Try(MAMC_BOARD_CLAIM, ClaimOf(id, owner, status));
  }

 private:
  explicit Board(BoardUnderTest under_test)
      : BoardClient(std::move(under_test.driver), std::move(under_test.server)) {}
};

}  // namespace

void ACreatedTaskHasEveryMemberAndAnIdOfItsOwn(BoardFactory make) {
  Board board(make);
  const Json first = board.Add();
  const Json second = board.Add({{"title", "Another"}});
  CHECK(first["id"].is_string());
  CHECK(first["id"] != second["id"]);
  CHECK(first["project"] == "parser");
  CHECK(first["title"] == "Fix it");
  CHECK(first["status"] == "open");
  CHECK(first["priority"] == 0);
  CHECK(first["labels"] == Json::array());
  CHECK(first["dependencies"] == Json::array());
  CHECK(first["version"].is_number_integer());
  CHECK(first["created_ms"] > 1'600'000'000'000);
  for (const char* absent :
       {"milestone", "blocked", "workflow", "repo", "external_id", "branch", "follows", "claim"})
    CHECK(first.at(absent).is_null());
  CHECK(board.Task(first["id"]) == first);
  CHECK(board.Listed(first["id"]) == first);
}

void WhatIsWrittenIsRead(BoardFactory make) {
  Board board(make);
  const Json given = {{"title", "Zeile ü \"1\"\n"},
                      {"description", "a\n\tb \u20ac"},
                      {"type", "bug"},
                      {"labels", {"a:b", "c, d"}},
                      {"priority", 90},
                      {"workflow", "w"},
                      {"repo", "https://x/y:z"},
                      {"branch", "fix/ü"},
                      {"external_id", "GH-7"}};
  const Json made = board.Add(given);
  for (const auto& [name, value] : given.items()) CHECK(made[name] == value);

  Json changed = given;
  changed.erase("external_id");
  changed.update(
      {{"title", "T"}, {"description", ""}, {"type", "feature"}, {"labels", Json::array()}, {"priority", 7}});
  changed.update({{"workflow", nullptr}, {"repo", nullptr}, {"branch", "b"}});
  board.Set(made["id"], changed);
  const Json now = board.Task(made["id"]);
  for (const auto& [name, value] : changed.items()) CHECK(now[name] == value);
  CHECK(now["external_id"] == "GH-7");
  CHECK(board.Listed(made["id"]) == now);
}

void TheSameExternalIdGivesTheTaskThatExists(BoardFactory make) {
  Board board(make);
  const Json input = {{"project", "parser"}, {"title", "Fix it"}, {"external_id", "GH-7"}};
  const Json made = board.Do(MAMC_BOARD_CREATE, input);
  CHECK(made["created"] == true);
  board.Set(made["task"]["id"], {{"title", "Renamed"}});
  const Json again = board.Do(MAMC_BOARD_CREATE, input);
  CHECK(again["created"] == false);
  CHECK(again["task"]["id"] == made["task"]["id"]);
  CHECK(again["task"]["title"] == "Renamed");
  CHECK(board.List()["tasks"].size() == 1);
}

void EverythingWrongWithANewTaskIsSaidAtOnce(BoardFactory make) {
  Board board(make);
  const auto outcome = board.Try(
      MAMC_BOARD_CREATE, {{"project", "parser"}, {"titel", "x"}, {"priority", "high"}, {"status", "bloked"}});
  CHECK(outcome.code == Code::kInvalid);
  for (const char* part : {"'titel' cannot be set (did you mean 'title'?)", "'priority' must be a number",
                           "did you mean 'blocked'", "'title' is missing"})
    CHECK_THAT(outcome.Message(), Catch::Contains(part));
  CHECK(board.List()["tasks"].empty());
}

void AnUnknownTaskIsNotFound(BoardFactory make) {
  Board board(make);
  const std::string id = board.Add()["id"];
  for (const Json& other :
       {Json(id + "0"), Json("0" + id), Json(id + " "), Json(""), Json("-1"), Json(".."),
        Json("../tasks/" + id), Json("99999999999999999999"), Json(std::stoi(id)), Json()}) {
    for (const std::uint32_t verb : {MAMC_BOARD_GET, MAMC_BOARD_UPDATE}) {
      Json input = Board::About(other);
      if (verb == MAMC_BOARD_UPDATE) input["set"]["title"] = "x";
      const auto outcome = board.Try(verb, input);
      INFO(other);
      CHECK(outcome.code == Code::kNotFound);
      CHECK_THAT(outcome.Message(), Catch::Contains("no task") || Catch::Contains("no project or task"));
    }
  }
  CHECK(board.Task(id)["title"] == "Fix it");
}

void ATaskIsClaimedOnce(BoardFactory make) {
  Board board(make);
  const Json made = board.Add();
  const Json id = made["id"];
  const Json claimed = board.Claim(id, "anna");
  CHECK(claimed["status"] == "in_progress");
  CHECK(claimed["claim"]["owner"] == "anna");
  CHECK(claimed["version"] > made["version"]);

  CHECK(board.TryClaim(id, "bert").code == Code::kConflict);
  const auto refused = board.TryClaim(id, "bert", "in_progress");
  CHECK(refused.code == Code::kConflict);
  CHECK_THAT(refused.Message(), Catch::Contains("claimed by anna"));
  CHECK(board.Task(id) == claimed);
  CHECK(board.Claim(id, "anna", "in_progress")["version"] > claimed["version"]);
}

void AMovedTaskIsNotClaimedForWhatItWas(BoardFactory make) {
  Board board(make);
  const Json id = board.Add()["id"];
  board.Set(id, {{"status", "done"}});
  const auto refused = board.TryClaim(id, "anna");
  CHECK(refused.code == Code::kConflict);
  CHECK_THAT(refused.Message(), Catch::Contains("is done, not open"));
  CHECK(board.Task(id)["status"] == "done");
}

void AClaimThatIsOverMayBeTaken(BoardFactory make) {
  Board board(make);
  const Json id = board.Add()["id"];
  board.Claim(id, "anna", "open", 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));  // boards use the system's clock
  CHECK(board.Claim(id, "bert", "in_progress")["claim"]["owner"] == "bert");
}

void TheClaimEndsWithTheWork(BoardFactory make) {
  Board board(make);
  const Json id = board.Add()["id"];
  board.Claim(id, "anna");
  CHECK(board.Set(id, {{"status", "in_review"}})["claim"]["owner"] == "anna");
  CHECK(board.Set(id, {{"claim", nullptr}})["claim"].is_null());
  board.Claim(id, "anna", "in_review");
  CHECK(board.Set(id, {{"status", "done"}})["claim"].is_null());
  CHECK(board.Listed(id)["claim"].is_null());
}

void AnOldVersionChangesNothing(BoardFactory make) {
  Board board(make);
  const Json made = board.Add();
  const Json id = made["id"];
  board.Set(id, {{"priority", 3}});
  const auto outcome =
      board.TryUpdate(id, {{"version", made["version"]}, {"set", {{"title", "late"}}}, {"comment", "late"}});
  CHECK(outcome.code == Code::kConflict);
  CHECK(board.Task(id)["title"] == "Fix it");
  CHECK(board.Get(id)["comments"].empty());
}

void TheVersionGrowsWithEveryChange(BoardFactory make) {
  Board board(make);
  Json task = board.Add();
  const Json id = task["id"];
  for (const Json& set : {Json{{"status", "in_progress"}}, Json{{"labels", {"a"}}}, Json{{"type", "bug"}},
                          Json{{"status", "blocked"}, {"blocked", {{"reason", "retry"}}}}}) {
    const Json now = board.Update(id, {{"version", task["version"]}, {"set", set}});
    CHECK(now["version"] > task["version"]);
    CHECK(board.Task(id)["version"] == now["version"]);
    task = now;
  }
}

void ARepeatedOpIdChangesNothingMore(BoardFactory make) {
  Board board(make);
  const Json made = board.Add();
  const Json id = made["id"];
  const Json update = {{"version", made["version"]},
                       {"set", {{"status", "done"}}},
                       {"comment", "all tests pass"},
                       {"op_id", "run-1/7"}};
  const Json task = board.Update(id, update);
  CHECK(board.Update(id, update) == task);
  const Json comment = Board::About(id, {{"author", "anna"}, {"text", "hm"}, {"op_id", "run-1/8"}});
  board.Do(MAMC_BOARD_COMMENT, comment);
  board.Do(MAMC_BOARD_COMMENT, comment);
  const Json comments = board.Get(id)["comments"];
  REQUIRE(comments.size() == 2);
  CHECK(comments[0]["text"] == "all tests pass");
  CHECK(comments[1]["author"] == "anna");
  // Also when others have changed it since.
  board.Set(id, {{"status", "open"}});
  board.Update(id, update);
  CHECK(board.Task(id)["status"] == "open");
}

void CommentsStandInTheirOrder(BoardFactory make) {
  Board board(make);
  const Json id = board.Add()["id"];
  board.Update(id, {{"comment", "first\nline ü"}});
  board.Do(MAMC_BOARD_COMMENT, Board::About(id, {{"author", "anna"}, {"text", "second"}}));
  board.Update(id, {{"set", {{"priority", 1}}}, {"comment", "third"}});
  const Json comments = board.Get(id)["comments"];
  REQUIRE(comments.size() == 3);
  CHECK(comments[0]["text"] == "first\nline ü");
  CHECK(comments[0]["author"] == "mamc-host");
  CHECK(comments[0]["at_ms"] > 1'600'000'000'000);
  CHECK(comments[1]["text"] == "second");
  CHECK(comments[2]["text"] == "third");
}

void BlockedNeedsItsStatus(BoardFactory make) {
  Board board(make);
  const Json id = board.Add()["id"];
  CHECK(board.TryUpdate(id, {{"set", {{"blocked", {{"reason", "retry"}}}}}}).code == Code::kInvalid);
  const std::string why(20'000, 'w');
  const Json blocked = board.Set(
      id, {{"status", "blocked"}, {"blocked", {{"reason", "retry"}, {"attempts", 2}, {"text", why}}}});
  CHECK(blocked["blocked"] == Json({{"reason", "retry"}, {"attempts", 2}, {"text", why}}));
  CHECK(board.Set(id, {{"priority", 9}})["blocked"]["attempts"] == 2);
  CHECK(board.Listed(id)["blocked"]["text"] == why);
  CHECK(board.Set(id, {{"status", "open"}})["blocked"].is_null());
  CHECK(board.Set(id, {{"status", "blocked"}, {"blocked", {{"reason", "person"}}}})["blocked"] ==
        Json::parse(R"({"reason":"person","attempts":0,"text":""})"));
  CHECK(board.Claim(id, "anna", "blocked")["blocked"].is_null());
  const auto slip =
      board.TryUpdate(id, {{"set", {{"status", "blocked"}, {"blocked", {{"reason", "persn"}}}}}});
  CHECK_THAT(slip.Message(), Catch::Contains("did you mean 'person'"));
}

void ATaskCreatedBlockedHasNoReasonOrItsOwn(BoardFactory make) {
  Board board(make);
  CHECK(board.Add({{"status", "blocked"}})["blocked"].is_null());
  const Json own = {{"reason", "person"}, {"attempts", 1}, {"text", "ask Anna"}};
  const Json made = board.Add({{"title", "Other"}, {"status", "blocked"}, {"blocked", own}});
  CHECK(made["blocked"] == own);
  CHECK(board.Listed(made["id"])["blocked"] == own);
}

void DependenciesMakeNoCircle(BoardFactory make) {
  Board board(make);
  const Json a = board.Add()["id"];
  const Json second = board.Add({{"title", "b"}, {"dependencies", {a}}});
  const Json b = second["id"];
  CHECK(second["status"] == "open");
  CHECK(second["blocked"].is_null());
  CHECK(second["dependencies"] == Json::array({a}));
  const Json c = board.Add({{"title", "c"}, {"dependencies", {b, b}}});
  CHECK(c["dependencies"] == Json::array({b}));
  CHECK(board.TryUpdate(a, {{"set", {{"dependencies", {c["id"]}}}}}).code == Code::kInvalid);
  CHECK(board.Task(a)["dependencies"].empty());
  CHECK(board.Try(MAMC_BOARD_CREATE, {{"project", "lexer"}, {"title", "x"}, {"dependencies", {a}}}).code ==
        Code::kNotFound);
  CHECK(board.List("lexer")["tasks"].empty());
  CHECK(board.Listed(b)["dependencies"] == Json::array({a}));
  CHECK(board.Set(b, {{"dependencies", Json::array()}})["dependencies"].empty());
}

void ATaskFollowsOneOfItsProject(BoardFactory make) {
  Board board(make);
  const Json first = board.Add()["id"];
  const Json second = board.Add({{"title", "b"}, {"follows", first}});
  CHECK(second["follows"] == first);
  CHECK(second["labels"].empty());
  CHECK(board.Listed(second["id"])["follows"] == first);
  CHECK(board.Set(second["id"], {{"labels", {"small"}}, {"branch", "b"}})["follows"] == first);
  CHECK(board.TryUpdate(second["id"], {{"set", {{"follows", nullptr}}}}).code == Code::kInvalid);
  const auto nobody =
      board.Try(MAMC_BOARD_CREATE, {{"project", "lexer"}, {"title", "x"}, {"follows", first}});
  CHECK(nobody.code == Code::kNotFound);
  CHECK_THAT(nobody.Message(), Catch::Contains("cannot follow task"));
  CHECK(board.List("lexer")["tasks"].empty());
}

void AMilestoneIsFoundByItsTitle(BoardFactory make) {
  Board board(make);
  const Json found = board.Do(MAMC_BOARD_MILESTONE, {{"project", "parser"}, {"title", "1.0"}})["milestone"];
  CHECK(found["id"].is_string());
  CHECK(found["branch"] == "milestone/1.0");
  const Json task = board.Add({{"milestone", found["id"]}});
  CHECK(task["milestone"] == found["id"]);
  CHECK(
      board.Try(MAMC_BOARD_CREATE, {{"project", "lexer"}, {"title", "x"}, {"milestone", found["id"]}}).code ==
      Code::kNotFound);
  CHECK(board.List()["milestones"] == Json::array({found}));
  CHECK(board.Set(task["id"], {{"milestone", nullptr}})["milestone"].is_null());
}

void AListCanBeNarrowedByStatus(BoardFactory make) {
  Board board(make);
  board.Add();
  const Json done = board.Add({{"title", "Other"}})["id"];
  board.Set(done, {{"status", "done"}});
  const Json tasks =
      board.Do(MAMC_BOARD_LIST, {{"project", "parser"}, {"status", {"done", "archived"}}})["tasks"];
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0]["id"] == done);
  CHECK(board.Try(MAMC_BOARD_LIST, {{"project", "parser"}, {"status", {"opne"}}}).code == Code::kInvalid);
}

void AWatchHearsOfChangesInItsProject(BoardFactory make) {
  Board board(make);
  const Json id = board.Add()["id"];
  board.List();
  board.List("lexer");
  DrivenCall watch = board.driver().Start(MAMC_BOARD_WATCH, {{"project", "parser"}});
  DrivenCall other = board.driver().Start(MAMC_BOARD_WATCH, {{"project", "lexer"}});
  board.Set(id, {{"priority", 4}});
  CHECK(watch.NextEmit().kind == "changed");
  board.Add({{"title", "Other"}});
  CHECK(watch.NextEmit().kind == "changed");
  CHECK_FALSE(other.HasEmit());
  for (DrivenCall* call : {&watch, &other}) {
    CHECK_FALSE(call->completed());
    call->Cancel();
    CHECK(call->Wait().code == Code::kCancelled);
  }
}

void ProjectsAreNamed(BoardFactory make) {
  Board board(make);
  board.Add();
  const Json projects = board.Do(MAMC_BOARD_PROJECTS, {{"about", {"parser", "no-such"}}})["projects"];
  bool parser = false;
  for (const Json& project : projects) {
    parser = parser || project["id"] == "parser";
    CHECK(project["name"].is_string());
    CHECK(project["id"] != "no-such");
  }
  CHECK(parser);
}

void AnUnknownVerbIsUnsupported(BoardFactory make) {
  Board board(make);
  CHECK(board.Try(99, Json::object()).code == Code::kUnsupported);
  CHECK(board.Try(MAMC_BOARD_GET, Json::array()).code == Code::kInvalid);
}

void AWrongStatusIsNeverWritten(BoardFactory make) {
  Board board(make);
  const Json made = board.Add();
  for (const char* wrong : {"in-review", "completed", "Open", ""})
    CHECK(board.TryUpdate(made["id"], {{"set", {{"status", wrong}}}}).code == Code::kInvalid);
  CHECK(board.Task(made["id"]) == made);
}

}  // namespace mamc::test::contract

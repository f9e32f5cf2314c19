#include <mamc/board.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "support/plugin_driver.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

struct Board {
  explicit Board(const std::filesystem::path& file)
      : driver(plugin::Kind::kBoard, "local", {{"path", file.string()}}) {}

  Json Do(std::uint32_t verb, const Json& input) { return driver.Start(verb, input).result(); }
  plugin::Outcome Try(std::uint32_t verb, const Json& input) { return driver.Run(verb, input); }
  Json Add(Json extra = Json::object()) {
    extra.update({{"project", "parser"}, {"title", "Fix it"}});
    return Do(MAMC_BOARD_CREATE, extra)["task"];
  }
  Json Set(const Json& id, const Json& set) {
    return Do(MAMC_BOARD_UPDATE, {{"id", id}, {"set", set}})["task"];
  }
  Json Task(const Json& id) { return Do(MAMC_BOARD_GET, {{"id", id}})["task"]; }

  PluginDriver driver;
};

// Another process, which adds a task to the board when it is told to. To be made while there are no threads.
class OtherProcess {
 public:
  explicit OtherProcess(const std::filesystem::path& file) {
    if (::pipe(go_) != 0) throw std::runtime_error("no pipe for another process");
    pid_ = ::fork();
    if (pid_ != 0) return;
    char go = 0;
    ::close(go_[1]);
    if (::read(go_[0], &go, 1) == 1) Board(file).Add();
    ::_exit(0);
  }
  ~OtherProcess() {
    ::close(go_[0]);
    ::close(go_[1]);
    ::waitpid(pid_, nullptr, 0);
  }
  void Add() { REQUIRE(::write(go_[1], "+", 1) == 1); }

 private:
  int go_[2] = {-1, -1};
  pid_t pid_ = -1;
};

Json ClaimOf(const Json& id, const std::string& owner, const std::string& status = "open",
             int ttl_ms = 60'000) {
  return {{"id", id}, {"owner", owner}, {"expected_status", status}, {"ttl_ms", ttl_ms}};
}

}  // namespace

TEST_CASE("a created task has every member and an id of its own") {
  TempDir dir;
  Board board(dir / "deep/board.db");
  const Json first = board.Add({{"labels", {"bug"}}, {"priority", 2.5}, {"description", "Zeile ü"}});
  const Json second = board.Add();

  CHECK(first["id"] == "1");
  CHECK(second["id"] == "2");
  CHECK(first["labels"] == Json{"bug"});
  CHECK(first["priority"] == 2.5);
  CHECK(first["description"] == "Zeile ü");
  CHECK(first["status"] == "open");
  CHECK(first["version"] == 1);
  for (const char* absent : {"milestone", "blocked", "workflow", "repo", "external_id", "branch", "claim"})
    CHECK(first.at(absent).is_null());
  CHECK(board.Do(MAMC_BOARD_PROJECTS, Json::object())["projects"] ==
        Json::parse(R"([{"id":"parser","name":"parser"}])"));
}

TEST_CASE("tasks survive the process that wrote them") {
  TempDir dir;
  { Board(dir / "b.db").Add({{"title", "kept"}}); }
  Board again(dir / "b.db");
  CHECK(again.Do(MAMC_BOARD_LIST, {{"project", "parser"}})["tasks"].size() == 1);
}

TEST_CASE("the same external id gives the task that exists") {
  TempDir dir;
  Board board(dir / "b.db");
  const Json input = {{"project", "parser"}, {"title", "Fix it"}, {"external_id", "GH-7"}};
  CHECK(board.Do(MAMC_BOARD_CREATE, input)["created"] == true);
  const Json again = board.Do(MAMC_BOARD_CREATE, input);
  CHECK(again["created"] == false);
  CHECK(again["task"]["id"] == "1");
  Json elsewhere = input;
  elsewhere["project"] = "lexer";
  CHECK(board.Do(MAMC_BOARD_CREATE, elsewhere)["created"] == true);
}

TEST_CASE("everything wrong with a new task is said at once and nothing is made") {
  TempDir dir;
  Board board(dir / "b.db");
  const auto outcome = board.Try(
      MAMC_BOARD_CREATE, {{"project", "parser"}, {"titel", "x"}, {"priority", "high"}, {"status", "bloked"}});
  CHECK(outcome.code == Code::kInvalid);
  for (const char* part : {"'titel' cannot be set (did you mean 'title'?)", "'priority' must be a number",
                           "did you mean 'blocked'", "'title' is missing"}) {
    CHECK_THAT(outcome.Message(), Catch::Contains(part));
  }
  CHECK(board.Do(MAMC_BOARD_LIST, {{"project", "parser"}})["tasks"].empty());
}

TEST_CASE("an unknown task is not found whatever its id looks like") {
  TempDir dir;
  Board board(dir / "b.db");
  board.Add();
  for (const Json& id : {Json("2"), Json("01"), Json("1 "), Json(""), Json("-1"),
                         Json("99999999999999999999"), Json(1), Json()}) {
    const auto outcome = board.Try(MAMC_BOARD_GET, {{"id", id}});
    CHECK(outcome.code == Code::kNotFound);
    CHECK_THAT(outcome.Message(), Catch::Contains("no task"));
  }
}

TEST_CASE("a task is claimed once and refused with its holder named") {
  TempDir dir;
  Board board(dir / "b.db");
  const Json id = board.Add()["id"];
  const Json claimed = board.Do(MAMC_BOARD_CLAIM, ClaimOf(id, "anna"))["task"];
  CHECK(claimed["status"] == "in_progress");
  CHECK(claimed["claim"]["owner"] == "anna");
  CHECK(claimed["version"] == 2);

  CHECK(board.Try(MAMC_BOARD_CLAIM, ClaimOf(id, "bert")).code == Code::kConflict);
  const auto refused = board.Try(MAMC_BOARD_CLAIM, ClaimOf(id, "bert", "in_progress"));
  CHECK(refused.code == Code::kConflict);
  CHECK_THAT(refused.Message(), Catch::Contains("claimed by anna"));
  CHECK(board.Do(MAMC_BOARD_CLAIM, ClaimOf(id, "anna", "in_progress"))["task"]["version"] == 3);
}

TEST_CASE("a task that somebody has moved is not claimed for what it was") {
  TempDir dir;
  Board board(dir / "b.db");
  const Json id = board.Add()["id"];
  board.Set(id, {{"status", "done"}});
  const auto refused = board.Try(MAMC_BOARD_CLAIM, ClaimOf(id, "anna"));
  CHECK(refused.code == Code::kConflict);
  CHECK_THAT(refused.Message(), Catch::Contains("is done, not open"));
  CHECK(board.Do(MAMC_BOARD_GET, {{"id", id}})["task"]["status"] == "done");
}

TEST_CASE("a claim that is over may be taken by somebody else") {
  TempDir dir;
  Board board(dir / "b.db");
  const Json id = board.Add()["id"];
  board.Do(MAMC_BOARD_CLAIM, ClaimOf(id, "anna", "open", 1));
  std::this_thread::sleep_for(std::chrono::milliseconds(5));  // the board uses the system's clock
  CHECK(board.Do(MAMC_BOARD_CLAIM, ClaimOf(id, "bert", "in_progress"))["task"]["claim"]["owner"] == "bert");
}

TEST_CASE("the claim ends with the work or when it is given up") {
  TempDir dir;
  Board board(dir / "b.db");
  const Json id = board.Add()["id"];
  board.Do(MAMC_BOARD_CLAIM, ClaimOf(id, "anna"));
  CHECK(board.Set(id, {{"status", "in_review"}})["claim"]["owner"] == "anna");
  CHECK(board.Set(id, {{"claim", nullptr}})["claim"].is_null());
  board.Do(MAMC_BOARD_CLAIM, ClaimOf(id, "anna", "in_review"));
  CHECK(board.Set(id, {{"status", "done"}})["claim"].is_null());
}

TEST_CASE("an update with an old version changes nothing") {
  TempDir dir;
  Board board(dir / "b.db");
  const Json id = board.Add()["id"];
  board.Set(id, {{"priority", 3}});
  const auto outcome = board.Try(
      MAMC_BOARD_UPDATE, {{"id", id}, {"version", 1}, {"set", {{"title", "late"}}}, {"comment", "late"}});
  CHECK(outcome.code == Code::kConflict);
  CHECK(board.Task(id)["title"] == "Fix it");
  CHECK(board.Do(MAMC_BOARD_GET, {{"id", id}})["comments"].empty());
}

TEST_CASE("a repeated op id changes nothing more") {
  TempDir dir;
  Board board(dir / "b.db");
  const Json id = board.Add()["id"];
  const Json update = {{"id", id},
                       {"version", 1},
                       {"set", {{"status", "done"}}},
                       {"comment", "all tests pass"},
                       {"op_id", "run-1/7"}};
  const Json task = board.Do(MAMC_BOARD_UPDATE, update)["task"];
  CHECK(board.Do(MAMC_BOARD_UPDATE, update)["task"] == task);
  const Json comment = {{"id", id}, {"author", "anna"}, {"text", "hm"}, {"op_id", "run-1/8"}};
  board.Do(MAMC_BOARD_COMMENT, comment);
  board.Do(MAMC_BOARD_COMMENT, comment);
  const Json comments = board.Do(MAMC_BOARD_GET, {{"id", id}})["comments"];
  REQUIRE(comments.size() == 2);
  CHECK(comments[0]["text"] == "all tests pass");
  CHECK(comments[1]["author"] == "anna");
}

TEST_CASE("blocked needs its status and is cleared by any other") {
  TempDir dir;
  Board board(dir / "b.db");
  const Json id = board.Add()["id"];
  CHECK(board.Try(MAMC_BOARD_UPDATE, {{"id", id}, {"set", {{"blocked", {{"reason", "retry"}}}}}}).code ==
        Code::kInvalid);
  const Json blocked =
      board.Set(id, {{"status", "blocked"}, {"blocked", {{"reason", "retry"}, {"attempts", 2}}}});
  CHECK(blocked["blocked"] == Json::parse(R"({"reason":"retry","attempts":2,"text":""})"));
  CHECK(board.Set(id, {{"priority", 9}})["blocked"]["attempts"] == 2);
  CHECK(board.Set(id, {{"status", "open"}})["blocked"].is_null());
  const auto slip = board.Try(
      MAMC_BOARD_UPDATE, {{"id", id}, {"set", {{"status", "blocked"}, {"blocked", {{"reason", "persn"}}}}}});
  CHECK_THAT(slip.Message(), Catch::Contains("did you mean 'person'"));
}

TEST_CASE("a dependency must be a task of the project and must not close a circle") {
  TempDir dir;
  Board board(dir / "b.db");
  const Json a = board.Add()["id"];
  const Json b = board.Add({{"dependencies", {a}}})["id"];
  const Json c = board.Add({{"dependencies", {b, b}}});
  CHECK(c["dependencies"] == Json{b});
  CHECK(board.Try(MAMC_BOARD_UPDATE, {{"id", a}, {"set", {{"dependencies", {c["id"]}}}}}).code ==
        Code::kInvalid);
  CHECK(board.Task(a)["dependencies"].empty());
  CHECK(board.Try(MAMC_BOARD_CREATE, {{"project", "lexer"}, {"title", "x"}, {"dependencies", {a}}}).code ==
        Code::kNotFound);
  CHECK(board.Do(MAMC_BOARD_LIST, {{"project", "lexer"}})["tasks"].empty());
  CHECK(board.Do(MAMC_BOARD_LIST, {{"project", "parser"}})["tasks"][1]["dependencies"] == Json{a});
}

TEST_CASE("a milestone is found or made by its title") {
  TempDir dir;
  Board board(dir / "b.db");
  const Json made = board.Do(MAMC_BOARD_MILESTONE, {{"project", "parser"}, {"title", "1.0"}})["milestone"];
  const Json found =
      board.Do(MAMC_BOARD_MILESTONE,
               {{"project", "parser"}, {"title", "1.0"}, {"branch", "milestone/1.0"}})["milestone"];
  CHECK(found["id"] == made["id"]);
  CHECK(found["branch"] == "milestone/1.0");
  CHECK(board.Add({{"milestone", made["id"]}})["milestone"] == made["id"]);
  CHECK(
      board.Try(MAMC_BOARD_CREATE, {{"project", "lexer"}, {"title", "x"}, {"milestone", made["id"]}}).code ==
      Code::kNotFound);
  CHECK(board.Do(MAMC_BOARD_LIST, {{"project", "parser"}})["milestones"] == Json{found});
}

TEST_CASE("a list can be narrowed by status") {
  TempDir dir;
  Board board(dir / "b.db");
  board.Add();
  board.Set(board.Add()["id"], {{"status", "done"}});
  const Json tasks =
      board.Do(MAMC_BOARD_LIST, {{"project", "parser"}, {"status", {"done", "archived"}}})["tasks"];
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0]["id"] == "2");
  CHECK(board.Try(MAMC_BOARD_LIST, {{"project", "parser"}, {"status", {"opne"}}}).code == Code::kInvalid);
}

TEST_CASE("a watch hears of changes in its own project only") {
  TempDir dir;
  Board board(dir / "b.db");
  DrivenCall watch = board.driver.Start(MAMC_BOARD_WATCH, {{"project", "parser"}});
  board.Do(MAMC_BOARD_CREATE, {{"project", "lexer"}, {"title", "elsewhere"}});
  board.Add();
  CHECK(watch.NextEmit().kind == "changed");
  watch.Cancel();
  CHECK(watch.Wait().code == Code::kCancelled);
}

TEST_CASE("a watch hears of changes that another process made") {
  TempDir dir;
  std::optional<OtherProcess> other(dir / "b.db");
  Board board(dir / "b.db");
  board.Add();
  DrivenCall watch = board.driver.Start(MAMC_BOARD_WATCH, {{"project", "parser"}});
  CHECK_FALSE(watch.completed());
  other->Add();
  other.reset();  // it has ended
  board.driver.loop().Advance(Milliseconds(1000));
  CHECK(watch.NextEmit().kind == "changed");
  watch.Cancel();
  watch.Wait();
}

TEST_CASE("who only asks for the projects makes no board") {
  TempDir dir;
  Board board(dir / "deep/board.db");
  CHECK(board.Do(MAMC_BOARD_PROJECTS, Json::object())["projects"].empty());
  CHECK_FALSE(std::filesystem::exists(dir / "deep"));
  board.Add();
  CHECK(board.Do(MAMC_BOARD_PROJECTS, Json::object())["projects"].size() == 1);
}

TEST_CASE("a board that cannot be opened says where it lies and heals") {
  TempDir dir;
  dir.Write("folder", "a file where a folder is needed");
  Board board(dir / "folder/b.db");
  const auto outcome = board.Try(MAMC_BOARD_PROJECTS, Json::object());
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("folder"));
  std::filesystem::remove(dir / "folder");
  CHECK(board.Do(MAMC_BOARD_PROJECTS, Json::object())["projects"].empty());
}

TEST_CASE("a file that is no board is refused and left alone") {
  TempDir dir;
  const std::string text(4096, 'x');
  Board board(dir.Write("b.db", text));
  CHECK(board.Try(MAMC_BOARD_PROJECTS, Json::object()).code == Code::kFailed);
  CHECK(dir.Read("b.db") == text);
}

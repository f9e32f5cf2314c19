#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "support/board_client.hpp"
#include "support/board_contract.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

struct Board : BoardClient {
  explicit Board(const std::filesystem::path& file) : BoardClient("local", {{"path", file.string()}}) {}
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

// A board for the contract: parser has a milestone.
BoardUnderTest Make() {
  auto dir = std::make_shared<TempDir>();
  auto driver = std::make_unique<PluginDriver>(plugin::Kind::kBoard, "local",
                                               Json{{"path", (*dir / "deep/board.db").string()}});
  driver->Start(MAMC_BOARD_MILESTONE, {{"project", "parser"}, {"title", "1.0"}, {"branch", "milestone/1.0"}})
      .result();
  return {std::move(dir), std::move(driver)};
}

}  // namespace

MAMC_BOARD_CONTRACT(Make)

TEST_CASE("ids are small numbers and priorities may be broken ones") {
  TempDir dir;
  Board board(dir / "deep/board.db");
  CHECK(board.Add({{"priority", 2.5}})["priority"] == 2.5);
  CHECK(board.Add()["id"] == "2");
  CHECK(board.Do(MAMC_BOARD_PROJECTS, Json::object())["projects"] ==
        Json::parse(R"([{"id":"parser","name":"parser"}])"));
}

TEST_CASE("tasks survive the process that wrote them") {
  TempDir dir;
  { Board(dir / "b.db").Add({{"title", "kept"}}); }
  Board again(dir / "b.db");
  CHECK(again.Do(MAMC_BOARD_LIST, {{"project", "parser"}})["tasks"].size() == 1);
}

TEST_CASE("a board of the layout before this one is taken over with its tasks") {
  TempDir dir;
  { Board(dir / "b.db").Add({{"title", "kept"}}); }
  sqlite3* file = nullptr;
  REQUIRE(sqlite3_open((dir / "b.db").c_str(), &file) == SQLITE_OK);
  const char* back = "ALTER TABLE tasks DROP COLUMN follows; PRAGMA user_version = 1";
  CHECK(sqlite3_exec(file, back, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(file);
  Board board(dir / "b.db");
  CHECK(board.Task("1")["title"] == "kept");
  CHECK(board.Task("1")["follows"].is_null());
  CHECK(board.Add({{"follows", "1"}})["follows"] == "1");
}

TEST_CASE("an external id counts within its project") {
  TempDir dir;
  Board board(dir / "b.db");
  const Json input = {{"project", "parser"}, {"title", "Fix it"}, {"external_id", "GH-7"}};
  CHECK(board.Do(MAMC_BOARD_CREATE, input)["created"] == true);
  Json elsewhere = input;
  elsewhere["project"] = "lexer";
  CHECK(board.Do(MAMC_BOARD_CREATE, elsewhere)["created"] == true);
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
  CHECK(board.Do(MAMC_BOARD_LIST, {{"project", "parser"}})["milestones"] == Json::array({found}));
}

TEST_CASE("a watch hears of changes that another process made") {
  TempDir dir;
  std::optional<OtherProcess> other(dir / "b.db");
  Board board(dir / "b.db");
  board.Add();
  DrivenCall watch = board.driver().Start(MAMC_BOARD_WATCH, {{"project", "parser"}});
  CHECK_FALSE(watch.completed());
  other->Add();
  other.reset();  // it has ended
  board.driver().loop().Advance(Milliseconds(1000));
  CHECK(watch.NextEmit().kind == "changed");
  watch.Cancel();
  watch.Wait();
}

TEST_CASE("who only asks for the projects or the tasks makes no board") {
  TempDir dir;
  Board board(dir / "deep/board.db");
  CHECK(board.Do(MAMC_BOARD_PROJECTS, Json::object())["projects"].empty());
  CHECK(board.Do(MAMC_BOARD_LIST, {{"project", "shop"}})["tasks"].empty());
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
  const auto outcome = board.Try(MAMC_BOARD_PROJECTS, Json::object());
  CHECK(outcome.code == Code::kFailed);
  CHECK_THAT(outcome.Message(), Catch::Contains("The file is damaged"));
  CHECK(dir.Read("b.db") == text);
}

TEST_CASE("the folder that a board makes is its owner's alone") {
  TempDir dir;
  Board board(dir / "shared/own/board.db");
  board.Add();
  using std::filesystem::perms;
  CHECK(std::filesystem::status(dir / "shared/own").permissions() == perms::owner_all);
  CHECK((std::filesystem::status(dir / "shared").permissions() & perms::others_read) != perms::none);
}

TEST_CASE("a file that was emptied is no board without tasks, and one that is just being made is none yet") {
  TempDir dir;
  const auto file = dir.Write("b.db", "");
  std::filesystem::last_write_time(file,
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  Board board(file);
  const auto outcome = board.Try(MAMC_BOARD_LIST, {{"project", "shop"}});
  CHECK(outcome.code == Code::kFailed);
  CHECK_THAT(outcome.Message(), Catch::Contains(file.string()) && Catch::Contains("is empty") &&
                                    Catch::Contains("The file is damaged: put a copy of it in its place"));
  CHECK(std::filesystem::file_size(file) == 0);

  std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now());
  board.Add();
  CHECK(board.Do(MAMC_BOARD_PROJECTS, Json::object())["projects"].size() == 1);
}

TEST_CASE("what is wrong with the file is not lost behind the query that met it") {
  TempDir dir;
  const auto file = dir / "b.db";
  {
    Board board(file);
    for (int i = 0; i < 40; ++i) board.Add();
  }
  std::string bytes = dir.Read("b.db");
  REQUIRE(bytes.size() > 4096);
  bytes.replace(4096, std::string::npos, std::string(bytes.size() - 4096, '\xff'));
  for (const char* end : {"-wal", "-shm"}) std::filesystem::remove(file.string() + end);
  dir.Write("b.db", bytes);
  Board board(file);
  const auto outcome = board.Try(MAMC_BOARD_GET, {{"id", "1"}});
  CHECK(outcome.code == Code::kFailed);
  INFO(outcome.Message());
  CHECK(outcome.Message().size() < 300 + file.string().size());
  CHECK_THAT(outcome.Message(), Catch::Contains("The file is damaged"));
}

TEST_CASE("The self-test makes no board and says where it will be, or why it cannot be") {
  const TempDir folder;
  auto Test = [](const std::string& path) {
    PluginDriver driver(plugin::Kind::kBoard, "local", {{"path", path}});
    return driver.Start(0, Json::object()).result();
  };
  const std::string path = folder / "state" / "board.db";
  CHECK(Test(path)["facts"][0] == path + " is made by the first task");
  CHECK_FALSE(std::filesystem::exists(folder / "state"));
  folder.Write("file", "");
  const Json refused = Test(folder / "file" / "board.db");
  CHECK(refused["ok"] == false);
  CHECK(refused["findings"][0]["advice"].get<std::string>().find("boards.local.path") != std::string::npos);
}

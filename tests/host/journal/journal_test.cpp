#include "mamc/journal/journal.hpp"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "mamc/journal/state_dir.hpp"
#include "support/temp_dir.hpp"

namespace mamc::journal {
namespace {

std::unique_ptr<Journal> OpenIn(const test::TempDir& dir) {
  auto journal = Journal::Open(dir / "journal.db");
  REQUIRE(journal.status().message() == "");
  return std::move(*journal);
}

// A disk that is full beyond this size, for as long as the object lives.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    rlimit now = before_;
    now.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~SmallDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

bool Says(const Status& status, const std::vector<std::string>& words) {
  INFO(status.message());
  for (const std::string& word : words) CHECK(status.message().find(word) != std::string::npos);
  return !status.ok();
}

std::unique_ptr<Journal> WithOneRecord(const test::TempDir& dir) {
  auto journal = OpenIn(dir);
  journal->CreateRun({.id = "r1", .kind = "task"}, {{"workflow", "steps"}});
  journal->Append("r1", RecordKind::kStart, "a@1", "", "{}");
  REQUIRE(journal->Commit().ok());
  return journal;
}

}  // namespace

TEST_CASE("a full disk breaks the journal aloud and what was committed is there when there is room again") {
  test::TempDir dir;
  bool left = false;
  {
    auto journal = WithOneRecord(dir);
    SmallDisk disk(200'000);
    for (int i = 0; i < 100; ++i)
      journal->Append("r1", RecordKind::kStart, "b@1", "", std::string(4000, 'x'));
    journal->AfterCommit([&] { left = true; });
    CHECK(Says(journal->Commit(), {(dir / "journal.db").string(), "has room", "start mamc-host again"}));
    CHECK(journal->Append("r1", RecordKind::kStart, "c@1", "", "{}") == 0);
    journal->AfterCommit([&] { left = true; });
    CHECK_FALSE(journal->Commit().ok());
  }
  CHECK_FALSE(left);
  auto journal = OpenIn(dir);
  REQUIRE(journal->Records("r1").size() == 1);
  journal->Append("r1", RecordKind::kReceipt, "a@1", "", "{}");
  CHECK(journal->Commit().ok());
}

TEST_CASE("a journal that is removed under its owner is noticed before anything goes out and put back") {
  test::TempDir dir;
  bool left = false;
  {
    auto journal = WithOneRecord(dir);
    std::filesystem::remove(dir / "journal.db");
    bool log_too = GENERATE(false, true);
    if (log_too) std::filesystem::remove(dir / "journal.db-wal");
    journal->Append("r1", RecordKind::kReceipt, "a@1", "", "{}");
    journal->AfterCommit([&] { left = true; });
    CHECK(Says(journal->Commit(),
               {(dir / "journal.db").string(), "was removed", "put back", "start mamc-host again"}));
  }
  CHECK_FALSE(left);
  auto records = OpenIn(dir)->Records("r1");
  REQUIRE(records.size() == 1);
  CHECK(records[0].kind == RecordKind::kStart);
  CHECK(OpenIn(dir)->Texts("r1").at("workflow") == "steps");
}

TEST_CASE("a write ahead log that is removed under its owner costs no record") {
  test::TempDir dir;
  {
    auto journal = WithOneRecord(dir);
    std::filesystem::remove(dir / "journal.db-wal");
    journal->Append("r1", RecordKind::kReceipt, "a@1", "", "{}");
    CHECK(Says(journal->Commit(), {"journal.db-wal was removed", "is saved"}));
  }
  CHECK(OpenIn(dir)->Records("r1").size() == 1);
}

TEST_CASE("another file in the place of the journal is neither used nor overwritten") {
  test::TempDir dir;
  {
    auto journal = WithOneRecord(dir);
    std::filesystem::remove(dir / "journal.db");
    std::ofstream(dir / "journal.db") << "somebody else's";
    journal->Append("r1", RecordKind::kReceipt, "a@1", "", "{}");
    CHECK(Says(journal->Commit(), {"was replaced", (dir / "journal.db.saved").string(), "decide which"}));
  }
  auto saved = Journal::Open(dir / "journal.db.saved");
  REQUIRE(saved.ok());
  CHECK((*saved)->Records("r1").size() == 1);
  std::ifstream file(dir / "journal.db");
  std::string text;
  std::getline(file, text);
  CHECK(text == "somebody else's");
}

TEST_CASE("a journal that cannot be read breaks instead of giving half of its records") {
  test::TempDir dir;
  std::string run;
  {
    auto journal = WithOneRecord(dir);
    for (int i = 0; i < 200; ++i)
      journal->Append("r1", RecordKind::kStart, "b@1", "", std::string(4000, 'x'));
    REQUIRE(journal->Commit().ok());
  }
  auto size = std::filesystem::file_size(dir / "journal.db");
  {
    std::fstream file(dir / "journal.db", std::ios::in | std::ios::out | std::ios::binary);
    for (auto at = size / 2; at + 4096 < size; at += 4096) {
      file.seekp(static_cast<std::streamoff>(at / 4096 * 4096));
      file << std::string(4096, 'z');
    }
  }
  auto journal = OpenIn(dir);
  journal->Records("r1");
  CHECK(Says(journal->status(), {(dir / "journal.db").string(), "cannot be read", "damaged"}));
}

TEST_CASE("a file that is no journal is told with its path and what to do") {
  test::TempDir dir;
  dir.Write("journal.db", std::string(8192, 'x'));
  auto journal = Journal::Open(dir / "journal.db", {});
  CHECK(Says(journal.status(), {(dir / "journal.db").string(), "not a database", "put back a copy of it"}));
  CHECK(std::filesystem::file_size(dir / "journal.db") == 8192);
}

TEST_CASE("records of a run come back in order after the journal was closed") {
  test::TempDir dir;
  std::string run;
  {
    auto journal = OpenIn(dir);
    run = journal->CreateRun({.kind = "task", .task = "7", .spec = "{}"},
                             {{"workflow", std::string(10000, 'x')}});
    journal->Append(run, RecordKind::kStart, "plan@1", "", "{}");
    journal->Append(run, RecordKind::kReceipt, "plan@1", "", "\"" + std::string(5000, 'y') + "\"");
    REQUIRE(journal->Commit().ok());
  }
  auto journal = OpenIn(dir);
  auto records = journal->Records(run);
  REQUIRE(records.size() == 2);
  CHECK(records[0].kind == RecordKind::kStart);
  CHECK(records[1].body.size() == 5002);
  CHECK(journal->Texts(run).at("workflow").size() == 10000);
  CHECK(journal->FindRun(run)->status == "running");
  journal->Append(run, RecordKind::kSkip, "qa@1", "", "{}");
  CHECK(journal->Records(run).back().seq == 3);
}

TEST_CASE("what was not committed is gone and its effects never ran") {
  test::TempDir dir;
  bool left = false;
  {
    auto journal = OpenIn(dir);
    journal->CreateRun({.id = "r1", .kind = "task"}, {});
    journal->AfterCommit([&] { left = true; });
  }
  CHECK_FALSE(left);
  CHECK_FALSE(OpenIn(dir)->FindRun("r1").has_value());
}

TEST_CASE("effects run after the commit in order and may write again") {
  test::TempDir dir;
  auto journal = OpenIn(dir);
  std::vector<int> order;
  journal->CreateRun({.id = "r1", .kind = "task"}, {});
  journal->AfterCommit([&] {
    order.push_back(1);
    journal->Append("r1", RecordKind::kStart, "a@1", "", "{}");
    journal->AfterCommit([&] { order.push_back(3); });
  });
  journal->AfterCommit([&] { order.push_back(2); });
  CHECK(order.empty());
  REQUIRE(journal->Commit().ok());
  CHECK(order == std::vector<int>{1, 2, 3});
  CHECK(journal->commits() == 2);
  journal->AfterCommit([&] { order.push_back(4); });
  CHECK(order.back() == 4);
}

TEST_CASE("an answer is found by its corr_id and a record for no run breaks the journal aloud") {
  test::TempDir dir;
  auto journal = OpenIn(dir);
  journal->PutAnswer("c1", "{\"text\":\"yes\"}");
  CHECK(journal->FindAnswer("c1") == "{\"text\":\"yes\"}");
  CHECK_FALSE(journal->FindAnswer("c2").has_value());
  CHECK(journal->CountAnswers() == 1);
  journal->Append("nobody", RecordKind::kStart, "a@1", "", "{}");
  CHECK(journal->Commit().message().find("run nobody") != std::string::npos);
}

TEST_CASE("a state directory is known by the same name when it is opened again") {
  test::TempDir dir, other;
  auto identity = [](const test::TempDir& where) {
    auto lock = StateDirLock::Acquire(where.path());
    REQUIRE(lock.ok());
    auto known = (*lock)->Identity();
    REQUIRE(known.status().message() == "");
    CHECK((*lock)->Identity()->size() == 8);
    return *known;
  };
  const std::string first = identity(dir);
  CHECK(identity(dir) == first);
  CHECK(identity(other) != first);
  dir.Write("host-id", "");  // as a full disk leaves it
  CHECK(identity(dir).size() == 8);
}

TEST_CASE("a second owner of a state directory is told who has it") {
  test::TempDir dir;
  auto first = StateDirLock::Acquire(dir / "state");
  REQUIRE(first.ok());
  auto second = StateDirLock::Acquire(dir / "state");
  REQUIRE_FALSE(second.ok());
  CHECK(second.status().code() == Code::kConflict);
  CHECK(second.status().message().find("process " + std::to_string(::getpid())) != std::string::npos);
}

}  // namespace mamc::journal

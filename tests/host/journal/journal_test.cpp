#include "mamc/journal/journal.hpp"

#include <catch2/catch.hpp>

#include "mamc/journal/state_dir.hpp"
#include "support/temp_dir.hpp"

namespace mamc::journal {
namespace {

std::unique_ptr<Journal> OpenIn(const test::TempDir& dir) {
  auto journal = Journal::Open(dir / "journal.db");
  REQUIRE(journal.status().message() == "");
  return std::move(*journal);
}

}  // namespace

TEST_CASE("records of a run come back in order after the journal was closed") {
  test::TempDir dir;
  std::string run;
  {
    auto journal = OpenIn(dir);
    run = journal->CreateRun({.kind = "task", .task = "7", .spec = "{}"}, {{"workflow", std::string(10000, 'x')}});
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

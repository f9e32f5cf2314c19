// What models cost, and what happens when a budget is used up.
#include "ledger.hpp"

#include "desk.hpp"
#include "support/captured_log.hpp"
#include "support/http_server.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::messaging;
using namespace mamc::worker;
using Catch::Matchers::Contains;

namespace {

constexpr Milliseconds kDay = std::chrono::hours(24);

struct Books {
  Books() : journal(Open()), ledger(*journal, clock, budgets) {}

  std::unique_ptr<journal::Journal> Open() {
    auto opened = journal::Journal::Open(":memory:");
    REQUIRE(opened.ok());
    return std::move(*opened);
  }

  ManualClock clock;
  Budgets budgets;
  std::unique_ptr<journal::Journal> journal;
  Ledger ledger;
};

std::function<void(WorkerOptions&)> WithCalls(std::int64_t calls) {
  return [calls](WorkerOptions& options) { options.budgets.task.calls = calls; };
}

}  // namespace

TEST_CASE("without budgets everything may be asked") {
  Books books;
  books.ledger.Add({"shop", "7"}, {.calls = 1'000'000, .tokens = 1, .ms = 1});
  CHECK(books.ledger.MayAsk({"shop", "7"}).ok());
  CHECK(books.ledger.Warning({"shop", "7"}).empty());
}

TEST_CASE("a task whose budget is used up is for a person and others go on") {
  const auto [set, spent, words] =
      GENERATE(table<std::function<void(Budgets&)>, journal::Spending, std::string>(
          {{[](Budgets& budgets) { budgets.task.calls = 3; },
            {.calls = 3},
            "3 of 3 calls (budgets.task.calls)"},
           {[](Budgets& budgets) { budgets.task.tokens = 100; },
            {.tokens = 120},
            "120 of 100 tokens (budgets.task.tokens)"},
           {[](Budgets& budgets) { budgets.task.ms = 50; },
            {.ms = 50},
            "50 of 50 ms of models at work (budgets.task.time)"}}));
  Books books;
  set(books.budgets);
  CHECK(books.ledger.MayAsk({"shop", "7"}).ok());
  books.ledger.Add({"shop", "7"}, spent);
  const Status may = books.ledger.MayAsk({"shop", "7"});
  CHECK(may.code() == Code::kPermission);
  CHECK_THAT(may.message(), Contains("the budget of task 7 is used up: " + words) && Contains("unblock"));
  CHECK(books.ledger.MayAsk({"shop", "8"}).ok());
  CHECK(books.ledger.MayAsk({"other", "7"}).ok());
}

TEST_CASE("the budgets of a project and of a day are no task's fault") {
  Books books;
  books.budgets.project.tokens = 100;
  books.ledger.Add({"shop", "7"}, {.tokens = 60});
  books.ledger.Add({"shop", "8"}, {.tokens = 60});
  const Status project = books.ledger.MayAsk({"shop", "9"});
  CHECK(project.code() == Code::kUnavailable);
  CHECK_THAT(project.message(), Contains("the budget of project shop is used up: 120 of 100 tokens"));
  CHECK(books.ledger.MayAsk({"other", "1"}).ok());

  books.budgets = {};
  books.budgets.day.tokens = 120;
  const Status day = books.ledger.MayAsk({"other", "1"});
  CHECK(day.code() == Code::kUnavailable);
  CHECK_THAT(day.message(), Contains("the budget of this day is used up") && Contains("budgets.day.tokens"));
  books.clock.Set(kDay);
  CHECK(books.ledger.MayAsk({"other", "1"}).ok());
}

TEST_CASE("the persona is told when less than a quarter of a task's budget is left") {
  Books books;
  books.budgets.task = {.calls = 8, .tokens = 1000, .ms = 0};
  books.ledger.Add({"shop", "7"}, {.calls = 5, .tokens = 700});
  CHECK(books.ledger.Warning({"shop", "7"}).empty());
  books.ledger.Add({"shop", "7"}, {.calls = 2, .tokens = 100});
  CHECK(books.ledger.Warning({"shop", "7"}) == "1 calls and 200 tokens of this task's budget are left");
}

TEST_CASE("each question is paid and the one that the budget does not hold is not asked") {
  TempDir dir;
  CapturedLog log;
  Desk desk(dir, kTester, {"an answer"}, {}, WithCalls(2));
  CHECK(desk.Ask(desk.Ask("c1")).status == "done");
  CHECK(desk.Ask(desk.Ask("c2")).status == "done");
  const Event end = desk.Ask(desk.Ask("c3"));
  CHECK(end.status == "error");
  CHECK(end.result["code"] == static_cast<int>(Code::kPermission));
  CHECK_THAT(end.error, Contains("persona qa-engineer: the budget of task 7 is used up: 2 of 2 calls"));
  CHECK(desk.asked() == 2);
}

TEST_CASE("what was spent outlives the host and a repair is paid as any question") {
  TempDir dir;
  CapturedLog log;
  {
    Desk desk(dir, kJudge, {"no verdict", R"({"status": "pass"})"}, {}, WithCalls(3));
    CHECK(desk.Ask(desk.Ask("c1")).result["status"] == "pass");
    CHECK(desk.asked() == 2);
  }
  Desk desk(dir, kJudge, {"x", "x", "no verdict", "never asked"}, {}, WithCalls(3));
  const Event end = desk.Ask(desk.Ask("c2"));
  CHECK(end.status == "error");
  CHECK_THAT(end.error, Contains("3 of 3 calls"));
  CHECK(desk.asked() == 3);
}

TEST_CASE("a persona whose task has little left reads so in its request") {
  TempDir dir;
  CapturedLog log;
  Desk desk(dir, kTester, {"an answer"}, {}, WithCalls(5));
  for (const char* corr_id : {"c1", "c2", "c3", "c4"}) {
    desk.Ask(desk.Ask(corr_id));
    CHECK_THAT(dir.Read("question"), !Contains("budget:"));
  }
  desk.Ask(desk.Ask("c5"));
  CHECK_THAT(dir.Read("question"), Contains("budget: 1 calls of this task's budget are left"));
}

TEST_CASE("a question that is given up is paid too") {
  TempDir dir;
  CapturedLog log;
  dir.Write("hold", "");
  Desk desk(dir, kTester, {"late"});
  desk.Send(desk.Ask("c1"));
  desk.bench.Until([&] { return desk.asked() == 1; });
  desk.bench.Advance(5000);
  Event cancel;
  cancel.corr_id = "c1";
  cancel.status = "cancel";
  desk.channel->PublishEvent(cancel, [](Status) {});
  CHECK(desk.End("c1").status == "error");
  const journal::Spending spent = desk.bench.journal->SpentOnTask("", "7");
  CHECK(spent.calls == 1);
  CHECK(spent.tokens > 0);
  CHECK(spent.ms >= 5000);
  std::filesystem::remove(dir / "hold");
}

TEST_CASE("a question that no server takes is not paid") {
  TempDir dir;
  CapturedLog log;
  Desk away(dir, kTester, {"x"}, {}, [](WorkerOptions& options) {
    options.default_backend = "lm-studio";
    options.backend_settings["lm-studio"] = {
        {"base_url", "http://127.0.0.1:" + std::to_string(UnusedPort())}};
  });
  CHECK(away.Ask(away.Ask("c1")).status == "error");
  CHECK(away.bench.journal->SpentOnTask("", "7").calls == 0);
}

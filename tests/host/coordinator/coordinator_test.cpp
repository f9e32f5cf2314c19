// The project loop over the real local board.
#include "shop.hpp"
#include "support/captured_log.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

TEST_CASE("the loop works on every task and ends with 0 when all are done") {
  TempDir dir;
  CapturedLog log;
  Shop shop(dir);
  std::string low = shop.AddTask("low", {{"priority", 1}}), high = shop.AddTask("high", {{"priority", 9}});
  auto result = shop.Run();
  CHECK(result.exit_code() == 0);
  CHECK(result.blocked.empty());
  CHECK(shop.Worked() == std::vector<std::string>{"high", "low"});
  CHECK(shop.Task(low)["status"] == "done");
  CHECK(shop.Task(high)["status"] == "done");
  CHECK_THAT(shop.Comments(high), Contains("Run " + result.iterations[0].run + " done"));
  CHECK(log.Has({"info engine: task received", "task=" + high}));
  CHECK(log.Has({"engine: task done"}));
}

TEST_CASE("a failed task is blocked and tried again after all others until its attempts are used up") {
  TempDir dir;
  CapturedLog log;
  Shop shop(dir);
  shop.options.blocked_max_attempts = 3;
  shop.personas->Say("qa-engineer/bad", {Shop::Error(Code::kFailed, "no way")});
  std::string bad = shop.AddTask("bad", {{"priority", 99}});
  shop.AddTask("good");
  auto result = shop.Run();
  CHECK(result.exit_code() == 1);
  CHECK(shop.Worked() == std::vector<std::string>{"bad", "good", "bad", "bad"});
  REQUIRE(result.blocked.size() == 1);
  CHECK(shop.Task(bad)["blocked"]["reason"] == "person");
  CHECK(shop.Task(bad)["blocked"]["attempts"] == 3);
  CHECK_THAT(shop.Comments(bad), Contains("failed in step ask@1") && Contains("given up after 3 attempts"));
  CHECK(log.Has({"error engine: task blocked", "no way"}));
}

TEST_CASE("what only a person can mend is not tried again") {
  TempDir dir;
  Shop shop(dir);
  shop.personas->Say("qa-engineer/bad", {Shop::Error(Code::kConflict, "both changed a.txt")});
  std::string bad = shop.AddTask("bad");
  auto result = shop.Run();
  CHECK(shop.Worked().size() == 1);
  CHECK(shop.Task(bad)["status"] == "blocked");
  CHECK(shop.Task(bad)["blocked"]["reason"] == "person");
}

TEST_CASE("a task waits for its dependencies and runs in the same session") {
  TempDir dir;
  Shop shop(dir);
  std::string base = shop.AddTask("base");
  std::string waits = shop.AddTask("waits", {{"priority", 99}, {"dependencies", {base}}});
  std::string parent = shop.AddTask("parent", {{"dependencies", {base}}});
  shop.Board(MAMC_BOARD_UPDATE,
             {{"id", parent}, {"set", {{"status", "blocked"}, {"blocked", {{"reason", "dependencies"}}}}}});
  CHECK(shop.Run().exit_code() == 0);
  CHECK(shop.Worked() == std::vector<std::string>{"base", "parent", "waits"});
}

TEST_CASE("a new task that is created as blocked while another runs comes next") {
  TempDir dir;
  Shop shop(dir);
  shop.personas->Say("qa-engineer/first", {nullptr});
  shop.AddTask("first", {{"priority", 5}});
  shop.AddTask("second", {{"priority", 4}});
  shop.Start();
  shop.bench.Until([&] { return shop.personas->open.size() == 1; });
  shop.AddTask("urgent", {{"status", "blocked"}});
  shop.personas->open[0]->done(Code::kOk, {{"status", "pass"}});
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.Worked() == std::vector<std::string>{"first", "urgent", "second"});
}

TEST_CASE("a task that somebody else holds is left to him and named at the end") {
  TempDir dir;
  Shop shop(dir);
  std::string theirs = shop.AddTask("theirs");
  shop.Board(MAMC_BOARD_CLAIM,
             {{"id", theirs}, {"owner", "another"}, {"expected_status", "open"}, {"ttl_ms", 1000000}});
  auto result = shop.Run();
  CHECK(result.iterations.empty());
  CHECK(result.exit_code() == 1);
  CHECK(shop.Task(theirs)["claim"]["owner"] == "another");
}

TEST_CASE("a board that cannot be read is an error and never all done") {
  TempDir dir;
  Shop shop(dir);
  dir.Write("broken.db", std::string(5000, 'x'));
  auto opened =
      shop.bench.calls->Open(plugin::Kind::kBoard, "local", {{"path", (dir / "broken.db").string()}});
  if (!opened.ok()) {
    CHECK_THAT(opened.status().message(), Contains("broken.db"));
    return;
  }
  shop.board = *opened;
  auto result = shop.Run();
  CHECK(result.critical);
  CHECK(result.exit_code() != 0);
  CHECK_THAT(result.error, Contains("the board cannot be read"));
}

TEST_CASE("a board that refuses this machine or lacks the project ends with 2 and one that is away with 3") {
  LoopResult result;
  result.critical = true;
  for (const auto& [code, exit] : {std::pair(Code::kPermission, 2), std::pair(Code::kNotFound, 2),
                                   std::pair(Code::kUnavailable, 3), std::pair(Code::kFailed, 1)}) {
    result.code = code;
    CHECK(result.exit_code() == exit);
  }
}

TEST_CASE("the loop stops after its iterations and says so") {
  TempDir dir;
  Shop shop(dir);
  shop.options.max_iterations = 1;
  shop.AddTask("a");
  shop.AddTask("b");
  auto result = shop.Run();
  CHECK(result.iterations.size() == 1);
  CHECK(result.exit_code() == 1);
  CHECK_THAT(result.error, Contains("stopped after 1 iterations"));
}

TEST_CASE("without drain the loop waits and works on what is added") {
  TempDir dir;
  Shop shop(dir);
  shop.options.drain = false;
  shop.Start();
  std::string id = shop.AddTask("later");
  shop.bench.Until([&] { return shop.Worked().size() == 1; });
  shop.bench.Until([&] { return shop.Task(id)["status"] == "done"; });
  std::string second = shop.AddTask("even later");
  shop.bench.Until([&] { return shop.Task(second)["status"] == "done"; });
  CHECK_FALSE(shop.result.has_value());
}

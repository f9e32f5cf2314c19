// A board that does not take what concerns one task: a dashboard that answers with trouble for it alone.
#include "shop.hpp"
#include "support/captured_log.hpp"
#include "support/dashboard_server.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;

namespace {

struct Dashboard {
  explicit Dashboard(Shop& shop) : server({"p"}) {
    auto opened = shop.bench.calls->Open(plugin::Kind::kBoard, "dashboard",
                                         server.Settings({{"outage_limit_ms", 300}}));
    REQUIRE(opened.status().message() == "");
    shop.board = *opened;
  }
  // From now on, until {"clear": true}.
  void TakesNothingOf(const std::string& task) {
    server.Fault({{"method", "PATCH"},
                  {"path", "/tasks/" + task + "$"},
                  {"do", "status"},
                  {"status", 500},
                  {"times", -1}});
  }

  DashboardServer server;
};

}  // namespace

TEST_CASE("a task that the board does not let be claimed fails with words and the others are worked on") {
  TempDir dir;
  CapturedLog log;
  Shop shop(dir);
  Dashboard dashboard(shop);
  const std::string bad = shop.AddTask("bad", {{"priority", 9}}), good = shop.AddTask("good");
  dashboard.TakesNothingOf(bad);
  auto result = shop.Run();
  CHECK_FALSE(result.critical);
  CHECK(result.exit_code() == 1);
  CHECK(shop.Worked() == std::vector<std::string>{"good"});
  REQUIRE(result.iterations.size() == 2);
  CHECK(result.iterations[0].status == "failed");
  CHECK_THAT(result.iterations[0].error, Contains("cannot be claimed") && Contains("status 500"));
  CHECK(log.Has({"error engine: task failed", "status 500"}));
  REQUIRE(result.blocked.size() == 1);
  CHECK(result.blocked[0]["id"] == bad);
  CHECK(dashboard.server.Stored(good)["status"] == "done");
}

TEST_CASE("the end of a run that the board does not take is told again later and the others are worked on") {
  TempDir dir;
  Shop shop(dir);
  Dashboard dashboard(shop);
  shop.personas->Say("qa-engineer/bad", {nullptr});
  const std::string bad = shop.AddTask("bad", {{"priority", 9}}), good = shop.AddTask("good");
  shop.Start();
  shop.bench.Until([&] { return shop.personas->open.size() == 1; });
  dashboard.TakesNothingOf(bad);
  shop.personas->open[0]->done(Code::kOk, {{"status", "pass"}});
  shop.bench.Until([&] { return shop.result.has_value(); });
  CHECK(shop.result->exit_code() == 1);
  REQUIRE(shop.result->iterations.size() == 2);
  CHECK(shop.result->iterations[0].status == "failed");
  CHECK_THAT(shop.result->iterations[0].error, Contains("cannot be updated"));
  CHECK(dashboard.server.Stored(good)["status"] == "done");

  dashboard.server.Tell({{"clear", true}});
  CHECK(shop.Run().exit_code() == 0);
  CHECK(shop.Worked() == std::vector<std::string>{"bad", "good"});
  CHECK(dashboard.server.Stored(bad)["status"] == "done");
}

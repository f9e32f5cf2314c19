#include "mamc/coordinator/dependencies.hpp"

#include <catch2/catch.hpp>

using namespace mamc;
using namespace mamc::coordinator;

namespace {

const Json kTasks = {{{"id", "1"}, {"status", "done"}},
                     {{"id", "2"}, {"status", "archived"}},
                     {{"id", "3"}, {"status", "open"}},
                     {{"id", "4"}, {"status", "blocked"}}};

Json Waits(Json more) {
  Json task = {{"id", "9"}, {"status", "open"}, {"dependencies", {"1", "2", "3", "4", "gone"}}};
  task.update(more);
  return WaitsFor(task, StatusesOf(kTasks));
}

}  // namespace

TEST_CASE("a task waits for what is neither done nor archived, also when the board does not have it") {
  const Json all = {"3", "4", "gone"};
  CHECK(Waits(Json::object()) == all);
  CHECK(Waits({{"status", "blocked"}, {"blocked", {{"reason", "dependencies"}}}}) == all);
  CHECK(Waits({{"dependencies", {"1", "2"}}}).empty());
  CHECK(Waits({{"dependencies", nullptr}}).empty());
}

TEST_CASE("a task that is finished or kept by something else waits for no other") {
  CHECK(Waits({{"status", "done"}}).empty());
  CHECK(Waits({{"status", "blocked"}, {"blocked", {{"reason", "person"}}}}).empty());
  CHECK(Waits({{"status", "blocked"}, {"blocked", {{"reason", "retry"}}}}).empty());
}

TEST_CASE("of many tasks that are waited for a few are named and the others counted") {
  CHECK(WaitsText(Json::array()) == "");
  CHECK(WaitsText(Json()) == "");
  CHECK(WaitsText({"1"}) == "waits for 1");
  CHECK(WaitsText({"1", "2", "3", "4", "5"}) == "waits for 1, 2, 3, 4, 5");
  CHECK(WaitsText({"1", "2", "3", "4", "5", "6", "7"}) == "waits for 1, 2, 3, 4, 5 and 2 more");
}

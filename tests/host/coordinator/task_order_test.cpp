#include "task_order.hpp"

#include <catch2/catch.hpp>

using namespace mamc;
using namespace mamc::coordinator;

namespace {

Json Task(const std::string& id, const std::string& status, Json more = Json::object()) {
  Json task = {{"id", id}, {"status", status}, {"priority", 0}, {"created_ms", 0}};
  task.update(more);
  return task;
}
Json Blocked(const std::string& reason, int attempts = 0) {
  return {{"blocked", {{"reason", reason}, {"attempts", attempts}}}};
}
std::string Order(const Json& tasks,
                  OrderOptions options = {.now_ms = 1000, .blocked_max_attempts = 3, .owner = "me"}) {
  std::string ids;
  for (const Json& task : ActionableTasks(tasks, options))
    ids += (ids.empty() ? "" : " ") + GetString(task, "id");
  return ids;
}

}  // namespace

TEST_CASE("blocked tasks come before those in review before those in progress before open ones") {
  CHECK(Order({Task("open", "open", {{"priority", 100}}), Task("progress", "in_progress"),
               Task("review", "in_review"), Task("blocked", "blocked")}) == "blocked review progress open");
}

TEST_CASE("among equals the higher priority comes first and then the older task") {
  CHECK(Order({Task("young", "open", {{"created_ms", 5}}), Task("old", "open", {{"created_ms", 1}}),
               Task("urgent", "open", {{"priority", 7.5}, {"created_ms", 9}})}) == "urgent old young");
}

TEST_CASE("a priority that is no number counts as none") {
  CHECK(Order({Task("a", "open", {{"priority", nullptr}}), Task("b", "open", {{"priority", "high"}}),
               Task("c", "open", {{"priority", 1}})}) == "c a b");
}

TEST_CASE("finished and archived tasks and those that wait for a person are left alone") {
  CHECK(Order({Task("a", "done"), Task("b", "archived"), Task("c", "blocked", Blocked("person")),
               Task("d", "nonsense")})
            .empty());
}

TEST_CASE("a failed task is tried again after every other task and those tried least often first") {
  CHECK(Order({Task("twice", "blocked", Blocked("retry", 2)), Task("once", "blocked", Blocked("retry", 1)),
               Task("open", "open")}) == "open once twice");
}

TEST_CASE("a failed task is not tried again once its attempts are used up") {
  CHECK(Order({Task("used-up", "blocked", Blocked("retry", 3)),
               Task("left", "blocked", Blocked("retry", 2))}) == "left");
}

TEST_CASE("a task waits for its dependencies and a blocked one is free when they are done") {
  Json waits = {{"dependencies", {"base"}}};
  Json blocked = Blocked("dependencies");
  blocked.update(waits);
  CHECK(Order({Task("base", "open"), Task("a", "open", waits), Task("b", "blocked", blocked)}) == "base");
  CHECK(Order({Task("base", "done"), Task("a", "open", waits), Task("b", "blocked", blocked)}) == "b a");
  CHECK(Order({Task("a", "open", {{"dependencies", {"gone"}}}), Task("b", "open", {{"dependencies", {7}}}),
               Task("c", "open")}) == "c");
}

TEST_CASE("a new task that was created as blocked is urgent") {
  CHECK(Order({Task("open", "open", {{"priority", 50}}), Task("hot", "blocked", {{"blocked", nullptr}})}) ==
        "hot open");
}

TEST_CASE("a task in progress is ours when the claim is ours or has run out") {
  auto claimed = [](const std::string& owner, int until) {
    return Json{{"claim", {{"owner", owner}, {"until_ms", until}}}};
  };
  CHECK(Order({Task("ours", "in_progress", claimed("me", 5000)),
               Task("theirs", "in_progress", claimed("you", 5000)),
               Task("expired", "in_progress", claimed("you", 1000))}) == "ours expired");
}

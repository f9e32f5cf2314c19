#include "task_order.hpp"

#include <algorithm>

namespace mamc::coordinator {
namespace {

double Priority(const Json& task) {
  const Json& priority = GetMember(task, "priority");
  return priority.is_number() ? priority.get<double>() : 0.0;
}

class Order {
 public:
  Order(const Json& tasks, const OrderOptions& options) : options_(options), statuses_(StatusesOf(tasks)) {}

  bool IsActionable(const Json& task) const {
    std::string status = GetString(task, "status");
    if (IsFinished(status)) return false;
    if (status == "blocked") return IsBlockedActionable(task);
    if (!DependenciesDone(task)) return false;
    if (status == "in_progress" || status == "in_review") return IsOursOrExpired(task);
    return status == "open";
  }

  // Lower is sooner.
  int Rank(const Json& task) const {
    std::string status = GetString(task, "status");
    // One that only could not reach something keeps its place among the open ones.
    bool retry = BlockedReason(task) == "retry";
    bool counted = GetInt(GetMember(task, "blocked"), "attempts") > 0;
    if (status == "blocked" && retry) return counted ? 9 : 3;
    if (status == "blocked") return 0;
    if (status == "in_review") return 1;
    return status == "in_progress" ? 2 : 3;
  }

 private:
  static std::string BlockedReason(const Json& task) {
    return GetString(GetMember(task, "blocked"), "reason");
  }

  bool DependenciesDone(const Json& task) const { return OpenDependencies(task, statuses_).empty(); }

  bool IsBlockedActionable(const Json& task) const {
    const Json& blocked = GetMember(task, "blocked");
    if (!blocked.is_object()) return DependenciesDone(task);  // created as blocked: urgent
    std::string reason = BlockedReason(task);
    if (reason == "dependencies") return DependenciesDone(task);
    // One that was never counted may always be tried.
    std::int64_t most = std::max<std::int64_t>(options_.blocked_max_attempts, 1);
    return reason == "retry" && GetInt(blocked, "attempts") < most;
  }

  bool IsOursOrExpired(const Json& task) const {
    const Json& claim = GetMember(task, "claim");
    if (!claim.is_object()) return true;
    return GetString(claim, "owner") == options_.owner || GetInt(claim, "until_ms") <= options_.now_ms;
  }

  OrderOptions options_;
  TaskStatuses statuses_;
};

}  // namespace

std::vector<Json> ActionableTasks(const Json& tasks, const OrderOptions& options) {
  Order order(tasks, options);
  std::vector<Json> actionable;
  for (const Json& task : tasks)
    if (order.IsActionable(task)) actionable.push_back(task);
  auto before = [&order](const Json& a, const Json& b) {
    int rank_a = order.Rank(a), rank_b = order.Rank(b);
    if (rank_a != rank_b) return rank_a < rank_b;
    // Those to be tried again: the one tried least often first, so that each has its turn.
    std::int64_t tries_a = GetInt(GetMember(a, "blocked"), "attempts"),
                 tries_b = GetInt(GetMember(b, "blocked"), "attempts");
    if (tries_a != tries_b) return tries_a < tries_b;
    double priority_a = Priority(a), priority_b = Priority(b);
    if (priority_a != priority_b) return priority_a > priority_b;
    return GetInt(a, "created_ms") < GetInt(b, "created_ms");
  };
  std::stable_sort(actionable.begin(), actionable.end(), before);
  return actionable;
}

}  // namespace mamc::coordinator

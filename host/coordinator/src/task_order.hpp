// Which tasks may be worked on, and in which order.
#pragma once
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/coordinator/dependencies.hpp"

namespace mamc::coordinator {

struct OrderOptions {
  std::int64_t now_ms = 0;
  std::int64_t blocked_max_attempts = 10;
  std::string owner;  // whose claims are ours
};

// The actionable ones of a board's tasks, most urgent first: blocked > in_review > in_progress > open, then
// priority, then age. A task that is to be tried again after a failure comes after every other one.
std::vector<Json> ActionableTasks(const Json& tasks, const OrderOptions& options);

}  // namespace mamc::coordinator

// Our claims on the board's tasks: taken, kept up while a run is under way, and which were refused.
//
// Thread rule: the loop's thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "mamc/base/json.hpp"
#include "mamc/base/loop.hpp"
#include "mamc/plugin/calls.hpp"

namespace mamc::coordinator {

// A claim ends by itself: who died holds nothing up for longer.
inline constexpr Milliseconds kClaimLife(10 * 60 * 1000);

class Claims : public std::enable_shared_from_this<Claims> {
 public:
  Claims(Loop& loop, plugin::Calls& calls, std::shared_ptr<plugin::Instance> board, std::string owner);

  // `done` gets the task as it is with the claim; kConflict: somebody was faster.
  void Take(const Json& task, std::function<void(Result<Json>)> done);
  // Somebody else's claim stands, and the task has not changed since.
  bool WasRefused(const Json& task) const;
  void ForgetRefused() { refused_.clear(); }

  // Renews the claim until Drop.
  void Keep(const std::string& task);
  void Drop() { loop_.Cancel(renewal_); }

 private:
  Json Input(const std::string& task, const std::string& expected_status) const;

  Loop& loop_;
  plugin::Calls& calls_;
  const std::shared_ptr<plugin::Instance> board_;
  const std::string owner_;
  std::map<std::string, std::int64_t> refused_;  // by task: its version then
  TimerId renewal_ = 0;
};

}  // namespace mamc::coordinator

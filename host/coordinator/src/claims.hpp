// Our claims on the board's tasks: taken, kept up while a run is under way, and which were refused.
//
// Thread rule: the loop's thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "board.hpp"
#include "mamc/base/json.hpp"
#include "mamc/base/loop.hpp"

namespace mamc::coordinator {

class Claims : public std::enable_shared_from_this<Claims> {
 public:
  // A claim that is not renewed ends after `life`: who died holds nothing up for longer.
  Claims(Loop& loop, std::shared_ptr<const Board> board, std::string owner, Milliseconds life);

  // `done` gets the task as it is with the claim; kConflict: somebody was faster.
  void Take(const Json& task, std::function<void(Result<Json>)> done);
  // Somebody else's claim stands, or the task was passed over, and it has not changed since.
  bool WasRefused(const Json& task) const;
  void PassOver(const std::string& task, std::int64_t version) { refused_[task] = version; }
  void ForgetRefused() { refused_.clear(); }

  // Renews the claim until Drop, as long as `may` says that it may. `lost` hears once of somebody else who
  // has claimed the task meanwhile.
  void Keep(const std::string& task, std::function<bool()> may,
            std::function<void(const std::string& owner)> lost);
  void Drop();

 private:
  Json Input(const std::string& task, const std::string& expected_status) const;
  struct Kept {
    std::string task;
    std::function<bool()> may;
    std::function<void(const std::string& owner)> lost;
  };
  void RenewLater();
  void Renew(const std::shared_ptr<Kept>& kept);
  void LookWhose(const std::shared_ptr<Kept>& kept);

  Loop& loop_;
  const std::shared_ptr<const Board> board_;
  const std::string owner_;
  const Milliseconds life_;
  std::map<std::string, std::int64_t> refused_;  // by task: its version then
  std::shared_ptr<Kept> kept_;                   // null: none
  TimerId renewal_ = 0;
};

}  // namespace mamc::coordinator

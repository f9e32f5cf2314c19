// Who may touch a run's workspace: many readers or one writer. A hold belongs to a step path, and what runs
// below that path runs inside it, writers among them one at a time.
#pragma once
#include <cstdint>
#include <functional>
#include <list>
#include <string>

#include "mamc/base/status.hpp"
#include "mamc/workflow/workflow.hpp"

namespace mamc::engine {

using HoldId = std::uint64_t;  // 0: no hold

class Holds {
 public:
  // Calls `granted` as soon as the access is free, possibly at once. A write below a read hold is refused.
  Result<HoldId> Acquire(std::string path, workflow::Access access, std::function<void()> granted);
  // Gives the hold up, or leaves the queue. Others may be granted before it returns.
  void Release(HoldId hold);
  // Nobody holds or waits.
  bool idle() const { return entries_.empty(); }

 private:
  struct Entry {
    HoldId id;
    std::string path;
    bool write;
    bool held;
    std::function<void()> granted;
  };
  bool MayHold(const Entry& entry) const;
  void GrantWaiting();

  std::list<Entry> entries_;  // in order of arrival
  HoldId last_id_ = 0;
};

}  // namespace mamc::engine

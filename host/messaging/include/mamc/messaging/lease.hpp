// A name that one host at a time holds, over the transport: waited for, kept up, given up. Who does not keep
// it up - it died, stands still or is cut off - loses it after its time, and the next one has it.
//
// Whoever acts in the name of a lease asks `held()` right before: a process that stood still wakes up without
// it, and nobody tells it sooner.
//
// Thread rule: the loop's thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "mamc/base/loop.hpp"
#include "mamc/plugin/calls.hpp"

namespace mamc::messaging {

struct LeaseOptions {
  std::string name;
  std::string owner;             // who we are; no two hosts that run at a time are called the same
  std::int64_t ttl_ms = 60'000;  // renewed four times in it
  std::shared_ptr<plugin::CallContext> context;  // what the transport may ask for: its secrets; may be null
};

class Lease {
 public:
  struct Handlers {
    // It is ours from now on. `before`: who had it last, empty when nobody is known; we ourselves perhaps.
    std::function<void(const std::string& before)> on_held;
    // Somebody else has it; told again and again as long as we wait.
    std::function<void(const std::string& holder)> on_waiting;
    // It is ours no more. It is waited for again, so on_held may follow.
    std::function<void(const std::string& why)> on_lost;
    // The transport cannot have a lease at all, or was out of reach for longer than it waits itself: nothing
    // follows. Not called while it is ours; then on_lost comes first.
    std::function<void(const Status& why)> on_failed;
  };

  Lease(Loop& loop, plugin::Calls& calls, std::shared_ptr<plugin::Instance> transport, LeaseOptions options);
  // Says nothing more. One that is held ends by its time.
  ~Lease();

  void Begin(Handlers handlers);
  // By our own clocks, counted from before we asked: never longer than the transport says.
  bool held() const;
  // Others may have it at once; the handlers are called no more. `done` in any case, when the transport has
  // answered. Idempotent.
  void GiveUp(std::function<void()> done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mamc::messaging

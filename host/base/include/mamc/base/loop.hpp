// The event loop of one thread: posted work, timers, readable descriptors. The engine thread runs one; everything that
// owns run state is called on it. Asio stays behind MakeLoop.
//
// Thread rule: Post and Stop from any thread; everything else on the loop's own thread (or before Run).
#pragma once
#include <cstdint>
#include <functional>
#include <memory>

#include "mamc/base/clock.hpp"

namespace mamc {

using TimerId = std::uint64_t;  // 0 is no timer
using WatchId = std::uint64_t;

class Loop {
 public:
  virtual ~Loop() = default;

  virtual const Clock& clock() const = 0;
  // Run `work` on the loop's thread, after what was posted before it.
  virtual void Post(std::function<void()> work) = 0;
  // Run `work` once after `delay`. Cancelling a timer that has run is harmless.
  virtual TimerId After(Milliseconds delay, std::function<void()> work) = 0;
  virtual void Cancel(TimerId timer) = 0;
  // Run `work` each time `fd` becomes readable (or hangs up), until Unwatch. The caller keeps owning `fd`.
  virtual WatchId WatchReadable(int fd, std::function<void()> work) = 0;
  virtual void Unwatch(WatchId watch) = 0;
  // Called when the loop has run out of ready work and before it waits; may post.
  virtual void OnIdle(std::function<void()> work) = 0;

  // Runs until Stop. Timers and watches that are left do not keep it.
  virtual void Run() = 0;
  virtual void Stop() = 0;
};

// A loop over the real clock, on Boost.Asio.
std::unique_ptr<Loop> MakeLoop();

}  // namespace mamc

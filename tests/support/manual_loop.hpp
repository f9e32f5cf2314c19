// A loop whose clock stands still until the test moves it. Descriptors are polled for real, without waiting
// on the clock.
#pragma once
#include <deque>
#include <map>
#include <mutex>

#include "mamc/base/loop.hpp"

namespace mamc::test {

class ManualClock final : public Clock {
 public:
  std::int64_t UnixMs() const override { return 1'700'000'000'000 + now_.count(); }
  Milliseconds Monotonic() const override { return now_; }
  void Set(Milliseconds now) { now_ = now; }

 private:
  Milliseconds now_{0};
};

class ManualLoop final : public Loop {
 public:
  const Clock& clock() const override { return clock_; }
  void Post(std::function<void()> work) override;
  TimerId After(Milliseconds delay, std::function<void()> work) override;
  void Cancel(TimerId timer) override;
  WatchId WatchReadable(int fd, std::function<void()> work) override;
  void Unwatch(WatchId watch) override;
  void OnIdle(std::function<void()> work) override { idle_ = std::move(work); }
  void Run() override;
  void Stop() override;

  // Runs everything that is ready now, and what that makes ready. Time stands still.
  void RunReady();
  // Runs what is ready, then moves the clock by `by`, running each timer at its own time.
  void Advance(Milliseconds by);
  // The clock goes on and nothing runs, not even what is due: the process stood still.
  void StandStill(Milliseconds by) { clock_.Set(clock_.Monotonic() + by); }
  // Runs what is ready until `done` holds; waits in real time for other threads and descriptors, at most
  // `patience`. Returns whether it held.
  bool RunUntil(const std::function<bool()>& done, Milliseconds patience = Milliseconds(120000));
  std::size_t pending_timers() const { return timers_.size(); }

 private:
  struct Timer {
    TimerId id;
    std::function<void()> work;
  };
  bool RunPosted();
  bool RunReadable();

  ManualClock clock_;
  std::mutex mutex_;
  std::deque<std::function<void()>> posted_;  // protected by mutex_
  bool stopped_ = false;                      // protected by mutex_
  std::multimap<Milliseconds, Timer> timers_;
  std::map<WatchId, std::pair<int, std::function<void()>>> watches_;
  std::function<void()> idle_;
  std::uint64_t last_id_ = 0;
};

}  // namespace mamc::test

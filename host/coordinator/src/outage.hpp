// What could not be reached (Code::kUnavailable): which tasks wait before they are tried again, how long, and
// when everything that was tried has been unreachable for too long.
//
// A task that ended so waits, and waits longer each time. When another one ends so as well, with nothing that
// was reached between them, it is not the task: the whole loop waits, and one of those tasks is tried to see
// whether it is over. The limit counts from the first such end; it is enough when a task that was tried
// before ends so after it. A time-out is no such end: who took a request and does not answer was reached.
//
// Thread rule: the loop's thread.
#pragma once
#include <map>
#include <set>
#include <string>

#include "mamc/base/clock.hpp"
#include "mamc/base/status.hpp"

namespace mamc::coordinator {

class Outage {
 public:
  // `limit` 0: nothing waits; such an end counts as any other.
  Outage(const Clock& clock, Milliseconds limit) : clock_(clock), limit_(limit) {}

  enum class Verdict {
    kCounts,   // an end like any other
    kWait,     // says nothing about the task: it waits
    kTooLong,  // likewise, and it is enough
  };
  // How the end of a task's run is to be taken. `code` kOk: it was done.
  Verdict TaskEnded(const std::string& task, Code code, const std::string& error);

  bool Waits(const std::string& task) const;
  // Until the task is tried again; 0 when it need not wait.
  Milliseconds TimeLeft(const std::string& task) const;
  // "nothing could be reached for 12 min (since 2026-11-22 21:40:05 UTC, 5 tries, tasks 1, 4): cannot fetch
  // …"
  std::string Sentence() const;

 private:
  struct Waiting {
    int tries = 0;  // without anything reached between them
    Milliseconds until{0};
  };
  Milliseconds PauseFor(int tries) const;
  void Reached(const std::string& task);
  bool LoopWaits() const { return streak_.size() > 1; }

  const Clock& clock_;
  const Milliseconds limit_;
  std::map<std::string, Waiting> tasks_;
  // The tasks that ended so since something was reached last.
  std::set<std::string> streak_;
  int streak_tries_ = 0;
  Milliseconds streak_since_{0};
  std::int64_t streak_since_unix_ms_ = 0;
  Milliseconds loop_until_{0};
  std::string last_error_;
};

}  // namespace mamc::coordinator

#include "outage.hpp"

#include <algorithm>
#include <ctime>

namespace mamc::coordinator {
namespace {

constexpr Milliseconds kFirstPause(30'000);
constexpr Milliseconds kLongestPause(300'000);
constexpr Milliseconds kLater(1000);

std::string UtcText(std::int64_t unix_ms) {
  std::time_t seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &utc);
  return text;
}

std::string MinutesText(Milliseconds time) {
  std::int64_t seconds = time.count() / 1000;
  return seconds < 60 ? std::to_string(seconds) + " s" : std::to_string(seconds / 60) + " min";
}

}  // namespace

Outage::Verdict Outage::TaskEnded(const std::string& task, Code code, const std::string& error) {
  if (code != Code::kUnavailable || limit_ == Milliseconds(0)) {
    Reached(task);
    return Verdict::kCounts;
  }
  Milliseconds now = clock_.Monotonic();
  if (streak_.empty()) {
    streak_since_ = now;
    streak_since_unix_ms_ = clock_.UnixMs();
    streak_tries_ = 0;
  }
  streak_.insert(task);
  ++streak_tries_;
  last_error_ = error;

  // The time of a try says nothing: only what was tried again and was out of reach again ends anything.
  bool tried_again = tasks_.contains(task);
  Milliseconds left = streak_since_ + limit_ - now;
  if (left <= Milliseconds(0) && tried_again) {
    tasks_.erase(task);
    return Verdict::kTooLong;
  }
  // The last try is at the limit, not long after it.
  Milliseconds longest = left > Milliseconds(0) ? left : kLongestPause;
  Waiting& waiting = tasks_[task];
  waiting.until = now + std::min(PauseFor(++waiting.tries), longest);
  if (LoopWaits()) loop_until_ = now + std::min(PauseFor(streak_tries_), longest);
  return Verdict::kWait;
}

void Outage::Reached(const std::string& task) {
  // What several tasks could not reach is there again: they need not wait any longer.
  if (LoopWaits())
    tasks_.clear();
  else
    tasks_.erase(task);
  streak_.clear();
  loop_until_ = Milliseconds(0);
}

Milliseconds Outage::PauseFor(int tries) const {
  Milliseconds pause = kFirstPause;
  for (int i = 1; i < tries && pause < kLongestPause; ++i) pause *= 2;
  return std::min(pause, kLongestPause);
}

bool Outage::Waits(const std::string& task) const {
  return TimeLeft(task) > Milliseconds(0);
}

Milliseconds Outage::TimeLeft(const std::string& task) const {
  auto found = tasks_.find(task);
  Milliseconds until = found == tasks_.end() ? Milliseconds(0) : found->second.until;
  // Those that were tried go first: one is enough to see whether it is over.
  if (LoopWaits()) until = std::max(until, loop_until_ + (streak_.contains(task) ? Milliseconds(0) : kLater));
  return std::max(until - clock_.Monotonic(), Milliseconds(0));
}

std::string Outage::Sentence() const {
  std::string tasks;
  for (const std::string& task : streak_) tasks += (tasks.empty() ? "" : ", ") + task;
  return "nothing that was tried could be reached for " + MinutesText(clock_.Monotonic() - streak_since_) +
         ", since " + UtcText(streak_since_unix_ms_) + " (" + std::to_string(streak_tries_) + " tries; " +
         (streak_.size() == 1 ? "task " : "tasks ") + tasks + "): " + last_error_ +
         "\nNothing is lost: start the host again when it can be reached";
}

}  // namespace mamc::coordinator

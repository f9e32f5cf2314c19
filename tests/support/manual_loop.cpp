#include "support/manual_loop.hpp"

#include <poll.h>

#include <chrono>
#include <thread>
#include <vector>

namespace mamc::test {

void ManualLoop::Post(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  posted_.push_back(std::move(work));
}

TimerId ManualLoop::After(Milliseconds delay, std::function<void()> work) {
  TimerId id = ++last_id_;
  timers_.emplace(clock_.Monotonic() + delay, Timer{id, std::move(work)});
  return id;
}

void ManualLoop::Cancel(TimerId timer) {
  std::erase_if(timers_, [timer](const auto& entry) { return entry.second.id == timer; });
}

WatchId ManualLoop::WatchReadable(int fd, std::function<void()> work) {
  WatchId id = ++last_id_;
  watches_[id] = {fd, std::move(work)};
  return id;
}

void ManualLoop::Unwatch(WatchId watch) { watches_.erase(watch); }

void ManualLoop::Stop() {
  std::lock_guard lock(mutex_);
  stopped_ = true;
}

void ManualLoop::Run() {
  RunUntil([this] {
    std::lock_guard lock(mutex_);
    return stopped_;
  });
  std::lock_guard lock(mutex_);
  stopped_ = false;
}

bool ManualLoop::RunPosted() {
  std::deque<std::function<void()>> batch;
  {
    std::lock_guard lock(mutex_);
    batch.swap(posted_);
  }
  for (auto& work : batch) work();
  if (!batch.empty() && idle_) idle_();
  return !batch.empty();
}

bool ManualLoop::RunReadable() {
  std::vector<pollfd> fds;
  std::vector<WatchId> ids;
  for (auto& [id, watch] : watches_) {
    fds.push_back({watch.first, POLLIN, 0});
    ids.push_back(id);
  }
  if (fds.empty() || ::poll(fds.data(), fds.size(), 0) <= 0) return false;
  bool ran = false;
  for (std::size_t i = 0; i < fds.size(); ++i) {
    if (fds[i].revents == 0) continue;
    auto it = watches_.find(ids[i]);
    if (it == watches_.end()) continue;
    auto work = it->second.second;
    work();
    ran = true;
  }
  if (ran && idle_) idle_();
  return ran;
}

void ManualLoop::RunReady() {
  while (RunPosted() || RunReadable()) {
  }
}

void ManualLoop::Advance(Milliseconds by) {
  RunReady();
  Milliseconds end = clock_.Monotonic() + by;
  while (!timers_.empty() && timers_.begin()->first <= end) {
    auto first = timers_.begin();
    clock_.Set(std::max(clock_.Monotonic(), first->first));
    auto work = std::move(first->second.work);
    timers_.erase(first);
    work();
    if (idle_) idle_();
    RunReady();
  }
  clock_.Set(end);
}

bool ManualLoop::RunUntil(const std::function<bool()>& done, Milliseconds patience) {
  auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    RunReady();
    if (done()) return true;
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

}  // namespace mamc::test

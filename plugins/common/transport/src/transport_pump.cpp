#include "mamc/transport_pump.hpp"

#include <mamc/services.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <mamc/cpp/host.hpp>
#include <system_error>
#include <utility>

namespace mamc::transport_common {
namespace {

constexpr std::int64_t kLongestPollMs = 60'000;

// No exception may end the thread: what escapes is a lack of memory or a bug, and the next event is served
// all the same.
template <class Call>
void Shielded(Call call) {
  try {
    call();
  } catch (const std::exception& error) {
    mamc::sdk::detail::WriteLog(0, MAMC_LOG_PLUGIN_MISBEHAVING, error.what());
  }
}

}  // namespace

Pump::Pump() : wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Pump::~Pump() {
  Stop();
  ::close(wake_fd_);
}

void Pump::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Pump::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::eventfd_write(wake_fd_, 1);
  if (thread_.joinable()) thread_.join();
  Forget();
}

// What work holds may still refer to what its owner takes down after this, and may post once more when it
// goes.
void Pump::Forget() {
  for (;;) {
    std::vector<Work> posted;
    {
      const std::lock_guard lock(mutex_);
      posted.swap(posted_);
    }
    const auto timers = std::exchange(timers_, {});
    due_.clear();
    if (posted.empty() && timers.empty()) return;
  }
}

void Pump::Post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
    if (posted_.size() > 1) return;  // woken already
  }
  ::eventfd_write(wake_fd_, 1);
}

Pump::TimerId Pump::After(std::int64_t delay_ms, Work work) {
  const std::int64_t due_ms = NowMs() + std::max<std::int64_t>(delay_ms, 0);
  timers_.emplace(due_ms, std::pair(++last_timer_, std::move(work)));
  due_.emplace(last_timer_, due_ms);
  return last_timer_;
}

void Pump::Cancel(TimerId timer) {
  const auto due = due_.find(timer);
  if (due == due_.end()) return;
  const auto [begin, end] = timers_.equal_range(due->second);
  timers_.erase(std::find_if(begin, end, [&](const auto& entry) { return entry.second.first == timer; }));
  due_.erase(due);
}

void Pump::Remove(Pollable& pollable) {
  std::replace(pollables_.begin(), pollables_.end(), &pollable, static_cast<Pollable*>(nullptr));
}

std::int64_t Pump::NowMs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

void Pump::Run() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    RunPosted();
    RunDue();
    PollOnce();
  }
}

void Pump::RunPosted() {
  std::vector<Work> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (const Work& work : posted) Shielded(work);
}

void Pump::RunDue() {
  const std::int64_t now_ms = NowMs();
  while (!timers_.empty() && timers_.begin()->first <= now_ms) {
    auto timer = timers_.extract(timers_.begin());
    due_.erase(timer.mapped().first);
    Shielded(timer.mapped().second);
  }
}

void Pump::PollOnce() {
  std::erase(pollables_, nullptr);
  polled_.assign(1, {wake_fd_, POLLIN, 0});
  for (const Pollable* pollable : pollables_)
    polled_.push_back({pollable->fd(), pollable->wanted_events(), 0});
  if (::poll(polled_.data(), polled_.size(), PatienceMs()) <= 0) return;
  if (polled_[0].revents != 0) {
    eventfd_t count;
    ::eventfd_read(wake_fd_, &count);
  }
  // What one of them adds meanwhile stands behind those that were polled.
  for (std::size_t i = 1; i < polled_.size(); ++i) {
    Pollable* pollable = pollables_[i - 1];
    if (pollable != nullptr && polled_[i].revents != 0)
      Shielded([&] { pollable->OnEvents(polled_[i].revents); });
  }
}

int Pump::PatienceMs() const {
  if (timers_.empty()) return static_cast<int>(kLongestPollMs);
  return static_cast<int>(std::clamp<std::int64_t>(timers_.begin()->first - NowMs(), 0, kLongestPollMs));
}

}  // namespace mamc::transport_common

#include "mamc/base/loop.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "mamc/base/spin.hpp"

namespace mamc {
namespace {

namespace asio = boost::asio;

// Implementation: posted work goes through a queue of our own, drained in one Asio handler, because a post
// into Asio costs an allocation and a wake-up each; a chain of inline steps posts twice per step.
class AsioLoop final : public Loop {
 public:
  const Clock& clock() const override { return SystemClock(); }

  void Post(std::function<void()> work) override {
    {
      std::lock_guard lock(mutex_);
      posted_.push_back(std::move(work));
      if (scheduled_) return;
      scheduled_ = true;
    }
    asio::post(io_, [this] { Drain(); });
    has_work_ = true;
  }

  TimerId After(Milliseconds delay, std::function<void()> work) override {
    TimerId id = ++last_id_;
    auto timer = std::make_unique<asio::steady_timer>(io_, delay);
    timer->async_wait([this, id, work = std::move(work)](const boost::system::error_code& error) {
      if (error) return;
      timers_.erase(id);
      work();
      Settle();
    });
    timers_.emplace(id, std::move(timer));
    return id;
  }

  void Cancel(TimerId timer) override { timers_.erase(timer); }

  WatchId WatchReadable(int fd, std::function<void()> work) override {
    WatchId id = ++last_id_;
    auto watch = std::make_shared<Watch>(Watch{asio::posix::stream_descriptor(io_, fd), std::move(work)});
    watches_.emplace(id, watch);
    Arm(id, watch);
    return id;
  }

  void Unwatch(WatchId id) override {
    auto it = watches_.find(id);
    if (it == watches_.end()) return;
    it->second->descriptor.release();  // the caller owns the descriptor
    watches_.erase(it);
  }

  void OnIdle(std::function<void()> work) override { idle_ = std::move(work); }

  void Run() override {
    {
      auto guard = asio::make_work_guard(io_);
      io_.run();
    }
    // After the guard has gone: the last work to go stops the context, and the next Run would end at once.
    io_.restart();
  }

  void Stop() override { io_.stop(); }

  ~AsioLoop() override {
    for (auto& [id, watch] : watches_) watch->descriptor.release();
  }

 private:
  struct Watch {
    asio::posix::stream_descriptor descriptor;
    std::function<void()> work;
  };

  void Drain() {
    has_work_ = false;
    for (;;) {
      std::deque<std::function<void()>> batch;
      {
        std::lock_guard lock(mutex_);
        batch.swap(posted_);
        if (batch.empty()) scheduled_ = false;
      }
      if (batch.empty()) break;
      while (!batch.empty()) {
        auto work = std::move(batch.front());
        batch.pop_front();
        work();
        if (io_.stopped()) return PutBack(std::move(batch));
      }
    }
    Settle();
    // A plugin's executor may be about to answer what was just started.
    SpinUntil([this] { return has_work_.load() || io_.stopped(); });
  }

  // What Stop left waits for the next Run.
  void PutBack(std::deque<std::function<void()>> batch) {
    std::lock_guard lock(mutex_);
    posted_.insert(posted_.begin(), std::make_move_iterator(batch.begin()),
                   std::make_move_iterator(batch.end()));
    scheduled_ = !posted_.empty();
    if (scheduled_) asio::post(io_, [this] { Drain(); });
  }

  void Settle() {
    if (idle_) idle_();
  }

  void Arm(WatchId id, const std::shared_ptr<Watch>& watch) {
    watch->descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                                 [this, id, watch](const boost::system::error_code& error) {
                                   if (error || !watches_.contains(id)) return;
                                   watch->work();
                                   if (watches_.contains(id)) Arm(id, watch);
                                   Settle();
                                 });
  }

  asio::io_context io_{1};
  std::mutex mutex_;
  // Protected by mutex_:
  std::deque<std::function<void()>> posted_;
  bool scheduled_ = false;
  // Set once Asio has a Drain to run; for the loop that waits a moment before it sleeps.
  std::atomic<bool> has_work_{false};
  // The loop's thread only:
  std::uint64_t last_id_ = 0;
  std::unordered_map<TimerId, std::unique_ptr<asio::steady_timer>> timers_;
  std::unordered_map<WatchId, std::shared_ptr<Watch>> watches_;
  std::function<void()> idle_;
};

}  // namespace

std::unique_ptr<Loop> MakeLoop() {
  return std::make_unique<AsioLoop>();
}

}  // namespace mamc

#include "executor.hpp"

#include <pthread.h>

#include <utility>

#include "mamc/base/spin.hpp"

namespace mamc::plugin {

void ThreadEnd::Mark() {
  std::lock_guard lock(mutex_);
  is_ended_ = true;
  ended_.notify_all();
}

bool ThreadEnd::WaitFor(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, patience, [this] { return is_ended_; });
}

std::shared_ptr<Executor> Executor::Start(std::string name) {
  std::shared_ptr<Executor> executor(new Executor(std::move(name)));
  executor->thread_ = std::thread([executor] { executor->Main(); });
  return executor;
}

Executor::~Executor() {
  if (thread_.joinable()) thread_.detach();
}

void Executor::Add(std::shared_ptr<Runnable> runnable) {
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(runnable));
  }
  // Without the lock: who wakes up needs it.
  has_work_ = true;
  wake_.notify_one();
}

void Executor::AddLast(std::shared_ptr<Runnable> runnable) {
  std::lock_guard lock(mutex_);
  last_ = std::move(runnable);
}

std::unique_ptr<std::deque<std::shared_ptr<Runnable>>> Executor::WriteOff(const Runnable* runnable) {
  std::lock_guard lock(mutex_);
  if (current_ != runnable) return nullptr;
  written_off_ = true;
  thread_.detach();
  return std::make_unique<std::deque<std::shared_ptr<Runnable>>>(std::exchange(queue_, {}));
}

bool Executor::Stop(std::chrono::milliseconds patience) {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    has_work_ = true;
    wake_.notify_one();
  }
  if (!thread_.joinable()) return Ended();
  if (!end_.WaitFor(patience)) {
    std::lock_guard lock(mutex_);
    written_off_ = true;
    thread_.detach();
    return false;
  }
  thread_.join();
  return true;
}

void Executor::Main() {
  pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
  std::unique_lock lock(mutex_);
  for (;;) {
    if (queue_.empty() && !stopping_) {
      has_work_ = false;
      lock.unlock();
      SpinUntil([this] { return has_work_.load(); });
      lock.lock();
    }
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty() && last_) queue_.push_back(std::exchange(last_, nullptr));
    if (queue_.empty()) break;
    std::shared_ptr<Runnable> runnable = std::move(queue_.front());
    queue_.pop_front();
    current_ = runnable.get();
    lock.unlock();
    bool more = runnable->Run();
    lock.lock();
    current_ = nullptr;
    if (written_off_) break;
    if (more) queue_.push_back(std::move(runnable));
    if (runnable) {  // its last reference may be this one: let it go without the lock
      lock.unlock();
      runnable.reset();
      lock.lock();
      if (written_off_) break;
    }
  }
  lock.unlock();
  end_.Mark();
}

}  // namespace mamc::plugin

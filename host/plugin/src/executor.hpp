// One thread with a queue: a plugin's default calls run on it, one at a time and in order. When a call does
// not come back the thread can be written off: it is left to itself, and the rest of its queue moves to a new
// executor.
//
// Thread rule: Add and Stop from any thread; WriteOff on the loop's thread.
// Ownership: the thread keeps the executor alive, so that a written-off one lives until its call returns, if
// ever.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace mamc::plugin {

// Something with work to do on an executor. Run does one piece of it and says whether there is more, in which
// case it is queued again behind the others. It is never run by two executors at once.
class Runnable {
 public:
  virtual ~Runnable() = default;
  virtual bool Run() = 0;
};

// That a thread came to its end, for somebody who will not wait forever.
class ThreadEnd {
 public:
  void Mark();
  bool WaitFor(std::chrono::milliseconds patience);

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool is_ended_ = false;  // protected by mutex_
};

class Executor : public std::enable_shared_from_this<Executor> {
 public:
  // `name` is shown by debuggers; the system keeps its first 15 bytes.
  static std::shared_ptr<Executor> Start(std::string name);
  ~Executor();

  void Add(std::shared_ptr<Runnable> runnable);
  // When `runnable` is being run right now: gives its thread up and returns the queue that it leaves behind.
  // Otherwise does nothing and returns null.
  std::unique_ptr<std::deque<std::shared_ptr<Runnable>>> WriteOff(const Runnable* runnable);
  // `runnable` is run once, when everything else has been and Stop was called.
  void AddLast(std::shared_ptr<Runnable> runnable);
  // Runs what is queued, then ends the thread. Returns false when it has not ended by then; it is then left
  // to itself.
  bool Stop(std::chrono::milliseconds patience);
  // Whether the thread has ended.
  bool Ended() { return end_.WaitFor(std::chrono::milliseconds(0)); }

 private:
  explicit Executor(std::string name) : name_(std::move(name)) {}
  void Main();

  const std::string name_;
  std::thread thread_;
  ThreadEnd end_;
  std::mutex mutex_;
  std::condition_variable wake_;
  // Protected by mutex_:
  std::deque<std::shared_ptr<Runnable>> queue_;
  std::shared_ptr<Runnable> last_;
  const Runnable* current_ = nullptr;
  bool stopping_ = false;
  bool written_off_ = false;
  // For the thread that waits a moment before it sleeps.
  std::atomic<bool> has_work_{false};
};

}  // namespace mamc::plugin

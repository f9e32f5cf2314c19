// The one thread of a transport: polls all its sockets, runs its timers and what other threads post.
//
// Thread rule: Post from any thread; everything else on the pump's own thread, or before Start and after
// Stop.
#pragma once
#include <poll.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace mamc::transport_common {

// A socket that wants to be told about itself. Pump::Remove before it ends.
class Pollable {
 public:
  virtual ~Pollable() = default;
  virtual int fd() const = 0;
  virtual short wanted_events() const = 0;
  virtual void OnEvents(short events) = 0;
};

class Pump {
 public:
  using TimerId = std::uint64_t;  // 0: none
  using Work = std::function<void()>;

  Pump();
  ~Pump();
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  void Start();
  // Returns once the thread has ended; what is left, or posted later, does not run and is let go of.
  void Stop();

  void Post(Work work);
  TimerId After(std::int64_t delay_ms, Work work);
  // Ignores 0 and what has run.
  void Cancel(TimerId timer);
  void Add(Pollable& pollable) { pollables_.push_back(&pollable); }
  void Remove(Pollable& pollable);

  static std::int64_t NowMs();  // of a clock that does not jump

 private:
  void Run();
  void Forget();
  void RunPosted();
  void RunDue();
  void PollOnce();
  int PatienceMs() const;

  int wake_fd_ = -1;
  std::mutex mutex_;
  std::vector<Work> posted_;  // guarded by mutex_
  bool stopping_ = false;     // guarded by mutex_
  std::thread thread_;
  std::multimap<std::int64_t, std::pair<TimerId, Work>> timers_;  // by due time
  std::map<TimerId, std::int64_t> due_;
  TimerId last_timer_ = 0;
  std::vector<Pollable*> pollables_;  // null: removed while they are gone through
  std::vector<pollfd> polled_;
};

}  // namespace mamc::transport_common

// The way back through the glass wall: brings each frame of the plugin's side to the host thread that waits
// for its call, and the frames of no call to whoever takes the rest.
//
// Thread rule: any thread; each queue is read by one.
// Ownership: shared by the two sides, so that a plugin's thread that comes late meets it and not freed
// memory.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace mamc::plugin {

// Frames in order, from any thread to one.
class FrameQueue {
 public:
  void Push(std::string frame);
  void Close();
  // Waits for a frame. Empty when the queue was closed and has nothing left.
  std::string Pop();

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> frames_;  // protected by mutex_
  bool closed_ = false;             // protected by mutex_
};

class FrameRouter {
 public:
  // From now on the frames of this call come here.
  std::shared_ptr<FrameQueue> Open(std::uint64_t call);
  void Forget(std::uint64_t call);
  void Dispatch(std::string frame);
  // The frames of no open call.
  FrameQueue& rest() { return rest_; }
  // Nobody waits any longer.
  void Close();

 private:
  FrameQueue rest_;
  std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<FrameQueue>> calls_;  // protected by mutex_
};

}  // namespace mamc::plugin

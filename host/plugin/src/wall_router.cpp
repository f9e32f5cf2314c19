#include "wall_router.hpp"

#include <utility>

#include "wall_frame.hpp"

namespace mamc::plugin {

void FrameQueue::Push(std::string frame) {
  std::lock_guard lock(mutex_);
  frames_.push_back(std::move(frame));
  wake_.notify_one();
}

void FrameQueue::Close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  wake_.notify_all();
}

std::string FrameQueue::Pop() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return closed_ || !frames_.empty(); });
  if (frames_.empty()) return {};
  std::string frame = std::move(frames_.front());
  frames_.pop_front();
  return frame;
}

std::shared_ptr<FrameQueue> FrameRouter::Open(std::uint64_t call) {
  auto queue = std::make_shared<FrameQueue>();
  std::lock_guard lock(mutex_);
  calls_[call] = queue;
  return queue;
}

void FrameRouter::Forget(std::uint64_t call) {
  std::lock_guard lock(mutex_);
  calls_.erase(call);
}

void FrameRouter::Dispatch(std::string bytes) {
  FrameReader frame(bytes);
  std::uint64_t call = frame.Number();
  std::shared_ptr<FrameQueue> waiting;
  {
    std::lock_guard lock(mutex_);
    if (auto found = calls_.find(call); found != calls_.end()) waiting = found->second;
  }
  (waiting ? *waiting : rest_).Push(std::move(bytes));
}

void FrameRouter::Close() {
  {
    std::lock_guard lock(mutex_);
    for (auto& [call, queue] : calls_) queue->Close();
  }
  rest_.Close();
}

}  // namespace mamc::plugin

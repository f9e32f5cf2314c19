#include "mamc/http/exchange.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace mamc::http {

// Where the worker leaves what comes and the caller waits for it.
class Exchange::Inbox final : public Handler {
 public:
  void OnHead(const Head& head) override {
    Change([&] { head_ = head; });
  }
  void OnBody(std::string_view bytes) override {
    Change([&] { pieces_.emplace_back(bytes); });
  }
  void OnEnd(const End& end) override {
    Change([&] { end_ = end; });
  }

  const Head* WaitHead(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [&] { return head_ || end_; });
    return head_ && !stop.stop_requested() ? &*head_
                                           : nullptr;  // written once, so it may be read without the lock
  }

  std::optional<std::string> Next(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [&] { return !pieces_.empty() || end_; });
    if (stop.stop_requested() || pieces_.empty()) return std::nullopt;
    std::string piece = std::move(pieces_.front());
    pieces_.pop_front();
    return piece;
  }

  End end() {
    const std::lock_guard lock(mutex_);
    return end_.value_or(End{Problem::kCancelled, "The request was cancelled."});
  }

 private:
  template <class Work>
  void Change(Work work) {
    {
      const std::lock_guard lock(mutex_);
      work();
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Head> head_;        // protected by mutex_
  std::deque<std::string> pieces_;  // protected by mutex_
  std::optional<End> end_;          // protected by mutex_
};

Exchange::Exchange(Client& client, Request request)
    : client_(client), inbox_(std::make_shared<Inbox>()), id_(client.Start(std::move(request), inbox_)) {}

Exchange::~Exchange() {
  client_.Cancel(id_);
}

const Head* Exchange::WaitHead(std::stop_token stop) {
  return inbox_->WaitHead(stop);
}

std::optional<std::string> Exchange::NextPiece(std::stop_token stop) {
  return inbox_->Next(stop);
}

std::string Exchange::Rest(std::size_t max_bytes, std::stop_token stop) {
  std::string text;
  while (const auto piece = NextPiece(stop))
    text.append(piece->substr(0, max_bytes - std::min(max_bytes, text.size())));
  return text;
}

void Exchange::SetIdleTimeout(Milliseconds timeout) {
  client_.SetIdleTimeout(id_, timeout);
}

End Exchange::end() const {
  return inbox_->end();
}

}  // namespace mamc::http

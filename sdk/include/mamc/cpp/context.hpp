// One call of a type: what the host said about it, the services it may use, and its open children.
//
// Thread rule: what a coroutine awaits and starts, and stop_token(), belong to the call's own thread; Log,
// Emit, Secret, State, artifacts, cancelled() and the token itself may be used from any thread until the call
// is released. Ownership: the instance owns the context from start to release; the context owns the call's
// outermost coroutine.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mamc/cpp/children.hpp>
#include <mamc/cpp/host.hpp>
#include <mamc/cpp/task.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace mamc::sdk {

class Type;

namespace detail {

// Where the thread of a `blocking` call waits for the thread that brings its children's ends. Other classes
// have none.
struct Meeting {
  std::mutex mutex;
  std::condition_variable changed;
};

}  // namespace detail

class Context {
 public:
  class PendingChild;
  class JsonAwaiter;
  class ResultAwaiter;
  class NextAwaiter;

  Context(mamc_ticket ticket, const mamc_call_info& info, bool blocking);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  mamc_ticket ticket() const { return ticket_; }
  std::uint32_t verb() const { return verb_; }
  std::uint32_t attempt() const { return attempt_; }
  bool resumed() const { return resumed_; }
  std::int64_t deadline_unix_ms() const { return deadline_unix_ms_; }  // 0: none
  std::int64_t started_unix_ms() const { return started_unix_ms_; }
  const std::string& op_id() const { return op_id_; }

  void Log(int level, std::string_view text) { detail::WriteLog(ticket_, level, text); }
  mamc_code Emit(std::string_view kind, const Json& json);

  // No value: the secret is not set. Throws when the type's manifest does not declare the name.
  std::optional<std::string> Secret(std::string_view name);
  // No value: the run's state has no such key.
  std::optional<Json> State(std::string_view key);
  std::string PutArtifact(std::string_view bytes);  // returns the handle
  std::string GetArtifact(std::string_view handle);

  bool cancelled() const { return cancelled_; }
  std::stop_token stop_token();

  // co_await -> Json. Throws Failure with the child's code, message and details when it failed, with
  // MAMC_E_CANCELLED when this call was cancelled.
  [[nodiscard]] JsonAwaiter Child(std::string key, std::string service, Json input);
  // co_await -> ChildResult. Throws only when this call was cancelled.
  [[nodiscard]] ResultAwaiter TryChild(std::string key, std::string service, Json input);
  // co_await what it returns -> ChildResult, or take the end through Next.
  PendingChild StartChild(std::string key, std::string service, Json input);
  // co_await -> pair of key and ChildResult: the started children that nobody awaits by name, in the order of
  // their ends.
  [[nodiscard]] NextAwaiter Next();
  // Drops an open child; its end does not come, not even when it was on the way. Unknown keys are ignored.
  void CancelChild(std::string_view key);

  // ---- driven by the instance (entry.hpp) ----
  void Start(Type& type, Json input);
  void OnChildDone(std::string_view key, mamc_code code, std::string_view json);
  void OnCancel(mamc_code reason);
  // Ends the call at once; a later end is ignored.
  void Complete(mamc_code code, const Json& json) noexcept;

 private:
  using Children = detail::OpenChildren;

  std::unique_lock<std::mutex> Lock() const {
    return meeting_ ? std::unique_lock(meeting_->mutex) : std::unique_lock<std::mutex>();
  }
  // Whether it is not wanted any more or its time is up, the host has said with the cancel.
  Failure Cancelled() const {
    const bool late = cancelled_ && cancel_reason_ == MAMC_E_TIMEOUT;
    return {MAMC_E_CANCELLED, late ? "its time was up" : "the call was cancelled"};
  }
  void ThrowIfCancelled() const {
    if (cancelled_) throw Cancelled();
  }

  Children::iterator Open(std::string key, std::string_view service, Json input);
  void Settle(Children::iterator child, ChildResult result);
  void Drop(Children::iterator child);
  ChildResult Take(Children::iterator child);
  std::pair<std::string, ChildResult> TakeNext();
  // Waits where waiting is allowed, in a `blocking` call. Returns whether the call goes on: `done` holds or
  // it was cancelled.
  template <class Done>
  bool CanGoOn(Done done);

  void Wake(detail::Waiter* waiter);
  void Unready(detail::Waiter& waiter) noexcept;
  void Drive();
  void CompleteWithOutcome() noexcept;

  const mamc_ticket ticket_;
  const std::uint32_t verb_;
  const std::uint32_t attempt_;
  const bool resumed_;
  std::atomic<bool> cancelled_ = false;
  bool completed_ = false;
  mamc_code cancel_reason_ = MAMC_E_CANCELLED;
  const std::int64_t deadline_unix_ms_;
  const std::int64_t started_unix_ms_;
  const std::string op_id_;
  std::unique_ptr<detail::Meeting> meeting_;

  // Shared with the thread that brings results when the class is `blocking`; guarded by Lock then.
  std::stop_source stop_{std::nostopstate};
  Children children_;
  std::map<std::uint64_t, Children::iterator>
      arrived_;  // ended and waiting to be taken, by order of their ends
  std::uint64_t arrivals_ = 0;

  detail::Waiter* next_waiter_ = nullptr;  // who waits in Next
  detail::Waiter* ready_ = nullptr;        // whom to resume: a list through next_ready
  Task<Json> root_;                        // last: its frames refer to the members above
};

// A child call that was started.
class Context::PendingChild {
 public:
  const std::string& key() const { return key_; }
  ResultAwaiter operator co_await() const;

 private:
  friend Context;
  PendingChild(Context& context, std::string key) : context_(&context), key_(std::move(key)) {}

  Context* context_;
  std::string key_;
};

// Waits for one child by name.
class Context::ResultAwaiter : private detail::Waiter {
 public:
  ResultAwaiter(Context& context, Children::iterator child) : context_(context), child_(child) {}
  ResultAwaiter(const ResultAwaiter&) = delete;
  ResultAwaiter& operator=(const ResultAwaiter&) = delete;
  ~ResultAwaiter() {
    if (!registered_) return;
    child_->second.waiter = nullptr;
    context_.Unready(*this);
  }

  bool await_ready() const {
    return context_.CanGoOn([&] { return child_->second.result.has_value(); });
  }
  void await_suspend(std::coroutine_handle<> awaiting) {
    handle = awaiting;
    registered_ = true;
    child_->second.waiter = this;
  }
  ChildResult await_resume() {
    if (std::exchange(registered_, false)) child_->second.waiter = nullptr;
    context_.ThrowIfCancelled();
    return context_.Take(child_);
  }

 private:
  Context& context_;
  Children::iterator child_;
  bool registered_ = false;
};

// The same, but a failed child throws.
class Context::JsonAwaiter : private ResultAwaiter {
 public:
  using ResultAwaiter::await_ready;
  using ResultAwaiter::await_suspend;
  using ResultAwaiter::ResultAwaiter;

  Json await_resume() {
    ChildResult result = ResultAwaiter::await_resume();
    if (!result.ok()) throw Failure(result.code, result.message(), result.details());
    return std::move(result.json);
  }
};

// Waits for whichever started child ends first.
class Context::NextAwaiter : private detail::Waiter {
 public:
  explicit NextAwaiter(Context& context) : context_(context) {}
  NextAwaiter(const NextAwaiter&) = delete;
  NextAwaiter& operator=(const NextAwaiter&) = delete;
  ~NextAwaiter() {
    if (!registered_) return;
    if (context_.next_waiter_ == this) context_.next_waiter_ = nullptr;
    context_.Unready(*this);
  }

  bool await_ready() const {
    return context_.CanGoOn([&] { return !context_.arrived_.empty(); });
  }
  void await_suspend(std::coroutine_handle<> awaiting) {
    handle = awaiting;
    registered_ = true;
    context_.next_waiter_ = this;
  }
  std::pair<std::string, ChildResult> await_resume() {
    registered_ = false;
    context_.ThrowIfCancelled();
    return context_.TakeNext();
  }

 private:
  Context& context_;
  bool registered_ = false;
};

}  // namespace mamc::sdk

#include <mamc/cpp/context_impl.hpp>

// Task<T>: a coroutine that starts when it is awaited and hands its value, or its exception, to the one who
// awaits it.
//
// Thread rule: a task and those that it awaits run on one thread at a time. Ownership: the Task owns the
// coroutine's frame; destroying a Task whose coroutine is suspended frees the frame and what lives in it.
#pragma once
#include <coroutine>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace mamc::sdk {

template <class T = void>
class Task;

namespace detail {

class PromiseBase {
 public:
  // Back to the one who awaits, unless it is still on the stack below (StartNested) or there is none (the
  // root).
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      PromiseBase& promise = self.promise();
      promise.finished_ = true;
      if (!promise.continuation_) return std::noop_coroutine();
      return promise.continuation_;
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error_ = std::current_exception(); }

  // Our own flag: coroutine_handle::done() must not be read while the coroutine may be running.
  bool finished() const noexcept { return finished_; }

  // Runs the coroutine `self` on top of the awaiting one. Returns whether that one must stay suspended. A
  // task that finishes without waiting returns here instead of jumping to its awaiter, so that a long loop
  // over such tasks needs no stack where the compiler makes no tail calls.
  bool StartNested(std::coroutine_handle<> self, std::coroutine_handle<> awaiting) {
    self.resume();
    if (finished_) return false;
    continuation_ = awaiting;
    return true;
  }

 protected:
  void RethrowError() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::coroutine_handle<> continuation_;
  std::exception_ptr error_;
  bool finished_ = false;
};

template <class T>
class Promise : public PromiseBase {
 public:
  Task<T> get_return_object();
  void return_value(T value) { value_ = std::move(value); }
  T Take() {
    RethrowError();
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class Promise<void> : public PromiseBase {
 public:
  Task<void> get_return_object();
  void return_void() const noexcept {}
  void Take() const { RethrowError(); }
};

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    Task(std::move(other)).Swap(*this);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  // For the one who drives the outermost task: begin it, ask whether it ended, take what it came to.
  void Start() {
    if (!handle_) throw std::logic_error("there is no coroutine in the task");
    handle_.resume();
  }
  bool finished() const { return handle_ && handle_.promise().finished(); }
  T Take() { return handle_.promise().Take(); }

  auto operator co_await() && {
    struct Awaiter {
      Handle task;
      bool await_ready() const noexcept { return false; }
      bool await_suspend(std::coroutine_handle<> awaiting) const {
        return task.promise().StartNested(task, awaiting);
      }
      T await_resume() const { return task.promise().Take(); }
    };
    return Awaiter{handle_};
  }

 private:
  void Swap(Task& other) noexcept { std::swap(handle_, other.handle_); }

  Handle handle_;
};

template <class T>
Task<T> detail::Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}

inline Task<void> detail::Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

}  // namespace mamc::sdk

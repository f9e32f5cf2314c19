// Context's services and children. Included by context.hpp.
#pragma once
#include <mamc/cpp/context.hpp>
#include <tuple>

namespace mamc::sdk {

namespace detail {

[[noreturn]] inline void ThrowNoService(std::string_view id) {
  throw Failure(MAMC_E_UNSUPPORTED, "this host does not offer the service " + std::string(id));
}

// The bytes that a service hands to a sink, and its code.
template <class Call>
std::pair<mamc_code, std::string> Gather(Call call) {
  Gathered gathered;
  const mamc_code code = call(&Gathered::Take, &gathered);
  if (!gathered.complete) throw Failure(MAMC_E_LIMIT, "not enough memory for what the host sent");
  return {code, std::move(gathered.bytes)};
}

inline std::string Quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

}  // namespace detail

inline Context::Context(mamc_ticket ticket, const mamc_call_info& info, bool blocking)
    : ticket_(ticket),
      verb_(info.verb),
      attempt_(info.attempt),
      resumed_((info.flags & MAMC_CALL_RESUMED) != 0),
      deadline_unix_ms_(info.deadline_unix_ms),
      started_unix_ms_(info.started_unix_ms),
      op_id_(detail::View(info.op_id)),
      meeting_(blocking ? std::make_unique<detail::Meeting>() : nullptr) {}

inline mamc_code Context::Emit(std::string_view kind, const Json& json) {
  const mamc_complete* service = detail::TheServices().complete;
  if (!MAMC_HAS(service, mamc_complete, emit)) return MAMC_E_UNSUPPORTED;
  return service->emit(service->context, ticket_, detail::Str(kind), detail::Str(detail::Dump(json)));
}

inline std::optional<std::string> Context::Secret(std::string_view name) {
  const mamc_secret* service = detail::TheServices().secret;
  if (!MAMC_HAS(service, mamc_secret, get)) detail::ThrowNoService(MAMC_SERVICE_SECRET);
  auto [code, value] = detail::Gather([&](mamc_sink sink, void* sink_context) {
    return service->get(service->context, ticket_, detail::Str(name), sink, sink_context);
  });
  if (code == MAMC_E_NOT_FOUND) return std::nullopt;
  if (code == MAMC_E_PERMISSION)
    throw Failure(code, "the manifest of this type does not declare the secret " + detail::Quoted(name));
  if (code < 0) throw Failure(code, "the secret " + detail::Quoted(name) + " could not be read");
  return std::move(value);
}

inline std::optional<Json> Context::State(std::string_view key) {
  const mamc_state* service = detail::TheServices().state;
  if (!MAMC_HAS(service, mamc_state, get)) detail::ThrowNoService(MAMC_SERVICE_STATE);
  auto [code, text] = detail::Gather([&](mamc_sink sink, void* sink_context) {
    return service->get(service->context, ticket_, detail::Str(key), sink, sink_context);
  });
  if (code == MAMC_E_NOT_FOUND) return std::nullopt;
  if (code < 0) throw Failure(code, "the state key " + detail::Quoted(key) + " could not be read");
  return Json::parse(text);
}

inline std::string Context::PutArtifact(std::string_view bytes) {
  const mamc_artifact* service = detail::TheServices().artifact;
  if (!MAMC_HAS(service, mamc_artifact, put)) detail::ThrowNoService(MAMC_SERVICE_ARTIFACT);
  auto [code, handle] = detail::Gather([&](mamc_sink sink, void* sink_context) {
    return service->put(service->context, ticket_, detail::Str(bytes), sink, sink_context);
  });
  if (code < 0)
    throw Failure(code, "an artifact of " + std::to_string(bytes.size()) + " bytes was not stored");
  return std::move(handle);
}

inline std::string Context::GetArtifact(std::string_view handle) {
  const mamc_artifact* service = detail::TheServices().artifact;
  if (!MAMC_HAS(service, mamc_artifact, get)) detail::ThrowNoService(MAMC_SERVICE_ARTIFACT);
  auto [code, bytes] = detail::Gather([&](mamc_sink sink, void* sink_context) {
    return service->get(service->context, ticket_, detail::Str(handle), sink, sink_context);
  });
  if (code < 0) throw Failure(code, "the artifact " + detail::Quoted(handle) + " could not be read");
  return std::move(bytes);
}

inline std::stop_token Context::stop_token() {
  const auto lock = Lock();
  if (!stop_.stop_possible()) {
    stop_ = std::stop_source();
    if (cancelled_) stop_.request_stop();
  }
  return stop_.get_token();
}

inline Context::JsonAwaiter Context::Child(std::string key, std::string service, Json input) {
  return JsonAwaiter(*this, Open(std::move(key), service, std::move(input)));
}

inline Context::ResultAwaiter Context::TryChild(std::string key, std::string service, Json input) {
  return ResultAwaiter(*this, Open(std::move(key), service, std::move(input)));
}

inline Context::PendingChild Context::StartChild(std::string key, std::string service, Json input) {
  Open(key, service, std::move(input));
  return PendingChild(*this, std::move(key));
}

inline Context::NextAwaiter Context::Next() {
  const auto lock = Lock();
  if (children_.empty() && !cancelled_)
    throw Failure(MAMC_E_INTERNAL, "the type waits for its next child, but none is open");
  if (next_waiter_) throw Failure(MAMC_E_INTERNAL, "two coroutines of one call wait for its next child");
  return NextAwaiter(*this);
}

inline void Context::CancelChild(std::string_view key) {
  {
    const auto lock = Lock();
    const auto child = children_.find(key);
    if (child == children_.end()) return;
    if (child->second.waiter) {
      const std::string text = "the child call " + detail::Quoted(key) + " was dropped";
      Settle(child, {MAMC_E_CANCELLED, Json{{"message", text}}});
    } else {
      Drop(child);
    }
  }
  const mamc_children* service = detail::TheServices().children;
  if (MAMC_HAS(service, mamc_children, cancel_child))
    service->cancel_child(service->context, ticket_, detail::Str(key));
}

// The child is entered before the host hears of it: a `blocking` call's result may come before `call`
// returns. The input is taken: an argument of whoever awaits would live as long as the waiting.
inline Context::Children::iterator Context::Open(std::string key, std::string_view service, Json input) {
  ThrowIfCancelled();
  const mamc_children* children = detail::TheServices().children;
  if (!MAMC_HAS(children, mamc_children, call)) detail::ThrowNoService(MAMC_SERVICE_CHILDREN);
  const std::string text = detail::Dump(input);
  Children::iterator child;
  {
    const auto lock = Lock();
    bool is_new = false;
    std::tie(child, is_new) = children_.try_emplace(std::move(key));
    if (!is_new)
      throw Failure(MAMC_E_INTERNAL, "the child key " + detail::Quoted(child->first) + " is open already");
  }
  const mamc_code code = children->call(children->context, ticket_, detail::Str(child->first),
                                        detail::Str(service), detail::Str(text));
  if (code >= 0) return child;

  const auto lock = Lock();
  if (code == MAMC_E_CANCELLED || code == MAMC_E_STALE) {
    Drop(child);
    throw Cancelled();
  }
  const std::string message = "the host refused the child call " + detail::Quoted(child->first) +
                              " of the service " + std::string(service) + " with code " +
                              std::to_string(code);
  Settle(child, {code, Json{{"message", message}}});
  return child;
}

// Each end goes to the one who waits for that child; only an end that nobody waits for by name goes to Next.
inline void Context::Settle(Children::iterator child, ChildResult result) {
  child->second.result = std::move(result);
  if (meeting_) meeting_->changed.notify_all();
  if (child->second.waiter) {
    Wake(child->second.waiter);
    return;
  }
  child->second.arrival = ++arrivals_;
  arrived_.emplace(child->second.arrival, child);
  if (next_waiter_) Wake(std::exchange(next_waiter_, nullptr));
}

inline void Context::Drop(Children::iterator child) {
  arrived_.erase(child->second.arrival);
  children_.erase(child);
}

inline ChildResult Context::Take(Children::iterator child) {
  const auto lock = Lock();
  ChildResult result = std::move(*child->second.result);
  Drop(child);
  return result;
}

inline std::pair<std::string, ChildResult> Context::TakeNext() {
  const auto lock = Lock();
  const auto child = arrived_.begin()->second;
  std::pair<std::string, ChildResult> taken(child->first, std::move(*child->second.result));
  Drop(child);
  return taken;
}

inline Context::ResultAwaiter Context::PendingChild::operator co_await() const {
  const auto lock = context_->Lock();
  const auto child = context_->children_.find(key_);
  if (child == context_->children_.end())
    throw Failure(MAMC_E_STALE,
                  "the end of the child call " + detail::Quoted(key_) + " was taken or dropped before");
  return ResultAwaiter(*context_, child);
}

template <class Done>
bool Context::CanGoOn(Done done) {
  auto lock = Lock();
  const auto goes_on = [&] { return cancelled_ || done(); };
  if (meeting_) meeting_->changed.wait(lock, goes_on);
  return goes_on();
}

// Resumed later, by Drive: never on top of the coroutine that caused it.
inline void Context::Wake(detail::Waiter* waiter) {
  if (waiter->ready) return;
  waiter->ready = true;
  waiter->next_ready = std::exchange(ready_, waiter);
}

inline void Context::Unready(detail::Waiter& waiter) noexcept {
  if (!waiter.ready) return;
  detail::Waiter** link = &ready_;
  while (*link != &waiter) link = &(*link)->next_ready;
  *link = waiter.next_ready;
  waiter.ready = false;
}

}  // namespace mamc::sdk

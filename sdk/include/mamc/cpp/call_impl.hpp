// How a call runs: started, resumed when something that it waits for came, completed once. Included by
// type.hpp.
#pragma once
#include <mamc/cpp/type.hpp>

namespace mamc::sdk {

namespace detail {

struct Outcome {
  mamc_code code;
  Json json;
};

inline Outcome FailedOutcome(mamc_code code, const char* message, const Json& details = nullptr) {
  Json json{{"message", message}};
  if (!details.is_null()) json["details"] = details;
  return {code < 0 ? code : MAMC_E_FAILED, std::move(json)};
}

// The barrier: runs `work` and turns whatever it throws into a failed outcome.
template <class Work>
Outcome Guarded(Work work) {
  try {
    return {MAMC_OK, work()};
  } catch (const Failure& failure) {
    return FailedOutcome(failure.code(), failure.what(), failure.details());
  } catch (const std::exception& error) {
    return FailedOutcome(MAMC_E_INTERNAL, error.what());
  } catch (...) {
    return FailedOutcome(MAMC_E_INTERNAL, "the plugin threw something that is not a std::exception");
  }
}

}  // namespace detail

inline void Context::Start(Type& type, Json input) {
  detail::Outcome begun = detail::Guarded([&] {
    root_ = type.Call(*this, std::move(input));
    root_.Start();
    return Json();
  });
  if (begun.code < 0) return Complete(begun.code, begun.json);
  Drive();
  if (meeting_ && !root_.finished())
    Complete(MAMC_E_INTERNAL, {{"message", "a blocking type awaited something that is not a child call"}});
}

inline void Context::OnChildDone(std::string_view key, mamc_code code, std::string_view json) {
  ChildResult result{code, Json::parse(json, nullptr, false)};
  if (result.json.is_discarded())
    result = {MAMC_E_INTERNAL, {{"message", "the host sent text that is not JSON"}}};
  {
    const auto lock = Lock();
    if (cancelled_) return;
    const auto child = children_.find(key);
    if (child == children_.end() || child->second.result) return;  // dropped while it was on the way
    Settle(child, std::move(result));
  }
  if (!meeting_) Drive();
}

inline void Context::OnCancel(mamc_code reason) {
  std::stop_source stop{std::nostopstate};
  {
    const auto lock = Lock();
    if (cancelled_) return;
    cancel_reason_ = reason;
    cancelled_ = true;
    stop = stop_;
    if (meeting_) meeting_->changed.notify_all();
    for (auto& [key, child] : children_)
      if (child.waiter) Wake(child.waiter);
    if (next_waiter_) Wake(std::exchange(next_waiter_, nullptr));
  }
  if (stop.stop_possible()) stop.request_stop();  // its callbacks may use the context
  if (!meeting_) Drive();
}

// Resumes whoever became ready, then looks whether the call has ended: the outermost task is not running
// here.
inline void Context::Drive() {
  while (ready_) {
    detail::Waiter& waiter = *ready_;
    ready_ = waiter.next_ready;
    waiter.ready = false;
    waiter.handle.resume();
  }
  if (!completed_ && root_.finished()) CompleteWithOutcome();
}

inline void Context::CompleteWithOutcome() noexcept {
  detail::Outcome outcome = detail::Guarded([&] { return root_.Take(); });
  root_ = {};
  // The type says that it stopped; why it had to is the host's word.
  if (outcome.code == MAMC_E_CANCELLED && cancelled_) {
    const auto lock = Lock();
    outcome.code = cancel_reason_;
  }
  Complete(outcome.code, outcome.json);
}

inline void Context::Complete(mamc_code code, const Json& json) noexcept {
  if (std::exchange(completed_, true)) return;
  const mamc_complete* service = detail::TheServices().complete;
  if (!MAMC_HAS(service, mamc_complete, complete)) return;
  try {
    const std::string text = detail::Dump(json);
    const mamc_code answer = service->complete(service->context, ticket_, code, detail::Str(text));
    if (answer >= 0 || answer == MAMC_E_STALE) return;
    // Too large, too deep: the call must end all the same.
    const std::string refused =
        detail::Dump({{"message", "the host refused the result of " + std::to_string(text.size()) +
                                      " bytes with code " + std::to_string(answer)}});
    service->complete(service->context, ticket_, answer, detail::Str(refused));
  } catch (...) {
    service->complete(service->context, ticket_, MAMC_E_LIMIT,
                      detail::Str("{\"message\":\"not enough memory to write the result\"}"));
  }
}

}  // namespace mamc::sdk

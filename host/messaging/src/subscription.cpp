#include "subscription.hpp"

#include "mamc/base/log.hpp"

namespace mamc::messaging {
namespace {

// What another attempt cannot change.
bool IsHopeless(Code code) {
  return code == Code::kInvalid || code == Code::kPermission || code == Code::kUnsupported ||
         code == Code::kClass;
}

}  // namespace

class Subscription::Observer final : public plugin::ServedObserver {
 public:
  Observer(plugin::Calls& calls, std::weak_ptr<Subscription> subscription)
      : ServedObserver(calls), subscription_(std::move(subscription)) {}

  void OnEmit(plugin::Ticket, std::string kind, std::string json) override {
    auto subscription = subscription_.lock();
    if (subscription && kind == "emptied") return subscription->handlers_.on_emptied();
    if (!subscription || kind != "message") return;
    auto message = ParseJson(json);
    if (message.ok()) return subscription->Received(*message);
    Log("transport", LogLevel::kError, "unreadable message", {{"error", message.status().message()}});
  }
  void OnComplete(plugin::Ticket, plugin::Outcome outcome, bool) override {
    auto subscription = subscription_.lock();
    if (!subscription) return;
    subscription->Ended(outcome.code < Code::kOk ? Status(outcome.code, outcome.Message()) : Status());
  }

 private:
  std::weak_ptr<Subscription> subscription_;
};

Subscription::Subscription(Loop& loop, plugin::Calls& calls, std::shared_ptr<plugin::Instance> transport,
                           std::shared_ptr<plugin::CallContext> context, std::uint32_t verb, std::string what,
                           ReopenOptions options, Handlers handlers)
    : loop_(loop),
      calls_(calls),
      transport_(std::move(transport)),
      context_(std::move(context)),
      verb_(verb),
      what_(std::move(what)),
      options_(options),
      handlers_(std::move(handlers)) {}

void Subscription::Open() {
  timer_ = 0;
  opened_at_ = loop_.clock().Monotonic();
  plugin::CallInfo info;
  info.verb = verb_;
  ticket_ = calls_.Start(transport_, info, Dump(handlers_.input()),
                         std::make_shared<Observer>(calls_, weak_from_this()), context_);
}

void Subscription::Close() {
  if (closed_) return;
  closed_ = true;
  loop_.Cancel(timer_);
  calls_.Cancel(ticket_, Code::kCancelled);
}

void Subscription::Received(const Json& message) {
  if (closed_) return;
  if (failing_since_) Log("transport", LogLevel::kInfo, "open again", {{"what", what_}});
  failing_since_.reset();
  failures_ = 0;
  stood_ = true;
  handlers_.on_message(message);
}

void Subscription::Ended(Status status) {
  if (closed_) return;
  ticket_ = 0;
  Milliseconds now = loop_.clock().Monotonic();
  // It stood for a while: this is another outage, not the same one.
  if (now - opened_at_ >= Milliseconds(options_.longest_wait_ms)) {
    failing_since_.reset();
    failures_ = 0;
    stood_ = true;
  }
  if (!failing_since_) failing_since_ = now;
  std::string why = status.ok() ? "it ended" : status.message();
  bool too_long = now - *failing_since_ >= Milliseconds(options_.outage_limit_ms);
  bool never_there = !stood_ && status.code() == Code::kUnavailable;
  if (too_long || never_there || IsHopeless(status.code())) {
    closed_ = true;
    std::string text =
        "the transport cannot keep the " + what_ + " open" +
        (too_long ? " for " + std::to_string((now - *failing_since_).count() / 1000) + " s" : "") + ": " +
        why;
    Log("transport", LogLevel::kError, "given up", {{"what", what_}, {"error", why}});
    return handlers_.on_lost({status.ok() ? Code::kUnavailable : status.code(), std::move(text)});
  }
  std::int64_t wait_ms = options_.first_wait_ms << std::min(failures_++, 20);
  wait_ms = std::min(wait_ms, options_.longest_wait_ms);
  Log("transport", LogLevel::kWarn, "ended unexpectedly and is opened again",
      {{"what", what_}, {"error", why}, {"wait_ms", std::to_string(wait_ms)}});
  timer_ = loop_.After(Milliseconds(wait_ms), [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->Open();
  });
}

}  // namespace mamc::messaging

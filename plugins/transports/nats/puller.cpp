#include "puller.hpp"

#include <algorithm>
#include <cstdlib>

#include "jetstream.hpp"

namespace nats_transport {
namespace {

constexpr std::int64_t kRequestMs = 30'000;
constexpr int kNoMessages = 404;

}  // namespace

Puller::~Puller() {
  Rest();
}

void Puller::Aim(const std::string& stream, const std::string& consumer) {
  Rest();
  subject_ = "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + consumer;
  inbox_ = shared_.link.SubscribeInbox([this](const Message& message) { OnMessage(message); });
}

// The server gives nothing to a request when nobody listens at its inbox any more.
void Puller::Rest() {
  shared_.pump.Cancel(std::exchange(watch_, 0));
  if (inbox_ != 0) shared_.link.Unsubscribe(std::exchange(inbox_, 0));
  asked_ = 0;
}

void Puller::Want(std::int64_t count, Patience patience) {
  if (inbox_ == 0 || count <= asked_ || !shared_.link.ready()) return;
  Json request = {{"batch", count - asked_}, {"expires", kRequestMs * kNsPerMs}};
  if (patience == Patience::kNone) request["no_wait"] = true;
  shared_.link.Tell(subject_, request.dump(), shared_.link.Inbox(inbox_));
  asked_ = count;
  over_at_ms_ = Pump::NowMs() + kRequestMs + shared_.options.link.answer_timeout_ms;
  Watch();
}

void Puller::OnMessage(const Message& message) {
  if (message.status == 0) {
    asked_ = std::max<std::int64_t>(asked_ - 1, 0);
    const auto delivery = Delivery::Parse(message.reply);
    if (delivery) handlers_.on_message(message, *delivery);
    return;
  }
  if (message.status == kNoMessages) {
    asked_ = 0;
    return handlers_.on_room();
  }
  const auto left = message.headers.find("Nats-Pending-Messages");
  if (left == message.headers.end()) return Gone();
  asked_ = std::max<std::int64_t>(asked_ - std::atoll(left->second.c_str()), 0);
  handlers_.on_room();
}

void Puller::Gone() {
  Rest();
  handlers_.on_gone();
}

// Every request ends with a message or a word; a consumer that gives neither is not there any more.
void Puller::Watch() {
  if (watch_ != 0) return;
  watch_ = shared_.pump.After(over_at_ms_ - Pump::NowMs(), [this] {
    watch_ = 0;
    if (asked_ == 0) return;
    if (Pump::NowMs() < over_at_ms_) return Watch();
    Gone();
  });
}

}  // namespace nats_transport

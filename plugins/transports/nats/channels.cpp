#include "channels.hpp"

#include "names.hpp"

namespace nats_transport {

std::string Channels::Subject(const std::string& channel) const {
  return shared_.options.prefix + "mamc.channel." + Token(channel);
}

void Channels::Listen(mamc_ticket ticket, const std::string& channel) {
  listeners_[ticket] = shared_.link.Subscribe(Subject(channel), [this, ticket](const Message& message) {
    shared_.calls.Emit(ticket, "notice", {{"text", message.data}});  // best effort: a slow listener misses it
  });
}

void Channels::Leave(mamc_ticket ticket) {
  const auto found = listeners_.find(ticket);
  if (found == listeners_.end()) return;
  shared_.link.Unsubscribe(found->second);
  listeners_.erase(found);
}

void Channels::Notify(mamc_ticket ticket, const std::string& channel, const std::string& text) {
  const auto tell = [this, ticket, subject = Subject(channel), text] {
    shared_.link.Tell(subject, text);
    shared_.calls.Done(ticket, Json::object());
  };
  if (shared_.link.ready()) return tell();
  // Any question waits for the server.
  shared_.link.Ask(Api("INFO"), Resend::kDurable, [this, ticket, tell](const Answer& answer) {
    if (answer.ok()) return tell();
    shared_.calls.Fail(ticket, answer.trouble);
  });
}

void Channels::FailAll(const Trouble& trouble) {
  for (const auto& [ticket, id] : std::exchange(listeners_, {})) {
    shared_.link.Unsubscribe(id);
    shared_.calls.Fail(ticket, trouble);
  }
}

void Channels::OnNotPermitted(SubscriptionId id, const Trouble& trouble) {
  for (const auto& [ticket, subscription] : listeners_)
    if (subscription == id) {
      shared_.calls.Fail(ticket, trouble);
      return Leave(ticket);
    }
}

}  // namespace nats_transport

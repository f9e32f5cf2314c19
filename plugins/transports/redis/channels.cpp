#include "channels.hpp"

#include "reply.hpp"

namespace redis_transport {

std::string Channels::Key(const std::string& channel) const {
  return shared_.options.prefix + "mamc:channel:" + channel;
}

void Channels::Listen(mamc_ticket ticket, const std::string& channel) {
  const std::string key = Key(channel);
  std::vector<mamc_ticket>& listeners = listeners_[key];
  listeners.push_back(ticket);
  if (!link_) {
    LinkOptions options = shared_.options.link;
    options.push = true;
    link_ = std::make_unique<Link>(
        shared_.pump, shared_.address, options,
        Link::Handlers{[this] { SubscribeAll(); }, [this](const Trouble& trouble) { FailAll(trouble); },
                       [this](const redisReply& reply) { OnPush(reply); }});
  }
  if (!link_->ready()) return link_->Open();
  if (listeners.size() == 1) link_->Send({"SUBSCRIBE", key}, Resend::kOnce, [](const Answer&) {});
}

void Channels::Leave(mamc_ticket ticket, const std::string& channel) {
  const auto found = listeners_.find(Key(channel));
  if (found == listeners_.end()) return;
  std::erase(found->second, ticket);
  if (!found->second.empty()) return;
  if (link_->ready()) link_->Send({"UNSUBSCRIBE", found->first}, Resend::kOnce, [](const Answer&) {});
  listeners_.erase(found);
}

void Channels::Notify(mamc_ticket ticket, const std::string& channel, const std::string& text) {
  shared_.commands.Send({"PUBLISH", Key(channel), text}, Resend::kDurable,
                        [this, ticket](const Answer& answer) {
                          if (answer.ok()) return shared_.calls.Done(ticket, Json::object());
                          shared_.calls.Fail(ticket, answer.trouble);
                        });
}

void Channels::SubscribeAll() {
  for (const auto& [key, listeners] : listeners_)
    link_->Send({"SUBSCRIBE", key}, Resend::kOnce, [](const Answer&) {});
}

void Channels::OnPush(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR)
    return FailAll(TroubleOf(shared_.address, "SUBSCRIBE", TextOf(&reply)));
  if (TextOf(At(&reply, 0)) != "message") return;
  const auto found = listeners_.find(std::string(TextOf(At(&reply, 1))));
  if (found == listeners_.end()) return;
  const Json notice = {{"text", TextOf(At(&reply, 2))}};
  for (const mamc_ticket ticket : found->second)
    shared_.calls.Emit(ticket, "notice", notice);  // best effort: a slow listener misses it
}

void Channels::FailAll(const Trouble& trouble) {
  for (const auto& [key, listeners] : std::exchange(listeners_, {}))
    for (const mamc_ticket ticket : listeners) shared_.calls.Fail(ticket, trouble);
}

}  // namespace redis_transport

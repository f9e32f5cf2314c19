#include "transport.hpp"

#include <algorithm>
#include <mamc/transport_members.hpp>
#include <mamc/transport_patience.hpp>

#include "dead_letters.hpp"
#include "input.hpp"
#include "scripts.hpp"
#include "self_test.hpp"

namespace redis_transport {
namespace {

using mamc::sdk::Failure;
using mamc::transport_common::OpenConsumer;
using mamc::transport_common::OpenReader;
using mamc::transport_common::UnixMs;

constexpr std::int64_t kDefaultIdleMs = 60'000;

LinkOptions Looking(LinkOptions options) {
  options.look_at_server = true;
  return options;
}

}  // namespace

Transport::Transport(Pump& pump, Address address, Options options)
    : Verbs("redis"),
      address_(std::move(address)),
      options_(std::move(options)),
      commands_(pump, address_, Looking(options_.link),
                Link::Handlers{[this] { Restore(); }, [this](const Trouble& trouble) { FailAll(trouble); }}),
      shared_{pump, address_, options_, calls_, commands_},
      channels_(shared_) {}

void Transport::Do(mamc_ticket ticket, const Words& words, Handle handle) {
  commands_.Send(words, Resend::kDurable, [this, ticket, handle = std::move(handle)](const Answer& answer) {
    if (!answer.ok()) return calls_.Fail(ticket, answer.trouble);
    handle(*answer.reply);
  });
}

void Transport::Publish(mamc_ticket ticket, const Json& input) {
  Words words = {"XADD", StreamKey(input), "*"};
  for (const auto& [name, value] : CheckedFields(input)) {
    words.push_back(name);
    words.push_back(value);
  }
  Do(ticket, words, [this, ticket](const redisReply& reply) {
    calls_.Done(ticket, {{"id", TextOf(&reply)}});
  });
}

void Transport::Read(mamc_ticket ticket, const Json& input) {
  Stream& stream = StreamOf(input);
  const std::string from = Text(input, "from");
  std::optional<StreamId> start;
  if (from != "$") start = ParsedId(from, "from");
  OpenReader<Reader>(shared_, stream, ticket, start, Credit(input));
}

void Transport::Consume(mamc_ticket ticket, const Json& input) {
  OpenConsumer<Consumer>(shared_, StreamOf(input), ticket, TermsFrom(input));
}

void Transport::Ack(mamc_ticket ticket, const Json& input) {
  const StreamId id = IdOf(input);
  Do(ticket, {"XACK", StreamKey(input), Name(input, "group"), id.Text()},
     [this, ticket](const redisReply&) { calls_.Done(ticket, Json::object()); });
  LetGo(input);
}

void Transport::Extend(mamc_ticket ticket, const Json& input) {
  const std::string id = IdOf(input).Text(), consumer = Name(input, "consumer");
  Do(ticket,
     scripts::Call(scripts::kExtend, {StreamKey(input)},
                   {Name(input, "group"), id, consumer, std::to_string(options_.keep_ms)}),
     [this, ticket, id, consumer, input](const redisReply& reply) {
       // What the server lost, nobody else can have: we go on with it.
       if (TextOf(&reply) != "not ours") return calls_.Done(ticket, Json::object());
       LetGo(input);
       calls_.Fail(ticket, MAMC_E_STALE,
                   "The message " + id + " does not belong to " + consumer +
                       " any more: it was acknowledged, released or given to somebody else.");
     });
}

void Transport::Release(mamc_ticket ticket, const Json& input) {
  const StreamId id = IdOf(input);
  const std::string group = Name(input, "group"), stream = Name(input, "stream");
  const std::int64_t delay_ms = Number(input, "delay_ms", 0, kLongestMs);
  const Consumer* holder = StreamOf(input).Holder(group, id);
  const std::int64_t renew_ms =
      std::clamp<std::int64_t>((holder ? holder->idle_ms() : kDefaultIdleMs) / 3, 5, 20'000);
  Do(ticket,
     scripts::Call(scripts::kRelease, {StreamKey(input)},
                   {group, id.Text(), delay_ms == 0 ? "now" : "later"}),
     [this, ticket, input, id, group, stream, delay_ms, renew_ms](const redisReply& reply) {
       if (reply.integer == 0)
         return calls_.Fail(ticket, MAMC_E_STALE,
                            "The message " + id.Text() + " cannot be released: it is acknowledged already.");
       LetGo(input);
       calls_.Done(ticket, Json::object());
       if (delay_ms == 0) return streams_.at(stream)->WakeGroup(group);
       DelayRelease(stream, group, id, Pump::NowMs() + delay_ms, renew_ms);
     });
}

// The message stays claimed until it is due. When this process ends before, others get it after its idle
// time.
void Transport::DelayRelease(const std::string& stream, const std::string& group, StreamId id,
                             std::int64_t due_ms, std::int64_t renew_ms) {
  const std::int64_t left_ms = due_ms - Pump::NowMs();
  shared_.pump.After(std::min(left_ms, renew_ms), [=, this] {
    const bool due = Pump::NowMs() >= due_ms;
    commands_.Send(scripts::Call(scripts::kRelease, {options_.prefix + stream},
                                 {group, id.Text(), due ? "now" : "later"}),
                   Resend::kDurable, [=, this](const Answer& answer) {
                     const bool pending = answer.ok() && answer.reply->integer == 1;
                     if (!pending) return;  // somebody has finished it, or it comes after its idle time
                     if (due) return streams_.at(stream)->WakeGroup(group);
                     DelayRelease(stream, group, id, due_ms, renew_ms);
                   });
  });
}

void Transport::Dead(mamc_ticket ticket, const Json& input) {
  const StreamId id = IdOf(input);
  Do(ticket, BuryCommand(StreamKey(input), Name(input, "group"), id, Text(input, "reason")),
     [this, ticket, input, id](const redisReply& reply) {
       if (reply.integer == 0)
         return calls_.Fail(
             ticket, MAMC_E_STALE,
             "The message " + id.Text() + " cannot go to the dead letters: it is acknowledged already.");
       LetGo(input);
       calls_.Done(ticket, Json::object());
     });
}

void Transport::LetGo(const Json& input) {
  const StreamId id = IdOf(input);
  if (Consumer* holder = StreamOf(input).Holder(Name(input, "group"), id)) holder->LetGo(id);
}

void Transport::DeadList(mamc_ticket ticket, const Json& input) {
  ListDead(shared_, ticket, StreamKey(input));
}

void Transport::DeadReplay(mamc_ticket ticket, const Json& input) {
  ReplayDead(shared_, ticket, StreamKey(input), IdOf(input));
}

void Transport::DeadDrop(mamc_ticket ticket, const Json& input) {
  DropDead(shared_, ticket, StreamKey(input), IdOf(input));
}

void Transport::Lease(mamc_ticket ticket, const Json& input) {
  const std::string name = Name(input, "name"), owner = Name(input, "owner");
  const std::int64_t ttl_ms = Number(input, "ttl_ms", 0, kLongestMs);
  Do(ticket, scripts::Call(scripts::kLease, {Key("lease", name)}, {owner, std::to_string(ttl_ms)}),
     [this, ticket, name, owner, ttl_ms](const redisReply& reply) {
       if (NumberOf(At(&reply, 0)) == 1)
         return calls_.Done(ticket, {{"owner", owner}, {"expires_ms", UnixMs() + ttl_ms}});
       const std::string holder(TextOf(At(&reply, 1)));
       calls_.Fail(ticket, MAMC_E_CONFLICT, "The lease '" + name + "' is held by " + holder + ".",
                   {{"owner", holder}, {"expires_ms", UnixMs() + NumberOf(At(&reply, 2))}});
     });
}

void Transport::Put(mamc_ticket ticket, const Json& input) {
  if (!input.contains("value")) throw Failure(MAMC_E_INVALID, "'value' is missing.");
  const std::int64_t ttl_ms = input.contains("ttl_ms") ? Number(input, "ttl_ms", 0, kLongestMs) : 0;
  Words words = {"SET", Key("value", Name(input, "key")), input["value"].dump()};
  if (ttl_ms != 0) words.insert(words.end(), {"PX", std::to_string(ttl_ms)});
  Do(ticket, words, [this, ticket](const redisReply&) { calls_.Done(ticket, Json::object()); });
}

void Transport::Get(mamc_ticket ticket, const Json& input) {
  const std::string key = Name(input, "key");
  Do(ticket, {"GET", Key("value", key)}, [this, ticket, key](const redisReply& reply) {
    if (reply.type == REDIS_REPLY_NIL)
      return calls_.Fail(ticket, MAMC_E_NOT_FOUND, "The transport keeps no value under '" + key + "'.");
    const Json value = ForeignJson(TextOf(&reply));
    calls_.Done(ticket, {{"value", value.is_discarded() ? Json(TextOf(&reply)) : value}});
  });
}

void Transport::Notify(mamc_ticket ticket, const Json& input) {
  channels_.Notify(ticket, Name(input, "channel"), Text(input, "text"));
}

void Transport::Listen(mamc_ticket ticket, const Json& input) {
  const std::string channel = Name(input, "channel");
  calls_.Begin(ticket, [this, ticket, channel] { channels_.Leave(ticket, channel); });
  channels_.Listen(ticket, channel);
}

void Transport::SelfTest(mamc_ticket ticket, const Json& input) {
  std::vector<std::string> keys;
  for (const Json& stream : input.value("streams", Json::array()))
    keys.push_back(StreamKey({{"stream", stream}}));
  TestServer(shared_, ticket, keys);
}

void Transport::Restore() {
  for (const auto& [name, stream] : streams_) stream->Restore();
}

void Transport::FailAll(const Trouble& trouble) {
  for (const auto& [name, stream] : streams_) stream->FailAll(trouble);
}

// Streams live as long as the transport: open calls refer to them.
Stream& Transport::StreamOf(const Json& input) {
  const std::string name = Name(input, "stream");
  std::unique_ptr<Stream>& stream = streams_[name];
  if (!stream) stream = std::make_unique<Stream>(shared_, name);
  return *stream;
}

std::string Transport::StreamKey(const Json& input) {
  return StreamOf(input).key();
}

std::string Transport::Key(const char* kind, const std::string& name) const {
  return options_.prefix + "mamc:" + kind + ":" + name;
}

}  // namespace redis_transport

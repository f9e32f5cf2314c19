#include "transport.hpp"

#include <mamc/transport_input.hpp>
#include <mamc/transport_members.hpp>
#include <mamc/transport_patience.hpp>
#include <random>

#include "dead_letters.hpp"
#include "jetstream.hpp"
#include "self_test.hpp"
#include "why.hpp"

namespace nats_transport {
namespace {

using mamc::sdk::Failure;
using mamc::transport_common::OpenConsumer;
using mamc::transport_common::OpenReader;
using mamc::transport_common::UnixMs;
using namespace mamc::transport_input;

// The server remembers a delay to the second when it starts again.
constexpr std::int64_t kRestartMs = 1'000;
constexpr int kTries = 5;

std::string RandomName() {
  std::random_device random;
  return std::to_string(random()) + std::to_string(random());
}

MessageId ParsedId(const std::string& text, const char* member) {
  if (const auto id = MessageId::Parse(text)) return *id;
  throw Failure(MAMC_E_INVALID, std::string("'") + member + "' is '" + text +
                                    "', which is no id of a message: they look like 1700000000000-1.");
}

MessageId IdOf(const Json& input) {
  return ParsedId(Text(input, "id"), "id");
}

}  // namespace

Transport::Transport(Pump& pump, Address address, Options options)
    : Verbs("nats"),
      address_(std::move(address)),
      options_(std::move(options)),
      name_(RandomName()),
      link_(pump, address_, options_.link,
            Link::Handlers{[this] { Restore(); }, [this](const Trouble& trouble) { FailAll(trouble); },
                           [this](SubscriptionId id, const Trouble& trouble) {
                             channels_.OnNotPermitted(id, trouble);
                           }}),
      shared_{pump, options_, calls_, link_, store_},
      store_(shared_),
      channels_(shared_) {
  TidyStore();
}

Transport::~Transport() {
  shared_.pump.Cancel(tidy_);
}

void Transport::Publish(mamc_ticket ticket, const Json& input) {
  PublishTo(ticket, StreamOf(input), Fields(input), name_ + "-" + std::to_string(++published_),
            [this, ticket](const std::string& id) {
              calls_.Done(ticket, {{"id", id}});
            });
}

void Transport::PublishTo(mamc_ticket ticket, Stream& stream, const Json& fields, const std::string& name,
                          OnPublished done) {
  const std::int64_t now_ms = UnixMs();
  TryPublish(ticket, stream, Publication(stream.subject(), fields, now_ms, name), now_ms, kTries,
             std::move(done));
}

// A stream that is not there is made.
void Transport::TryPublish(mamc_ticket ticket, Stream& stream, const Question& question, std::int64_t ms,
                           int tries, OnPublished done) {
  link_.Ask(question, Resend::kDurable,
            [this, ticket, &stream, question, ms, tries, done](const Answer& answer) {
              if (answer.nobody && tries > 0)
                return stream.Ensure([this, ticket, &stream, question, ms, tries, done](const Answer& made) {
                  if (!made.ok()) return calls_.Fail(ticket, made.trouble);
                  TryPublish(ticket, stream, question, ms, tries - 1, done);
                });
              if (!answer.ok()) return calls_.Fail(ticket, answer.trouble);
              const std::string taker = answer.json.value("stream", "");
              if (taker != stream.storage())
                return calls_.Fail(ticket, MAMC_E_CONFLICT,
                                   "NATS at " + address_.Text() + ": the stream '" + taker +
                                       "' takes what is published at '" + stream.subject() +
                                       "'; somebody else uses these names: set transports.nats.prefix");
              done(MessageId{ms, answer.json.value("seq", std::uint64_t{0})}.Text());
            });
}

void Transport::Read(mamc_ticket ticket, const Json& input) {
  Stream& stream = StreamOf(input);
  const std::string from = Text(input, "from");
  std::optional<MessageId> start;
  if (from != "$") start = ParsedId(from, "from");
  OpenReader<Reader>(shared_, stream, ticket, start, Credit(input));
}

void Transport::Consume(mamc_ticket ticket, const Json& input) {
  OpenConsumer<Consumer>(shared_, StreamOf(input), ticket, TermsFrom(input));
}

void Transport::Ack(mamc_ticket ticket, const Json& input) {
  const MessageId id = IdOf(input);
  const std::string group = Name(input, "group");
  Stream& stream = StreamOf(input);
  Consumer* holder = stream.Holder(group, id);
  if (holder == nullptr) return AckUnheld(ticket, stream, group, id);
  const Consumer::Held held = holder->Get(id);
  holder->LetGo(id);
  if (held.lost) return calls_.Done(ticket, Json::object());
  link_.Ask({held.ack_subject, "+ACK"}, Resend::kDurable, [this, ticket](const Answer& answer) {
    // Nobody: the group is gone with all that it had to do.
    if (!answer.ok() && !answer.nobody) return calls_.Fail(ticket, answer.trouble);
    calls_.Done(ticket, Json::object());
  });
}

void Transport::AckUnheld(mamc_ticket ticket, Stream& stream, const std::string& group, MessageId id) {
  AskFor(stream, id, [this, ticket, &stream, group, id](const Answer& answer) {
    if (!answer.ok() && !NotThere(answer.err_code)) return calls_.Fail(ticket, answer.trouble);
    const auto stored = StoredFrom(answer.json);
    if (!stored || EntryFrom(*stored).id != id) return calls_.Done(ticket, Json::object());  // it is gone
    // As the server would have written it; what is 0 it knows better itself.
    const std::string ack_subject = "$JS.ACK." + stream.storage() + "." + stream.ConsumerName(group) + ".1." +
                                    std::to_string(id.sequence) + ".0." + std::to_string(stored->stored_ns) +
                                    ".0";
    link_.Ask({ack_subject, "+ACK"}, Resend::kDurable, [this, ticket](const Answer& acknowledged) {
      if (!acknowledged.ok() && !acknowledged.nobody) return calls_.Fail(ticket, acknowledged.trouble);
      calls_.Done(ticket, Json::object());
    });
  });
}

// What is behind the stream's end is not asked for: in a stream that another client is making that is
// everything, and nats-server (up to 2.9 at least) dies of the question.
void Transport::AskFor(Stream& stream, MessageId id, Link::OnAnswer on_answer) {
  stream.Ensure([this, &stream, id, on_answer = std::move(on_answer)](const Answer& there) {
    if (!there.ok()) return on_answer(there);
    const Json state = there.json.value("state", Json::object());
    if (id.sequence > state.value("last_seq", std::uint64_t{0})) {
      Answer gone;
      gone.err_code = kNoMessage;
      gone.trouble = {MAMC_E_NOT_FOUND,
                      "The message " + id.Text() + " is not in stream " + stream.name() + " any more."};
      return on_answer(gone);
    }
    link_.Ask(Api("STREAM.MSG.GET." + stream.storage(), {{"seq", id.sequence}}), Resend::kDurable, on_answer);
  });
}

void Transport::Extend(mamc_ticket ticket, const Json& input) {
  const MessageId id = IdOf(input);
  const std::string group = Name(input, "group"), consumer = Name(input, "consumer");
  Stream& stream = StreamOf(input);
  const Consumer* holder = stream.Holder(group, id);
  if (holder == nullptr || holder->name() != consumer)
    throw Failure(MAMC_E_STALE, "The message " + id.Text() + " does not belong to " + consumer +
                                    " any more: it was acknowledged, released or given to somebody else.");
  const Consumer::Held held = holder->Get(id);
  if (held.lost) return calls_.Done(ticket, Json::object());
  const std::int64_t since_ms = Pump::NowMs();
  link_.Ask({held.ack_subject, "+WPI"}, Resend::kDurable,
            [this, ticket, &stream, group, id, deliveries = held.deliveries, since_ms](const Answer& answer) {
              // What the server lost, nobody else can have: we go on with it.
              if (answer.nobody) return calls_.Done(ticket, Json::object());
              if (!answer.ok()) return calls_.Fail(ticket, answer.trouble);
              CheckNote(ticket, stream, group, id, deliveries, since_ms);
            });
}

// The server extends a message for whoever asks: that it was given to somebody else is told by a note.
void Transport::CheckNote(mamc_ticket ticket, Stream& stream, const std::string& group, MessageId id,
                          std::uint64_t deliveries, std::int64_t since_ms) {
  store_.Last(Consumer::NoteKey(stream, group, id), Resend::kDurable,
              [this, ticket, &stream, group, id, deliveries, since_ms](const Answer& answer,
                                                                       const std::string& note) {
                if (!answer.ok()) return calls_.Fail(ticket, answer.trouble);
                Consumer* holder = stream.Holder(group, id);
                if (std::strtoull(note.c_str(), nullptr, 10) > deliveries) {
                  if (holder != nullptr && holder->Get(id).deliveries == deliveries) holder->LetGo(id);
                  return calls_.Fail(ticket, MAMC_E_STALE,
                                     "The message " + id.Text() + " was given to somebody else meanwhile.");
                }
                if (holder != nullptr) holder->Renewed(id, since_ms);
                calls_.Done(ticket, Json::object());
              });
}

void Transport::Release(mamc_ticket ticket, const Json& input) {
  const MessageId id = IdOf(input);
  const std::string group = Name(input, "group");
  const std::int64_t delay_ms = Number(input, "delay_ms", 0, kLongestMs);
  Stream& stream = StreamOf(input);
  Consumer* holder = stream.Holder(group, id);
  if (holder == nullptr || holder->Get(id).lost)
    throw Failure(MAMC_E_STALE, "The message " + id.Text() +
                                    " cannot be released: it is acknowledged already, or not ours any more.");
  const Json delay = {{"delay", (delay_ms + kRestartMs) * kNsPerMs}};
  link_.Ask({holder->Get(id).ack_subject, delay_ms == 0 ? "-NAK" : "-NAK " + delay.dump()}, Resend::kDurable,
            [this, ticket, &stream, group, id](const Answer& answer) {
              if (!answer.ok() && !answer.nobody) return calls_.Fail(ticket, answer.trouble);
              if (Consumer* released = stream.Holder(group, id)) released->LetGo(id);
              calls_.Done(ticket, Json::object());
            });
}

void Transport::Dead(mamc_ticket ticket, const Json& input) {
  const MessageId id = IdOf(input);
  const std::string group = Name(input, "group"), reason = Text(input, "reason");
  Stream& stream = StreamOf(input);
  Consumer* holder = stream.Holder(group, id);
  if (holder == nullptr || holder->Get(id).lost)
    throw Failure(MAMC_E_STALE,
                  "The message " + id.Text() +
                      " cannot go to the dead letters: it is acknowledged already, or not ours any more.");
  const std::string ack_subject = holder->Get(id).ack_subject;
  AskFor(stream, id, [this, ticket, &stream, group, reason, id, ack_subject](const Answer& answer) {
    const auto stored = StoredFrom(answer.json);
    if (!stored) return calls_.Fail(ticket, answer.trouble);
    Bury(shared_, stream, Letter{{id, EntryFrom(*stored).fields}, group, reason},
         [this, ticket, &stream, group, id, ack_subject](const Answer& buried) {
           if (!buried.ok()) return calls_.Fail(ticket, buried.trouble);
           link_.Ask({ack_subject, "+ACK"}, Resend::kDurable,
                     [this, ticket, &stream, group, id](const Answer& done) {
                       if (!done.ok() && !done.nobody) return calls_.Fail(ticket, done.trouble);
                       if (Consumer* settled = stream.Holder(group, id)) settled->LetGo(id);
                       calls_.Done(ticket, Json::object());
                     });
         });
  });
}

void Transport::DeadList(mamc_ticket ticket, const Json& input) {
  ListDead(shared_, ticket, StreamOf(input));
}

void Transport::DeadReplay(mamc_ticket ticket, const Json& input) {
  Stream& stream = StreamOf(input);
  const MessageId id = IdOf(input);
  ReplayDead(shared_, ticket, stream, id,
             [this, ticket, &stream, id](const Json& fields, std::function<void(const Json&)> done) {
               PublishTo(ticket, stream, fields, "replay-" + id.Text(),
                         [done = std::move(done)](const std::string& new_id) {
                           done({{"id", new_id}});
                         });
             });
}

void Transport::DeadDrop(mamc_ticket ticket, const Json& input) {
  DropDead(shared_, ticket, StreamOf(input), IdOf(input));
}

void Transport::Lease(mamc_ticket ticket, const Json& input) {
  TryLease(ticket, {Name(input, "name"), Name(input, "owner"), Number(input, "ttl_ms", 0, kLongestMs)},
           kTries);
}

// Looks who holds it and writes only if nobody else has meanwhile.
void Transport::TryLease(mamc_ticket ticket, const Claim& claim, int tries) {
  const std::string key = Store::Key("lease", claim.name);
  store_.Get(key, Resend::kDurable,
             [this, ticket, claim, key, tries](const Answer& answer, const Store::Found& found) {
               if (!answer.ok()) return calls_.Fail(ticket, answer.trouble);
               if (found.value && *found.value != claim.owner)
                 return calls_.Fail(ticket, MAMC_E_CONFLICT,
                                    "The lease '" + claim.name + "' is held by " + *found.value + ".",
                                    {{"owner", *found.value}, {"expires_ms", UnixMs() + found.left_ms}});
               const auto owner = claim.ttl_ms == 0 ? std::nullopt : std::optional(claim.owner);
               store_.Swap(
                   key, owner, claim.ttl_ms, found.sequence,
                   [this, ticket, claim, tries](const Answer& written) {
                     if (written.err_code == kWrongLastSequence && tries > 0)
                       return TryLease(ticket, claim, tries - 1);
                     if (!written.ok()) return calls_.Fail(ticket, written.trouble);
                     calls_.Done(ticket, {{"owner", claim.owner}, {"expires_ms", UnixMs() + claim.ttl_ms}});
                   });
             });
}

void Transport::Put(mamc_ticket ticket, const Json& input) {
  if (!input.contains("value")) throw Failure(MAMC_E_INVALID, "'value' is missing.");
  const std::int64_t ttl_ms = input.contains("ttl_ms") ? Number(input, "ttl_ms", 0, kLongestMs) : 0;
  store_.Put(Store::Key("value", Name(input, "key")), input["value"].dump(), ttl_ms, Resend::kDurable,
             [this, ticket](const Answer& answer) {
               if (!answer.ok()) return calls_.Fail(ticket, answer.trouble);
               calls_.Done(ticket, Json::object());
             });
}

void Transport::Get(mamc_ticket ticket, const Json& input) {
  const std::string key = Name(input, "key");
  store_.Get(Store::Key("value", key), Resend::kDurable,
             [this, ticket, key](const Answer& answer, const Store::Found& found) {
               if (!answer.ok()) return calls_.Fail(ticket, answer.trouble);
               if (!found.value)
                 return calls_.Fail(ticket, MAMC_E_NOT_FOUND,
                                    "The transport keeps no value under '" + key + "'.");
               const Json value = ForeignJson(*found.value);
               calls_.Done(ticket, {{"value", value.is_discarded() ? Json(*found.value) : value}});
             });
}

void Transport::Notify(mamc_ticket ticket, const Json& input) {
  channels_.Notify(ticket, Name(input, "channel"), Text(input, "text"));
}

void Transport::Listen(mamc_ticket ticket, const Json& input) {
  const std::string channel = Name(input, "channel");
  calls_.Begin(ticket, [this, ticket] { channels_.Leave(ticket); });
  channels_.Listen(ticket, channel);
}

void Transport::SelfTest(mamc_ticket ticket, const Json& input) {
  std::vector<const Stream*> streams;
  for (const Json& name : input.value("streams", Json::array()))
    streams.push_back(&StreamOf({{"stream", name}}));
  TestServer(shared_, channels_, ticket, streams);
}

void Transport::Restore() {
  for (const auto& [name, stream] : streams_) stream->Restore();
}

void Transport::FailAll(const Trouble& trouble) {
  for (const auto& [name, stream] : streams_) stream->FailAll(trouble);
  channels_.FailAll(trouble);
}

void Transport::TidyStore() {
  tidy_ = shared_.pump.After(options_.tidy_ms, [this] {
    TidyStore();
    if (link_.ready()) store_.Tidy();
  });
}

// Streams live as long as the transport: open calls refer to them.
Stream& Transport::StreamOf(const Json& input) {
  const std::string name = Name(input, "stream");
  std::unique_ptr<Stream>& stream = streams_[name];
  if (!stream) stream = std::make_unique<Stream>(shared_, name);
  return *stream;
}

}  // namespace nats_transport

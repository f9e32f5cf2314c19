#include "consumer.hpp"

#include <algorithm>

#include "dead_letters.hpp"
#include "jetstream.hpp"
#include "names.hpp"
#include "store.hpp"
#include "stream.hpp"

namespace nats_transport {
namespace {

constexpr std::int64_t kPauseMs = 20;          // when the host asks for one
constexpr std::int64_t kMostWaiting = 10'000;  // requests of all processes of a group
constexpr std::int64_t kNoteMs = 86'400'000;
// A server that starts again remembers to the second when it delivered what: without this it would deliver
// again up to a second too soon.
constexpr std::int64_t kRestartMs = 1'000;
constexpr std::int64_t kOnItsWayMs = 100;

}  // namespace

Consumer::Consumer(Shared& shared, Stream& stream, mamc_ticket ticket, ConsumerTerms terms)
    : shared_(shared),
      stream_(stream),
      ticket_(ticket),
      terms_(std::move(terms)),
      puller_(shared,
              {[this](const Message& message, const Delivery& delivery) { OnMessage(message, delivery); },
               [this] { Advance(); },
               [this] {
                 open_ = false;
                 stream_.LookAgain();
               }}) {}

Consumer::~Consumer() {
  shared_.pump.Cancel(pause_);
  shared_.pump.Cancel(overdue_);
}

std::string Consumer::NoteKey(const Stream& stream, const std::string& group, MessageId id) {
  return Store::Key("note", stream.ConsumerName(group) + "/" + stream.name()) + "." +
         std::to_string(id.sequence);
}

std::int64_t Consumer::Spare() const {
  return std::min(terms_.credit, kMostMessagesAtOnce) - static_cast<std::int64_t>(held_.size());
}

std::int64_t Consumer::OursForMs() const {
  return terms_.idle_ms + kRestartMs + kOnItsWayMs;
}

void Consumer::OnLook(const Look& look) {
  if (ended_) return;
  if (look.emptied) Lost();
  if (look.emptied || look.again) open_ = false;
  if (!open_) Open();
}

// What we hold is nobody else's: its work goes on.
void Consumer::Lost() {
  for (auto& [id, held] : held_) held.lost = true;
  shared_.calls.Emit(ticket_, "emptied", Json::object());
}

// What it holds comes to others after its time. The group stays.
void Consumer::End() {
  ended_ = true;
  puller_.Rest();
  shared_.pump.Cancel(std::exchange(pause_, 0));
  shared_.pump.Cancel(std::exchange(overdue_, 0));
}

// Made if it is missing, changed if its idle time is another.
void Consumer::Open() {
  if (std::exchange(opening_, true)) return;
  puller_.Rest();
  const std::string name = stream_.ConsumerName(terms_.group);
  const Json config = {{"durable_name", name},
                       {"description", terms_.group},
                       {"deliver_policy", "all"},
                       {"ack_policy", "explicit"},
                       {"ack_wait", (terms_.idle_ms + kRestartMs) * kNsPerMs},
                       {"max_deliver", -1},
                       {"max_ack_pending", -1},
                       {"max_waiting", kMostWaiting},
                       {"replay_policy", "instant"}};
  shared_.link.Ask(
      Api("CONSUMER.DURABLE.CREATE." + stream_.storage() + "." + name,
          {{"stream_name", stream_.storage()}, {"config", config}}),
      Resend::kOnce, [weak = weak_from_this(), name](const Answer& answer) {
        const auto self = weak.lock();
        if (!self) return;
        self->opening_ = false;
        if (answer.lost || self->ended_) return;  // the next look comes with the connection
        if (name != self->stream_.ConsumerName(self->terms_.group)) return self->Open();
        if (answer.err_code == kNoStream || (!answer.ok() && answer.trouble.code == MAMC_E_UNAVAILABLE))
          return self->stream_.LookAgain();
        if (!answer.ok()) return self->stream_.Fail(*self, answer.trouble);
        self->open_ = true;
        self->RenewAll();
        self->puller_.Aim(self->stream_.storage(), name);
        self->Advance();
      });
}

// Nobody could extend anything meanwhile; a server that starts again counts anew as well.
void Consumer::RenewAll() {
  for (auto& [id, held] : held_) {
    if (held.lost) continue;
    shared_.link.Tell(held.ack_subject, "+WPI");
    held.ours_until_ms = Pump::NowMs() + OursForMs();
  }
}

void Consumer::OnMessage(const Message& message, const Delivery& delivery) {
  stream_.Heard();
  const Entry entry = EntryFrom(message, delivery);
  held_[entry.id] = {message.reply, delivery.deliveries, Pump::NowMs() + OursForMs(), false};
  WatchHeld();
  if (delivery.deliveries <= 1) return Deliver(entry, delivery.deliveries);
  // Whoever had it before finds word of this when it extends it. Without that two would have it: then it
  // comes again after its time.
  shared_.store.Put(NoteKey(stream_, terms_.group, entry.id), std::to_string(delivery.deliveries), kNoteMs,
                    Resend::kDurable,
                    [weak = weak_from_this(), entry, deliveries = delivery.deliveries](const Answer& answer) {
                      const auto self = weak.lock();
                      if (!self || self->ended_ || !self->Holds(entry.id)) return;
                      if (answer.ok()) return self->Deliver(entry, deliveries);
                      Log(MAMC_LOG_WARN,
                          "message " + entry.id.Text() + " is not given out again: " + answer.trouble.text);
                      self->LetGo(entry.id);
                    });
}

void Consumer::Deliver(const Entry& entry, std::uint64_t deliveries) {
  const Took took = shared_.calls.Emit(
      ticket_, "message", {{"id", entry.id.Text()}, {"fields", entry.fields}, {"delivery", deliveries}});
  if (took == Took::kTooLarge) Bury(entry, "larger than the host that got it takes");
  if (took == Took::kTakenSlowDown) Pause();
  if (took != Took::kGone) Advance();
}

void Consumer::Bury(const Entry& entry, const std::string& reason) {
  const std::string ack_subject = held_.at(entry.id).ack_subject;
  LetGo(entry.id);
  nats_transport::Bury(shared_, stream_, Letter{entry, terms_.group, reason},
                       [&shared = shared_, ack_subject](const Answer& answer) {
                         if (!answer.ok()) return Log(MAMC_LOG_WARN, answer.trouble.text);
                         shared.link.Tell(ack_subject, "+ACK");
                       });
}

void Consumer::LetGo(MessageId id) {
  if (!Holds(id)) return;
  held_.erase(id);
  Advance();
}

void Consumer::Renewed(MessageId id, std::int64_t since_ms) {
  if (!Holds(id)) return;
  held_.at(id).ours_until_ms = since_ms + OursForMs();
  WatchHeld();
}

void Consumer::Advance() {
  if (ended_ || !open_ || pause_ != 0) return;
  puller_.Want(Spare());
}

void Consumer::Pause() {
  if (pause_ != 0) return;
  pause_ = shared_.pump.After(kPauseMs, [this] {
    pause_ = 0;
    Advance();
  });
}

void Consumer::WatchHeld() {
  if (overdue_ != 0 || ended_) return;
  std::int64_t next_ms = -1;
  for (const auto& [id, held] : held_)
    if (!held.lost && (next_ms < 0 || held.ours_until_ms < next_ms)) next_ms = held.ours_until_ms;
  if (next_ms < 0) return;
  overdue_ = shared_.pump.After(next_ms - Pump::NowMs(), [this] {
    overdue_ = 0;
    GiveUpOverdue();
    WatchHeld();
  });
}

// The server gives it to whoever asks next, and that may be us. While the server is away it gives nothing.
void Consumer::GiveUpOverdue() {
  const std::int64_t now_ms = Pump::NowMs();
  const bool away = !open_ || !shared_.link.ready();
  for (auto& [id, held] : held_)
    if (away && held.ours_until_ms <= now_ms) held.ours_until_ms = now_ms + kRestartMs;
  std::erase_if(held_,
                [&](const auto& one) { return !one.second.lost && one.second.ours_until_ms <= now_ms; });
  Advance();
}

}  // namespace nats_transport

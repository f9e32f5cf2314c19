#include "reader.hpp"

#include <algorithm>

#include "jetstream.hpp"
#include "stream.hpp"

namespace nats_transport {
namespace {

constexpr std::int64_t kPauseMs = 20;  // when the host asks for one
constexpr std::int64_t kForgottenAfterNs = 300'000'000'000;

}  // namespace

Reader::Reader(Shared& shared, Stream& stream, mamc_ticket ticket, std::optional<MessageId> from,
               std::int64_t credit)
    : shared_(shared),
      stream_(stream),
      ticket_(ticket),
      credit_(std::min(credit, kMostMessagesAtOnce)),
      from_(from),
      puller_(shared,
              {[this](const Message& message, const Delivery& delivery) { OnMessage(message, delivery); },
               [this] { Advance(); },
               [this] {
                 consumer_.clear();
                 stream_.LookAgain();
               }}) {}

Reader::~Reader() {
  shared_.pump.Cancel(pause_);
  Close();
}

void Reader::OnLook(const Look& look) {
  if (!begun_) {
    if (look.number >= first_look && !asked_start_) Begin(look);
    return;
  }
  if (look.emptied) {
    Emptied(0);
  } else if (position_ > look.last) {
    Emptied(look.last);  // the server came back without the newest
  }
  // What the consumer before had sent when the connection was lost is lost: another begins behind what was
  // told.
  if (look.again || consumer_.empty()) Open();
}

void Reader::Begin(const Look& look) {
  if (!from_) return BeginAt(look.last);
  if (from_->sequence == 0) return BeginAt(0);
  if (from_->sequence > look.last) {
    Emptied(0);
    return BeginAt(0);
  }
  if (from_->sequence < look.first) return BeginAt(from_->sequence);
  CheckStart();
}

// The place in the stream may be another message's by now.
void Reader::CheckStart() {
  asked_start_ = true;
  shared_.link.Ask(Api("STREAM.MSG.GET." + stream_.storage(), {{"seq", from_->sequence}}), Resend::kOnce,
                   [weak = weak_from_this()](const Answer& answer) {
                     const auto self = weak.lock();
                     if (!self) return;
                     self->asked_start_ = false;
                     if (answer.lost) return;  // the next look comes with the connection
                     const auto stored = StoredFrom(answer.json);
                     if (!answer.ok() && answer.err_code != kNoMessage)
                       return self->stream_.Fail(*self, answer.trouble);
                     const bool another = stored && EntryFrom(*stored).id != *self->from_;
                     if (another) self->Emptied(0);
                     self->BeginAt(another ? 0 : self->from_->sequence);
                   });
}

void Reader::BeginAt(std::uint64_t position) {
  begun_ = true;
  position_ = position;
  Open();
}

void Reader::Emptied(std::uint64_t position) {
  position_ = position;
  consumer_.clear();
  shared_.calls.Emit(ticket_, "emptied", Json::object());
}

void Reader::Open() {
  if (std::exchange(opening_, true)) return;
  Close();
  const Json config = {{"deliver_policy", "by_start_sequence"},
                       {"opt_start_seq", position_ + 1},
                       {"ack_policy", "none"},
                       {"replay_policy", "instant"},
                       {"inactive_threshold", kForgottenAfterNs},
                       {"num_replicas", 1},
                       {"mem_storage", true}};
  shared_.link.Ask(
      Api("CONSUMER.CREATE." + stream_.storage(), {{"stream_name", stream_.storage()}, {"config", config}}),
      Resend::kOnce, [weak = weak_from_this(), position = position_](const Answer& answer) {
        const auto self = weak.lock();
        if (!self) return;
        self->opening_ = false;
        if (answer.lost) return;
        if (self->position_ != position) return self->Open();  // the stream was emptied meanwhile
        if (answer.err_code == kNoStream || (!answer.ok() && answer.trouble.code == MAMC_E_UNAVAILABLE))
          return self->stream_.LookAgain();
        if (!answer.ok()) return self->stream_.Fail(*self, answer.trouble);
        self->consumer_ = answer.json.value("name", "");
        self->taken_ = 0;
        self->puller_.Aim(self->stream_.storage(), self->consumer_);
        self->Advance();
      });
}

void Reader::Close() {
  puller_.Rest();
  if (consumer_.empty()) return;
  shared_.link.Tell("$JS.API.CONSUMER.DELETE." + stream_.storage() + "." + consumer_, "");
  consumer_.clear();
}

void Reader::OnMessage(const Message& message, const Delivery& delivery) {
  stream_.Heard();
  if (delivery.consumer_sequence != ++taken_) return Open();  // one is missing
  const Entry entry = EntryFrom(message, delivery);
  const Took took =
      shared_.calls.Emit(ticket_, "message", {{"id", entry.id.Text()}, {"fields", entry.fields}});
  if (took == Took::kGone) return;
  if (took == Took::kTooLarge)
    Log(MAMC_LOG_WARN, "message " + entry.id.Text() + " of stream " + stream_.name() +
                           " is larger than this host takes and was skipped");
  position_ = delivery.sequence;
  if (took == Took::kTakenSlowDown) return Pause();
  Advance();
}

void Reader::Advance() {
  if (pause_ != 0 || consumer_.empty() || puller_.asked() > credit_ / 2) return;
  puller_.Want(credit_);
}

void Reader::Pause() {
  if (pause_ != 0) return;
  pause_ = shared_.pump.After(kPauseMs, [this] {
    pause_ = 0;
    Advance();
  });
}

}  // namespace nats_transport

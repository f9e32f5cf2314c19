#include "reader.hpp"

#include <algorithm>

#include "stream.hpp"

namespace redis_transport {

Reader::Reader(Shared& shared, Stream& stream, mamc_ticket ticket, std::optional<StreamId> from,
               std::int64_t credit)
    : shared_(shared),
      stream_(stream),
      ticket_(ticket),
      credit_(std::min(credit, kMostMessagesAtOnce)),
      position_(from) {}

Reader::~Reader() {
  shared_.pump.Cancel(pause_);
}

void Reader::BeginAt(StreamId end) {
  if (std::exchange(begun_, true)) return;
  if (!position_) position_ = end;
  if (*position_ > end) OnEmptied();
}

void Reader::OnEmptied() {
  BeginAgain();
  shared_.calls.Emit(ticket_, "emptied", Json::object());
}

void Reader::CatchUp() {
  if (begun_ && !reading_ && pause_ == 0 && *position_ < stream_.end()) Read();
}

void Reader::OnWatched(StreamId from, const std::vector<Entry>& entries) {
  const bool level = begun_ && !reading_ && pause_ == 0 && *position_ == from;
  if (level) Deliver(entries);
  CatchUp();
}

void Reader::Read() {
  reading_ = true;
  shared_.commands.Send(
      {"XREAD", "COUNT", std::to_string(credit_), "STREAMS", stream_.key(), position_->Text()}, Resend::kOnce,
      [weak = weak_from_this(), end = stream_.end()](const Answer& answer) {
        if (const auto self = weak.lock()) self->OnRead(answer, end);
      });
}

void Reader::OnRead(const Answer& answer, StreamId asked_at_end) {
  reading_ = false;
  if (answer.lost()) return;  // CatchUp comes with the connection
  if (!answer.ok()) return stream_.Fail(*this, answer.trouble);
  const std::vector<Entry> entries = EntriesOfStream(answer.reply);
  if (entries.empty()) position_ = std::max(*position_, asked_at_end);  // what was there was deleted
  Deliver(entries);
  CatchUp();
}

void Reader::Deliver(const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    const Took took =
        shared_.calls.Emit(ticket_, "message", {{"id", entry.id.Text()}, {"fields", entry.fields}});
    if (took == Took::kGone) return;
    if (took == Took::kTooLarge)
      Log(MAMC_LOG_WARN, "message " + entry.id.Text() + " of stream " + stream_.name() +
                             " is larger than this host takes and was skipped");
    position_ = entry.id;
    if (took == Took::kTakenSlowDown) return Pause();
  }
}

void Reader::Pause() {
  pause_ = shared_.pump.After(kCreditPauseMs, [this] {
    pause_ = 0;
    CatchUp();
  });
}

}  // namespace redis_transport

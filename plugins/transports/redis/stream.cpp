#include "stream.hpp"

#include <algorithm>
#include <mamc/transport_members.hpp>

#include "scripts.hpp"

namespace redis_transport {

using mamc::transport_common::RemoveFrom;
using mamc::transport_common::TellEach;

namespace {

constexpr std::int64_t kBlockMs = 5'000;
constexpr std::int64_t kRetryPauseMs = 1'000;  // after an error that another try may not give
constexpr const char* kAtOnce = "256";

}  // namespace

Stream::Stream(Shared& shared, std::string name)
    : shared_(shared), name_(std::move(name)), key_(shared.options.prefix + name_) {
  watch_ = std::make_unique<Link>(
      shared_.pump, shared_.address, shared_.options.link,
      Link::Handlers{[this] { Restore(); }, [this](const Trouble& trouble) { FailAll(trouble); }});
  tidy_ = shared_.pump.After(shared_.options.tidy_ms, [this] { Tidy(); });
}

Stream::~Stream() {
  *alive_ = false;
  shared_.pump.Cancel(pause_);
  shared_.pump.Cancel(tidy_);
}

void Stream::Add(std::shared_ptr<Reader> reader) {
  reader->first_look = looks_ + 1;
  readers_.push_back(std::move(reader));
  Look();
}

void Stream::Add(std::shared_ptr<Consumer> consumer) {
  consumers_.push_back(consumer);
  consumer->Begin();
  Look();
}

void Stream::RemoveReader(mamc_ticket ticket) {
  RemoveFrom(readers_, ticket);
}

void Stream::RemoveConsumer(mamc_ticket ticket) {
  RemoveFrom(consumers_, ticket);
}

void Stream::Restore() {
  Look();
  TellEach(consumers_, [](Consumer& consumer) { consumer.Restore(); });
}

void Stream::FailAll(const Trouble& trouble) {
  TellEach(readers_, [&](Reader& reader) { Fail(reader, trouble); });
  TellEach(consumers_, [&](Consumer& consumer) { Fail(consumer, trouble); });
}

void Stream::Fail(Reader& reader, const Trouble& trouble) {
  shared_.calls.Fail(reader.ticket(), trouble);
  RemoveReader(reader.ticket());
}

void Stream::Fail(Consumer& consumer, const Trouble& trouble) {
  shared_.calls.Fail(consumer.ticket(), trouble);
  consumer.End();
  RemoveConsumer(consumer.ticket());
}

// With readers here the watch has to bring them the messages; without, it need not see what a group has.
void Stream::Seen(StreamId id) {
  if (id <= end_ || !readers_.empty()) return;
  end_ = id;
  WakeAll();
}

Consumer* Stream::Holder(const std::string& group, StreamId id) const {
  for (const auto& consumer : consumers_)
    if (consumer->group() == group && consumer->Holds(id)) return consumer.get();
  return nullptr;
}

void Stream::WakeGroup(const std::string& group) {
  TellEach(consumers_, [&](Consumer& consumer) {
    if (consumer.group() == group) consumer.ClaimSoon();
  });
}

void Stream::WakeAll() {
  TellEach(consumers_, [](Consumer& consumer) { consumer.Wake(); });
}

bool Stream::Wanted() const {
  return !readers_.empty() || std::any_of(consumers_.begin(), consumers_.end(),
                                          [](const auto& consumer) { return consumer->HasSpare(); });
}

// Asks where the stream ends: at first, after every silence and every loss of the connection.
void Stream::Look() {
  shared_.commands.Send({"XINFO", "STREAM", key_}, Resend::kOnce,
                        [this, alive = alive_, look = ++looks_, before = end_](const Answer& answer) {
                          if (*alive) OnLook(answer, look, before);
                        });
}

void Stream::OnLook(const Answer& answer, std::uint64_t look, StreamId end_before) {
  if (answer.lost()) return;  // Restore comes with the connection
  const bool missing = answer.error.find("no such key") != std::string::npos;
  if (!answer.ok() && !missing) return Stumble(answer.trouble);
  const StreamId end =
      StreamId::Parse(TextOf(Member(answer.reply, "last-generated-id"))).value_or(StreamId{});
  const bool emptied = end < end_before;
  if (emptied) {
    Log(MAMC_LOG_WARN, "the server has lost stream " + name_ + "; it is begun again");
    end_ = end;
    TellEach(readers_, [](Reader& reader) { reader.OnEmptied(); });
  }
  end_ = std::max(end_, end);
  known_ = true;
  TellEach(readers_, [&](Reader& reader) {
    if (look >= reader.first_look) reader.BeginAt(end);
    reader.CatchUp();
  });
  WakeAll();
  Watch();
}

void Stream::Watch() {
  if (!known_ || watching_ || pause_ != 0 || !Wanted()) return;
  watching_ = true;
  const char* count = readers_.empty() ? "1" : kAtOnce;
  watch_->Send(
      {"XREAD", "COUNT", count, "BLOCK", std::to_string(kBlockMs), "STREAMS", key_, end_.Text()},
      Resend::kOnce,
      [this, alive = alive_, from = end_](const Answer& answer) {
        if (*alive) OnWatched(answer, from);
      },
      kBlockMs);
}

void Stream::OnWatched(const Answer& answer, StreamId from) {
  watching_ = false;
  if (answer.lost()) return;
  if (!answer.ok()) return Stumble(answer.trouble);
  const std::vector<Entry> entries = EntriesOfStream(answer.reply);
  if (entries.empty()) return Look();
  end_ = std::max(end_, entries.back().id);
  TellEach(readers_, [&](Reader& reader) { reader.OnWatched(from, entries); });
  WakeAll();
  Watch();
}

// What another try may mend gets one; anything else ends the calls.
void Stream::Stumble(const Trouble& trouble) {
  if (trouble.code != MAMC_E_UNAVAILABLE && trouble.code != MAMC_E_FAILED) return FailAll(trouble);
  Log(MAMC_LOG_WARN, trouble.text);
  shared_.pump.Cancel(pause_);
  pause_ = shared_.pump.After(kRetryPauseMs, [this] {
    pause_ = 0;
    Look();
  });
}

// One process per period does it, for everybody: the guard is a key that ends by itself.
void Stream::Tidy() {
  tidy_ = shared_.pump.After(shared_.options.tidy_ms, [this] { Tidy(); });
  if (!shared_.commands.ready()) return;
  const Options& options = shared_.options;
  const std::string guard = options.prefix + "mamc:tidy:" + name_;
  const char* how = shared_.commands.facts().AtLeast(6, 2) ? "minid" : "delete";
  shared_.commands.Send(
      scripts::Call(scripts::kTidy, {key_, guard},
                    {std::to_string(std::max<std::int64_t>(options.tidy_ms * 9 / 10, 1)),
                     std::to_string(options.keep_ms), std::to_string(options.forget_consumer_ms), how}),
      Resend::kOnce, [this, alive = alive_](const Answer& answer) {
        if (!*alive || answer.ok() || answer.lost() || answer.error == tidy_error_) return;
        tidy_error_ = answer.error;  // said once, not every minute
        Log(MAMC_LOG_WARN, "stream " + name_ + " is not trimmed: " + answer.trouble.text);
      });
}

}  // namespace redis_transport

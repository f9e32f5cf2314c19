#include "stream.hpp"

#include <algorithm>
#include <chrono>
#include <mamc/transport_members.hpp>
#include <mamc/transport_patience.hpp>

#include "names.hpp"

namespace nats_transport {

using mamc::transport_common::RemoveFrom;
using mamc::transport_common::TellEach;

namespace {

constexpr std::int64_t kSameMessageNs = 120'000'000'000;  // what is sent again within this is one message
constexpr std::int64_t kProbeNs = 5'000'000'000;
constexpr std::int64_t kClearingMs = 500;

std::string Base36(std::uint64_t number) {
  std::string text;
  for (; number > 0; number /= 36)
    text.insert(text.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]);
  return text;
}

// The time at which something begins, as the server wants it.
std::string Rfc3339(std::int64_t ns) {
  const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds(ns)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%09lldZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<long long>(clock.subseconds().count()));
  return text;
}

}  // namespace

Stream::Stream(Shared& shared, std::string name)
    : shared_(shared),
      name_(std::move(name)),
      subject_(shared.options.prefix + StorageName(name_)),
      storage_(StorageName(shared.options.prefix + name_)) {
  tidy_ = shared_.pump.After(shared_.options.tidy_ms, [this] { Tidy(); });
}

Stream::~Stream() {
  shared_.pump.Cancel(pause_);
  shared_.pump.Cancel(tidy_);
}

std::string Stream::ConsumerName(const std::string& group) const {
  return look_.created.empty()
             ? ""
             : StorageName(group) + "@" + Base36(static_cast<std::uint64_t>(NsOf(look_.created)));
}

void Stream::Add(std::shared_ptr<Reader> reader) {
  reader->first_look = looks_ + 1;
  readers_.push_back(std::move(reader));
  Ask(false, Resend::kOnce, {});
}

void Stream::Add(std::shared_ptr<Consumer> consumer) {
  consumers_.push_back(std::move(consumer));
  Ask(false, Resend::kOnce, {});
}

void Stream::RemoveReader(mamc_ticket ticket) {
  RemoveFrom(readers_, ticket);
}

void Stream::RemoveConsumer(mamc_ticket ticket) {
  RemoveFrom(consumers_, ticket);
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

void Stream::FailAll(const Trouble& trouble) {
  TellEach(readers_, [&](Reader& reader) { Fail(reader, trouble); });
  TellEach(consumers_, [&](Consumer& consumer) { Fail(consumer, trouble); });
}

void Stream::Restore() {
  if (readers_.empty() && consumers_.empty()) return;
  Ask(true, Resend::kOnce, {});
}

void Stream::LookAgain() {
  if (pause_ != 0) return;
  const std::int64_t pause_ms = stumbles_ == 0 ? 0 : mamc::transport_common::PauseMs(stumbles_ - 1);
  ++stumbles_;
  pause_ = shared_.pump.After(pause_ms, [this] {
    pause_ = 0;
    Ask(false, Resend::kOnce, {});
  });
}

void Stream::Ensure(OnAnswer on_answer) {
  Ask(false, Resend::kDurable, std::move(on_answer));
}

Consumer* Stream::Holder(const std::string& group, MessageId id) const {
  for (const auto& consumer : consumers_)
    if (consumer->group() == group && consumer->Holds(id)) return consumer.get();
  return nullptr;
}

void Stream::Ask(bool again, Resend resend, OnAnswer on_answer) {
  shared_.link.Ask(Api("STREAM.INFO." + storage_), resend,
                   [this, wish = Wish{++looks_, again, resend, std::move(on_answer)}](const Answer& answer) {
                     if (answer.err_code == kNoStream) return MakeSoon(wish);
                     OnInfo(answer, wish.number, wish.again, wish.on_answer);
                   });
}

// A server that has just deleted a stream still clears its folder away, and with it whatever is made there.
// All that want it meanwhile wait for the same one: another would be made without that time if it was deleted
// again.
void Stream::MakeSoon(Wish wish) {
  wishes_.push_back(std::move(wish));
  if (wishes_.size() > 1) return;
  if (look_.created.empty()) return Make();
  shared_.pump.After(kClearingMs, [this, alive = std::weak_ptr(alive_)] {
    if (alive.lock()) Make();
  });
}

void Stream::Make() {
  const Json config = {{"name", storage_},
                       {"description", name_},
                       {"subjects", {subject_}},
                       {"retention", "limits"},
                       {"discard", "old"},
                       {"storage", "file"},
                       {"max_consumers", -1},
                       {"max_msgs", -1},
                       {"max_bytes", -1},
                       {"duplicate_window", kSameMessageNs},
                       {"num_replicas", shared_.options.replicas}};
  shared_.link.Ask(Api("STREAM.CREATE." + storage_, config), Resend::kDurable,
                   [this](const Answer& answer) { OnMade(answer); });
}

void Stream::OnMade(const Answer& answer) {
  for (; !wishes_.empty(); wishes_.pop_front()) {
    const Wish wish = wishes_.front();
    // Somebody was faster, and made it otherwise.
    if (answer.err_code == kStreamIsAnother)
      Ask(wish.again, wish.resend, wish.on_answer);
    else
      OnInfo(answer, wish.number, wish.again, wish.on_answer);
  }
}

void Stream::OnInfo(const Answer& answer, std::uint64_t number, bool again, const OnAnswer& on_answer) {
  if (!answer.ok()) {
    if (!answer.lost) Stumble(answer.trouble);  // Restore comes with the connection
    if (on_answer) on_answer(answer);
    return;
  }
  const Json state = answer.json.value("state", Json::object());
  Look look{number,
            again,
            false,
            answer.json.value("created", ""),
            state.value("first_seq", std::uint64_t{0}),
            state.value("last_seq", std::uint64_t{0})};
  look.emptied = !look_.created.empty() && look.created != look_.created;
  if (look.emptied) Log(MAMC_LOG_WARN, "the server has lost stream " + name_ + "; it is begun again");
  look_ = look;
  TellAll(look);
  if (on_answer) on_answer(answer);
}

void Stream::TellAll(const Look& look) {
  TellEach(readers_, [&](Reader& reader) { reader.OnLook(look); });
  TellEach(consumers_, [&](Consumer& consumer) { consumer.OnLook(look); });
}

// What another try may mend gets one; anything else ends the calls.
void Stream::Stumble(const Trouble& trouble) {
  if (trouble.code != MAMC_E_UNAVAILABLE && trouble.code != MAMC_E_FAILED) return FailAll(trouble);
  Log(MAMC_LOG_WARN, trouble.text);
  if (stumbles_ == 0) stumbles_ = 1;
  LookAgain();
}

// What every group has acknowledged may go, once it is older than what is kept. Every process does it: it
// comes to the same.
void Stream::Tidy() {
  tidy_ = shared_.pump.After(shared_.options.tidy_ms, [this] { Tidy(); });
  if (!shared_.link.ready()) return;
  shared_.link.Ask(Api("STREAM.INFO." + storage_), Resend::kOnce, [this](const Answer& answer) {
    if (!answer.ok()) return NotTidied(answer);
    const Json state = answer.json.value("state", Json::object());
    const std::int64_t last_ns = NsOf(state.value("last_ts", ""));
    const std::uint64_t above_last = state.value("last_seq", std::uint64_t{0}) + 1;
    if (state.value("messages", std::uint64_t{0}) == 0) return;
    shared_.link.Ask(Api("CONSUMER.LIST." + storage_, {{"offset", 0}}), Resend::kOnce,
                     [this, last_ns, above_last](const Answer& list) {
                       if (!list.ok()) return NotTidied(list);
                       const Json consumers = list.json.value("consumers", Json::array());
                       // More than the server tells at once: better none trimmed than too much.
                       if (list.json.value("total", std::size_t{0}) > consumers.size()) return;
                       std::uint64_t below = above_last;
                       for (const Json& consumer : consumers) {
                         if (consumer.value("config", Json::object()).value("ack_policy", "") != "explicit")
                           continue;
                         const Json floor = consumer.value("ack_floor", Json::object());
                         below = std::min(below, floor.value("stream_seq", std::uint64_t{0}) + 1);
                       }
                       if (below > 1) TrimBelow(below, last_ns);
                     });
  });
}

// Where the young ones begin, by the server's clock alone, is where a consumer would that begins at that
// time.
void Stream::TrimBelow(std::uint64_t sequence, std::int64_t last_ns) {
  const Json config = {{"deliver_policy", "by_start_time"},
                       {"opt_start_time", Rfc3339(last_ns - shared_.options.keep_ms * kNsPerMs)},
                       {"ack_policy", "none"},
                       {"replay_policy", "instant"},
                       {"inactive_threshold", kProbeNs},
                       {"num_replicas", 1},
                       {"mem_storage", true}};
  shared_.link.Ask(Api("CONSUMER.CREATE." + storage_, {{"stream_name", storage_}, {"config", config}}),
                   Resend::kOnce, [this, sequence](const Answer& answer) {
                     if (!answer.ok()) return NotTidied(answer);
                     shared_.link.Tell(
                         "$JS.API.CONSUMER.DELETE." + storage_ + "." + answer.json.value("name", ""), "");
                     const Json delivered = answer.json.value("delivered", Json::object());
                     Purge(std::min(sequence, delivered.value("stream_seq", std::uint64_t{0}) + 1));
                   });
}

void Stream::Purge(std::uint64_t below) {
  if (below <= 1) return;
  shared_.link.Ask(Api("STREAM.PURGE." + storage_, {{"seq", below}}), Resend::kOnce,
                   [this](const Answer& answer) {
                     if (!answer.ok()) NotTidied(answer);
                   });
}

// Said once, not every minute.
void Stream::NotTidied(const Answer& answer) {
  if (answer.lost || answer.err_code == kNoStream || answer.trouble.text == tidy_error_) return;
  tidy_error_ = answer.trouble.text;
  Log(MAMC_LOG_WARN, "stream " + name_ + " is not trimmed: " + tidy_error_);
}

}  // namespace nats_transport

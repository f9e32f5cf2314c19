#include "consumer.hpp"

#include <algorithm>
#include <chrono>

#include "dead_letters.hpp"
#include "scripts.hpp"
#include "stream.hpp"

namespace redis_transport {
namespace {

constexpr std::int64_t kFirstRetryMs = 50;
constexpr std::int64_t kLongestRetryMs = 5'000;
constexpr std::size_t kPage = 100;

bool HasWord(const std::string& error, const char* word) {
  return error.compare(0, std::char_traits<char>::length(word), word) == 0;
}

}  // namespace

Consumer::Consumer(Shared& shared, Stream& stream, mamc_ticket ticket, ConsumerTerms terms)
    : shared_(shared), stream_(stream), ticket_(ticket), terms_(std::move(terms)) {}

Consumer::~Consumer() {
  shared_.pump.Cancel(pause_);
  shared_.pump.Cancel(claim_timer_);
}

void Consumer::Begin() {
  ScheduleClaims();
  Advance();
}

// What it holds stays pending until somebody claims it; without that nothing of it stays on the server.
void Consumer::End() {
  ended_ = true;
  shared_.pump.Cancel(std::exchange(pause_, 0));
  shared_.pump.Cancel(std::exchange(claim_timer_, 0));
  if (!has_group_ || !shared_.commands.ready()) return;
  shared_.commands.Send(scripts::Call(scripts::kForget, {stream_.key()}, {terms_.group, terms_.name}),
                        Resend::kOnce, [](const Answer&) {});  // the tidying comes by later anyway
}

void Consumer::Wake() {
  wants_ = true;
  Advance();
}

void Consumer::ClaimSoon() {
  claims_ = true;
  Advance();
}

void Consumer::Restore() {
  wants_ = claims_ = true;
  Advance();
}

void Consumer::LetGo(StreamId id) {
  if (held_.erase(id) == 0) return;
  wants_ = true;
  Advance();
  stream_.Watch();
}

void Consumer::ScheduleClaims() {
  const std::int64_t period_ms = std::clamp<std::int64_t>(terms_.idle_ms / 4, 10, 5'000);
  claim_timer_ = shared_.pump.After(period_ms, [this] {
    ScheduleClaims();
    ClaimSoon();
  });
}

void Consumer::Advance() {
  if (ended_ || busy_ || pause_ != 0) return;
  if (!has_group_) return MakeGroup();
  if (claims_ && (HasSpare() || !held_.empty())) return LookForStale({});
  if (wants_ && HasSpare()) return Read();
}

template <class Handle>
void Consumer::Send(const Words& words, Handle handle) {
  busy_ = true;
  shared_.commands.Send(words, Resend::kOnce, [weak = weak_from_this(), handle](const Answer& answer) {
    const auto self = weak.lock();
    if (!self) return;
    self->busy_ = false;
    handle(*self, answer);
  });
}

bool Consumer::Good(const Answer& answer) {
  if (answer.ok()) {
    failures_ = 0;
    return true;
  }
  if (ended_ || answer.lost()) return false;  // Restore comes with the connection
  wants_ = claims_ = true;
  if (HasWord(answer.error, "NOGROUP")) {
    has_group_ = false;
    shared_.calls.Emit(ticket_, "emptied", Json::object());
  } else if (answer.trouble.code != MAMC_E_UNAVAILABLE) {
    stream_.Fail(*this, answer.trouble);
    return false;
  }
  // The first time at once; a server that keeps losing the group is not asked in a hot loop.
  const std::int64_t pause_ms =
      failures_ == 0 ? 0 : std::min(kFirstRetryMs << std::min(failures_, 10), kLongestRetryMs);
  ++failures_;
  PauseFor(pause_ms);
  return false;
}

void Consumer::PauseFor(std::int64_t ms) {
  shared_.pump.Cancel(pause_);
  pause_ = shared_.pump.After(ms, [this] {
    pause_ = 0;
    Advance();
  });
}

void Consumer::MakeGroup() {
  Send({"XGROUP", "CREATE", stream_.key(), terms_.group, "0", "MKSTREAM"},
       [](Consumer& self, const Answer& answer) {
         if (!HasWord(answer.error, "BUSYGROUP") && !answer.ok()) {
           self.Good(answer);
           return;
         }
         self.has_group_ = true;
         self.wants_ = true;
         self.Advance();
       });
}

void Consumer::Read() {
  wants_ = false;
  const std::int64_t count = std::min(Spare(), kMostMessagesAtOnce);
  Send({"XREADGROUP", "GROUP", terms_.group, terms_.name, "COUNT", std::to_string(count), "STREAMS",
        stream_.key(), ">"},
       [count](Consumer& self, const Answer& answer) { self.OnRead(answer, count); });
}

void Consumer::OnRead(const Answer& answer, std::int64_t asked) {
  if (!Good(answer)) return;
  const std::vector<Entry> entries = EntriesOfStream(answer.reply);
  if (ended_) return GiveBack(entries);
  if (static_cast<std::int64_t>(entries.size()) == asked) wants_ = true;  // there may be more
  Hold(entries);
  for (const Entry& entry : entries)
    if (!Deliver(entry, 1)) return;
  if (!entries.empty()) stream_.Seen(entries.back().id);
  Advance();
  stream_.Watch();
}

// They were given to a consumer that has ended meanwhile: others may have them at once.
void Consumer::GiveBack(const std::vector<Entry>& entries) {
  for (const Entry& entry : entries)
    shared_.commands.Send(
        scripts::Call(scripts::kRelease, {stream_.key()}, {terms_.group, entry.id.Text(), "now"}),
        Resend::kOnce, [](const Answer&) {});  // otherwise they are claimed after their idle time
}

// Which messages nobody has touched for their time, and how often they were delivered: XCLAIM does not tell.
void Consumer::LookForStale(StreamId from) {
  claims_ = false;
  Words words = {"XPENDING", stream_.key(), terms_.group};
  if (shared_.commands.facts().AtLeast(6, 2)) {
    words.push_back("IDLE");
    words.push_back(std::to_string(terms_.idle_ms));
  }
  for (const std::string& word : {from.Text(), std::string("+"), std::to_string(kPage)})
    words.push_back(word);
  Send(words, [](Consumer& self, const Answer& answer) { self.OnStale(answer); });
}

void Consumer::OnStale(const Answer& answer) {
  if (!Good(answer) || ended_) return;
  std::vector<Stale> stale;
  std::int64_t spare = std::min(Spare(), kMostMessagesAtOnce);
  for (std::size_t i = 0; i < SizeOf(answer.reply); ++i) {
    const redisReply* pending = At(answer.reply, i);
    const auto id = StreamId::Parse(TextOf(At(pending, 0)));
    if (!id || NumberOf(At(pending, 2)) < terms_.idle_ms) continue;
    // Ours comes again in its own place; anything else takes a place.
    if (!held_.contains(*id) && --spare < 0) continue;
    stale.push_back({*id, NumberOf(At(pending, 3))});
  }
  if (!stale.empty()) return Claim(stale);
  const std::size_t size = SizeOf(answer.reply);
  const auto last = StreamId::Parse(TextOf(At(At(answer.reply, size - 1), 0)));
  if (size == kPage && last && HasSpare()) return LookForStale(last->Next());
  Advance();
}

void Consumer::Claim(const std::vector<Stale>& stale) {
  Words words = {"XCLAIM", stream_.key(), terms_.group, terms_.name, std::to_string(terms_.idle_ms)};
  for (const Stale& message : stale) words.push_back(message.id.Text());
  Send(words, [stale](Consumer& self, const Answer& answer) {
    if (!self.Good(answer)) return;
    const std::vector<Entry> entries = EntriesOf(answer.reply);
    if (self.ended_) return self.GiveBack(entries);
    self.claims_ = stale.size() == kPage;  // there may be more
    self.Hold(entries);
    for (const Entry& entry : entries) {
      const auto found =
          std::find_if(stale.begin(), stale.end(), [&](const Stale& one) { return one.id == entry.id; });
      if (found != stale.end() && !self.Deliver(entry, found->deliveries + 1)) return;
    }
    // Messages that were deleted while they were pending come as nil from servers before 7, for ever.
    const redisReply* reply = answer.reply;
    if (SizeOf(reply) == stale.size()) {
      for (std::size_t i = 0; i < stale.size(); ++i)
        if (At(reply, i)->type == REDIS_REPLY_NIL)
          self.shared_.commands.Send({"XACK", self.stream_.key(), self.terms_.group, stale[i].id.Text()},
                                     Resend::kOnce, [](const Answer&) {});  // the next claim meets it again
    }
    self.Advance();
  });
}

// All of them before the first is told: what is told may ask for more.
void Consumer::Hold(const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) held_.insert(entry.id);
}

// False: the call has ended.
bool Consumer::Deliver(const Entry& entry, std::int64_t delivery) {
  const Took took = shared_.calls.Emit(
      ticket_, "message", {{"id", entry.id.Text()}, {"fields", entry.fields}, {"delivery", delivery}});
  if (took == Took::kTooLarge) Bury(entry.id, "larger than the host that got it takes");
  if (took == Took::kTakenSlowDown) PauseFor(kCreditPauseMs);
  return took != Took::kGone;
}

void Consumer::Bury(StreamId id, const std::string& reason) {
  LetGo(id);
  shared_.commands.Send(BuryCommand(stream_.key(), terms_.group, id, reason), Resend::kDurable,
                        [](const Answer& answer) {
                          if (!answer.ok()) Log(MAMC_LOG_WARN, answer.trouble.text);
                        });
}

}  // namespace redis_transport

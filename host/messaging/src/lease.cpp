#include "mamc/messaging/lease.hpp"

#include <mamc/transport.h>

#include <utility>
#include <vector>

#include "mamc/base/log.hpp"

namespace mamc::messaging {
namespace {

constexpr int kRenewalsPerLife = 4;

// Another attempt cannot change it, or the transport has waited long enough itself.
bool IsFinal(Code code) {
  return code != Code::kConflict && code != Code::kTimeout && code != Code::kCancelled;
}

// The end of one call with the details that a conflict has.
class Answer final : public plugin::ServedObserver {
 public:
  Answer(plugin::Calls& calls, std::function<void(const plugin::Outcome&)> done)
      : ServedObserver(calls), done_(std::move(done)) {}
  void OnComplete(plugin::Ticket, plugin::Outcome outcome, bool) override { done_(outcome); }

 private:
  std::function<void(const plugin::Outcome&)> done_;
};

std::string HolderIn(const plugin::Outcome& outcome) {
  auto json = ParseJson(outcome.json);
  std::string holder = json.ok() ? GetString(GetMember(*json, "details"), "owner") : "";
  if (holder.empty() && json.ok()) holder = GetString(*json, "owner");
  return holder.empty() ? "another host" : holder;
}

}  // namespace

struct Lease::State : std::enable_shared_from_this<Lease::State> {
  Loop& loop;
  plugin::Calls& calls;
  const std::shared_ptr<plugin::Instance> transport;
  const LeaseOptions options;
  Handlers handlers;
  // Until when it is ours, by the clock that nobody sets and by the one that goes on while the machine
  // sleeps.
  Milliseconds until{0};
  std::int64_t until_unix_ms = 0;
  bool ours = false;  // on_held was called, and on_lost not yet
  bool ended = false;
  TimerId next = 0;    // the next question
  TimerId expiry = 0;  // when it is ours no more
  bool asking = false;
  bool finding_out = false;  // who had it before
  std::string before;        // who that was, until on_held has told it
  bool giving_up = false;
  std::vector<std::function<void()>> on_given_up;

  State(Loop& loop_in, plugin::Calls& calls_in, std::shared_ptr<plugin::Instance> transport_in,
        LeaseOptions options_in)
      : loop(loop_in), calls(calls_in), transport(std::move(transport_in)), options(std::move(options_in)) {}

  bool Held() const {
    return ours && !ended && loop.clock().Monotonic() < until && loop.clock().UnixMs() < until_unix_ms;
  }

  void Call(std::uint32_t verb, const Json& input, std::function<void(const plugin::Outcome&)> done) {
    calls.Start(transport, {.verb = verb}, Dump(input), std::make_shared<Answer>(calls, std::move(done)),
                options.context);
  }

  void Ask() {
    next = 0;
    asking = true;
    const Milliseconds asked = loop.clock().Monotonic();
    const std::int64_t asked_unix_ms = loop.clock().UnixMs();
    Call(MAMC_TRANSPORT_LEASE, {{"name", options.name}, {"owner", options.owner}, {"ttl_ms", options.ttl_ms}},
         [self = shared_from_this(), asked, asked_unix_ms](const plugin::Outcome& outcome) {
           self->asking = false;
           if (!self->ended) self->Answered(outcome, asked, asked_unix_ms);
         });
  }

  void Answered(const plugin::Outcome& outcome, Milliseconds asked, std::int64_t asked_unix_ms) {
    if (outcome.code != Code::kOk) return Refused(outcome);
    // We stood still, and did not notice before the answer came: what we had is lost.
    if (ours && !Held()) Lose("it was not renewed in time");
    if (ended) return;
    until = asked + Milliseconds(options.ttl_ms);
    until_unix_ms = asked_unix_ms + options.ttl_ms;
    AskLater();
    if (ours) return WatchExpiry();
    if (!std::exchange(finding_out, true)) FindOutBefore();
  }

  void Refused(const plugin::Outcome& outcome) {
    bool conflict = outcome.code == Code::kConflict;
    if (conflict && ours) Lose(HolderIn(outcome) + " has it");
    if (ended) return;
    if (IsFinal(outcome.code)) {
      if (ours) Lose(outcome.Message());
      return Fail({outcome.code, outcome.Message()});
    }
    if (!conflict)
      Log("transport", LogLevel::kWarn, "cannot ask for a lease; trying again",
          {{"name", options.name}, {"error", outcome.Message()}});
    AskLater();
    if (conflict && handlers.on_waiting) handlers.on_waiting(HolderIn(outcome));
  }

  void AskLater() {
    loop.Cancel(next);
    next = loop.After(Milliseconds(options.ttl_ms / kRenewalsPerLife), [weak = weak_from_this()] {
      if (auto self = weak.lock(); self && !self->ended && !self->asking) self->Ask();
    });
  }

  // Kept under a key without an end: whoever has the lease writes it, so nobody else does meanwhile.
  void FindOutBefore() {
    const std::string key = "lease-holder:" + options.name;
    Call(MAMC_TRANSPORT_GET, {{"key", key}}, [self = shared_from_this(), key](const plugin::Outcome& got) {
      if (self->ended) return;
      if (got.code != Code::kOk && got.code != Code::kNotFound) return self->NotFoundOut(got);
      auto json = ParseJson(got.json);
      std::string last = got.code == Code::kOk && json.ok() ? GetString(*json, "value") : "";
      const bool named = last == self->options.owner;
      // Our name may stand there from a time that came to nothing: who was before that is not told yet.
      if (!named || self->before.empty()) self->before = std::move(last);
      if (named) return self->Hold();
      self->Call(MAMC_TRANSPORT_PUT, {{"key", key}, {"value", self->options.owner}},
                 [self](const plugin::Outcome& put) {
                   if (self->ended) return;
                   if (put.code != Code::kOk) return self->NotFoundOut(put);
                   self->Hold();
                 });
    });
  }

  void NotFoundOut(const plugin::Outcome& outcome) {
    finding_out = false;
    Refused(outcome);
  }

  void Hold() {
    finding_out = false;
    ours = true;
    if (!Held()) {  // that took too long: asked again
      ours = false;
      return;
    }
    WatchExpiry();
    handlers.on_held(std::exchange(before, std::string()));
  }

  void WatchExpiry() {
    loop.Cancel(expiry);
    expiry = loop.After(until - loop.clock().Monotonic(), [weak = weak_from_this()] {
      auto self = weak.lock();
      if (self && self->ours && !self->ended) self->Lose("it could not be renewed in time");
    });
  }

  void Lose(const std::string& why) {
    ours = false;
    loop.Cancel(expiry);
    Log("transport", LogLevel::kWarn, "lease lost", {{"name", options.name}, {"why", why}});
    if (handlers.on_lost) handlers.on_lost(why);
  }

  void Fail(const Status& why) {
    ended = true;
    loop.Cancel(expiry);
    if (handlers.on_failed) handlers.on_failed(why);
  }

  void GiveUp(std::function<void()> done) {
    ended = true;
    ours = false;
    loop.Cancel(next);
    loop.Cancel(expiry);
    on_given_up.push_back(std::move(done));
    if (std::exchange(giving_up, true)) {
      if (on_given_up.size() == 1) return GivenUp();
      return;
    }
    Call(MAMC_TRANSPORT_LEASE, {{"name", options.name}, {"owner", options.owner}, {"ttl_ms", 0}},
         [self = shared_from_this()](const plugin::Outcome&) { self->GivenUp(); });
  }

  void GivenUp() {
    for (const auto& done : std::exchange(on_given_up, {}))
      if (done) done();
  }
};

Lease::Lease(Loop& loop, plugin::Calls& calls, std::shared_ptr<plugin::Instance> transport,
             LeaseOptions options)
    : state_(std::make_shared<State>(loop, calls, std::move(transport), std::move(options))) {}

// Its timers find nothing any more; the loop itself may be on its way out.
Lease::~Lease() {
  state_->ended = true;
}

void Lease::Begin(Handlers handlers) {
  state_->handlers = std::move(handlers);
  state_->Ask();
}

bool Lease::held() const {
  return state_->Held();
}

void Lease::GiveUp(std::function<void()> done) {
  state_->GiveUp(std::move(done));
}

}  // namespace mamc::messaging

#include "mamc/plugin/calls.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "instances.hpp"
#include "mamc/base/json.hpp"
#include "mamc/base/log.hpp"
#include "runtime.hpp"
#include "served_children.hpp"
#include "services.hpp"
#include "tickets.hpp"

// Implementation: all that a plugin says goes through one Inbox to the loop and is handled by Handle; all
// that the host says to a default or blocking call is put into the call's own mailbox (CallRecord) and
// delivered by its plugin's executor, one thing at a time. So no lock is held while somebody else's code
// runs, and nothing of a call is ever nested in itself.
namespace mamc::plugin {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSlowInline(50);
constexpr int kSlowInlineLimit = 3;

std::string NameOf(const Instance& instance) {
  return std::string(KindName(instance.type.kind)) + " '" + instance.type.id + "'";
}

}  // namespace

std::string Outcome::Message() const {
  Result<Json> parsed = ParseJson(json);
  if (!parsed.ok()) return json;
  return GetString(*parsed, "message", json);
}

struct Calls::State {
  State(Loop& its_loop, Catalog& catalog, const CallsOptions& options)
      : loop(its_loop),
        inbox(std::make_shared<Inbox>(loop, [this](CallEvent& event) { Handle(event); })),
        instances(catalog, options.glass_wall),
        children(std::make_unique<ServedChildren>(
            loop, [this](Ticket ticket, const std::string& key, Code code, const Json& result) {
              ChildDone(ticket, key, code, Dump(result));
            })) {}

  std::shared_ptr<CallRecord> Find(Ticket ticket);
  void Begin(const std::shared_ptr<CallRecord>& record);
  void BeginInline(const std::shared_ptr<CallRecord>& record);
  void BeginBlocking(const std::shared_ptr<CallRecord>& record);
  void Demote(Instance& instance, const std::string& why);
  void ArmDeadline(const std::shared_ptr<CallRecord>& record);
  void Cancel(const std::shared_ptr<CallRecord>& record, Code reason);
  void Abandon(const std::shared_ptr<CallRecord>& record, Code reason);
  void Quarantine(Instance& instance);
  void Fail(const std::shared_ptr<CallRecord>& record, Code code, const std::string& message);

  void Handle(CallEvent& event);
  void Emitted(CallEvent& event);
  void Returned(const std::shared_ptr<CallRecord>& record);
  void Finish(const std::shared_ptr<CallRecord>& record, Outcome outcome, bool abandoned);
  void CancelOpenChildren(const std::shared_ptr<CallRecord>& record);
  void Release(const std::shared_ptr<CallRecord>& record);
  void NextBlocking(Instance& instance);
  void ForgetTimers(CallRecord& record);

  void ChildDone(Ticket ticket, std::string key, Code code, std::string json);

  Loop& loop;
  const std::shared_ptr<Inbox> inbox;
  Instances instances;
  // Blocking calls whose thread is not joined yet.
  std::unordered_map<Ticket, std::shared_ptr<CallRecord>> own_threads;
  std::unique_ptr<ServedChildren> children;
};

// ---- Starting ----

std::shared_ptr<CallRecord> Calls::State::Find(Ticket ticket) {
  auto record = Tickets().Find(ticket, nullptr);
  return record && record->inbox == inbox ? record : nullptr;
}

void Calls::State::Begin(const std::shared_ptr<CallRecord>& record) {
  Instance& instance = *record->instance;
  if (instance.is_inline) return BeginInline(record);
  ArmDeadline(record);
  if (instance.type.call_class == CallClass::kBlocking) return BeginBlocking(record);
  if (record->QueueStart()) instance.runtime->Queue(record);
}

void Calls::State::BeginInline(const std::shared_ptr<CallRecord>& record) {
  Instance& instance = *record->instance;
  record->on_loop = true;
  auto before = std::chrono::steady_clock::now();
  record->RunStart();
  auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - before);
  if (took > kSlowInline && ++instance.slow_calls == kSlowInlineLimit)
    Demote(instance, "inline calls took longer than " + std::to_string(kSlowInline.count()) + " ms");
  if (record->ended()) return;
  Demote(instance, "an inline call did not complete inside start");
  record->on_loop = false;
  ArmDeadline(record);
}

void Calls::State::BeginBlocking(const std::shared_ptr<CallRecord>& record) {
  Instance& instance = *record->instance;
  if (!instance.type.concurrent) {
    if (instance.running != nullptr) {
      instance.waiting.push_back(record);
      return;
    }
    instance.running = record.get();
  }
  Status status = instance.runtime->StartOwnThread(record);
  if (status.ok()) {
    own_threads.emplace(record->ticket, record);
    return;
  }
  if (record->TryForget()) Fail(record, status.code(), status.message());
  inbox->Push({.kind = CallEvent::Kind::kReturned, .record = record});
}

void Calls::State::Demote(Instance& instance, const std::string& why) {
  instance.is_inline = false;
  Log("plugin", LogLevel::kWarn,
      "plugin misbehaving: " + why + "; the type is treated as default from now on",
      {{"plugin", instance.plugin_id}, {"type", instance.type.id}});
}

void Calls::State::ArmDeadline(const std::shared_ptr<CallRecord>& record) {
  if (record->info.deadline_unix_ms == 0) return;
  auto left = std::max<std::int64_t>(record->info.deadline_unix_ms - loop.clock().UnixMs(), 0);
  record->deadline_timer = loop.After(milliseconds(left), [this, record] {
    record->past_deadline = !record->ended();
    Cancel(record, Code::kTimeout);
  });
}

// ---- Ending ----

void Calls::State::Cancel(const std::shared_ptr<CallRecord>& record, Code reason) {
  if (record->finished || record->ended() || record->cancelled()) return;
  if (record->TryForget()) {
    Fail(record, reason, NameOf(*record->instance) + " was stopped before it began");
    return;
  }
  auto grace = milliseconds(std::max<std::int64_t>(record->instance->type.cancel_grace_ms, 0));
  record->grace_timer = loop.After(grace, [this, record, reason] { Abandon(record, reason); });
  if (record->QueueCancel(reason)) record->instance->runtime->Queue(record);
  inbox->Push({.kind = CallEvent::Kind::kCancelChild, .record = record});
}

void Calls::State::Abandon(const std::shared_ptr<CallRecord>& record, Code reason) {
  if (!record->ClaimEnd()) return;
  Instance& instance = *record->instance;
  bool stuck = instance.runtime->WriteOff(record);
  if (stuck) own_threads.erase(record->ticket);
  Log("plugin", LogLevel::kError,
      "plugin misbehaving: a call did not stop when it was told to and is abandoned",
      {{"plugin", instance.plugin_id},
       {"type", instance.type.id},
       {"ticket", std::to_string(record->ticket)},
       {"still_running", stuck ? "yes" : "no"}});
  std::string message = NameOf(instance) + " of plugin " + instance.plugin_id + " did not stop within " +
                        std::to_string(instance.type.cancel_grace_ms) + " ms and was abandoned";
  Finish(record, {reason, MessageJson(message)}, true);
  if (stuck) Quarantine(instance);
}

// What waited behind a call that does not end goes to a fresh instance.
void Calls::State::Quarantine(Instance& instance) {
  auto waiting = instances.Quarantine(instance);
  if (waiting.empty()) return;
  auto fresh = instances.Open(instance.type.kind, instance.type.id, instance.settings);
  for (const auto& record : waiting) {
    if (!fresh.ok()) {
      Fail(record, fresh.status().code(), fresh.status().message());
      continue;
    }
    record->instance = *fresh;
    BeginBlocking(record);
  }
}

void Calls::State::Fail(const std::shared_ptr<CallRecord>& record, Code code, const std::string& message) {
  if (!record->ClaimEnd()) return;
  inbox->Push(
      {.kind = CallEvent::Kind::kComplete, .record = record, .code = code, .json = MessageJson(message)});
}

// ---- What plugins say ----

void Calls::State::Handle(CallEvent& event) {
  const auto& record = event.record;
  switch (event.kind) {
    case CallEvent::Kind::kReturned:
      return Returned(record);
    case CallEvent::Kind::kComplete:
      return Finish(record,
                    {event.code, std::move(event.json), record->past_deadline && event.code >= Code::kOk},
                    false);
    case CallEvent::Kind::kEmit:
      return Emitted(event);
    case CallEvent::Kind::kChildCall:
      if (record->finished || record->cancelled()) return;
      return record->observer->OnChildCall(record->ticket, std::move(event.first), std::move(event.second),
                                           std::move(event.json));
    case CallEvent::Kind::kCancelChild:
      if (record->finished) return;
      if (event.first.empty()) return CancelOpenChildren(record);
      return record->observer->OnCancelChild(record->ticket, std::move(event.first));
  }
}

void Calls::State::Emitted(CallEvent& event) {
  const auto& record = event.record;
  std::size_t bytes = event.json.size();
  if (!record->finished)
    record->observer->OnEmit(record->ticket, std::move(event.first), std::move(event.json));
  record->unconsumed_bytes -= bytes;
  --record->unconsumed_emits;
}

void Calls::State::Returned(const std::shared_ptr<CallRecord>& record) {
  own_threads.erase(record->ticket);
  if (record->own_thread.joinable()) record->own_thread.join();
  Instance& instance = *record->instance;
  if (!record->finished && !record->ended()) {
    Log("plugin", LogLevel::kError, "plugin misbehaving: a blocking call returned without completing",
        {{"plugin", instance.plugin_id},
         {"type", instance.type.id},
         {"ticket", std::to_string(record->ticket)}});
    Fail(record, Code::kInternal, "plugin misbehaving: " + NameOf(instance) + " returned without a result");
  }
  if (record->finished) Release(record);
  if (instance.running == record.get()) NextBlocking(instance);
}

void Calls::State::NextBlocking(Instance& instance) {
  instance.running = nullptr;
  while (instance.running == nullptr && !instance.waiting.empty()) {
    std::shared_ptr<CallRecord> next = std::move(instance.waiting.front());
    instance.waiting.pop_front();
    if (!next->ended()) BeginBlocking(next);
  }
}

void Calls::State::Finish(const std::shared_ptr<CallRecord>& record, Outcome outcome, bool abandoned) {
  if (record->finished) return;
  record->finished = true;
  ForgetTimers(*record);
  CancelOpenChildren(record);
  Tickets().Remove(record->ticket);
  auto observer = std::exchange(record->observer, nullptr);
  observer->OnComplete(record->ticket, std::move(outcome), abandoned);
  Release(record);
}

void Calls::State::CancelOpenChildren(const std::shared_ptr<CallRecord>& record) {
  for (std::string& key : record->TakeOpenChildren())
    record->observer->OnCancelChild(record->ticket, std::move(key));
}

void Calls::State::Release(const std::shared_ptr<CallRecord>& record) {
  if (record->on_loop) return record->Release();
  if (record->QueueRelease()) record->instance->runtime->Queue(record);
}

void Calls::State::ForgetTimers(CallRecord& record) {
  if (record.deadline_timer != 0) loop.Cancel(record.deadline_timer);
  if (record.grace_timer != 0) loop.Cancel(record.grace_timer);
}

void Calls::State::ChildDone(Ticket ticket, std::string key, Code code, std::string json) {
  auto record = Find(ticket);
  if (record && record->QueueChildResult(std::move(key), code, std::move(json)))
    record->instance->runtime->Queue(record);
}

namespace {

constexpr std::int64_t kSpawnTimeoutMs = 600'000;  // when a spawn names none
constexpr std::int64_t kTellingMs = 3000;

// A process ends somewhat before the call that waits for it, so that the call can say what did not end.
void EndBefore(std::int64_t deadline_unix_ms, std::int64_t now_unix_ms, Json& spawn) {
  if (!spawn.is_object()) return;
  spawn.erase("ends_with_caller");  // the host's word, not the plugin's
  if (deadline_unix_ms == 0) return;
  const Json& wanted = GetMember(spawn, "timeout_ms");
  if (!wanted.is_null() && !wanted.is_number_integer()) return;  // refused further on
  std::int64_t left_ms = std::max<std::int64_t>(deadline_unix_ms - now_unix_ms, 1);
  left_ms -= std::min(kTellingMs, left_ms / 10);
  if (left_ms >= (wanted.is_null() ? kSpawnTimeoutMs : wanted.get<std::int64_t>())) return;
  spawn["timeout_ms"] = left_ms;
  spawn["ends_with_caller"] = true;
}

}  // namespace

// ---- Calls ----

Calls::Calls(Loop& loop, Catalog& catalog, CallsOptions options)
    : state_(std::make_unique<State>(loop, catalog, options)) {}

Calls::~Calls() {
  state_->children.reset();  // a blocking call that waits for a process would never end
  state_->inbox->Close();
  auto open = Tickets().OpenThrough(state_->inbox.get());
  for (auto& [ticket, record] : state_->own_threads)
    if (record->finished) open.push_back(record);
  for (const auto& record : open) {
    state_->ForgetTimers(*record);
    Tickets().Remove(record->ticket);
  }
  state_->instances.End(open);
}

Result<std::shared_ptr<Instance>> Calls::Open(Kind kind, std::string_view id, const Json& settings) {
  return state_->instances.Open(kind, id, settings);
}

const TypeManifest& Calls::TypeOf(const Instance& instance) {
  return instance.type;
}

Ticket Calls::Start(const std::shared_ptr<Instance>& instance, CallInfo info, std::string input,
                    std::shared_ptr<CallObserver> observer, std::shared_ptr<CallContext> context) {
  std::shared_ptr<Instance> used = instance;
  Status refused;
  if (instance->quarantined) {
    auto fresh = state_->instances.Open(instance->type.kind, instance->type.id, instance->settings);
    if (fresh.ok())
      used = *fresh;
    else
      refused = fresh.status();
  }
  if (std::size_t limit = JsonLimits().max_bytes; input.size() > limit)
    refused = Status(Code::kLimit, "the input of " + NameOf(*used) + " has " + std::to_string(input.size()) +
                                       " bytes; the limit is " + std::to_string(limit));
  auto record =
      std::make_shared<CallRecord>(std::move(used), std::move(info), std::move(input), std::move(observer),
                                   std::move(context), &instance->runtime->host(), state_->inbox);
  Ticket ticket = Tickets().Insert(record);
  if (refused.ok())
    state_->Begin(record);
  else if (record->TryForget())
    state_->Fail(record, refused.code(), refused.message());
  return ticket;
}

void Calls::ChildDone(Ticket ticket, std::string key, Code code, std::string json) {
  state_->ChildDone(ticket, std::move(key), code, std::move(json));
}

void Calls::ServeChild(Ticket ticket, const std::string& key, const std::string& service,
                       const std::string& input, const std::filesystem::path& cwd) {
  auto parsed = ParseJson(input);
  Json request = parsed.ok() ? std::move(*parsed) : Json();
  auto record = state_->Find(ticket);
  if (record && service == "spawn")
    EndBefore(record->info.deadline_unix_ms, state_->loop.clock().UnixMs(), request);
  state_->children->Serve(ticket, key, service, request, cwd);
}

void Calls::DropChild(Ticket ticket, const std::string& key) {
  state_->children->Drop(ticket, key);
}

void Calls::Cancel(Ticket ticket, Code reason) {
  if (auto record = state_->Find(ticket)) state_->Cancel(record, reason);
}

void Calls::SetEmitCredit(Ticket ticket, std::size_t credit) {
  if (auto record = state_->Find(ticket)) record->emit_credit = credit;
}

// ---- Call ----

namespace {

class OneOutcome final : public ServedObserver {
 public:
  OneOutcome(Calls& calls, std::function<void(Result<Json>)> done)
      : ServedObserver(calls), done_(std::move(done)) {}
  void OnComplete(Ticket, Outcome outcome, bool) override {
    if (outcome.code != Code::kOk) return done_(Status(outcome.code, outcome.Message()));
    done_(ParseJson(outcome.json));
  }

 private:
  std::function<void(Result<Json>)> done_;
};

}  // namespace

Ticket Call(Calls& calls, const std::shared_ptr<Instance>& instance, std::uint32_t verb, const Json& input,
            std::function<void(Result<Json>)> done, std::shared_ptr<CallContext> context) {
  return calls.Start(instance, {.verb = verb}, Dump(input),
                     std::make_shared<OneOutcome>(calls, std::move(done)), std::move(context));
}

}  // namespace mamc::plugin

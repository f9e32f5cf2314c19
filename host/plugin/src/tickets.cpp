#include "tickets.hpp"

#include <utility>

#include "abi_text.hpp"
#include "mamc/base/spin.hpp"

namespace mamc::plugin {

CurrentCall& ThisThreadsCall() {
  static thread_local CurrentCall current;
  return current;
}

namespace {

// While it lives, this thread is inside a call of the record. Inline calls may nest (never in the same
// record).
class Inside {
 public:
  Inside(const CallRecord* record, bool in_start)
      : outer_(std::exchange(ThisThreadsCall(), CurrentCall{record, in_start})) {}
  ~Inside() { ThisThreadsCall() = outer_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  CurrentCall outer_;
};

constexpr std::uint32_t SlotOf(Ticket ticket) {
  return static_cast<std::uint32_t>(ticket) - 1;
}
constexpr std::uint32_t GenerationOf(Ticket ticket) {
  return static_cast<std::uint32_t>(ticket >> 32);
}

}  // namespace

// ---- Inbox ----

void Inbox::Push(CallEvent event) {
  std::lock_guard lock(mutex_);
  if (closed_) return;
  events_.push_back(std::move(event));
  if (events_.size() == 1) loop_.Post([self = shared_from_this()] { self->Drain(); });
}

void Inbox::Close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  events_.clear();
  handle_ = nullptr;
}

void Inbox::Drain() {
  std::vector<CallEvent> events;
  {
    // Push may still hold it for the little that is left of posting this.
    std::unique_lock lock(mutex_, std::defer_lock);
    if (!SpinUntil([&lock] { return lock.try_lock(); })) lock.lock();
    events.swap(events_);
  }
  for (CallEvent& event : events) {
    if (!handle_) return;  // an observer ended Calls
    handle_(event);
  }
}

// ---- CallRecord ----

CallRecord::CallRecord(std::shared_ptr<Instance> its_instance, CallInfo call_info, std::string input,
                       std::shared_ptr<CallObserver> its_observer, std::shared_ptr<CallContext> its_context,
                       PluginHost* its_owner, std::shared_ptr<Inbox> its_inbox)
    : instance(std::move(its_instance)),
      declared_class(instance->type.call_class),
      info(std::move(call_info)),
      context(std::move(its_context)),
      owner(its_owner),
      inbox(std::move(its_inbox)),
      observer(std::move(its_observer)),
      input_(std::move(input)) {}

mamc_code CallRecord::OpenChild(std::string_view key) {
  std::lock_guard lock(mutex_);
  bool is_new = children_.emplace(std::string(key), Child::kOpen).second;
  return is_new ? MAMC_OK : MAMC_E_INVALID;
}

mamc_code CallRecord::DropChild(std::string_view key) {
  std::lock_guard lock(mutex_);
  auto child = children_.find(std::string(key));
  if (child == children_.end() || child->second == Child::kClosed) return MAMC_E_NOT_FOUND;
  child->second = Child::kClosed;
  return MAMC_OK;
}

bool CallRecord::MarkQueued() {
  return !std::exchange(queued_, true);
}

bool CallRecord::QueueStart() {
  std::lock_guard lock(mutex_);
  start_due_ = true;
  return MarkQueued();
}

bool CallRecord::QueueChildResult(std::string key, Code code, std::string json) {
  std::lock_guard lock(mutex_);
  if (ended() || cancelled()) return false;
  auto child = children_.find(key);
  if (child == children_.end() || child->second != Child::kOpen) return false;
  child->second = Child::kResultQueued;
  results_.push_back({std::move(key), code, std::move(json)});
  return MarkQueued();
}

bool CallRecord::QueueCancel(Code reason) {
  std::lock_guard lock(mutex_);
  cancelled_ = true;
  cancel_reason_ = reason;
  results_ = {};
  next_result_ = 0;
  return MarkQueued();
}

bool CallRecord::QueueRelease() {
  std::lock_guard lock(mutex_);
  results_ = {};
  next_result_ = 0;
  cancel_reason_ = Code::kOk;
  if (released_) return false;
  release_due_ = true;
  if (own_thread_runs_) return false;  // its return queues it
  return MarkQueued();
}

std::vector<std::string> CallRecord::TakeOpenChildren() {
  std::lock_guard lock(mutex_);
  std::vector<std::string> open;
  for (auto& [key, child] : children_) {
    if (child == Child::kOpen) open.push_back(key);
    child = Child::kClosed;
  }
  return open;
}

bool CallRecord::TryForget() {
  std::lock_guard lock(mutex_);
  if (started_) return false;
  start_due_ = false;
  released_ = true;
  return true;
}

bool CallRecord::OwnThreadRuns() {
  std::lock_guard lock(mutex_);
  return own_thread_runs_;
}

void CallRecord::Renounce() {
  std::lock_guard lock(mutex_);
  released_ = true;
}

void CallRecord::RunStart() {
  std::string input;
  bool is_blocking = declared_class == CallClass::kBlocking;
  {
    std::lock_guard lock(mutex_);
    if (released_) return;  // forgotten before it began
    start_due_ = false;
    started_ = true;
    own_thread_runs_ = is_blocking;
    input = std::move(input_);
  }
  mamc_call_info call{};
  call.struct_size = sizeof call;
  call.verb = info.verb;
  call.attempt = info.attempt;
  call.flags = info.resumed ? MAMC_CALL_RESUMED : 0;
  call.deadline_unix_ms = info.deadline_unix_ms;
  call.started_unix_ms = info.started_unix_ms;
  call.op_id = Str(info.op_id);
  {
    Inside inside(this, true);
    instance->table->start(instance->table->self, ticket, &call, Str(input));
  }
  if (!is_blocking) return;
  std::lock_guard lock(mutex_);
  own_thread_runs_ = false;
}

CallRecord::Next CallRecord::TakeNext(ChildResult& result, Code& reason) {
  std::lock_guard lock(mutex_);
  if (released_) return Next::kNothing;
  if (release_due_) {
    if (own_thread_runs_) return Next::kNothing;
    released_ = true;
    return Next::kRelease;
  }
  if (start_due_) return Next::kStart;
  if (ended()) return Next::kNothing;  // the loop will queue the release
  if (cancel_reason_ != Code::kOk) {
    reason = std::exchange(cancel_reason_, Code::kOk);
    return Next::kCancel;
  }
  while (next_result_ < results_.size()) {
    ChildResult& candidate = results_[next_result_++];
    Child& child = children_[candidate.key];
    if (std::exchange(child, Child::kClosed) != Child::kResultQueued) continue;  // dropped since
    result = std::move(candidate);
    return Next::kChildDone;
  }
  return Next::kNothing;
}

bool CallRecord::FinishRun() {
  std::lock_guard lock(mutex_);
  if (next_result_ == results_.size()) {
    results_.clear();
    next_result_ = 0;
  }
  bool more = !released_ &&
              (release_due_ ? !own_thread_runs_
                            : start_due_ || (!ended() && (cancel_reason_ != Code::kOk || !results_.empty())));
  queued_ = more;
  return more;
}

bool CallRecord::Run() {
  ChildResult result;
  Code reason = Code::kOk;
  switch (TakeNext(result, reason)) {
    case Next::kNothing:
      break;
    case Next::kStart:
      RunStart();
      break;
    case Next::kCancel:
      DeliverCancel(reason);
      break;
    case Next::kChildDone:
      DeliverResult(result);
      break;
    case Next::kRelease:
      Release();
      break;
  }
  return FinishRun();
}

void CallRecord::DeliverResult(const ChildResult& result) {
  if (!MAMC_HAS(instance->table, mamc_instance, child_done)) return;
  mamc_child_result child{};
  child.struct_size = sizeof child;
  child.code = static_cast<mamc_code>(result.code);
  child.key = Str(result.key);
  child.json = Str(result.json);
  Inside inside(this, false);
  instance->table->child_done(instance->table->self, ticket, &child);
}

void CallRecord::DeliverCancel(Code reason) {
  if (!MAMC_HAS(instance->table, mamc_instance, cancel)) return;
  Inside inside(this, false);
  instance->table->cancel(instance->table->self, ticket, static_cast<mamc_code>(reason));
}

void CallRecord::Release() {
  if (!MAMC_HAS(instance->table, mamc_instance, release)) return;
  Inside inside(this, false);
  instance->table->release(instance->table->self, ticket);
}

// ---- TicketTable ----

TicketTable& Tickets() {
  static auto* table = new TicketTable;  // outlives every thread of a plugin
  return *table;
}

Ticket TicketTable::Insert(std::shared_ptr<CallRecord> record) {
  std::lock_guard lock(mutex_);
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  std::uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  ++slot.generation;
  slot.record = std::move(record);
  slot.record->ticket = (static_cast<Ticket>(slot.generation) << 32) | (index + 1);
  return slot.record->ticket;
}

std::shared_ptr<CallRecord> TicketTable::Find(Ticket ticket, const PluginHost* owner) {
  std::lock_guard lock(mutex_);
  std::uint32_t index = SlotOf(ticket);
  if (index >= slots_.size() || slots_[index].generation != GenerationOf(ticket)) return nullptr;
  const std::shared_ptr<CallRecord>& record = slots_[index].record;
  if (!record || (owner != nullptr && record->owner != owner)) return nullptr;
  return record;
}

void TicketTable::Remove(Ticket ticket) {
  std::shared_ptr<CallRecord> record;  // dies after the lock
  std::lock_guard lock(mutex_);
  std::uint32_t index = SlotOf(ticket);
  if (index >= slots_.size() || slots_[index].generation != GenerationOf(ticket) || !slots_[index].record)
    return;
  record = std::move(slots_[index].record);
  slots_[index].record = nullptr;
  free_.push_back(index);
}

std::vector<std::shared_ptr<CallRecord>> TicketTable::OpenThrough(const Inbox* inbox) {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<CallRecord>> open;
  for (Slot& slot : slots_)
    if (slot.record && slot.record->inbox.get() == inbox) open.push_back(slot.record);
  return open;
}

}  // namespace mamc::plugin

// One open call (CallRecord), the process-wide table that finds it by ticket, and the inbox through which
// everything that a plugin says reaches the loop.
//
// A ticket is a slot and its generation. The table is process-wide because a plugin's library is: two hosts
// in one process (tests do that) share a library and its services, and each ticket still leads to the host
// that made it.
#pragma once
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "executor.hpp"
#include "mamc/base/loop.hpp"
#include "mamc/plugin.h"
#include "mamc/plugin/calls.hpp"

namespace mamc::plugin {

class CallRecord;
class PluginHost;
class PluginRuntime;

// One configured instance of a type. Loop's thread, except where a member says otherwise.
class Instance {
 public:
  TypeManifest
      type;  // a copy: the catalog may scan again; behind the glass wall an inline type is a default one
  CallClass declared_class = CallClass::kDefault;  // what the manifest says
  std::string plugin_id;                           // "steps/command"
  Json settings;
  std::string key;                       // kind, type, plugin and canonical settings
  PluginRuntime* runtime = nullptr;      // owned by Calls
  const mamc_instance* table = nullptr;  // the plugin's, or the glass wall's
  bool is_inline = false;    // called on the loop's thread; cleared when the type does not keep to it
  int slow_calls = 0;        // inline calls that took too long
  bool quarantined = false;  // a call of it never came back
  // Blocking types that are not `concurrent` run one call at a time; the others wait here.
  const CallRecord* running = nullptr;
  std::deque<std::shared_ptr<CallRecord>> waiting;
};

// What a plugin said, on its way to the loop.
struct CallEvent {
  enum class Kind { kComplete, kEmit, kChildCall, kCancelChild, kReturned };
  Kind kind;
  std::shared_ptr<CallRecord> record;
  Code code = Code::kOk;
  std::string first;   // emit: kind; child: key
  std::string second;  // child: service
  std::string json;
};

// Takes events from any thread and hands them out on the loop's thread, in order.
class Inbox : public std::enable_shared_from_this<Inbox> {
 public:
  Inbox(Loop& loop, std::function<void(CallEvent&)> handle) : loop_(loop), handle_(std::move(handle)) {}
  void Push(CallEvent event);
  // From now on events are dropped; nothing is posted to the loop any more. Loop's thread.
  void Close();

 private:
  void Drain();

  Loop& loop_;
  std::function<void(CallEvent&)> handle_;  // loop's thread only
  std::mutex mutex_;
  // Protected by mutex_:
  std::vector<CallEvent> events_;
  bool closed_ = false;
};

// What the current thread is in the middle of, so that a service can tell who calls it.
struct CurrentCall {
  const CallRecord* record = nullptr;
  bool in_start = false;
};
CurrentCall& ThisThreadsCall();

class CallRecord final : public Runnable, public std::enable_shared_from_this<CallRecord> {
 public:
  CallRecord(std::shared_ptr<Instance> instance, CallInfo info, std::string input,
             std::shared_ptr<CallObserver> observer, std::shared_ptr<CallContext> context, PluginHost* owner,
             std::shared_ptr<Inbox> inbox);

  // Set before the plugin hears of the call, constant afterwards; any thread may read them.
  Ticket ticket = 0;
  std::shared_ptr<Instance> instance;
  const CallClass declared_class;
  const CallInfo info;
  const std::shared_ptr<CallContext> context;
  PluginHost* const owner;
  const std::shared_ptr<Inbox> inbox;
  // The loop's thread only.
  std::shared_ptr<CallObserver> observer;
  TimerId deadline_timer = 0;
  TimerId grace_timer = 0;
  bool past_deadline = false;
  bool finished = false;
  bool on_loop = false;    // an inline call that keeps to it: its release comes on the loop's thread, too
  std::thread own_thread;  // blocking types
  // Any thread.
  ThreadEnd own_thread_end;
  std::atomic<std::size_t> emit_credit{64};
  std::atomic<std::size_t> unconsumed_emits{0};
  std::atomic<std::size_t> unconsumed_bytes{0};

  // The first caller ends the call and gets true.
  bool ClaimEnd() { return !ended_.exchange(true); }
  bool ended() const { return ended_.load(); }
  bool cancelled() const { return cancelled_.load(); }

  // Services, any thread.
  mamc_code OpenChild(std::string_view key);
  mamc_code DropChild(std::string_view key);

  // The loop's thread. Each says whether the record has to be queued on its plugin's executor.
  bool QueueStart();
  bool QueueChildResult(std::string key, Code code, std::string json);
  bool QueueCancel(Code reason);  // drops pending results
  bool QueueRelease();            // the last: drops everything else
  std::vector<std::string> TakeOpenChildren();
  // False: the plugin has not heard of this call and never will.
  bool TryForget();
  // Blocking: whether start is on its own thread right now.
  bool OwnThreadRuns();
  // A call of the abandoned record is still on a stack somewhere: release will not be called.
  void Renounce();

  // Runs start on the calling thread: the loop's (inline types) or the record's own (blocking types).
  void RunStart();
  // Executor: does the next thing.
  bool Run() override;
  // Calls the plugin's release on this thread.
  void Release();

 private:
  enum class Child : std::uint8_t { kOpen, kResultQueued, kClosed };
  struct ChildResult {
    std::string key;
    Code code;
    std::string json;
  };
  enum class Next { kNothing, kStart, kCancel, kChildDone, kRelease };

  bool MarkQueued();
  Next TakeNext(ChildResult& result, Code& reason);
  bool FinishRun();
  void DeliverResult(const ChildResult& result);
  void DeliverCancel(Code reason);

  std::atomic<bool> ended_{false};
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  // Protected by mutex_:
  std::string input_;
  std::unordered_map<std::string, Child> children_;  // every key that was used
  std::vector<ChildResult> results_;                 // from next_result_ on
  std::size_t next_result_ = 0;
  Code cancel_reason_ = Code::kOk;  // set while a cancel is queued
  bool start_due_ = false;
  bool started_ = false;
  bool release_due_ = false;
  bool released_ = false;  // or never to be released
  bool own_thread_runs_ = false;
  bool queued_ = false;  // on the executor, or being run by it
};

class TicketTable {
 public:
  Ticket Insert(std::shared_ptr<CallRecord> record);
  // Null for a ticket that is finished, never was, or belongs to another owner (null: any owner).
  std::shared_ptr<CallRecord> Find(Ticket ticket, const PluginHost* owner);
  void Remove(Ticket ticket);
  std::vector<std::shared_ptr<CallRecord>> OpenThrough(const Inbox* inbox);

 private:
  struct Slot {
    std::uint32_t generation = 0;
    std::shared_ptr<CallRecord> record;
  };
  std::mutex mutex_;
  // Protected by mutex_:
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
};

TicketTable& Tickets();

}  // namespace mamc::plugin

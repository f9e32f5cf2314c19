// Calls into plugins: starts them, owns their tickets, threads and deadlines, and tells the caller what they
// say.
//
// Thread rule: every member and every observer function is called on the loop's thread. Observer functions
// are always called from the loop, never from inside a member of Calls.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mamc/base/loop.hpp"
#include "mamc/plugin/catalog.hpp"

namespace mamc::plugin {

using Ticket = std::uint64_t;

struct CallInfo {
  std::uint32_t verb = 0;
  std::uint32_t attempt = 1;
  bool resumed = false;
  std::int64_t deadline_unix_ms = 0;  // enforced by Calls: cancel at it, abandon after the type's grace
  std::int64_t started_unix_ms = 0;
  std::string op_id;
};

struct Outcome {
  Code code = Code::kOk;
  std::string json;   // the result or {"message": ...}
  bool late = false;  // it ended well, after its deadline had told it to stop
  // The message of a failed outcome, for people.
  std::string Message() const;
};

// Everything one call says. Default implementations ignore.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  // The end: exactly once. With kTimeout or kCancelled and `abandoned` the plugin did not stop: what it does
  // later is unknown.
  virtual void OnComplete(Ticket ticket, Outcome outcome, bool abandoned) = 0;
  virtual void OnEmit(Ticket, std::string /*kind*/, std::string /*json*/) {}
  virtual void OnChildCall(Ticket, std::string /*key*/, std::string /*service*/, std::string /*input*/) {}
  virtual void OnCancelChild(Ticket, std::string /*key*/) {}
};

// Answers the synchronous services. Called on any thread; must not block on the loop.
class CallContext {
 public:
  virtual ~CallContext() = default;
  virtual Result<std::string> State(std::string_view key) const = 0;  // JSON text
  virtual Result<std::string> Secret(
      std::string_view name) const = 0;  // the declared names have been checked
  virtual Result<std::string> PutArtifact(std::string_view bytes) = 0;  // handle
  virtual Result<std::string> GetArtifact(std::string_view handle) const = 0;
};

// One configured instance of a type; made by Calls::Open and shared by all calls with the same (type,
// settings).
class Instance;

struct CallsOptions {
  bool glass_wall = false;  // every call, service and ticket passes as bytes (tests)
};

class Calls {
 public:
  Calls(Loop& loop, Catalog& catalog, CallsOptions options = {});
  // Quiesces plugins, joins executors. Open calls are abandoned without a word to their observers.
  ~Calls();

  // The instance of a type with these settings (validated and completed against its settings schema), loading
  // its plugin when needed.
  Result<std::shared_ptr<Instance>> Open(Kind kind, std::string_view id, const Json& settings);
  static const TypeManifest& TypeOf(const Instance& instance);

  // Starts a call. The observer is kept until OnComplete returned. `context` may be null: the synchronous
  // services say no.
  Ticket Start(const std::shared_ptr<Instance>& instance, CallInfo info, std::string input,
               std::shared_ptr<CallObserver> observer, std::shared_ptr<CallContext> context = nullptr);
  // Delivers the end of a child call. Stale tickets are ignored.
  void ChildDone(Ticket ticket, std::string key, Code code, std::string json);
  // Asks the call to stop; queued ahead of pending results, which are dropped; new child calls are refused.
  // Idempotent. `reason` is kCancelled or kTimeout. The observer still gets OnComplete, at the latest after
  // the grace.
  void Cancel(Ticket ticket, Code reason);
  // Answers a child call that needs nothing of a run: `spawn` and `timer`; any other service is unsupported.
  // ChildDone follows.
  void ServeChild(Ticket ticket, const std::string& key, const std::string& service, const std::string& input,
                  const std::filesystem::path& cwd = "/");
  // Stops a child that ServeChild started.
  void DropChild(Ticket ticket, const std::string& key);

  // For streams: how many emits may be unconsumed before the plugin is answered AGAIN.
  void SetEmitCredit(Ticket ticket, std::size_t credit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Base of observers of calls outside a run: `spawn` and `timer` children are served.
class ServedObserver : public CallObserver {
 public:
  explicit ServedObserver(Calls& calls) : calls_(calls) {}
  void OnChildCall(Ticket ticket, std::string key, std::string service, std::string input) override {
    calls_.ServeChild(ticket, key, service, input);
  }
  void OnCancelChild(Ticket ticket, std::string key) override { calls_.DropChild(ticket, key); }

 private:
  Calls& calls_;
};

// The common case: start, wait for the one outcome. `done` runs on the loop.
Ticket Call(Calls& calls, const std::shared_ptr<Instance>& instance, std::uint32_t verb, const Json& input,
            std::function<void(Result<Json>)> done, std::shared_ptr<CallContext> context = nullptr);

}  // namespace mamc::plugin

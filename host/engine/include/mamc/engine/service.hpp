// The child services of steps: persona.request, board, model.ask, ... The engine records the calls of
// composite steps, and of all steps those of model.ask, with their results, replays both after a crash, and
// asks the service only for what is really open.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/engine/run.hpp"
#include "mamc/journal/journal.hpp"
#include "mamc/workflow/loader.hpp"
#include "mamc/workflow/workflow.hpp"

namespace mamc::engine {

// Where a run's branch has got, and the commit of the base that it began from.
struct RunCommits {
  std::string reached, base;
};

// What a service may see of the run it works for. Lives as long as the call.
class RunView {
 public:
  virtual ~RunView() = default;
  virtual const RunSpec& spec() const = 0;
  // The commit the run has reached; empty before its workspace was first prepared.
  virtual std::string commit() const = 0;
  // True when the workspace holds changes that no commit has.
  virtual bool dirty() const = 0;
  // What is known of the repository: what the run's own scan said, else the text that an earlier one has
  // left in it; empty: nothing.
  virtual std::string ContextSummary() const = 0;
  // A persona of the run's texts, by id or alias; null when there is none.
  virtual std::shared_ptr<const workflow::Persona> FindPersona(const std::string& name) const = 0;
  // Prepares the workspace if needed and tells the commits; fails when the run has no repository.
  virtual void WithCommits(std::function<void(Result<RunCommits>)> done) = 0;
  // The change of the run's branch against its base as a unified diff, at most `max_bytes`.
  virtual void WithChange(std::size_t max_bytes, std::function<void(Result<Json>)> done) = 0;
  // Directory of the workspace, when it is prepared; else empty.
  virtual std::string workspace_path() const = 0;
  virtual void Emit(RunEvent event) = 0;
  // False when nothing of the run may leave this host any more: it is being parked.
  virtual bool MayGoOn() = 0;
};

// What a call that failed is answered with.
inline Json ErrorJson(const std::string& message) {
  return {{"message", message}};
}

// One open call of a service.
struct ServiceCall {
  std::string run;
  std::string path;  // of the calling step
  std::string key;
  std::string
      op_id;  // names this call among all: the same after a crash, another one when the step is done again
  std::string service;
  Json input;
  std::optional<std::int64_t> timeout_ms;  // the calling step's own
  std::optional<int> retries;
  std::int64_t deadline_unix_ms = 0;  // of the run; 0: none
  bool reattached = false;            // recorded before a crash, its result was not
  std::vector<Json> tries;            // reattached: bodies of the kTry records, oldest first
  std::shared_ptr<RunView> view;
  std::function<void(Json)> record_try;  // journals a kTry record
  std::function<void(Code, Json)>
      done;  // the end; exactly once, on the loop. After Cancel it may be left out.
  std::shared_ptr<void> service_state;  // the service's own
};

class Service {
 public:
  virtual ~Service() = default;
  // The workspace access that the call needs while it is open.
  virtual workflow::Access AccessOf(const ServiceCall&) const { return workflow::Access::kNone; }
  // Begins, after the call's record is durable. [loop]
  virtual void Start(std::shared_ptr<ServiceCall> call) = 0;
  // Nobody waits for it any more. [loop]
  virtual void Cancel(const std::shared_ptr<ServiceCall>&) {}
};

}  // namespace mamc::engine

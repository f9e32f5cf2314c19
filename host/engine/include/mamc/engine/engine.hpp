// Runs workflows: starts steps when their dependencies are settled, records what starts and ends, and brings
// a run back exactly as it was after a crash. docs/architecture.md tells the life of a step.
//
// Thread rule: the loop's thread.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "mamc/base/loop.hpp"
#include "mamc/engine/run.hpp"
#include "mamc/engine/service.hpp"
#include "mamc/journal/journal.hpp"
#include "mamc/plugin/calls.hpp"
#include "mamc/workflow/loader.hpp"

namespace mamc::engine {

struct EngineOptions {
  std::map<std::string, Json> step_settings;  // by type id
  Json defaults = Json::object();             // `defaults` of every step's input
  std::string workspace_type = "git";
  Json workspace_settings = Json::object();
  std::filesystem::path artifacts_dir;
  Milliseconds retry_backoff{30000};                            // n-th retry of a step waits n times this
  std::function<Result<std::string>(std::string_view)> secret;  // by name; null: none
  // The project of a run as it is set up now. Null, or null of it: runs keep what they have begun with.
  std::function<Json(const RunSpec&)> project;
  std::shared_ptr<plugin::CallContext> workspace_context;  // what the workspace may ask for; may be null
  std::function<void(const RunEvent&)> on_event;           // null: nobody looks
};

class Engine {
 public:
  using Done = std::function<void(RunResult)>;

  Engine(Loop& loop, plugin::Catalog& catalog, plugin::Calls& calls, journal::Journal& journal,
         const workflow::Names& names, EngineOptions options);
  ~Engine();

  // Makes `service` answer child calls of this name. Before the first run.
  void AddService(const std::string& name, std::shared_ptr<Service> service);

  // Starts a run, or resumes the one with spec.id when the journal has it. Problems of its texts fail it with
  // their places; nothing is written then. Returns the run's id, or empty when it was refused (`done` has
  // been called with the reasons).
  std::string Start(RunSpec spec, Done done);
  // Goes on with a recorded run. kNotFound, or kConflict when it has ended and `reopen` is not set.
  Status Resume(const std::string& run, Done done, bool reopen = false);
  // What the files of a run that is gone on with are: as they were when the step began, as the run had left
  // them, or what the remote's branch has by then, when that contains what the run had reached.
  enum class Files { kAsBefore, kAsLeft, kAsPushed };
  // Forgets what a run recorded from step `step` on (an id of the top level), so that Resume with `reopen`
  // does it again, with the project as it is set up now: what it may do to the base may have changed.
  Status DiscardFrom(const std::string& run, const std::string& step, Files files = Files::kAsBefore);
  // Where a run that failed goes on. Empty `step`: it failed in none.
  struct GoingOn {
    std::string step;      // of the top level: the one that failed, or the tests before it
    bool follow = false;   // it goes on with what its branch has by then: after a conflict, or `waits_for`
    bool settled = false;  // with follow: both sides went together, nobody has to resolve anything
    bool tested = false;   // with follow: `step` tests that; else no step before the failed one does
    // Ids of tasks that have to be done first, and bring their work to its branch: it goes on with that.
    Json waits_for = Json::array();
    // By something that is not its work: out of reach, too slow, refused. It goes on with what it had done by
    // then, which may have been pushed.
    bool cut_off = false;
    Files files() const { return follow ? Files::kAsPushed : cut_off ? Files::kAsLeft : Files::kAsBefore; }
  };
  GoingOn AfterFailure(const std::string& run) const;
  // Makes such a run ready for that.
  Status DiscardFailed(const std::string& run);
  // Ends a run: its steps are cancelled, its status is cancelled.
  Status Cancel(const std::string& run, const std::string& reason);
  // Asks before anything of the run leaves this host whether it still may. When `may_go_on` says no, the run
  // is parked.
  void Guard(const std::string& run, std::function<bool()> may_go_on);
  // What is under way of the run is stopped and nothing more of it is recorded, as if the host had been told
  // to end; `done` gets the status "parked". Resume goes on with it.
  void Park(const std::string& run);
  // This process ends as it was told to: what is under way was not ended by what it does. To be made durable
  // by the caller's Commit. Nothing more is recorded or begun, and nobody is told.
  void Leave();
  bool running(const std::string& run) const;
  bool busy() const;  // with any run
  // Takes away the files that a failed run was left with. One that cannot be taken away is a warning event.
  void RemoveFiles(const std::string& run);
  // What its steps call from now on has to end by then: of this process, not recorded. Tells nobody by
  // itself.
  void LimitTime(const std::string& run, std::int64_t deadline_unix_ms);

  // The instance and facts of a step type, loading its plugin when needed.
  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace mamc::engine

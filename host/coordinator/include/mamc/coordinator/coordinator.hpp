// The project loop: takes the most urgent actionable task from the board, runs its workflow, writes what came
// of it back, and looks again. One task at a time; what another has added meanwhile is seen in the next
// iteration.
//
// One host at a time runs a project: it holds the project's lease. Another waits, and takes over when that
// one has ended or is silent for too long. Whoever has lost the lease parks its run, touches neither board
// nor branch any more and waits again.
//
// Thread rule: the loop's thread.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mamc/base/clock.hpp"
#include "mamc/engine/engine.hpp"
#include "mamc/messaging/channel.hpp"
#include "mamc/workflow/workflow.hpp"

namespace mamc::coordinator {

struct Project {
  std::string id;
  std::string name;
  std::string repo;  // path or URL; a task's own comes first
  std::string base;
  std::string merge = "branch";  // branch | squash | merge
  bool base_writes = false;
  std::string test;
  bool test_network = false;
  std::vector<std::string> protected_files;  // patterns: no task changes these
  bool inherited_count = true;               // tests that fail on the base as well count against a task
  std::string workflow;                      // for tasks without one of their own; empty: by trigger
  bool ma = true;                            // files below .ma/ are kept
  std::string ma_branch;                     // on this branch; empty: on those of the tasks
  Json ToJson() const;                       // as expressions see it
  // As the run of a task sees it, whose base is `its_base`. A task that follows another has that one's branch
  // for it: a branch of ours, so that its work is merged there and needs no leave for that.
  Json ToJsonFor(const Json& task, const std::string& its_base) const;
};

struct CoordinatorOptions {
  Project project;
  std::int64_t max_iterations = 500;  // 0: unlimited
  std::int64_t blocked_max_attempts = 10;
  // How long nothing that is tried may be reachable before the loop ends; 0: such an end of a task counts as
  // any other.
  Milliseconds outage_limit{600'000};
  std::string only_task;            // nothing but this task; empty: all
  bool drain = true;                // end when nothing is actionable; else wait for the board to change
  std::string owner = "mamc-host";  // this host, of claims and of the project's lease
  bool alone = false;               // the transport is within this process: nobody else can have the project
  // For how long this host may be silent before another takes its project and its task.
  std::int64_t silence_limit_ms = 60'000;
  // Where the board finds its secrets; null: it has none.
  std::shared_ptr<plugin::CallContext> context{};
  std::string default_workflow = "project-loop";
  std::vector<std::shared_ptr<const workflow::Workflow>> workflows;
  std::vector<std::shared_ptr<const workflow::Persona>> personas;
  // Whether this machine has what the workflow needs, asked before a task is claimed for a new run of it;
  // null: it has. kPermission blocks the task for a person; any other error ends the loop, with the board as
  // it was.
  std::function<void(const workflow::Workflow&, const Json& task, std::function<void(Status)>)> check_needs;
  // A run ended with kPermission: it may be this machine that is refused. Null: nobody is told.
  std::function<void()> on_refused{};
};

// How one task ended in one iteration.
struct Iteration {
  std::string task;
  std::string title;
  std::string workflow;
  std::string run;
  std::string status;  // of the task afterwards; failed: the board does not take it
  std::string error;
  std::string commit;
};

struct LoopResult {
  std::vector<Iteration> iterations;
  std::vector<Json> blocked;  // tasks that are left, not done or archived; `waits_for`: ids
  bool critical = false;      // the loop could not go on: board or journal unusable, nothing reachable
  Code code = Code::kOk;
  std::string error;
  int exit_code() const;  // 0 done, 1 something is left, 2 a setting, 3 something outside is unreachable
};

class Coordinator {
 public:
  using Done = std::function<void(LoopResult)>;
  using OnEvent = std::function<void(const engine::RunEvent&)>;

  Coordinator(Loop& loop, plugin::Calls& calls, std::shared_ptr<plugin::Instance> board,
              journal::Journal& journal, engine::Engine& engine, messaging::Channel& channel,
              CoordinatorOptions options, OnEvent on_event);
  ~Coordinator();

  // Runs the loop; `done` is called once.
  void Start(Done done);
  // The loop is to look at the board; `answered` gets what came of that, as docs/messages.md has it, once
  // nothing is left to be done. When another host runs the project, it is told and its answer handed on. The
  // same corr_id again replaces the former.
  using Answered = std::function<void(Result<Json>)>;
  void Submit(const std::string& corr_id, Answered answered);
  // Nobody waits for the answer any more; the loop goes on.
  void Unsubmit(const std::string& corr_id);
  // The loop is over: another host may have the project at once. `done` is called in any case, when the
  // transport has answered. Idempotent.
  void GiveUp(std::function<void()> done);
  // The host ends although a task's run is under way: the task gets a comment that says why, once per run.
  // `told` is called in any case.
  void Leave(const Status& why, std::function<void()> told);
  // The child service `board`, bound to each run's own project and task, so that one serves all projects of a
  // host; to be added to the engine before the first run.
  std::shared_ptr<engine::Service> board_service() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mamc::coordinator

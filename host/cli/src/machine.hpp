// Everything that runs on this machine, wired: journal, engine, transport, worker, coordinators. Made for
// `run`, `demo` and `runs resume`; nothing else knows how the parts are put together.
//
// Thread rule: the main thread, which is the loop's.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mamc/cli/session.hpp"
#include "mamc/coordinator/coordinator.hpp"
#include "mamc/journal/state_dir.hpp"
#include "mamc/worker/worker.hpp"

namespace mamc::cli {

struct MachineOptions {
  std::vector<std::string> projects;  // empty: all that are configured
  bool drain = false;
  std::string only_task;         // nothing but this task
  std::filesystem::path record;  // cassette to append to
  std::function<void(const engine::RunEvent&)> on_event;
};

// What one project's loop came to.
struct ProjectResult {
  std::string project;
  coordinator::LoopResult loop;
};

class Machine {
 public:
  // Says on the session's `err` what is wrong and returns null, with *exit set.
  static std::unique_ptr<Machine> Make(Session& session, MachineOptions options, Exit* exit);
  ~Machine();

  // Serves personas and runs the projects' loops until all have ended (with drain), or a signal comes. 130
  // when interrupted: what was under way is gone on with next time.
  Exit Run();
  // Makes a run that has ended be gone on with by Run.
  Status Reopen(const std::string& run, const std::string& from_step);
  const std::vector<ProjectResult>& results() const;
  std::int64_t answers() const;  // persona requests answered so far, journalled

 private:
  struct State;
  explicit Machine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mamc::cli

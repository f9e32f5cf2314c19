// A run's workspace: prepared when a step first needs it, brought back to its last recorded state after a
// crash, moved on when a worker has reached another commit, replaced when a step that may still write had to
// be abandoned.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "engine_state.hpp"
#include "replay.hpp"

namespace mamc::engine {

struct WorkspaceInfo {
  std::string path;
  std::string repo;
  std::string branch;
  std::string base;
  std::string base_commit;
  std::string commit;
  std::string tree;
  Json ToJson() const;  // as steps see it
};

class RunWorkspace {
 public:
  using Ready = std::function<void(Result<WorkspaceInfo>)>;

  RunWorkspace(Engine::State& engine, Run& run);
  // Starts from what the journal has recorded. A workspace in which a step was writing when the host died is
  // retired: what that step had started (a compiler, say) may outlive the host and go on writing there.
  void Restore(const Replay& replay);

  // The workspace at the run's commit and tree, prepared when it is not.
  void Ensure(Ready ready);
  // Reads what a writing step has left: updates and hands on commit and tree.
  void Verify(std::function<void(Result<WorkspaceInfo>)> done);
  // A worker reached this commit: the next Ensure brings the files there.
  void MoveTo(const std::string& commit);
  // Somebody may still write here: the next Ensure makes another.
  void Retire();
  // Unified diff of the branch against the base.
  void Change(std::size_t max_bytes, std::function<void(Result<Json>)> done);
  // Nobody waits any more for a repository that is being fetched.
  void CancelPreparation();
  // Lets go of who waits, without a word.
  void Dismantle() { waiting_.clear(); }
  // Takes the working tree away, when there is one.
  void Remove(std::function<void()> done);

  const std::string& commit() const { return info_.commit; }
  const std::string& tree() const { return info_.tree; }
  const std::string& path() const { return info_.path; }
  // What an earlier scan has left of the repository, as it was pulled; empty: nothing, or not prepared yet.
  const std::string& summary() const { return summary_; }
  bool dirty() const { return dirty_; }
  bool used() const { return used_; }

 private:
  bool WriterWasInterrupted(const Replay& replay) const;
  void TellRetired();
  void Prepare();
  void Finish(Result<WorkspaceInfo> outcome);
  plugin::Ticket Call(std::uint32_t verb, Json input, std::function<void(Result<Json>)> done);

  Engine::State& engine_;
  Run& run_;
  WorkspaceInfo info_;
  std::string summary_;
  bool prepared_ = false;  // in this process, at info_.commit and info_.tree
  bool preparing_ = false;
  plugin::Ticket preparation_ = 0;  // the last one
  bool fresh_ = false;              // the old one was retired
  bool follow_ = false;             // from what the remote's branch has by now
  bool undo_ = false;               // back from what the run has pushed to it
  bool retiring_ = false;           // it is being told so
  bool dirty_ = false;              // the files differ from the commit's
  bool used_ = false;
  std::vector<Ready> waiting_;
};

}  // namespace mamc::engine

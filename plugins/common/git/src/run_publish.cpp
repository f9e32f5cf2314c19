// How a run's branch and the others come together: always in memory first, so that a conflict changes
// nothing.
#include <mamc/abi.h>

#include "mamc/git/run.hpp"

namespace mamc::git {

using sdk::Failure;

namespace {
constexpr int kPushAttempts = 5;
}

std::vector<std::string> Run::Conflicts(const Remote& remote) {
  const auto theirs = remote.Branch(run_branch());
  if (!theirs) return {};
  return repo_.Rebase(head(), *theirs).conflicts;
}

sdk::Task<Published> Run::Publish(Remote& remote, std::string branch) {
  if (!IsBranchName(branch)) throw Failure(MAMC_E_INVALID, "'" + branch + "' is not a branch name");
  Published published;
  for (int attempt = 0; attempt < kPushAttempts; ++attempt) {
    const std::string commit = head();
    const bool pushed = co_await remote.Push(commit, branch);
    if (pushed) {
      published.commit = commit;
      published.remote_commit = commit;
      co_return published;
    }
    co_await remote.Fetch();
    if (const auto theirs = remote.Branch(branch)) {
      Integrate(*theirs);
      published.rebased = true;
    }
  }
  throw Failure(MAMC_E_UNAVAILABLE, "the branch '" + branch + "' of " + remote.url() + " moved each of the " +
                                        std::to_string(kPushAttempts) +
                                        " times that it was pushed to: try again later");
}

void Run::Integrate(const std::string& theirs) {
  const Merged merged = repo_.Rebase(head(), theirs);
  if (!merged.ok())
    ThrowConflict("the branch '" + branch() + "' and the other side's " + theirs + " both changed",
                  merged.conflicts);
  Advance(merged.result);
}

void Run::Advance(const std::string& commit) {
  const std::string at = head();
  if (commit == at) return;
  const std::string name = "refs/heads/" + branch();
  MoveFiles(repo_.ReadCommit(at).tree, repo_.ReadCommit(commit).tree);
  Anchor("head", commit);
  if (!repo_.SwapRef(name, at, commit))
    throw Failure(MAMC_E_CONFLICT,
                  "somebody else moved the branch '" + branch() + "' of the workspace: prepare it again");
}

void Run::Switch(const std::string& branch, const std::string& commit) {
  MoveFiles(repo_.ReadCommit(head()).tree, repo_.ReadCommit(commit).tree);
  Anchor("head", commit);
  repo_.SetRef("refs/heads/" + branch, commit);
  repo_.SetHeadBranch(branch);
}

void Run::MoveFiles(const std::string& from_tree, const std::string& to_tree) {
  const Merged moved = repo_.MergeTrees(from_tree, repo_.WriteTree(), to_tree);
  if (!moved.ok()) ThrowConflict("uncommitted changes are in the way of the new files", moved.conflicts);
  Anchor("tree", moved.result);
  repo_.CheckOut(moved.result);
}

}  // namespace mamc::git

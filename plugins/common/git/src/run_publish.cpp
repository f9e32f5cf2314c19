// How a run's branch and the others come together: always in memory first, so that a conflict changes
// nothing.
#include <mamc/abi.h>

#include <algorithm>

#include "mamc/base/text.hpp"
#include "mamc/git/run.hpp"
#include "run_store.hpp"
#include "trailers.hpp"

namespace mamc::git {

using sdk::Failure;

namespace {
constexpr int kPushAttempts = 5;
constexpr std::size_t kMostCommits = 1000;  // that are looked at to find out who has moved a branch

// What `there` has beyond `here`, newest first, along the branch itself: what was merged into it came from
// elsewhere.
std::vector<std::string> Beyond(const Repo& repo, const std::string& here, std::string there) {
  std::vector<std::string> found;
  while (found.size() < kMostCommits && !repo.IsAncestor(there, here)) {
    found.push_back(there);
    const CommitData data = repo.ReadCommit(there);
    if (data.parents.empty()) break;
    there = data.parents[0];
  }
  return found;
}

// A commit of `theirs` that has the same value as one of `ours`; empty when there is none.
std::string SharedTrailer(const Repo& repo, const std::vector<std::string>& ours,
                          const std::vector<std::string>& theirs, const std::string& key) {
  std::vector<std::string> values;
  for (const std::string& commit : ours) values.push_back(Trailer(repo.ReadCommit(commit).message, key));
  for (const std::string& commit : theirs) {
    const std::string message = repo.ReadCommit(commit).message;
    const std::string value = Trailer(message, key);
    const bool made_by_a_run = !Trailer(message, "Run").empty();
    if (!value.empty() && made_by_a_run && std::find(values.begin(), values.end(), value) != values.end())
      return commit;
  }
  return {};
}

}  // namespace

Failure Rewritten(const std::string& url, const std::string& branch, const std::string& theirs,
                  const std::string& ours) {
  return Failure(
      MAMC_E_CONFLICT,
      "the branch '" + branch + "' of " + url + " is at " + theirs + ", which does not contain the commit " +
          ours +
          " that the run had reached: somebody has rewritten it. The commit is kept on this "
          "machine. To go on from it, delete the branch, in any clone; it is pushed anew:\n  git push " +
          ShellWord(url) + " --delete " + ShellWord(branch) +
          "\nTo keep what the branch has instead, merge it yourself and set the task to done.");
}

std::vector<std::string> Run::Conflicts(const Remote& remote) {
  const auto theirs = remote.Branch(run_branch());
  if (!theirs) return {};
  return repo_.Rebase(head(), *theirs).conflicts;
}

sdk::Task<Published> Run::Publish(sdk::Context& context, Remote& remote, std::string branch) {
  if (!IsBranchName(branch)) throw Failure(MAMC_E_INVALID, "'" + branch + "' is not a branch name");
  Published published;
  for (int attempt = 0; attempt < kPushAttempts; ++attempt) {
    const std::string commit = head();
    const bool pushed = co_await Push(remote, commit, branch);
    if (pushed) {
      published.commit = commit;
      published.remote_commit = commit;
      co_return published;
    }
    const auto theirs = co_await MovedTo(remote, branch);
    if (theirs) {
      TakeIn(context, remote, branch, *theirs);
      published.rebased = true;
    }
  }
  throw Failure(MAMC_E_UNAVAILABLE, "the branch '" + branch + "' of " + remote.url() + " moved each of the " +
                                        std::to_string(kPushAttempts) +
                                        " times that it was pushed to: try again later");
}

sdk::Task<std::optional<std::string>> Run::MovedTo(Remote& remote, std::string branch) {
  co_await remote.Fetch();
  if (const std::string other = remote.BranchInTheWay(branch); !other.empty())
    throw Failure(MAMC_E_PERMISSION, "the branch '" + branch + "' cannot be made at " + remote.url() +
                                         ": there is a branch '" + other +
                                         "', and git has no branch below another; rename or delete that one");
  co_return remote.Branch(branch);
}

sdk::Task<bool> Run::TakeInNotes(sdk::Context& context, Remote& remote, std::string branch) {
  const auto theirs = co_await MovedTo(remote, branch);
  if (!theirs) co_return true;
  const auto fork = repo_.MergeBase(head(), *theirs);
  const bool only_notes =
      fork && repo_.SameWork(repo_.ReadCommit(*fork).tree, repo_.ReadCommit(*theirs).tree);
  if (only_notes) TakeIn(context, remote, branch, *theirs);
  co_return only_notes;
}

sdk::Task<bool> Run::Push(Remote& remote, std::string commit, std::string branch) {
  const bool pushed = co_await remote.Push(commit, branch);
  if (pushed && branch == run_branch()) Anchor("seen", commit);
  co_return pushed;
}

// One that was set back to an older commit has lost nothing that is not here: it is pushed to again.
void RefuseRewritten(const Repo& mirror, const Remote& remote, const std::string& run,
                     const std::string& branch) {
  const auto theirs = remote.Branch(branch), seen = mirror.Ref(NamesOf(run) + "/seen");
  if (theirs && seen && !mirror.IsAncestor(*seen, *theirs) && !mirror.IsAncestor(*theirs, *seen))
    throw Rewritten(remote.url(), branch, *theirs, *seen);
}

void Run::RefuseRewritten(const Remote& remote) const {
  git::RefuseRewritten(Repo::OpenBare(remote.mirror()), remote, repo_.Config("mamc.id"), run_branch());
}

// The trailers of commits tell whose they are. A worker that was taken for dead finds what another has made
// of its request; one that was given up finds the work of the request after its own.
void Run::TakeIn(sdk::Context& context, const Remote& remote, const std::string& branch,
                 const std::string& theirs) {
  if (branch == run_branch()) RefuseRewritten(remote);
  const std::string ours = head();
  const auto own = Beyond(repo_, theirs, ours), others = Beyond(repo_, ours, theirs);
  const std::string refused = "the push of " + ours + " to the branch '" + branch + "' of " + remote.url() +
                              " was refused: it holds already what another worker has made ";
  if (const std::string done = SharedTrailer(repo_, own, others, "Run"); !done.empty()) {
    context.Log(MAMC_LOG_WARN, refused + "of the same request (" + done + "); that counts");
    return Advance(theirs);
  }
  if (const std::string done = SharedTrailer(repo_, own, others, "Task"); !done.empty()) {
    const Merged merged = repo_.Rebase(ours, theirs);
    if (!merged.ok() || merged.result != theirs)
      throw Failure(MAMC_E_CONFLICT, refused + "of the same task (" + done +
                                         "). Nothing was pushed; the commit is kept on this machine: git "
                                         "--git-dir=" +
                                         ShellWord(remote.mirror().string()) + " show " + ours);
    return Advance(theirs);
  }
  Integrate(remote, theirs);
}

// For the person who is asked to do it: our commit is nowhere but here.
std::string Run::HowToMerge(const Remote& remote) const {
  return "\nTo resolve it in a clone of " + remote.url() + ", on this machine, where the commit " + head() +
         " is:\n  git fetch origin\n  git checkout " + branch() + "\n  git fetch " +
         ShellWord(remote.mirror().string()) + " " + NamesOf(repo_.Config("mamc.id")) +
         "/head\n  git merge FETCH_HEAD    # correct the files, then git commit\n  git push origin " + branch();
}

void Run::Integrate(const Remote& remote, const std::string& theirs) {
  const Merged merged = repo_.Rebase(head(), theirs);
  if (!merged.ok())
    throw Conflict("the branch '" + branch() + "' and the other side's " + theirs + " both changed",
                   merged.conflicts, HowToMerge(remote));
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
  const std::string files = repo_.WithNotesOf(from_tree, repo_.WriteTree());
  const Merged moved = repo_.MergeTrees(from_tree, files, to_tree);
  if (!moved.ok()) ThrowConflict("uncommitted changes are in the way of the new files", moved.conflicts);
  Anchor("tree", moved.result);
  repo_.CheckOut(moved.result);
}

}  // namespace mamc::git

#include "undo.hpp"

#include <mamc/abi.h>

#include <unordered_map>

#include "trailers.hpp"

namespace mamc::git {

using sdk::Failure;

namespace {

constexpr int kUndoAttempts = 5;
constexpr std::size_t kShortName = 12;

// The files that commits would have without those which runs of a task have made.
class WithoutTask {
 public:
  WithoutTask(Repo& repo, std::string task) : repo_(repo), task_(std::move(task)) {}

  // Those of `to`, when its commits beyond `from` are gone through. The files of `from` are left as they are.
  Merged FilesOf(const std::string& to, const std::string& from) {
    for (const std::string& commit : repo_.OwnCommits(to, from)) {
      Merged kept = Keep(repo_.ReadCommit(commit));
      if (!kept.ok()) return kept;
      kept_[commit] = std::move(kept.result);
    }
    return {Kept(to), {}};
  }
  // Whether there were any, those that only note something apart.
  bool found() const { return found_; }

 private:
  // A merge too is kept as it was made, with what somebody has resolved or added in it: only what goes from
  // its parents goes.
  Merged Keep(const CommitData& commit) {
    if (commit.parents.size() == 1 && IsOfTask(commit)) {
      const std::string& parent = commit.parents[0];
      found_ = found_ || !repo_.SameWork(TreeOf(parent), commit.tree);
      return {Kept(parent), {}};
    }
    Merged kept{commit.tree, {}};
    for (std::size_t i = 0; i < commit.parents.size() && kept.ok(); ++i)
      kept = repo_.MergeTrees(TreeOf(commit.parents[i]), kept.result, Kept(commit.parents[i]));
    return kept;
  }

  bool IsOfTask(const CommitData& commit) const {
    return !Trailer(commit.message, "Run").empty() && Trailer(commit.message, "Task") == task_;
  }

  std::string Kept(const std::string& commit) const {
    const auto found = kept_.find(commit);
    return found == kept_.end() ? TreeOf(commit) : found->second;
  }
  std::string TreeOf(const std::string& commit) const { return repo_.ReadCommit(commit).tree; }

  Repo& repo_;
  const std::string task_;
  bool found_ = false;
  std::unordered_map<std::string, std::string> kept_;  // trees by commits
};

std::string Require(const Merged& merged, const Remote& remote, const PrepareRequest& request) {
  if (!merged.ok())
    throw Conflict(
        "going back to the commit " + request.commit +
            " would take out what others have built on: "
            "on the branch '" +
            request.branch + "' of " + remote.url() + " the task and others both changed",
        merged.conflicts,
        " Take the task's changes out of that branch yourself and push it, then unblock the task.");
  return merged.result;
}

// The files of the request's commit, with what others have done on the branch, and the branch's notes. Empty
// when nothing of the task is there to be taken out.
std::string FilesWithoutTask(Repo& mirror, const Remote& remote, const PrepareRequest& request,
                             const std::string& theirs) {
  WithoutTask without(mirror, request.undo);
  const std::string others = Require(without.FilesOf(theirs, request.commit), remote, request);
  if (!without.found()) return {};
  const auto fork = mirror.MergeBase(request.commit, theirs);
  const std::string before = fork ? mirror.ReadCommit(*fork).tree : mirror.WithFiles("", {});
  const Merged both = mirror.MergeTrees(before, mirror.ReadCommit(request.commit).tree, others);
  return mirror.WithNotesOf(mirror.ReadCommit(theirs).tree, Require(both, remote, request));
}

// `files` on top of the branch; the branch itself when it has them. The same input gives the same commit.
std::string CommitOnTop(Repo& mirror, const PrepareRequest& request, const std::optional<Author>& author,
                        const std::string& theirs, const std::string& files) {
  const CommitData last = mirror.ReadCommit(theirs);
  if (files == last.tree) return theirs;
  CommitRequest words;
  words.message = "Take back what was done since " + request.commit.substr(0, kShortName);
  words.trailers = {{"Task", request.undo}, {"Run", request.id}};
  return mirror.WriteCommit({{theirs}, files, FullMessage(words), AuthorOf(author), last.time_s});
}

// Where the branch has gone on to. One that was delivered and deleted, or set back, goes on from the base.
std::optional<std::string> TipBeyond(const Repo& mirror, const Remote& remote,
                                     const PrepareRequest& request) {
  for (const std::string& branch : {request.branch, request.base})
    if (const auto tip = remote.Branch(branch); tip && !mirror.IsAncestor(*tip, request.commit)) return tip;
  return std::nullopt;
}

}  // namespace

sdk::Task<void> Undo(Remote& remote, std::optional<Author> author, PrepareRequest* request) {
  Repo mirror = Repo::OpenBare(remote.mirror());
  mirror.GiveMaPlace({request->ma == "off", request->ma_branch});
  if (request->commit.empty() || !mirror.HasCommit(request->commit)) co_return;  // Prepare says what it needs
  for (int attempt = 0; attempt < kUndoAttempts; ++attempt) {
    RefuseRewritten(mirror, remote, request->id, request->branch);
    const auto theirs = TipBeyond(mirror, remote, *request);
    if (!theirs) co_return;
    const std::string files = FilesWithoutTask(mirror, remote, *request, *theirs);
    if (files.empty()) co_return;
    const std::string next = CommitOnTop(mirror, *request, author, *theirs, files);
    bool there = next == *theirs;
    if (!there) there = co_await remote.Push(next, request->branch);
    if (there) {
      if (!request->tree.empty()) {
        const std::string before = mirror.ReadCommit(request->commit).tree;
        const Merged moved = mirror.MergeTrees(before, mirror.WithNotesOf(before, request->tree), files);
        request->tree = Require(moved, remote, *request);
      }
      request->commit = next;
      co_return;
    }
    co_await remote.Fetch();
  }
  throw Failure(MAMC_E_UNAVAILABLE, "the branch '" + request->branch + "' of " + remote.url() +
                                        " moved each of the " + std::to_string(kUndoAttempts) +
                                        " times that it was pushed to: try again later");
}

}  // namespace mamc::git

#include "mamc/git/ma_files.hpp"

#include <mamc/abi.h>

#include "mamc/base/text.hpp"
#include "mamc/git/json.hpp"

namespace mamc::git {

using sdk::Failure;

namespace {

constexpr int kNotesPushAttempts = 5;
constexpr std::size_t kMostSummaryBytes = 64 << 10;
// For whoever merges these branches with git.
constexpr char kAttributesFile[] = ".ma/.gitattributes";
constexpr char kAttributes[] =
    "# Never in the way of a merge: the lines of both sides count.\n* merge=union\n";

// Of a file that anybody may have written.
std::string TextIn(Repo& repo, const std::string& tree, const std::string& path) {
  if (tree.empty()) return {};
  std::string text = repo.ReadBlob(tree, path).value_or("");
  return IsUtf8(text) ? text : std::string();
}

std::string InTheWay(const std::string& path) {
  return "nothing is written below .ma: '" + path +
         "' of the repository is a link, a submodule, or a file in place of the folder";
}

}  // namespace

std::string MaPlanLog(const std::string& task) {
  return ".ma/planning/task-" + SafeName(task) + "-plan.log";
}
std::string MaQaLog(const std::string& task) {
  return ".ma/qa/task-" + SafeName(task) + "-qa.log";
}

std::string MaFiles::WhyOff() {
  if (place_.off) return "the project has `ma: off`";
  if (is_aside()) {
    RefuseSideBranch();
    return {};
  }
  run_.repo().WriteTree();
  if (run_.repo().Ignores(kMaSummary)) return "the repository's .gitignore has .ma/";
  const std::string in_the_way = run_.repo().InTheWayOfNotes(run_.repo().ReadCommit(run_.head()).tree);
  return in_the_way.empty() ? "" : InTheWay(in_the_way);
}

void MaFiles::RefuseSideBranch() const {
  const bool is_own =
      IsBranchName(place_.branch) && place_.branch != run_.base() && place_.branch != run_.run_branch();
  if (!is_own)
    throw Failure(MAMC_E_INVALID,
                  "ma_branch of the project is '" + place_.branch +
                      "': it must be a branch name, and neither the base branch nor a task's");
  for (const std::string& other : {run_.base(), run_.run_branch()})
    if (IsAbove(other, place_.branch) || IsAbove(place_.branch, other)) RefuseBesides(other);
  if (const std::string other = remote_.BranchInTheWay(place_.branch); !other.empty()) RefuseBesides(other);
}

void MaFiles::RefuseBesides(const std::string& branch) const {
  throw Failure(MAMC_E_INVALID, "ma_branch of the project is '" + place_.branch +
                                    "', and there is a branch '" + branch +
                                    "': git has no branch below another; choose another name");
}

sdk::Task<MaFiles::Read> MaFiles::Open() {
  if (!is_aside()) co_return ReaderOf(run_.repo(), run_.repo().ReadCommit(run_.head()).tree);
  co_await remote_.Fetch();
  const auto tip = remote_.Branch(place_.branch);
  co_return ReaderOf(run_.repo(), tip ? run_.repo().ReadCommit(*tip).tree : "");
}

sdk::Task<bool> MaFiles::Write(CommitRequest request, Change change) {
  bool written = false;
  if (is_aside())
    written = co_await WriteAside(std::move(request), std::move(change));
  else
    written = co_await WriteOnBranch(std::move(request), std::move(change));
  co_return written;
}

MaFiles::Read MaFiles::ReaderOf(Repo& repo, std::string tree) {
  return
      [repo = &repo, tree = std::move(tree)](const std::string& path) { return TextIn(*repo, tree, path); };
}

std::string MaFiles::Changed(Repo& repo, const std::string& tree, const Change& change) {
  if (const std::string path = repo.InTheWayOfNotes(tree); !path.empty())
    throw Failure(MAMC_E_CONFLICT, InTheWay(path), {{"conflicts", {path}}});
  FileTexts files = change(ReaderOf(repo, tree));
  const bool adds =
      std::any_of(files.begin(), files.end(), [](const auto& file) { return file.second.has_value(); });
  if (adds) files.emplace(kAttributesFile, kAttributes);
  return repo.WithFiles(tree, files);
}

std::string MaFiles::CommitOf(const CommitRequest& request, const std::string& parent, std::string tree) {
  CommitData commit;
  if (!parent.empty()) commit.parents = {parent};
  commit.tree = std::move(tree);
  commit.message = FullMessage(request);
  commit.author = run_.AuthorFor(request.author);
  commit.time_s = request.time_ms / 1000;
  return run_.repo().WriteCommit(commit);
}

// Uncommitted changes of the working tree stay what they are. The commit is the run's once it is pushed:
// others would not find one that is on this machine only.
sdk::Task<bool> MaFiles::WriteOnBranch(CommitRequest request, Change change) {
  const std::string branch = run_.branch();
  for (int attempt = 0; attempt < kNotesPushAttempts; ++attempt) {
    const std::string at = run_.head();
    const std::string before = run_.repo().ReadCommit(at).tree;
    std::string after = Changed(run_.repo(), before, change);
    const bool changed = after != before;
    if (!changed && IsPushed(at)) co_return false;
    std::string commit = changed ? CommitOf(request, at, std::move(after)) : at;
    const bool pushed = co_await run_.Push(remote_, commit, branch);
    if (pushed) {
      run_.Advance(commit);
      co_return changed;
    }
    const bool only_notes = co_await run_.TakeInNotes(context_, remote_, branch);
    if (only_notes) continue;
    context_.Log(MAMC_LOG_WARN, "nothing is noted on the branch '" + branch + "' of " + remote_.url() +
                                    ": others have pushed work to it that this run has not tested");
    co_return false;
  }
  throw MovedEachTime(branch);
}

// As far as the remote was heard of.
bool MaFiles::IsPushed(const std::string& commit) {
  const auto theirs = remote_.Branch(run_.branch()), base = remote_.Branch(run_.base());
  return theirs == commit || (base && run_.repo().IsAncestor(commit, *base));
}

// Made anew on top of what the others have written meanwhile, so that nothing is ever merged.
sdk::Task<bool> MaFiles::WriteAside(CommitRequest request, Change change) {
  for (int attempt = 0; attempt < kNotesPushAttempts; ++attempt) {
    co_await remote_.Fetch();
    RefuseSideBranch();
    const std::string tip = remote_.Branch(place_.branch).value_or("");
    const std::string before = tip.empty() ? "" : run_.repo().ReadCommit(tip).tree;
    std::string after = Changed(run_.repo(), before, change);
    if (after == before || (tip.empty() && after == run_.repo().WithFiles("", {}))) co_return false;
    std::string commit = CommitOf(request, tip, std::move(after));
    const bool pushed = co_await remote_.Push(std::move(commit), place_.branch);
    if (pushed) co_return true;
  }
  throw MovedEachTime(place_.branch);
}

Failure MaFiles::MovedEachTime(const std::string& branch) const {
  return Failure(MAMC_E_UNAVAILABLE, "the branch '" + branch + "' of " + remote_.url() +
                                         " moved each of the " + std::to_string(kNotesPushAttempts) +
                                         " times that it was pushed to: try again later");
}

std::string PulledSummary(Run& run, const Remote& remote) {
  const MaPlace place = run.repo().ma_place();
  if (place.off) return {};
  const auto commit = place.branch.empty() ? std::optional(run.head()) : remote.Branch(place.branch);
  if (!commit) return {};
  return HeadAndTail(TextIn(run.repo(), run.repo().ReadCommit(*commit).tree, kMaSummary), kMostSummaryBytes);
}

}  // namespace mamc::git

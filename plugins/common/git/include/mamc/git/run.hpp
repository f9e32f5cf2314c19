// A run's workspace on this machine, shared by the workspace type `git` and the step type `git-operation`.
//
//   <project_base>/<name>-<hash of the remote>/     one folder per remote
//       mirror.git/           what the remote has, and the objects of all runs
//       mirror.lock git.lock  see remote.cpp
//       context-scan.cache    what scans have read (plugins/steps/context-scan)
//       runs/<id>/git         the run's branches, HEAD and index; its objects are the mirror's
//       runs/<id>/tree        the files; nothing of git lies in it
//       runs/<id>/retired     a mark: nothing runs here again
//       runs/<id>.lock        held by whoever works on the run
//
// A commit made in one run is thereby visible to every run of the machine at once. Names under
// refs/mamc/runs/<id>/ in the mirror keep what a run made. All of runs/<id>/git can be made again from them:
// whatever a process leaves behind when it is killed, PREPARE starts from names and objects alone.
//
// Thread rule: one thread uses a Run. Ownership: it owns the run's lock and its Repo.
#pragma once
#include <filesystem>
#include <mamc/cpp/context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mamc/git/lock.hpp"
#include "mamc/git/remote.hpp"
#include "mamc/git/repo.hpp"

namespace mamc::git {

struct PrepareRequest {
  std::string id, repo, base, branch, commit, tree;
  bool fresh = false;
  bool follow = false;        // take what the remote's branch has beyond `commit`
  std::string undo;           // the task whose changes beyond `commit` are to be taken back there (undo.hpp)
  std::string ma, ma_branch;  // where the project keeps its files below .ma
};

struct CommitRequest {
  std::string message;
  std::vector<std::string> files;  // patterns; none: everything
  std::optional<Author> author;
  std::int64_t time_ms = 0;
  std::string parent;
  std::vector<std::pair<std::string, std::string>> trailers;
};

struct Committed {
  std::string commit, tree;
  std::vector<std::string> changed;
  std::vector<std::string> left = {};  // changed, and not what `files` takes
  bool empty = false;
};

struct Uncommitted {
  std::vector<std::string> changed;  // or removed: the commit has them
  std::vector<std::string> added;
};

struct Changed {
  std::string before, after;
};

struct Published {
  std::string commit, remote_commit;
  bool rebased = false;
};

class Run {
 public:
  // Makes or finds the run's folder and brings its files to what the request says.
  static sdk::Task<Run> Prepare(sdk::Context& context, std::filesystem::path project_base,
                                std::optional<Author> author, Access access, PrepareRequest request);
  // The run with this id; MAMC_E_NOT_FOUND when it was never prepared here, MAMC_E_STALE when it is retired.
  static Run Find(sdk::Context& context, const std::filesystem::path& project_base, const std::string& id);
  // The run whose files lie at `tree`.
  static Run OfTree(sdk::Context& context, const std::filesystem::path& tree);
  static void Retire(sdk::Context& context, const std::filesystem::path& project_base, const std::string& id);
  static void Remove(sdk::Context& context, const std::filesystem::path& project_base, const std::string& id);

  Run(Run&&) noexcept = default;
  Run& operator=(Run&&) noexcept = default;

  std::filesystem::path tree_path() const { return folder_ / "tree"; }
  // The remote's folder on this machine, for what lies beside its mirror.
  std::filesystem::path store() const { return folder_.parent_path().parent_path(); }
  std::string branch() const { return repo_.HeadBranch(); }
  std::string run_branch() const { return repo_.Config("mamc.branch"); }
  std::string base() const { return repo_.Config("mamc.base"); }
  std::string head() const;
  Repo& repo() { return repo_; }
  Remote MakeRemote(sdk::Context& context) const;
  // What the branch has changed since the commit `since` of its base, as two trees without notes. What the
  // base has got meanwhile and the branch has taken in is no change of the branch.
  Changed ChangedSince(sdk::Context& context, const std::string& since);

  // Commits the work. What somebody has written among the notes is left out: machines write those (MaFiles).
  Committed Commit(const CommitRequest& request);
  // Where the files differ from the branch's commit, notes apart.
  Uncommitted FindUncommitted();
  // Writes the files as a tree and keeps it.
  std::string KeepTree();
  // Paths that this branch and the remote's have both changed, in ways that do not go together.
  std::vector<std::string> Conflicts(const Remote& remote);
  // Pushes. When the remote's branch has moved, own commits are rebased on what people have done there, and
  // pushed again. What another worker has made there of the same request is taken instead of them. Work of
  // another run of the same task, and a branch that was rewritten, refuse the push (MAMC_E_CONFLICT).
  sdk::Task<Published> Publish(sdk::Context& context, Remote& remote, std::string branch);
  // After a push to `branch` was refused: takes in what others have pushed there, as Publish does, when that
  // is notes and no work. Else nothing has changed, and somebody is to test it first.
  sdk::Task<bool> TakeInNotes(sdk::Context& context, Remote& remote, std::string branch);
  // Moves a branch of the remote forward to `commit`; false: it has moved meanwhile.
  sdk::Task<bool> Push(Remote& remote, std::string commit, std::string branch);
  // Refuses what is to be done with the run's branch when somebody has rewritten it at the remote since this
  // machine has seen it there (MAMC_E_CONFLICT). REQUIRES: `remote` was fetched.
  void RefuseRewritten(const Remote& remote) const;
  // Takes in what `theirs` has: forward, or by rebasing our own commits. The files follow, uncommitted
  // changes of the work are kept.
  void Integrate(const Remote& remote, const std::string& theirs);
  // Makes `branch`, at `commit`, the current one; uncommitted changes are carried over.
  void Switch(const std::string& branch, const std::string& commit);
  // Moves the current branch from where it is to `commit`, the files with it.
  void Advance(const std::string& commit);
  Author AuthorFor(const std::optional<Author>& given) const;

 private:
  Run(std::filesystem::path folder, FileLock lock, Repo repo);
  static Run OpenFolder(sdk::Context& context, const std::filesystem::path& folder);
  void SetUp(const PrepareRequest& request, const std::string& remote, const std::optional<Author>& author,
             const Access& access);
  void Anchor(const std::string& kind, const std::string& object);
  std::optional<std::string> Anchored(const std::string& kind) const;
  // After a push that was refused: where the remote has the branch now.
  sdk::Task<std::optional<std::string>> MovedTo(Remote& remote, std::string branch);
  // After a push that was refused because the branch has moved to `theirs`.
  void TakeIn(sdk::Context& context, const Remote& remote, const std::string& branch,
              const std::string& theirs);
  std::string HowToMerge(const Remote& remote) const;
  void MoveFiles(const std::string& from_tree, const std::string& to_tree);

  std::filesystem::path folder_;
  FileLock lock_;
  Repo repo_;
};

// As whom commits are made: as the settings say, else as git's own configuration does.
Author AuthorOf(const std::optional<Author>& of_settings);
// The message with its trailers, as it goes into the commit.
std::string FullMessage(const CommitRequest& request);
// MAMC_E_CONFLICT with {"conflicts": paths}; `then` is what to do about it.
sdk::Failure Conflict(const std::string& what, const std::vector<std::string>& paths,
                      const std::string& then = {});
[[noreturn]] void ThrowConflict(const std::string& what, const std::vector<std::string>& paths);
// The remote's branch is at `theirs` and has lost `ours`, which the run had reached: for a person.
sdk::Failure Rewritten(const std::string& url, const std::string& branch, const std::string& theirs,
                       const std::string& ours);
// Throws that when the run has seen its branch there at a commit that is no part of it any more.
void RefuseRewritten(const Repo& mirror, const Remote& remote, const std::string& run,
                     const std::string& branch);

// ---- names in the file system (run_store.cpp)
std::string SafeName(const std::string& id);
std::filesystem::path RemoteFolder(const std::filesystem::path& project_base, const std::string& remote);

}  // namespace mamc::git

// One git directory, with or without a working tree that lies elsewhere. The tree holds no `.git` of any
// kind, so nothing that runs in it can change where git looks or what it runs.
//
// Files are read and written as bytes: no filters, no line-end conversion, no hooks, no submodules. A tree
// written here and checked out again is the same tree.
//
// Thread rule: one thread uses a Repo. Ownership: it owns its libgit2 repository; object names are
// hexadecimal text. Every function fails by throwing sdk::Failure.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

struct git_repository;
struct git_index;
struct git_tree;

namespace mamc::git {

struct Author {
  std::string name;
  std::string email;
  bool operator==(const Author&) const = default;
};

struct CommitData {
  std::vector<std::string> parents;
  std::string tree;
  std::string message;
  Author author;
  std::int64_t time_s = 0;
  bool operator==(const CommitData&) const = default;
};

// The trailer of a squash: the commit whose work it has.
inline constexpr char kSquashed[] = "Squashed";

// What a merge or a rebase came to: an object name, or the paths that both sides changed.
struct Merged {
  std::string result;
  std::vector<std::string> conflicts;
  bool ok() const { return conflicts.empty(); }
};

struct ListedFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::string id = {};  // of its bytes: the same for the same bytes
};

// Where a project keeps what its machines note of its code and its tasks (ma_files.hpp).
struct MaPlace {
  bool off = false;
  std::string branch;  // empty: the folder .ma of each branch
  // Whether what lies in that folder is notes, and not work like all the rest.
  bool in_tree() const { return !off && branch.empty(); }
};

// Texts of files by path; no value: the file is removed.
using FileTexts = std::map<std::string, std::optional<std::string>>;

class Repo {
 public:
  static void InitBare(const std::filesystem::path& git_dir);
  static Repo OpenBare(const std::filesystem::path& git_dir);
  static Repo Open(const std::filesystem::path& git_dir, const std::filesystem::path& work_tree);
  ~Repo();
  Repo(Repo&& other) noexcept;
  Repo& operator=(Repo&& other) noexcept;

  // ---- names (repo.cpp)
  std::optional<std::string> Ref(const std::string& name) const;
  void SetRef(const std::string& name, const std::string& object);
  // Moves the name from `expected` (empty: it must not exist) to `object`; false when it was elsewhere.
  bool SwapRef(const std::string& name, const std::string& expected, const std::string& object);
  void RemoveRef(const std::string& name);
  // The first name below a folder of names such as "refs/heads/task"; empty: none.
  std::string FirstRefBelow(const std::string& folder) const;
  std::string HeadBranch() const;  // "task/42", without refs/heads/
  void SetHeadBranch(const std::string& branch);
  std::string Config(const std::string& key) const;  // empty when unset
  void SetConfig(const std::string& key, const std::string& value);
  // By mamc.ma and mamc.ma-branch of the configuration, unless it is given.
  MaPlace ma_place() const;
  void GiveMaPlace(MaPlace place) { given_ma_place_ = std::move(place); }

  // ---- objects (repo.cpp)
  bool HasCommit(const std::string& name) const;
  bool HasTree(const std::string& name) const;
  CommitData ReadCommit(const std::string& name) const;
  std::string WriteCommit(const CommitData& commit);
  // Of a regular file; no value for anything else.
  std::optional<std::string> ReadBlob(const std::string& tree, const std::string& path) const;
  // Whether a tree has anything of this path.
  bool Has(const std::string& tree, const std::string& path) const;
  // The bytes that a ListedFile names.
  std::string ReadBytes(const std::string& id) const;
  // The regular files of a tree, sorted by path.
  std::vector<ListedFile> ListFiles(const std::string& tree) const;

  // ---- history (history.cpp)
  std::vector<std::string> ChangedPaths(const std::string& from_tree, const std::string& to_tree) const;
  // At most about `max_bytes` of it are made. A file of more than 32 MiB is only named, as binary ones are.
  std::string DiffText(const std::string& from_tree, const std::string& to_tree, std::size_t max_bytes) const;
  // `base` with the given paths as they are in `full`.
  std::string TakePaths(const std::string& base, const std::string& full,
                        const std::vector<std::string>& paths);
  // `tree` (empty: no files) with these texts in it.
  std::string WithFiles(const std::string& tree, const FileTexts& files);
  bool IsAncestor(const std::string& ancestor,
                  const std::string& commit) const;  // a commit is its own ancestor
  std::optional<std::string> MergeBase(const std::string& a, const std::string& b) const;
  // How many of the newest `most` commits that `commit` has changed each path. Merges and a first commit,
  // which adds everything, do not count.
  std::map<std::string, int> CommitsOfPaths(const std::string& commit, std::size_t most) const;
  // Commits that `commit` has and `onto` has not, parents first.
  std::vector<std::string> OwnCommits(const std::string& commit, const std::string& onto) const;
  // Notes of both sides never conflict. What one side has of the other by a squash is no change of both.
  Merged MergeCommits(const std::string& ours, const std::string& theirs);
  Merged MergeTrees(const std::string& ancestor, const std::string& ours, const std::string& theirs);
  // `commit`'s own commits on top of `onto`; a range that holds a merge is merged instead. The same input
  // gives the same commit.
  Merged Rebase(const std::string& commit, const std::string& onto);

  // ---- squashes (squash.cpp)
  // The newest commit of `commit` whose work `onto` has by a squash: a commit that names it in its trailer
  // Squashed and is what a merge of it gave. Words alone do not make one.
  std::optional<std::string> SquashedInto(const std::string& onto, const std::string& commit);

  // ---- work and notes (ma_tree.cpp)
  // `tree` without notes.
  std::string WorkOf(const std::string& tree);
  // Trees are judged by their work: what was noted of it meanwhile changes nothing.
  bool SameWork(const std::string& one_tree, const std::string& other_tree);
  // The work of `tree` with the notes of `noted`.
  std::string WithNotesOf(const std::string& noted, const std::string& tree);
  // What keeps notes from being written in a tree: a link or a submodule at or below `.ma`, or a file in its
  // place. Empty: nothing.
  std::string InTheWayOfNotes(const std::string& tree) const;

  // ---- the working tree (files.cpp, check_out.cpp)
  // Writes the files as they are as a tree object. Files that the repository ignores and does not track are
  // left out. `track` makes the new ones tracked from now on.
  enum class NewFiles { kLook, kTrack };
  std::string WriteTree(NewFiles new_files = NewFiles::kLook);
  // Brings the files to exactly `tree`; everything else is removed, ignored files excepted.
  void CheckOut(const std::string& tree);
  // Whether a file of this path would be left out. REQUIRES: WriteTree has read the ignore files.
  bool Ignores(const std::string& path) const;
  // Repository paths that git tracks here, sorted.
  std::vector<std::string> TrackedPaths() const;

 private:
  explicit Repo(git_repository* repository, std::filesystem::path work_tree);
  Merged WriteMerged(git_index* index, git_tree* ours, git_tree* theirs);
  bool IsSquash(const std::string& name, const std::string& source);

  git_repository* repository_;
  std::filesystem::path work_tree_;
  std::optional<MaPlace> given_ma_place_;
  std::unordered_map<std::string, bool> squashes_;  // commits that were looked at, and whether they are ones
  int nested_ = 0;                                  // IsSquash within IsSquash
};

// The user's own user.name and user.email from git's configuration.
std::optional<Author> ConfiguredAuthor();
// Said when there is none anywhere, and what to do then.
inline constexpr char kNoAuthor[] = "nobody to commit as";
inline constexpr char kNameAuthor[] =
    "set git.author (name and email) in mamc.yaml, or git config --global user.name and user.email";
// Why something will be refused, and what to do.
struct Refusal {
  std::string why, advice;
};
// Whether the repository in a folder will refuse what is pushed to `branch` (empty: its current one), as far
// as its files say. A checked-out branch is refused unless its configuration says otherwise.
std::optional<Refusal> RefusalOfPush(const std::filesystem::path& folder, const std::string& branch);
bool IsBranchName(const std::string& name);
// SHA-256 in lower-case hexadecimal.
std::string Sha256Hex(const std::string& text);

}  // namespace mamc::git

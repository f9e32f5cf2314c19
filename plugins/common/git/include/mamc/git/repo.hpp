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
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct git_repository;
struct git_index;

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

// What a merge or a rebase came to: an object name, or the paths that both sides changed.
struct Merged {
  std::string result;
  std::vector<std::string> conflicts;
  bool ok() const { return conflicts.empty(); }
};

struct ListedFile {
  std::string path;
  std::uint64_t bytes = 0;
};

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
  std::string HeadBranch() const;  // "task/42", without refs/heads/
  void SetHeadBranch(const std::string& branch);
  std::string Config(const std::string& key) const;  // empty when unset
  void SetConfig(const std::string& key, const std::string& value);

  // ---- objects (repo.cpp)
  bool HasCommit(const std::string& name) const;
  bool HasTree(const std::string& name) const;
  CommitData ReadCommit(const std::string& name) const;
  std::string WriteCommit(const CommitData& commit);
  std::optional<std::string> ReadBlob(const std::string& tree, const std::string& path) const;
  // The regular files of a tree, sorted by path.
  std::vector<ListedFile> ListFiles(const std::string& tree) const;

  // ---- history (history.cpp)
  std::vector<std::string> ChangedPaths(const std::string& from_tree, const std::string& to_tree) const;
  std::string DiffText(const std::string& from_tree, const std::string& to_tree) const;
  // `base` with the given paths as they are in `full`.
  std::string TakePaths(const std::string& base, const std::string& full,
                        const std::vector<std::string>& paths);
  bool IsAncestor(const std::string& ancestor,
                  const std::string& commit) const;  // a commit is its own ancestor
  std::optional<std::string> MergeBase(const std::string& a, const std::string& b) const;
  Merged MergeCommits(const std::string& ours, const std::string& theirs);
  Merged MergeTrees(const std::string& ancestor, const std::string& ours, const std::string& theirs);
  // `commit`'s own commits on top of `onto`; a range that holds a merge is merged instead. The same input
  // gives the same commit.
  Merged Rebase(const std::string& commit, const std::string& onto);

  // ---- the working tree (files.cpp, check_out.cpp)
  // Writes the files as they are as a tree object. Files that the repository ignores and does not track are
  // left out. `track` makes the new ones tracked from now on.
  enum class NewFiles { kLook, kTrack };
  std::string WriteTree(NewFiles new_files = NewFiles::kLook);
  // Brings the files to exactly `tree`; everything else is removed, ignored files excepted.
  void CheckOut(const std::string& tree);
  // Repository paths that git tracks here, sorted.
  std::vector<std::string> TrackedPaths() const;

 private:
  explicit Repo(git_repository* repository, std::filesystem::path work_tree);
  Merged WriteMerged(git_index* index);

  git_repository* repository_;
  std::filesystem::path work_tree_;
};

// The user's own user.name and user.email from git's configuration.
std::optional<Author> ConfiguredAuthor();
// Said when there is none anywhere.
inline constexpr char kNoAuthor[] =
    "nobody to commit as: set git.author (name and email) in mamc.yaml, or git config --global user.name and "
    "user.email";
// Why the repository in a folder will refuse what is pushed to `branch` (empty: its current one), as far as
// its files say; empty when it will not. A checked-out branch is refused unless its configuration says
// otherwise.
std::string RefusalOfPush(const std::filesystem::path& folder, const std::string& branch);
bool IsBranchName(const std::string& name);
// SHA-256 in lower-case hexadecimal.
std::string Sha256Hex(const std::string& text);

}  // namespace mamc::git

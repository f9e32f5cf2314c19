#include "ma_tree.hpp"

#include "conflicts.hpp"
#include "handle.hpp"
#include "mamc/git/repo.hpp"

namespace mamc::git {
namespace {

using TreeEntryHandle = Handle<git_tree_entry, git_tree_entry_free>;
using TreeBuilderHandle = Handle<git_treebuilder, git_treebuilder_free>;

constexpr char kMa[] = ".ma";

bool IsBelowMa(std::string_view path) {
  return path.starts_with(".ma/");
}

// Written as a whole by the next scan: two of them merged are neither.
bool IsRegenerated(std::string_view path) {
  return path.starts_with(".ma/context/");
}

bool IsRegular(std::uint32_t mode) {
  return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

git_oid WriteBlob(git_repository* repository, std::string_view text, const std::string& path) {
  git_oid oid;
  Check(git_blob_create_from_buffer(&oid, repository, text.data(), text.size()), "store '" + path + "'");
  return oid;
}

void AddEntry(git_index* index, const std::string& path, const git_oid& oid, std::uint32_t mode) {
  git_index_entry entry{};
  entry.path = path.c_str();
  entry.id = oid;
  entry.mode = mode;
  Check(git_index_add(index, &entry), "take in '" + path + "'");
}

struct FreeMerged {
  git_merge_file_result result{};
  ~FreeMerged() { git_merge_file_result_free(&result); }
};

git_oid LinesOfBoth(git_repository* repository, const git_index_entry* ancestor, const git_index_entry* ours,
                    const git_index_entry* theirs, const std::string& path) {
  git_merge_file_options options = GIT_MERGE_FILE_OPTIONS_INIT;
  options.favor = GIT_MERGE_FILE_FAVOR_UNION;
  FreeMerged merged;
  Check(git_merge_file_from_index(&merged.result, repository, ancestor, ours, theirs, &options),
        "merge '" + path + "'");
  return WriteBlob(repository, {merged.result.ptr, merged.result.len}, path);
}

void SettleConflict(git_repository* repository, git_index* index, const std::string& path) {
  const git_index_entry *ancestor = nullptr, *ours = nullptr, *theirs = nullptr;
  if (git_index_conflict_get(&ancestor, &ours, &theirs, index, path.c_str()) < 0) return;
  for (const git_index_entry* side : {ancestor, ours, theirs})
    if (side != nullptr && !IsRegular(side->mode)) return;
  const git_index_entry* kept = ours != nullptr ? ours : theirs;
  if (kept == nullptr) return;
  git_oid oid = kept->id;
  const std::uint32_t mode = kept->mode;
  if (ours != nullptr && theirs != nullptr && !IsRegenerated(path))
    oid = LinesOfBoth(repository, ancestor, ours, theirs, path);
  Check(git_index_conflict_remove(index, path.c_str()), "settle '" + path + "'");
  AddEntry(index, path, oid, mode);
}

// Null when the tree does not have it.
TreeEntryHandle Find(const git_tree* tree, const std::string& path) {
  git_tree_entry* entry = nullptr;
  const int error = git_tree_entry_bypath(&entry, tree, path.c_str());
  if (error != GIT_ENOTFOUND) Check(error, "find " + path);
  return TreeEntryHandle(entry);
}

std::vector<std::string> Regenerated(git_index* index) {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < git_index_entrycount(index); ++i) {
    const git_index_entry* entry = git_index_get_byindex(index, i);
    if (git_index_entry_stage(entry) == 0 && IsRegenerated(entry->path)) paths.emplace_back(entry->path);
  }
  return paths;
}

void UndoMixture(git_index* index, const git_tree* ours, const git_tree* theirs, const std::string& path) {
  const TreeEntryHandle our = Find(ours, path), their = Find(theirs, path);
  const git_index_entry* merged = git_index_get_bypath(index, path.c_str(), 0);
  if (!our || !their || merged == nullptr) return;
  const bool is_mixture = git_oid_equal(&merged->id, git_tree_entry_id(our.get())) == 0 &&
                          git_oid_equal(&merged->id, git_tree_entry_id(their.get())) == 0;
  if (is_mixture) AddEntry(index, path, *git_tree_entry_id(our.get()), git_tree_entry_filemode(our.get()));
}

IndexHandle IndexOf(git_repository* repository, const std::string& tree_name) {
  auto index = Make<IndexHandle>("make an index", git_index_new);
  if (tree_name.empty()) return index;
  git_oid oid = ParseOid(tree_name);
  auto tree = Make<TreeHandle>("read the tree " + tree_name, git_tree_lookup, repository, &oid);
  Check(git_index_read_tree(index.get(), tree.get()), "read the tree " + tree_name);
  return index;
}

TreeHandle LookUpTree(git_repository* repository, const std::string& name) {
  git_oid oid = ParseOid(name);
  return Make<TreeHandle>("read the tree " + name, git_tree_lookup, repository, &oid);
}

// `tree` with `entry` (null: nothing) by the name of .ma in it.
std::string WithMa(git_repository* repository, const std::string& tree, const git_tree_entry* entry) {
  TreeHandle before = LookUpTree(repository, tree);
  auto builder = Make<TreeBuilderHandle>("write a tree", git_treebuilder_new, repository, before.get());
  if (git_treebuilder_get(builder.get(), kMa) != nullptr)
    Check(git_treebuilder_remove(builder.get(), kMa), "leave out .ma");
  if (entry != nullptr)
    Check(git_treebuilder_insert(nullptr, builder.get(), kMa, git_tree_entry_id(entry),
                                 git_tree_entry_filemode(entry)),
          "take in .ma");
  git_oid after;
  Check(git_treebuilder_write(&after, builder.get()), "write a tree");
  return Hex(after);
}

std::string WriteIndex(git_repository* repository, git_index* index) {
  git_oid tree;
  Check(git_index_write_tree_to(&tree, index, repository), "write a tree");
  return Hex(tree);
}

}  // namespace

void SettleMa(git_repository* repository, git_index* index, const git_tree* ours, const git_tree* theirs) {
  if (git_index_has_conflicts(index))
    for (const std::string& path : ConflictsOf(index))
      if (IsBelowMa(path)) SettleConflict(repository, index, path);
  for (const std::string& path : Regenerated(index)) UndoMixture(index, ours, theirs, path);
}

std::string Repo::WithFiles(const std::string& tree, const FileTexts& files) {
  IndexHandle index = IndexOf(repository_, tree);
  for (const auto& [path, text] : files) {
    const git_index_entry* there = git_index_get_bypath(index.get(), path.c_str(), 0);
    if (text)
      AddEntry(index.get(), path, WriteBlob(repository_, *text, path), GIT_FILEMODE_BLOB);
    else if (there != nullptr)
      Check(git_index_remove(index.get(), path.c_str(), 0), "leave out '" + path + "'");
  }
  return WriteIndex(repository_, index.get());
}

std::string Repo::WorkOf(const std::string& tree) {
  if (!ma_place().in_tree()) return tree;
  const TreeEntryHandle noted = Find(LookUpTree(repository_, tree).get(), kMa);
  const bool is_folder = noted && git_tree_entry_type(noted.get()) == GIT_OBJECT_TREE;
  return is_folder ? WithMa(repository_, tree, nullptr) : tree;
}

bool Repo::SameWork(const std::string& one_tree, const std::string& other_tree) {
  return WorkOf(one_tree) == WorkOf(other_tree);
}

std::string Repo::WithNotesOf(const std::string& noted, const std::string& tree) {
  if (!ma_place().in_tree()) return tree;
  return WithMa(repository_, tree, Find(LookUpTree(repository_, noted).get(), kMa).get());
}

std::string Repo::InTheWayOfNotes(const std::string& tree) const {
  IndexHandle index = IndexOf(repository_, tree);
  for (std::size_t i = 0; i < git_index_entrycount(index.get()); ++i) {
    const git_index_entry* entry = git_index_get_byindex(index.get(), i);
    const std::string path = entry->path;
    if (path == kMa || (IsBelowMa(path) && !IsRegular(entry->mode))) return path;
  }
  return {};
}

bool Repo::Ignores(const std::string& path) const {
  Check(git_attr_cache_flush(repository_), "forget old ignore rules");
  int ignored = 0;
  Check(git_ignore_path_is_ignored(&ignored, repository_, path.c_str()),
        "look up whether '" + path + "' is ignored");
  return ignored != 0;
}

}  // namespace mamc::git

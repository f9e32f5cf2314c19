#include <algorithm>

#include "conflicts.hpp"
#include "handle.hpp"
#include "ma_tree.hpp"
#include "mamc/git/repo.hpp"

namespace mamc::git {
namespace {

constexpr git_off_t kMaxDiffedFileBytes = 32 << 20;

TreeHandle LookUpTree(git_repository* repository, const std::string& name) {
  git_oid oid = ParseOid(name);
  return Make<TreeHandle>("read the tree " + name, git_tree_lookup, repository, &oid);
}

CommitHandle LookUpCommit(git_repository* repository, const std::string& name) {
  git_oid oid = ParseOid(name);
  return Make<CommitHandle>("read the commit " + name, git_commit_lookup, repository, &oid);
}

DiffHandle DiffTrees(git_repository* repository, const std::string& from, const std::string& to) {
  TreeHandle a = LookUpTree(repository, from);
  TreeHandle b = LookUpTree(repository, to);
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.max_size = kMaxDiffedFileBytes;
  return Make<DiffHandle>("compare " + from + " with " + to, git_diff_tree_to_tree, repository, a.get(),
                          b.get(), &options);
}

TreeHandle TreeOf(const CommitHandle& commit) {
  return Make<TreeHandle>("read a commit's files", git_commit_tree, commit.get());
}

}  // namespace

std::vector<std::string> ConflictsOf(git_index* index) {
  auto conflicts = Make<ConflictsHandle>("list the conflicts", git_index_conflict_iterator_new, index);
  std::vector<std::string> paths;
  const git_index_entry *ancestor = nullptr, *ours = nullptr, *theirs = nullptr;
  int error = 0;
  while ((error = git_index_conflict_next(&ancestor, &ours, &theirs, conflicts.get())) == 0)
    for (const git_index_entry* side : {ancestor, ours, theirs})
      if (side != nullptr) paths.emplace_back(side->path);
  if (error != GIT_ITEROVER) Check(error, "list the conflicts");
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

std::vector<std::string> Repo::ChangedPaths(const std::string& from, const std::string& to) const {
  std::vector<std::string> paths;
  if (from == to) return paths;
  DiffHandle diff = DiffTrees(repository_, from, to);
  for (std::size_t i = 0; i < git_diff_num_deltas(diff.get()); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(diff.get(), i);
    paths.emplace_back(delta->new_file.path != nullptr ? delta->new_file.path : delta->old_file.path);
  }
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

std::vector<ListedFile> Repo::ListFiles(const std::string& tree_name) const {
  TreeHandle tree = LookUpTree(repository_, tree_name);
  auto index = Make<IndexHandle>("make an index", git_index_new);
  Check(git_index_read_tree(index.get(), tree.get()), "read the tree " + tree_name);
  auto odb = Make<OdbHandle>("open the object store", git_repository_odb, repository_);
  std::vector<ListedFile> files;
  for (std::size_t i = 0; i < git_index_entrycount(index.get()); ++i) {
    const git_index_entry* entry = git_index_get_byindex(index.get(), i);
    if (entry->mode != GIT_FILEMODE_BLOB && entry->mode != GIT_FILEMODE_BLOB_EXECUTABLE) continue;
    std::size_t bytes = 0;
    git_object_t type{};
    Check(git_odb_read_header(&bytes, &type, odb.get(), &entry->id),
          "read '" + std::string(entry->path) + "' from the object store");
    files.push_back({entry->path, bytes, Hex(entry->id)});
  }
  return files;
}

std::string Repo::DiffText(const std::string& from, const std::string& to, std::size_t max_bytes) const {
  DiffHandle diff = DiffTrees(repository_, from, to);
  struct Taken {
    std::string text;
    std::size_t max_bytes;
  } taken{{}, max_bytes};
  const auto take = [](const git_diff_delta*, const git_diff_hunk*, const git_diff_line* line,
                       void* to_taken) {
    auto& [text, most] = *static_cast<Taken*>(to_taken);
    const bool marked = line->origin == ' ' || line->origin == '+' || line->origin == '-';
    if (marked) text += line->origin;
    text.append(line->content, std::min(line->content_len, most));
    return text.size() < most ? 0 : static_cast<int>(GIT_EUSER);
  };
  const int error = git_diff_print(diff.get(), GIT_DIFF_FORMAT_PATCH, take, &taken);
  if (error != GIT_EUSER) Check(error, "write the difference");
  return std::move(taken.text);
}

std::string Repo::TakePaths(const std::string& base, const std::string& full,
                            const std::vector<std::string>& paths) {
  TreeHandle base_tree = LookUpTree(repository_, base);
  TreeHandle full_tree = LookUpTree(repository_, full);
  auto index = Make<IndexHandle>("make an index", git_index_new);
  Check(git_index_read_tree(index.get(), base_tree.get()), "read the tree " + base);
  auto source = Make<IndexHandle>("make an index", git_index_new);
  Check(git_index_read_tree(source.get(), full_tree.get()), "read the tree " + full);
  for (const std::string& path : paths)
    if (git_index_get_bypath(source.get(), path.c_str(), 0) == nullptr &&
        git_index_get_bypath(index.get(), path.c_str(), 0) != nullptr)
      Check(git_index_remove(index.get(), path.c_str(), 0), "leave out '" + path + "'");
  for (const std::string& path : paths)
    if (const git_index_entry* entry = git_index_get_bypath(source.get(), path.c_str(), 0))
      Check(git_index_add(index.get(), entry), "take '" + path + "'");
  git_oid tree;
  Check(git_index_write_tree_to(&tree, index.get(), repository_), "write a tree");
  return Hex(tree);
}

bool Repo::IsAncestor(const std::string& ancestor, const std::string& commit) const {
  if (ancestor == commit) return true;
  git_oid below = ParseOid(ancestor), above = ParseOid(commit);
  int answer = git_graph_descendant_of(repository_, &above, &below);
  Check(answer, "compare " + ancestor + " with " + commit);
  return answer == 1;
}

std::optional<std::string> Repo::MergeBase(const std::string& a, const std::string& b) const {
  git_oid one = ParseOid(a), two = ParseOid(b), base;
  int error = git_merge_base(&base, repository_, &one, &two);
  if (error == GIT_ENOTFOUND) return std::nullopt;
  Check(error, "find where " + a + " and " + b + " part");
  return Hex(base);
}

std::map<std::string, int> Repo::CommitsOfPaths(const std::string& commit, std::size_t most) const {
  auto walk = Make<RevwalkHandle>("walk the history", git_revwalk_new, repository_);
  Check(git_revwalk_sorting(walk.get(), GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME), "walk the history");
  const git_oid from = ParseOid(commit);
  Check(git_revwalk_push(walk.get(), &from), "walk from " + commit);
  std::map<std::string, int> counts;
  git_oid next;
  for (std::size_t seen = 0; seen < most && git_revwalk_next(&next, walk.get()) == 0; ++seen) {
    const CommitData data = ReadCommit(Hex(next));
    if (data.parents.size() != 1) continue;
    for (const std::string& path : ChangedPaths(ReadCommit(data.parents[0]).tree, data.tree)) ++counts[path];
  }
  return counts;
}

std::vector<std::string> Repo::OwnCommits(const std::string& commit, const std::string& onto) const {
  auto walk = Make<RevwalkHandle>("walk the history", git_revwalk_new, repository_);
  Check(git_revwalk_sorting(walk.get(), GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE), "walk the history");
  git_oid from = ParseOid(commit), hidden = ParseOid(onto);
  Check(git_revwalk_push(walk.get(), &from), "walk from " + commit);
  Check(git_revwalk_hide(walk.get(), &hidden), "walk from " + onto);
  std::vector<std::string> commits;
  git_oid next;
  int error = 0;
  while ((error = git_revwalk_next(&next, walk.get())) == 0) commits.push_back(Hex(next));
  if (error != GIT_ITEROVER) Check(error, "walk the history");
  return commits;
}

Merged Repo::WriteMerged(git_index* index, git_tree* ours, git_tree* theirs) {
  if (ma_place().in_tree()) SettleMa(repository_, index, ours, theirs);
  if (git_index_has_conflicts(index)) return {{}, ConflictsOf(index)};
  git_oid tree;
  Check(git_index_write_tree_to(&tree, index, repository_), "write the merged tree");
  return {Hex(tree), {}};
}

Merged Repo::MergeCommits(const std::string& ours, const std::string& theirs) {
  auto squashed = SquashedInto(ours, theirs);
  if (!squashed) squashed = SquashedInto(theirs, ours);
  if (squashed) return MergeTrees(ReadCommit(*squashed).tree, ReadCommit(ours).tree, ReadCommit(theirs).tree);
  CommitHandle a = LookUpCommit(repository_, ours), b = LookUpCommit(repository_, theirs);
  git_merge_options options = GIT_MERGE_OPTIONS_INIT;
  auto index = Make<IndexHandle>("merge " + theirs + " into " + ours, git_merge_commits, repository_, a.get(),
                                 b.get(), &options);
  return WriteMerged(index.get(), TreeOf(a).get(), TreeOf(b).get());
}

Merged Repo::MergeTrees(const std::string& ancestor, const std::string& ours, const std::string& theirs) {
  if (ancestor == theirs || ours == theirs) return {ours, {}};
  if (ancestor == ours) return {theirs, {}};
  TreeHandle a = LookUpTree(repository_, ancestor), b = LookUpTree(repository_, ours),
             c = LookUpTree(repository_, theirs);
  git_merge_options options = GIT_MERGE_OPTIONS_INIT;
  auto index = Make<IndexHandle>("merge the tree " + theirs + " into " + ours, git_merge_trees, repository_,
                                 a.get(), b.get(), c.get(), &options);
  return WriteMerged(index.get(), b.get(), c.get());
}

Merged Repo::Rebase(const std::string& commit, const std::string& onto) {
  if (IsAncestor(onto, commit)) return {commit, {}};
  if (IsAncestor(commit, onto)) return {onto, {}};
  std::vector<std::string> own = OwnCommits(commit, onto);
  if (const auto squashed = SquashedInto(onto, commit))
    std::erase_if(own, [&](const std::string& name) { return IsAncestor(name, *squashed); });
  const bool linear = std::all_of(
      own.begin(), own.end(), [&](const std::string& name) { return ReadCommit(name).parents.size() == 1; });
  if (!linear) {
    Merged merged = MergeCommits(onto, commit);
    if (!merged.ok()) return merged;
    CommitData tip = ReadCommit(commit);
    return {WriteCommit(
                {{onto, commit}, merged.result, "Merge the work of this branch\n", tip.author, tip.time_s}),
            {}};
  }
  std::string tip = onto;
  for (const std::string& name : own) {
    CommitHandle pick = LookUpCommit(repository_, name), base = LookUpCommit(repository_, tip);
    git_merge_options options = GIT_MERGE_OPTIONS_INIT;
    auto index = Make<IndexHandle>("rebase " + name, git_cherrypick_commit, repository_, pick.get(),
                                   base.get(), 0u, &options);
    Merged merged = WriteMerged(index.get(), TreeOf(base).get(), TreeOf(pick).get());
    if (!merged.ok()) return merged;
    CommitData data = ReadCommit(name);
    if (merged.result == ReadCommit(tip).tree) continue;  // the other side has this change already
    data.parents = {tip};
    data.tree = merged.result;
    tip = WriteCommit(data);
  }
  return {tip, {}};
}

}  // namespace mamc::git

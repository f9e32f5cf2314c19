#include "mamc/git/run.hpp"

#include <mamc/abi.h>

#include <algorithm>

#include "mamc/base/text.hpp"
#include "mamc/edit/apply.hpp"
#include "mamc/git/glob.hpp"
#include "run_store.hpp"
#include "undo.hpp"

namespace mamc::git {

namespace fs = std::filesystem;
using sdk::Failure;

namespace {

struct Target {
  std::string commit, tree, base_commit;
};

fs::path MirrorOf(const fs::path& run_folder) {
  return run_folder.parent_path().parent_path() / "mirror.git";
}

void Validate(const PrepareRequest& request) {
  if (!IsBranchName(request.branch))
    throw Failure(MAMC_E_INVALID, "'" + request.branch + "' is not a branch name");
  if (!request.base.empty() && !IsBranchName(request.base))
    throw Failure(MAMC_E_INVALID, "the base '" + request.base + "' is not a branch name");
}

bool KnowsAll(const Remote& remote, const PrepareRequest& request) {
  if (request.commit.empty() || request.base.empty() || !remote.Branch(request.base)) return false;
  Repo mirror = Repo::OpenBare(remote.mirror());
  return mirror.HasCommit(request.commit) && (request.tree.empty() || mirror.HasTree(request.tree));
}

Target Resolve(const Remote& remote, const PrepareRequest& request) {
  Target target;
  target.base_commit = remote.Branch(request.base).value_or("");
  target.commit =
      !request.commit.empty() ? request.commit : remote.Branch(request.branch).value_or(target.base_commit);
  if (target.commit.empty())
    throw Failure(MAMC_E_NOT_FOUND, remote.url() + " has neither a branch '" + request.branch +
                                        "' nor its base '" + request.base + "'");
  Repo mirror = Repo::OpenBare(remote.mirror());
  if (!mirror.HasCommit(target.commit))
    throw Failure(MAMC_E_NOT_FOUND, "the commit " + target.commit +
                                        " is neither on this machine nor on a branch of " + remote.url());
  target.tree = !request.tree.empty() ? request.tree : mirror.ReadCommit(target.commit).tree;
  if (!mirror.HasTree(target.tree))
    throw Failure(MAMC_E_NOT_FOUND,
                  "the tree " + target.tree + " is not on this machine: leave it out to take the commit's");
  return target;
}

// What somebody has done on the branch since it was at the request's commit is taken in; uncommitted changes
// come along.
void Follow(const Remote& remote, PrepareRequest* request) {
  const auto theirs = remote.Branch(request->branch);
  if (!theirs || request->commit.empty()) return;
  Repo mirror = Repo::OpenBare(remote.mirror());
  if (!mirror.HasCommit(request->commit))
    throw Failure(MAMC_E_NOT_FOUND, "the commit " + request->commit +
                                        " is neither on this machine nor on a branch of " + remote.url());
  if (mirror.IsAncestor(*theirs, request->commit)) return;
  if (!mirror.IsAncestor(request->commit, *theirs))
    throw Rewritten(remote.url(), request->branch, *theirs, request->commit);
  const std::string old_tree = mirror.ReadCommit(request->commit).tree;
  const std::string new_tree = mirror.ReadCommit(*theirs).tree;
  if (!request->tree.empty()) {
    mirror.GiveMaPlace({request->ma == "off", request->ma_branch});
    const std::string work = mirror.WithNotesOf(old_tree, request->tree);
    const Merged merged = mirror.MergeTrees(old_tree, work, new_tree);
    if (!merged.ok())
      ThrowConflict("changes of the run that are not committed and the branch '" + request->branch + "' of " +
                        remote.url() + " both changed",
                    merged.conflicts);
    request->tree = merged.result;
  }
  request->commit = *theirs;
}

fs::path ChooseFolder(const fs::path& runs, const PrepareRequest& request) {
  const int last = LastGeneration(runs, request.id);
  if (last == 0) return GenerationFolder(runs, request.id, 1);
  const fs::path folder = GenerationFolder(runs, request.id, last);
  if (!fs::exists(folder / "retired")) return folder;
  if (!request.fresh)
    throw Failure(MAMC_E_STALE, "the workspace '" + request.id + "' is retired: prepare it with fresh: true");
  return GenerationFolder(runs, request.id, last + 1);
}

// The objects of all runs are the mirror's, by a link in place of the folder.
void MakeGitDirectory(const fs::path& folder) {
  if (fs::exists(folder / "git")) return;
  const fs::path making = folder / "git.new";
  fs::remove_all(making);
  Repo::InitBare(making);
  fs::remove_all(making / "objects");
  fs::create_directory_symlink("../../../mirror.git/objects", making / "objects");
  Repo repo = Repo::OpenBare(making);
  repo.SetConfig("core.logAllRefUpdates", "false");
  repo.SetConfig("core.fileMode", "true");
  repo.SetConfig("core.excludesFile",
                 (folder / "git" / "info" / "no-excludes").string());  // not the user's own
  fs::rename(making, folder / "git");
}

void MakeTreeFolder(const fs::path& tree) {
  if (fs::is_directory(fs::symlink_status(tree))) return;
  fs::remove_all(tree);
  fs::create_directory(tree);
}

// An edit whose host was killed must not come to its end later, on top of the tree that is checked out now.
// One that somebody has worked on since is left as it is: the tree is brought to its commit anyway.
void CompleteEdit(sdk::Context& context, const fs::path& tree) {
  const auto completed = edit::Recover(tree);
  if (completed.ok()) {
    if (!completed->empty())
      context.Log(MAMC_LOG_INFO, "an edit that was interrupted in " + tree.string() + " was completed");
  } else if (completed.status().code() == Code::kConflict) {
    context.Log(MAMC_LOG_WARN, completed.status().message());
  } else {
    throw Failure(static_cast<mamc_code>(completed.status().code()), completed.status().message());
  }
}

Repo OpenOrRemake(const fs::path& folder) {
  MakeGitDirectory(folder);
  try {
    RemoveStaleLocks(folder / "git");
    Repo repo = Repo::Open(folder / "git", folder / "tree");
    repo.HeadBranch();
    repo.TrackedPaths();
    return repo;
  } catch (const Failure&) {
    // Names and objects are elsewhere: a damaged git directory is made again.
    fs::remove_all(folder / "git");
    MakeGitDirectory(folder);
    return Repo::Open(folder / "git", folder / "tree");
  }
}

// What a commit on top of `parent_tree` would be: its tree, what it changes, and what it leaves out.
Committed Select(Repo& repo, const std::string& parent_tree, const std::string& files_tree,
                 const std::vector<std::string>& patterns) {
  Committed selected;
  for (std::string& path : repo.ChangedPaths(parent_tree, files_tree))
    (GlobsTake(patterns, path) ? selected.changed : selected.left).push_back(std::move(path));
  selected.tree =
      selected.left.empty() ? files_tree : repo.TakePaths(parent_tree, files_tree, selected.changed);
  return selected;
}

}  // namespace

Author AuthorOf(const std::optional<Author>& of_settings) {
  if (of_settings) return *of_settings;
  if (auto configured = ConfiguredAuthor()) return *configured;
  throw Failure(MAMC_E_INVALID, std::string(kNoAuthor) + ": " + kNameAuthor);
}

std::string FullMessage(const CommitRequest& request) {
  std::string message = request.message;
  while (!message.empty() && std::isspace(static_cast<unsigned char>(message.back()))) message.pop_back();
  if (message.empty()) throw Failure(MAMC_E_INVALID, "a commit needs a message");
  message += "\n";
  if (!request.trailers.empty()) message += "\n";
  for (auto [key, value] : request.trailers) {
    std::replace_if(
        value.begin(), value.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    message += key + ": " + value + "\n";
  }
  return message;
}

sdk::Failure Conflict(const std::string& what, const std::vector<std::string>& paths,
                      const std::string& then) {
  std::string list;
  for (const std::string& path : paths) list += (list.empty() ? "" : ", ") + path;
  sdk::Json details = sdk::Json::object();
  details["conflicts"] = paths;
  return Failure(MAMC_E_CONFLICT, what + ": " + list + ". Both sides are kept; nothing was changed." + then,
                 details);
}

void ThrowConflict(const std::string& what, const std::vector<std::string>& paths) {
  throw Conflict(what, paths);
}

Run::Run(fs::path folder, FileLock lock, Repo repo)
    : folder_(std::move(folder)), lock_(std::move(lock)), repo_(std::move(repo)) {}

sdk::Task<Run> Run::Prepare(sdk::Context& context, fs::path project_base, std::optional<Author> author,
                            Access access, PrepareRequest request) {
  Validate(request);
  const std::string url = NormalRemote(request.repo);
  const fs::path home = RemoteFolder(fs::absolute(project_base), url);
  Remote remote(context, home / "mirror.git", url, access);
  if (request.follow || !request.undo.empty() || !KnowsAll(remote, request)) co_await remote.Fetch();
  if (request.base.empty()) request.base = co_await remote.DefaultBranch();
  if (request.follow) Follow(remote, &request);
  if (!request.undo.empty()) co_await Undo(remote, author, &request);
  const Target target = Resolve(remote, request);

  const fs::path folder = ChooseFolder(home / "runs", request);
  FileLock lock(LockFileOf(folder), [&] { return context.cancelled(); });
  fs::create_directories(folder);
  MakeTreeFolder(folder / "tree");
  CompleteEdit(context, folder / "tree");
  Run run(folder, std::move(lock), OpenOrRemake(folder));
  request.commit = target.commit;
  request.tree = target.tree;
  run.SetUp(request, url, author, access);
  co_return run;
}

void Run::SetUp(const PrepareRequest& request, const std::string& remote, const std::optional<Author>& author,
                const Access& access) {
  repo_.SetConfig("mamc.id", request.id);
  repo_.SetConfig("mamc.remote", remote);
  repo_.SetConfig("mamc.branch", request.branch);
  repo_.SetConfig("mamc.base", request.base);
  repo_.SetConfig("mamc.ma", request.ma);
  repo_.SetConfig("mamc.ma-branch", request.ma_branch);
  repo_.SetConfig("mamc.author-name", author ? author->name : "");
  repo_.SetConfig("mamc.author-email", author ? author->email : "");
  repo_.SetConfig("mamc.access", SettingsOf(access).dump());
  Anchor("head", request.commit);
  Anchor("tree", request.tree);
  Repo mirror = Repo::OpenBare(MirrorOf(folder_));
  const auto theirs = mirror.Ref("refs/remotes/origin/" + request.branch);
  if (theirs && mirror.IsAncestor(*theirs, request.commit)) Anchor("seen", *theirs);
  repo_.SetRef("refs/heads/" + request.branch, request.commit);
  repo_.SetHeadBranch(request.branch);
  repo_.CheckOut(request.tree);
}

Run Run::OpenFolder(sdk::Context& context, const fs::path& folder) {
  FileLock lock(LockFileOf(folder), [&] { return context.cancelled(); });
  RemoveStaleLocks(folder / "git");
  return Run(folder, std::move(lock), Repo::Open(folder / "git", folder / "tree"));
}

Run Run::OfTree(sdk::Context& context, const fs::path& tree) {
  const fs::path folder = fs::path(tree).lexically_normal().parent_path();
  if (!fs::is_directory(folder / "git") || !fs::is_directory(MirrorOf(folder)))
    throw Failure(MAMC_E_INVALID, tree.string() + " is not a working tree of the workspace type git");
  if (fs::exists(folder / "retired"))
    throw Failure(MAMC_E_STALE, "the workspace at " + tree.string() + " is retired");
  return OpenFolder(context, folder);
}

Remote Run::MakeRemote(sdk::Context& context) const {
  const std::string access = repo_.Config("mamc.access");
  return Remote(context, MirrorOf(folder_), repo_.Config("mamc.remote"),
                AccessIn(access.empty() ? sdk::Json::object() : sdk::Json::parse(access)));
}

Changed Run::ChangedSince(sdk::Context& context, const std::string& since) {
  const std::string now = head();
  std::string fork = repo_.MergeBase(since, now).value_or(since);
  if (const auto base_now = MakeRemote(context).Branch(base()))
    if (const auto nearer = repo_.MergeBase(*base_now, now); nearer && repo_.IsAncestor(fork, *nearer))
      fork = *nearer;
  return {repo_.WorkOf(repo_.ReadCommit(fork).tree), repo_.WorkOf(repo_.ReadCommit(now).tree)};
}

std::string Run::head() const {
  auto commit = repo_.Ref("refs/heads/" + repo_.HeadBranch());
  if (!commit)
    throw Failure(MAMC_E_FAILED,
                  "the branch '" + repo_.HeadBranch() + "' of the workspace has no commit: prepare it again");
  return *commit;
}

void Run::Anchor(const std::string& kind, const std::string& object) {
  const std::string id = repo_.Config("mamc.id");
  SweepNames(MirrorOf(folder_), id);
  Repo::OpenBare(MirrorOf(folder_)).SetRef(NamesOf(id) + "/" + kind, object);
}

std::optional<std::string> Run::Anchored(const std::string& kind) const {
  return Repo::OpenBare(MirrorOf(folder_)).Ref(NamesOf(repo_.Config("mamc.id")) + "/" + kind);
}

std::string Run::KeepTree() {
  std::string tree = repo_.WriteTree();
  Anchor("tree", tree);
  return tree;
}

Author Run::AuthorFor(const std::optional<Author>& given) const {
  if (given) return *given;
  Author recorded{repo_.Config("mamc.author-name"), repo_.Config("mamc.author-email")};
  if (!recorded.name.empty() && !recorded.email.empty()) return recorded;
  return AuthorOf(std::nullopt);
}

Committed Run::Commit(const CommitRequest& request) {
  const std::string at = head();
  const CommitData last = repo_.ReadCommit(at);
  const std::string files = repo_.WithNotesOf(last.tree, repo_.WriteTree(Repo::NewFiles::kTrack));
  CommitData next;
  next.message = FullMessage(request);
  next.author = AuthorFor(request.author);
  next.time_s = request.time_ms / 1000;

  // The same request once more, after its answer was lost: the branch stands at its commit already.
  if (last.parents.size() == 1 && (request.parent.empty() || request.parent == last.parents[0])) {
    const std::string parent_tree = repo_.ReadCommit(last.parents[0]).tree;
    Committed same = Select(repo_, parent_tree, files, request.files);
    next.parents = last.parents;
    next.tree = same.tree;
    same.commit = at;
    if (next == last) return same;
  }
  if (!request.parent.empty() && request.parent != at)
    throw Failure(MAMC_E_CONFLICT, "the branch '" + branch() + "' is at " + at + " and not at " +
                                       request.parent + ": nothing was committed");

  Committed done = Select(repo_, last.tree, files, request.files);
  done.empty = done.tree == last.tree;
  done.commit = at;
  if (done.empty) {
    done.changed.clear();
    return done;
  }
  next.parents = {at};
  next.tree = done.tree;
  done.commit = repo_.WriteCommit(next);
  Anchor("head", done.commit);
  if (!repo_.SwapRef("refs/heads/" + branch(), at, done.commit))
    throw Failure(MAMC_E_CONFLICT, "somebody else moved the branch '" + branch() +
                                       "' of the workspace: nothing was committed");
  return done;
}

Uncommitted Run::FindUncommitted() {
  const std::string committed = repo_.ReadCommit(head()).tree;
  Uncommitted found;
  for (std::string& path : repo_.ChangedPaths(committed, repo_.WithNotesOf(committed, repo_.WriteTree())))
    (repo_.Has(committed, path) ? found.changed : found.added).push_back(std::move(path));
  return found;
}

}  // namespace mamc::git

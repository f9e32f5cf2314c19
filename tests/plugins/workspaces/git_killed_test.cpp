// What processes that were killed have left of a workspace.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "git_workspaces.hpp"
#include "mamc/base/text.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;

TEST_CASE("prepare gets over locks and halves that a killed process left") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  const fs::path run = GitDirOf(prepared).parent_path();
  const fs::path home = run.parent_path().parent_path();
  WriteText(run / "git/index.lock", "");
  WriteText(run / "git/HEAD.lock", "");
  WriteText(run / "git/config.lock", "");
  WriteText(run / "git/refs/heads/task/1.lock", "");
  WriteText(run / "git/index", "no index");
  WriteText(run / "git.new/HEAD", "half");
  WriteText(home / "mirror.git/packed-refs.lock", "");
  WriteText(home / "mirror.git/refs/remotes/origin/main.lock", "");
  WriteText(home / "mirror.git/refs/mamc/runs/1/head.lock", "");
  WriteText(home / "mirror.git.new/HEAD", "half");
  WriteText(run / "tree/.mamc-check-out", "half a file");
  const std::string moved = git.OthersPush("main", "later.txt", "later\n");
  Json again = workspaces.Prepare("1");
  CHECK(again["commit"] == moved);
  CHECK(ReadText(run / "tree/later.txt") == "later\n");
  CHECK_FALSE(fs::exists(run / "tree/.mamc-check-out"));

  fs::remove(run / "git/HEAD");
  CHECK(workspaces.Prepare("1")["commit"] == moved);

  // Killed before what it was making had its name.
  for (const fs::path& made : {run / "git", home / "mirror.git"}) {
    fs::path half = made;
    half += ".new";
    fs::remove_all(half);
    fs::rename(made, half);
  }
  CHECK(workspaces.Prepare("1")["commit"] == moved);
  CHECK(ReadText(run / "tree/later.txt") == "later\n");
}

TEST_CASE("a damaged mirror is told with how it is made anew") {
  const std::string damaged = GENERATE("HEAD", "config", "objects", "packed-refs", "refs/remotes/origin/main",
                                       "the object of origin/main");
  GitFixture git;
  Workspaces workspaces(git);
  const fs::path home = GitDirOf(workspaces.Prepare("1")).parent_path().parent_path().parent_path();
  const fs::path mirror = home / "mirror.git";
  if (damaged == "objects") {
    fs::remove_all(mirror / damaged);
  } else if (damaged.find("the object") == 0) {
    const std::string tip = git.RemoteCommit("main");
    const fs::path object = mirror / "objects" / tip.substr(0, 2) / tip.substr(2);
    fs::permissions(object, fs::perms::owner_write, fs::perm_options::add);
    WriteText(object, "");
  } else {
    WriteText(mirror / damaged, damaged == "HEAD" ? "" : "damaged [\n");
  }
  git.OthersPush("main", "later.txt", "later\n");
  const Json input = {{"id", "2"}, {"repo", git.remote().string()}, {"branch", "task/2"}};
  const plugin::Outcome outcome = workspaces.Call(MAMC_WORKSPACE_PREPARE, input);
  INFO(damaged + ": " + outcome.json);
  CHECK(outcome.code != Code::kOk);
  const std::string aside = mirror.string() + ".damaged";
  CHECK_THAT(outcome.Message(), Catch::Contains("mv " + ShellWord(mirror.string()) + " " + ShellWord(aside)));
  fs::rename(mirror, aside);
  CHECK(workspaces.Ok(MAMC_WORKSPACE_PREPARE, input)["commit"] == git.RemoteCommit("main"));
}

TEST_CASE("locks of branches are swept wherever their names lie, and those of other runs' names are not") {
  GitFixture git;
  git.Git(git.remote(), {"update-ref", "refs/heads/mamc/task-1", git.RemoteCommit("main")});
  Workspaces workspaces(git);
  const Json at = {{"branch", "mamc/task-1"}};
  const fs::path run = GitDirOf(workspaces.Prepare("1", at)).parent_path();
  const fs::path mirror = run.parent_path().parent_path() / "mirror.git";
  const fs::path other = mirror / "refs/mamc/runs/2/tree.lock";
  WriteText(run / "git/refs/heads/mamc/task-1.lock", "");
  WriteText(mirror / "refs/remotes/origin/mamc/task-1.lock", "");
  WriteText(mirror / "refs/remotes/origin/objects/task-1.lock", "");
  WriteText(other, "");
  const std::string moved = git.OthersPush("mamc/task-1", "later.txt", "later\n");
  CHECK(workspaces.Prepare("1", at)["commit"] == moved);
  CHECK_FALSE(fs::exists(mirror / "refs/remotes/origin/objects/task-1.lock"));
  CHECK(fs::exists(other));
}

TEST_CASE("a workspace is removed whatever locks a killed process has left of its names") {
  GitFixture git;
  Workspaces workspaces(git);
  const fs::path run = GitDirOf(workspaces.Prepare("1")).parent_path();
  const fs::path names = run.parent_path().parent_path() / "mirror.git/refs/mamc/runs/1";
  for (const char* name : {"tree", "seen", "head"}) WriteText(names / (name + std::string(".lock")), "");
  workspaces.Ok(MAMC_WORKSPACE_REMOVE, {{"id", "1"}});
  CHECK_FALSE(fs::exists(run));
  CHECK_FALSE(fs::exists(names / "tree"));
  CHECK_FALSE(fs::exists(names / "tree.lock"));
}

TEST_CASE("prepare completes an edit that a killed host left and then restores the tree") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  const fs::path tree = prepared["path"].get<std::string>();
  const fs::path record = tree.parent_path() / ("." + tree.filename().string() + ".mamc-edit.redo");
  std::ofstream(record) << "mamc-edit-redo 1\n1 x1 w 420 0 8 late.txt5 late\nend\n";
  workspaces.Prepare("1", {{"commit", prepared["commit"]}});
  CHECK_FALSE(fs::exists(record));
  CHECK_FALSE(fs::exists(tree / "late.txt"));
}

namespace {

// A process that prepares the workspace 1 until it is killed. True when it was, false when it had ended
// before.
bool KillPreparing(const GitFixture& git, const std::function<bool()>& when) {
  pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    {
      Workspaces workspaces(git);
      workspaces.Prepare("1");
    }
    ::_exit(0);
  }
  int status = 0;
  while (!when())
    if (::waitpid(pid, &status, WNOHANG) == pid) return false;
  ::kill(pid, SIGKILL);
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return WIFSIGNALED(status);
}

// How many files lie in the first folder of this name, in whatever mirror; 0 without one.
std::size_t FilesIn(const GitFixture& git, const std::string& name) {
  std::error_code error;
  for (const auto& remote : fs::directory_iterator(git.project_base(), error)) {
    fs::path folder = remote.path() / name;
    if (!fs::exists(folder, error)) continue;
    std::size_t files = 0;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      ++files;
    return files + 1;
  }
  return 0;
}

}  // namespace

TEST_CASE("a prepare that was killed at any place is made good by the next one") {
  GitFixture git;
  for (int i = 0; i < 400; ++i) WriteText(git.others() / "many" / std::to_string(i), std::string(2000, 'x'));
  git.OthersPush("main", "last.txt", "last");
  const std::string tree = git.Git(git.remote(), {"rev-parse", "main^{tree}"});

  struct Moment {
    std::string folder;
    std::size_t files;
  };
  int killed = 0;
  for (const Moment& moment : {Moment{"mirror.git", 1},
                               {"mirror.git", 30},
                               {"runs/1", 1},
                               {"runs/1/tree", 1},
                               {"runs/1/tree", 3},
                               {"runs/1/tree", 100},
                               {"runs/1/tree", 300}}) {
    INFO(moment.folder << " " << moment.files);
    fs::remove_all(git.project_base());
    killed += KillPreparing(git, [&] { return FilesIn(git, moment.folder) >= moment.files; });
    Workspaces workspaces(git);
    Json prepared = workspaces.Prepare("1");
    CHECK(prepared["tree"] == tree);
    CHECK(workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}})["changed"].empty());
    CHECK(git.Git(git.root(), {"--git-dir", GitDirOf(prepared).string(), "--work-tree",
                               TreeOf(prepared).string(), "status", "--porcelain"})
              .empty());
    workspaces.Commit("1");
  }
  CHECK(killed >= 4);
}

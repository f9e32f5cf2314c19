#include <mamc/workspace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "mamc/base/text.hpp"
#include "support/git_fixture.hpp"
#include "support/real_process.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;

namespace {

class Workspaces {
 public:
  explicit Workspaces(const GitFixture& its_git)
      : git(its_git),
        driver(plugin::Kind::kWorkspace, "git",
               {{"project_base", its_git.project_base().string()},
                {"author", {{"name", "Müller"}, {"email", "m@example.com"}}}}) {
    driver.serve_spawn = false;
  }

  plugin::Outcome Call(std::uint32_t verb, const Json& input,
                       const std::function<void(const Json&)>& before = {}) {
    return WaitServingSpawn(driver, driver.Start(verb, input), before);
  }
  Json Ok(std::uint32_t verb, const Json& input, const std::function<void(const Json&)>& before = {}) {
    plugin::Outcome outcome = Call(verb, input, before);
    INFO(outcome.json);
    REQUIRE(outcome.code == Code::kOk);
    return Json::parse(outcome.json);
  }
  Json Prepare(const std::string& id, const Json& more = Json::object()) {
    Json input = {{"id", id}, {"repo", git.remote().string()}, {"base", "main"}, {"branch", "task/" + id}};
    input.update(more);
    return Ok(MAMC_WORKSPACE_PREPARE, input);
  }
  Json Commit(const std::string& id, const Json& more = Json::object()) {
    Json input = {
        {"id", id}, {"message", "work"}, {"time_ms", 1'700'000'000'000}, {"trailers", {{"Task", "7"}}}};
    input.update(more);
    return Ok(MAMC_WORKSPACE_COMMIT, input);
  }

  const GitFixture& git;
  PluginDriver driver;
};

fs::path TreeOf(const Json& prepared) {
  return prepared["path"].get<std::string>();
}
fs::path GitDirOf(const Json& prepared) {
  return TreeOf(prepared).parent_path() / "git";
}

}  // namespace

TEST_CASE("prepare makes a tree of the base with modes and links and nothing of git in it") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  CHECK(prepared["commit"] == git.RemoteCommit("main"));
  CHECK(prepared["base_commit"] == git.RemoteCommit("main"));
  CHECK(prepared["tree"] == git.Git(git.remote(), {"rev-parse", "main^{tree}"}));
  const fs::path tree = TreeOf(prepared);
  CHECK(ReadText(tree / "dir with space/übung.txt") == "eins\n");
  CHECK(fs::read_symlink(tree / "link") == "README.md");
  CHECK((fs::status(tree / "run.sh").permissions() & fs::perms::owner_exec) != fs::perms::none);
  CHECK_FALSE(fs::exists(fs::symlink_status(tree / ".git")));
  CHECK(git.Git(git.root(), {"--git-dir", GitDirOf(prepared).string(), "--work-tree", tree.string(), "status",
                             "--porcelain"})
            .empty());
}

TEST_CASE("prepare removes garbage and restores what was changed but keeps ignored files") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  const fs::path tree = TreeOf(prepared);
  WriteText(tree / "README.md", "# Brojekt\n");
  fs::remove_all(tree / "src");
  fs::create_directory_symlink(git.root(), tree / "src");
  fs::remove(tree / "run.sh");
  WriteText(tree / "run.sh/now/a/folder", "x");
  WriteText(tree / "new/file", "x");
  WriteText(tree / "nested/.git/config", "[core]\n");
  WriteText(tree / "nested/file", "x");
  WriteText(tree / ".GIT/hooks/pre-commit", "#!/bin/sh\ntouch /tmp/owned\n");
  WriteText(tree / ".gitignore", "*\n");
  WriteText(tree / "build/cache.o", "kept");
  WriteText(tree / "main.o", "kept");
  fs::remove(tree / "link");
  REQUIRE(::mkfifo((tree / "link").c_str(), 0600) == 0);

  Json again = workspaces.Prepare("1", {{"commit", prepared["commit"]}});
  CHECK(again["tree"] == prepared["tree"]);
  CHECK(again["path"] == prepared["path"]);
  CHECK(ReadText(tree / "README.md") == "# Project\n");
  CHECK(fs::is_directory(fs::symlink_status(tree / "src")));
  CHECK(fs::is_regular_file(tree / "run.sh"));
  CHECK(fs::is_symlink(tree / "link"));
  for (const char* gone : {"new", "nested", ".GIT"}) CHECK_FALSE(fs::exists(tree / gone));
  CHECK(ReadText(tree / "build/cache.o") == "kept");
  CHECK(ReadText(tree / "main.o") == "kept");
  CHECK(fs::exists(git.remote() / "HEAD"));
}

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

TEST_CASE("verify keeps the tree of uncommitted files and prepare brings it back") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  const fs::path tree = TreeOf(prepared);
  WriteText(tree / "src/neu ü.c", "int x;\n");
  WriteText(tree / "src/main.c", "int main(void) { return 1; }\n");
  fs::remove(tree / "README.md");
  WriteText(tree / "ignored.o", "no");
  Json verified = workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}});
  CHECK(verified["changed"] == Json({"README.md", "src/main.c", "src/neu ü.c"}));
  CHECK(verified["commit"] == prepared["commit"]);
  CHECK(verified["branch"] == "task/1");
  CHECK(verified["conflicts"].empty());
  git.Git(git.root(), {"--git-dir", (tree.parent_path().parent_path().parent_path() / "mirror.git").string(),
                       "gc", "-q", "--prune=now"});

  fs::remove_all(tree);
  Json back = workspaces.Prepare("1", {{"commit", verified["commit"]}, {"tree", verified["tree"]}});
  CHECK(back["commit"] == prepared["commit"]);
  CHECK(back["tree"] == verified["tree"]);
  CHECK(ReadText(tree / "src/neu ü.c") == "int x;\n");
  CHECK_FALSE(fs::exists(tree / "README.md"));
}

TEST_CASE("the same commit request gives the same commit again and after a repeated start") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  WriteText(TreeOf(prepared) / "a.txt", "a\n");
  Json first = workspaces.Commit("1", {{"parent", prepared["commit"]}});
  CHECK(first["changed"] == Json({"a.txt"}));
  CHECK(first["empty"] == false);
  Json repeated = workspaces.Commit("1", {{"parent", prepared["commit"]}});
  CHECK(repeated == first);

  workspaces.Prepare("1", {{"commit", prepared["commit"]}});
  WriteText(TreeOf(prepared) / "a.txt", "a\n");
  CHECK(workspaces.Commit("1", {{"parent", prepared["commit"]}})["commit"] == first["commit"]);

  Json nothing = workspaces.Commit("1", {{"message", "more"}});
  CHECK(nothing["empty"] == true);
  CHECK(nothing["commit"] == first["commit"]);
  const std::string text = git.Git(
      git.root(), {"--git-dir", GitDirOf(prepared).string(), "log", "-1", "--format=%an <%ae> %at|%B"});
  CHECK(text.rfind("Müller <m@example.com> 1700000000|work\n\nTask: 7", 0) == 0);
}

TEST_CASE("a commit on another parent is refused and nothing moves") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  WriteText(TreeOf(prepared) / "a.txt", "a\n");
  Json first = workspaces.Commit("1");
  WriteText(TreeOf(prepared) / "b.txt", "b\n");
  plugin::Outcome outcome =
      workspaces.Call(MAMC_WORKSPACE_COMMIT,
                      {{"id", "1"}, {"message", "other"}, {"time_ms", 5000}, {"parent", prepared["commit"]}});
  CHECK(outcome.code == Code::kConflict);
  Json verified = workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}});
  CHECK(verified["commit"] == first["commit"]);
  CHECK(verified["changed"] == Json({"b.txt"}));
}

TEST_CASE("a commit takes only the files that its patterns name") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  const fs::path tree = TreeOf(prepared);
  WriteText(tree / "src/deep/er/x.ts", "x\n");
  WriteText(tree / "src/y.ts", "y\n");
  WriteText(tree / "src/z.js", "z\n");
  WriteText(tree / "docs/a b.md", "doc\n");
  Json done = workspaces.Commit("1", {{"files", {"src/**/*.ts", "docs"}}});
  CHECK(done["changed"] == Json({"docs/a b.md", "src/deep/er/x.ts", "src/y.ts"}));
  CHECK(workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}})["changed"] == Json({"src/z.js"}));
}

TEST_CASE("a commit of one run can be prepared in another run before it is published") {
  GitFixture git;
  Workspaces workspaces(git);
  Json worker = workspaces.Prepare("worker", {{"branch", "task/1"}});
  WriteText(TreeOf(worker) / "a.txt", "a\n");
  Json done = workspaces.Commit("worker");
  Json coordinator = workspaces.Prepare("coordinator", {{"branch", "task/1"}, {"commit", done["commit"]}});
  CHECK(coordinator["commit"] == done["commit"]);
  CHECK(ReadText(TreeOf(coordinator) / "a.txt") == "a\n");
}

TEST_CASE("publish pushes and rebases when the remote moved and keeps uncommitted files") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  const fs::path tree = TreeOf(prepared);
  WriteText(tree / "a.txt", "a\n");
  Json first = workspaces.Commit("1");
  Json published = workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}, {"expected", first["commit"]}});
  CHECK(published["commit"] == first["commit"]);
  CHECK(published["rebased"] == false);
  CHECK(git.RemoteCommit("task/1") == first["commit"]);

  const std::string theirs = git.OthersPush("task/1", "b.txt", "b\n");
  WriteText(tree / "a.txt", "a2\n");
  Json second = workspaces.Commit("1");
  WriteText(tree / "uncommitted.txt", "u\n");
  published = workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  CHECK(published["rebased"] == true);
  CHECK(published["commit"] != second["commit"]);
  CHECK(published["remote_commit"] == git.RemoteCommit("task/1"));
  CHECK(git.Git(git.remote(), {"rev-parse", "task/1^"}) == theirs);
  CHECK(ReadText(tree / "b.txt") == "b\n");
  CHECK(ReadText(tree / "a.txt") == "a2\n");
  CHECK(ReadText(tree / "uncommitted.txt") == "u\n");
  CHECK(workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}})["changed"] == Json({"uncommitted.txt"}));
}

TEST_CASE("a remote that moves between fetch and push is tried again") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  WriteText(TreeOf(prepared) / "a.txt", "a\n");
  workspaces.Commit("1");
  workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  git.OthersPush("task/1", "b.txt", "b\n");
  WriteText(TreeOf(prepared) / "a.txt", "a2\n");
  workspaces.Commit("1");
  int pushes = 0;
  Json published = workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}}, [&](const Json& spawn) {
    const auto argv = spawn["argv"].get<std::vector<std::string>>();
    if (std::find(argv.begin(), argv.end(), "push") == argv.end()) return;
    if (++pushes == 2) git.OthersPush("task/1", "c.txt", "c\n");
  });
  CHECK(pushes == 3);
  CHECK(published["rebased"] == true);
  CHECK(ReadText(TreeOf(prepared) / "c.txt") == "c\n");
}

TEST_CASE("a conflict on publish names the files and changes nothing on either side") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  const fs::path tree = TreeOf(prepared);
  WriteText(tree / "a.txt", "a\n");
  workspaces.Commit("1");
  workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  const std::string theirs = git.OthersPush("task/1", "a.txt", "theirs\n");
  WriteText(tree / "a.txt", "ours\n");
  Json ours = workspaces.Commit("1");
  plugin::Outcome outcome = workspaces.Call(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  CHECK(outcome.code == Code::kConflict);
  INFO(outcome.json);
  CHECK(outcome.json.find("\"conflicts\":[\"a.txt\"]") != std::string::npos);
  CHECK(git.RemoteCommit("task/1") == theirs);
  Json verified = workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}});
  CHECK(verified["commit"] == ours["commit"]);
  CHECK(verified["conflicts"] == Json({"a.txt"}));
  CHECK(ReadText(tree / "a.txt") == "ours\n");
}

TEST_CASE("a push that the other side's hook refuses is a permission failure with its words") {
  GitFixture git;
  WriteText(git.remote() / "hooks/pre-receive",
            "#!/bin/sh\necho 'branches are closed on Sundays' >&2\nexit 1\n");
  fs::permissions(git.remote() / "hooks/pre-receive", fs::perms::owner_all);
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  WriteText(TreeOf(prepared) / "a.txt", "a\n");
  Json done = workspaces.Commit("1");
  plugin::Outcome outcome = workspaces.Call(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  CHECK(outcome.code == Code::kPermission);
  CHECK(outcome.Message().find("closed on Sundays") != std::string::npos);
  CHECK(workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}})["commit"] == done["commit"]);
}

TEST_CASE("two remotes with the same last segment have folders of their own") {
  GitFixture git;
  const fs::path other = git.root() / "elsewhere/remote.git";
  git.Git(git.root(), {"clone", "-q", "--bare", git.remote().string(), other.string()});
  Workspaces workspaces(git);
  Json one = workspaces.Prepare("1");
  Json two = workspaces.Prepare("2", {{"repo", other.string()}});
  CHECK(TreeOf(one).parent_path().parent_path() != TreeOf(two).parent_path().parent_path());
  CHECK(TreeOf(one).parent_path().parent_path().parent_path().filename().string().rfind("remote-", 0) == 0);
}

TEST_CASE("a retired workspace is refused and a fresh one has another path") {
  GitFixture git;
  Workspaces workspaces(git);
  Json first = workspaces.Prepare("1");
  workspaces.Ok(MAMC_WORKSPACE_RETIRE, {{"id", "1"}});
  CHECK(workspaces.Call(MAMC_WORKSPACE_VERIFY, {{"id", "1"}}).code == Code::kStale);
  Json input = {{"id", "1"}, {"repo", git.remote().string()}, {"base", "main"}, {"branch", "task/1"}};
  CHECK(workspaces.Call(MAMC_WORKSPACE_PREPARE, input).code == Code::kStale);
  Json fresh = workspaces.Prepare("1", {{"fresh", true}});
  CHECK(fresh["path"] != first["path"]);
  CHECK(workspaces.Prepare("1", {{"fresh", true}})["path"] == fresh["path"]);
  WriteText(TreeOf(first) / "late.txt", "an abandoned step still writes");
  CHECK(workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}})["changed"].empty());

  workspaces.Ok(MAMC_WORKSPACE_REMOVE, {{"id", "1"}});
  CHECK_FALSE(fs::exists(TreeOf(first)));
  CHECK_FALSE(fs::exists(TreeOf(fresh)));
  CHECK(fs::is_empty(TreeOf(first).parent_path().parent_path()));  // no lock files either
  workspaces.Ok(MAMC_WORKSPACE_REMOVE, {{"id", "1"}});
  CHECK(workspaces.Call(MAMC_WORKSPACE_VERIFY, {{"id", "1"}}).code == Code::kNotFound);
}

TEST_CASE("diff shows the work against the place where it left the base") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  WriteText(TreeOf(prepared) / "a.txt", "a\n");
  workspaces.Commit("1");
  git.OthersPush("main", "later.txt", "later\n");
  workspaces.Prepare("2");
  Json diff = workspaces.Ok(MAMC_WORKSPACE_DIFF, {{"id", "1"}, {"max_bytes", 10000}});
  CHECK(diff["files"] == Json({"a.txt"}));
  CHECK(diff["text"].get<std::string>().find("+a\n") != std::string::npos);
  CHECK(diff["truncated"] == false);
  Json cut = workspaces.Ok(MAMC_WORKSPACE_DIFF, {{"id", "1"}, {"max_bytes", 40}});
  CHECK(cut["truncated"] == true);
  CHECK(cut["text"].get<std::string>().size() <= 40);
}

TEST_CASE("repositories that are options or commands are refused") {
  GitFixture git;
  Workspaces workspaces(git);
  for (const char* repo : {"--upload-pack=touch /tmp/x", "ext::sh -c id"}) {
    plugin::Outcome outcome = workspaces.Call(
        MAMC_WORKSPACE_PREPARE, {{"id", "1"}, {"repo", repo}, {"base", "main"}, {"branch", "b"}});
    CHECK(outcome.code == Code::kInvalid);
  }
  plugin::Outcome gone = workspaces.Call(
      MAMC_WORKSPACE_PREPARE,
      {{"id", "1"}, {"repo", (git.root() / "nowhere").string()}, {"base", "main"}, {"branch", "b"}});
  CHECK(gone.code == Code::kNotFound);
}

TEST_CASE("several workspaces of one mirror are prepared at once") {
  GitFixture git;
  Workspaces workspaces(git);
  std::vector<DrivenCall> calls;
  for (int i = 0; i < 6; ++i)
    calls.push_back(
        workspaces.driver.Start(MAMC_WORKSPACE_PREPARE, {{"id", "run " + std::to_string(i)},
                                                         {"repo", git.remote().string()},
                                                         {"base", "main"},
                                                         {"branch", "task/" + std::to_string(i)}}));
  std::vector<std::size_t> served(calls.size(), 0);
  std::size_t completed = 0;
  while (completed < calls.size()) {
    completed = 0;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (calls[i].completed()) ++completed;
      while (served[i] < calls[i].children().size()) {
        const ChildCall child = calls[i].children()[served[i]++];
        calls[i].Answer(child.key, RunSpawn(child.input));
      }
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  for (DrivenCall& call : calls) CHECK(call.result()["commit"] == git.RemoteCommit("main"));
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

TEST_CASE("a workspace that is retired stays as it is while a fresh one goes on and both are removed") {
  GitFixture git;
  Workspaces workspaces(git);
  Json old = workspaces.Prepare("1");
  WriteText(TreeOf(old) / "half.txt", "written by what may still run");
  workspaces.Ok(MAMC_WORKSPACE_RETIRE, {{"id", "1"}});
  workspaces.Ok(MAMC_WORKSPACE_RETIRE, {{"id", "1"}});  // told once more after a crash
  for (std::uint32_t verb : {MAMC_WORKSPACE_VERIFY, MAMC_WORKSPACE_COMMIT, MAMC_WORKSPACE_PUBLISH})
    CHECK(workspaces.Call(verb, {{"id", "1"}, {"message", "m"}}).code == Code::kStale);
  Json fresh = workspaces.Prepare("1", {{"fresh", true}});
  CHECK(fresh["path"] != old["path"]);
  CHECK(fresh["tree"] == old["tree"]);
  WriteText(TreeOf(old) / "late.txt", "late");
  CHECK(workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}})["changed"].empty());
  CHECK(ReadText(TreeOf(old) / "half.txt") == "written by what may still run");
  workspaces.Ok(MAMC_WORKSPACE_REMOVE, {{"id", "1"}});
  CHECK_FALSE(fs::exists(TreeOf(old)));
  CHECK_FALSE(fs::exists(TreeOf(fresh)));
  // What was never prepared here is nothing to retire.
  workspaces.Ok(MAMC_WORKSPACE_RETIRE, {{"id", "unknown"}});
}

TEST_CASE("prepare that follows takes what others did on the branch and keeps uncommitted files") {
  GitFixture git;
  Workspaces workspaces(git);
  const fs::path tree = TreeOf(workspaces.Prepare("1"));
  WriteText(tree / "a.txt", "a\n");
  const Json ours = workspaces.Commit("1");
  WriteText(tree / "uncommitted.txt", "u\n");
  const Json verified = workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}});
  const Json at = {{"commit", ours["commit"]}, {"tree", verified["tree"]}, {"follow", true}};
  // Nothing there yet, then the same, then more.
  CHECK(workspaces.Prepare("1", at)["commit"] == ours["commit"]);
  workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  CHECK(workspaces.Prepare("1", at)["commit"] == ours["commit"]);
  const std::string theirs = git.OthersPush("task/1", "b.txt", "b\n");
  CHECK(workspaces.Prepare("1", at)["commit"] == theirs);
  CHECK(ReadText(tree / "b.txt") == "b\n");
  CHECK(ReadText(tree / "uncommitted.txt") == "u\n");

  // What both changed is nobody's to choose, and a branch without our commit is not ours.
  git.OthersPush("task/1", "uncommitted.txt", "theirs\n");
  Json input = {{"id", "1"}, {"repo", git.remote().string()}, {"base", "main"}, {"branch", "task/1"}};
  input.update(at);
  plugin::Outcome both = workspaces.Call(MAMC_WORKSPACE_PREPARE, input);
  CHECK(both.code == Code::kConflict);
  CHECK(both.Message().find("uncommitted.txt") != std::string::npos);
  git.Git(git.remote(), {"update-ref", "refs/heads/task/1", git.RemoteCommit("main")});
  plugin::Outcome rewritten = workspaces.Call(MAMC_WORKSPACE_PREPARE, input);
  INFO(rewritten.json);
  // The base's commit is an older one of our branch: nothing was lost by going on from ours.
  CHECK(rewritten.code == Code::kOk);
  git.OthersPush("task/1", "c.txt", "c\n");
  rewritten = workspaces.Call(MAMC_WORKSPACE_PREPARE, input);
  CHECK(rewritten.code == Code::kConflict);
  CHECK(rewritten.Message().find("does not contain the commit") != std::string::npos);
  CHECK(rewritten.Message().find("git push " + ShellWord(git.remote().string()) + " --delete task/1\n") !=
        std::string::npos);
  // As it says: without the branch the run goes on from what it had.
  git.Git(git.remote(), {"update-ref", "-d", "refs/heads/task/1"});
  CHECK(workspaces.Prepare("1", at)["commit"] == ours["commit"]);
}

TEST_CASE("the self-test tells of a base branch that is checked out where it would be pushed to") {
  GitFixture git;
  Workspaces workspaces(git);
  auto Test = [&](const fs::path& repo, const std::string& base) {
    return workspaces.Ok(MAMC_VERB_SELFTEST, {{"repo", repo.string()}, {"base", base}});
  };
  CHECK(Test(git.remote(), "main")["ok"] == true);
  const fs::path clone = git.others();
  git.Git(clone, {"checkout", "--quiet", "main"});
  for (const char* base : {"main", ""}) {
    const Json refused = Test(clone, base);
    CHECK(refused["ok"] == false);
    const std::string why = refused["facts"][0];
    CHECK(why.find("the branch 'main' of " + clone.string() + " is checked out there") != std::string::npos);
  }
  const fs::path quoted = git.root() / "it's here";
  git.Git(git.root(), {"clone", "--quiet", clone.string(), quoted.string()});
  const std::string advice = Test(quoted, "")["facts"][0];
  CHECK(advice.find("git -C " + ShellWord(quoted.string()) + " config") != std::string::npos);
  CHECK(Test("file://" + clone.string(), "main")["ok"] == false);
  CHECK(Test(clone, "release")["ok"] == true);
  CHECK(Test(git.root() / "nothing", "main")["ok"] == true);
  git.Git(clone, {"config", "receive.denyCurrentBranch", "updateInstead"});
  CHECK(Test(clone, "main")["ok"] == true);
  git.Git(clone, {"config", "receive.denyCurrentBranch", "refuse"});
  CHECK(Test(clone, "main")["ok"] == false);
  git.Git(clone, {"checkout", "--quiet", "-b", "elsewhere"});
  CHECK(Test(clone, "main")["ok"] == true);
}

TEST_CASE("the self-test says as whom it commits") {
  GitFixture git;
  Workspaces workspaces(git);
  Json said = workspaces.Ok(MAMC_VERB_SELFTEST, Json::object());
  CHECK(said["ok"] == true);
  CHECK(said["facts"] == Json({"commits as Müller <m@example.com>"}));
}

// What a workspace is made of, and what becomes of it.
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "git_workspaces.hpp"
#include "mamc/base/text.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;

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

TEST_CASE("a shallow clone is told how it is completed") {
  GitFixture git;
  git.OthersPush("main", "later.txt", "later\n");
  const std::string shallow = (git.root() / "shallow").string();
  git.Git(git.root(), {"clone", "--quiet", "--depth", "1", "file://" + git.remote().string(), shallow});
  Workspaces workspaces(git);
  const Json input = {{"id", "1"}, {"repo", shallow}, {"base", "main"}, {"branch", "task/1"}};
  const plugin::Outcome refused = workspaces.Call(MAMC_WORKSPACE_PREPARE, input);
  CHECK(refused.code == Code::kInvalid);
  CHECK_THAT(refused.Message(), Catch::Contains("shallow clone") && Catch::Contains("git fetch --unshallow"));
  git.Git(shallow, {"fetch", "--quiet", "--unshallow"});
  workspaces.Prepare("1", {{"repo", shallow}});
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

TEST_CASE("what is noted in .ma is no part of the diff and the summary of it is told") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  CHECK(prepared["summary"] == "");
  WriteText(TreeOf(prepared) / "a.txt", "a\n");
  workspaces.Commit("1");
  workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  const Json noted = {{"commit", git.OthersPush("task/1", ".ma/context/summary.md", "# Repository\n")}};
  CHECK(workspaces.Prepare("1", noted)["summary"] == "# Repository\n");
  Json diff = workspaces.Ok(MAMC_WORKSPACE_DIFF, {{"id", "1"}, {"max_bytes", 10000}});
  CHECK(diff["files"] == Json({"a.txt"}));
  CHECK(diff["text"].get<std::string>().find("Repository") == std::string::npos);
  CHECK(workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}})["summary"] == "# Repository\n");
}

TEST_CASE("prepare that follows takes the notes of others, whatever was written in their place") {
  GitFixture git;
  Workspaces workspaces(git);
  const Json at = workspaces.Prepare("1");
  const fs::path tree = TreeOf(at);
  fs::create_directory_symlink(git.root(), tree / ".ma");
  WriteText(tree / "uncommitted.txt", "u\n");
  const Json verified = workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}});
  workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  git.OthersPush("task/1", ".ma/changelog.md", "# Changelog\n");
  workspaces.Prepare("1", {{"commit", at["commit"]}, {"tree", verified["tree"]}, {"follow", true}});
  CHECK(ReadText(tree / ".ma/changelog.md") == "# Changelog\n");
  CHECK(ReadText(tree / "uncommitted.txt") == "u\n");
}

TEST_CASE("a folder .ma of the repository's own is part of the diff where the project keeps no notes in it") {
  GitFixture git;
  Workspaces workspaces(git);
  const Json kept = GENERATE(Json{{"ma", "off"}}, Json{{"ma_branch", "none-yet"}});
  const Json prepared = workspaces.Prepare("1", kept);
  WriteText(TreeOf(prepared) / ".ma/context/summary.md", "# Own\n");
  CHECK(workspaces.Commit("1")["changed"] == Json({".ma/context/summary.md"}));
  const Json diff = workspaces.Ok(MAMC_WORKSPACE_DIFF, {{"id", "1"}, {"max_bytes", 10000}});
  CHECK(diff["files"] == Json({".ma/context/summary.md"}));
  CHECK(workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}})["summary"] == "");
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

TEST_CASE("a difference of 50 MB is cut where it was to be cut and its files are all named") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  std::string line(99, 'x');
  line += '\n';
  std::string text;
  while (text.size() < (10 << 20)) text += line;
  for (const char* name : {"a", "b", "c", "d", "z"}) WriteText(TreeOf(prepared) / name, name + text);
  WriteText(TreeOf(prepared) / "one line", std::string(33 << 20, 'y'));  // too much to be compared at all
  workspaces.Commit("1");
  Json diff = workspaces.Ok(MAMC_WORKSPACE_DIFF, {{"id", "1"}, {"max_bytes", 100'000}});
  CHECK(diff["truncated"] == true);
  CHECK(diff["files"] == Json({"a", "b", "c", "d", "one line", "z"}));
  const std::string shown = diff["text"].get<std::string>();
  CHECK(shown.size() <= 100'000);
  CHECK(shown.size() > 99'000);
  CHECK_THAT(shown, Catch::StartsWith("diff --git a/a b/a\nnew file mode 100644\n"));
  CHECK_THAT(shown, Catch::EndsWith("\n+" + line));
}

TEST_CASE("files whose names are no UTF-8 are kept as they are") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  const std::string name = "na\xefve \x01\n\"quoted\".txt";
  WriteText(TreeOf(prepared) / name, "bytes\n");
  Json done = workspaces.Commit("1");
  CHECK(done["changed"].size() == 1);
  workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  CHECK(git.RemoteFile("task/1", name) == "bytes\n");
  fs::remove(TreeOf(prepared) / name);
  workspaces.Prepare("1", {{"commit", done["commit"]}});
  CHECK(ReadText(TreeOf(prepared) / name) == "bytes\n");
  CHECK_THAT(
      workspaces.Ok(MAMC_WORKSPACE_DIFF, {{"id", "1"}, {"max_bytes", 10'000}})["text"].get<std::string>(),
      Catch::Contains("+bytes"));
}

TEST_CASE("a long name of a repository is cut between letters") {
  GitFixture git;
  Workspaces workspaces(git);
  std::string name = "x";
  for (int i = 0; i < 40; ++i) name += "ü";
  fs::copy(git.remote(), git.root() / (name + "2.git"), fs::copy_options::recursive);
  Json prepared = workspaces.Prepare("1", {{"repo", (git.root() / (name + "2.git")).string()}});
  CHECK(fs::exists(TreeOf(prepared) / "README.md"));
}

TEST_CASE("spellings of one remote are one mirror or two and all work") {
  GitFixture git;
  Workspaces workspaces(git);
  const std::string path = git.remote().string();
  int id = 0;
  for (const std::string& spelling : {path, path + "/", git.root().string() + "/./others/../remote.git",
                                      "file://" + path, "file://" + path + "/"}) {
    INFO(spelling);
    Json prepared = workspaces.Prepare(std::to_string(++id), {{"repo", spelling}});
    WriteText(TreeOf(prepared) / "a.txt", spelling);
    workspaces.Commit(std::to_string(id));
    const Json published = workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", std::to_string(id)}});
    CHECK(published["commit"] == git.RemoteCommit("task/" + std::to_string(id)));
  }
}

TEST_CASE("a folder that holds the mirror of another remote is not used") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  const fs::path mirror = TreeOf(prepared).parent_path().parent_path().parent_path() / "mirror.git";
  git.Git(git.root(), {"--git-dir", mirror.string(), "config", "remote.origin.url", git.others().string()});
  plugin::Outcome outcome = workspaces.Call(MAMC_WORKSPACE_PREPARE,
                                            {{"id", "2"}, {"repo", git.remote().string()}, {"branch", "b"}});
  CHECK(outcome.code == Code::kFailed);
  CHECK_THAT(outcome.Message(),
             Catch::Contains(mirror.string() + " is the mirror of " + git.others().string()));
}

// What a workspace commits and publishes.
#include <cstdlib>
#include <thread>

#include "git_workspaces.hpp"
#include "mamc/base/text.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;

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

TEST_CASE("what is written below .ma is no change that waits for a commit") {
  const bool is_work = GENERATE(false, true);
  GitFixture git;
  Workspaces workspaces(git);
  const fs::path tree = TreeOf(workspaces.Prepare("1", {{"ma", is_work ? "off" : ""}}));
  std::string path = ".ma/qa/own.log";
  SECTION("as a file") {
    WriteText(tree / path, "all is well\n");
  }
  SECTION("as a link in place of the folder") {
    path = ".ma";
    fs::create_directory_symlink(git.root(), tree / path);
  }
  const Json changed = is_work ? Json({path}) : Json::array();
  CHECK(workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}})["changed"] == changed);
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
  CHECK(first["commit"] == git.RemoteCommit("task/1"));

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

TEST_CASE("a lock that a killed push has left in a repository on this machine is in nobody's way for long") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  WriteText(TreeOf(prepared) / "a.txt", "a\n");
  Json commit = workspaces.Commit("1");
  const fs::path lock = git.remote() / "refs/heads/task/1.lock";
  WriteText(lock, "");
  // The clock of the machine may have been set since.
  const auto age = GENERATE(std::chrono::hours(1), std::chrono::hours(-1));
  fs::last_write_time(lock, fs::file_time_type::clock::now() - age);
  SECTION("and is taken away when nobody takes it back") {
    CHECK(workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}})["commit"] == commit["commit"]);
    CHECK_FALSE(fs::exists(lock));
  }
  SECTION("and one that is held is waited for") {
    bool was_there = false;
    std::thread holder([&] {
      std::this_thread::sleep_for(std::chrono::seconds(3));
      was_there = fs::remove(lock);
    });
    Json published = workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
    holder.join();
    CHECK(was_there);
    CHECK(published["commit"] == commit["commit"]);
  }
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
  CHECK_THAT(outcome.Message(),
             Catch::Contains(": branches are closed on Sundays; (pre-receive hook declined)\n"));
  // Where the work is, in a command that shows it.
  const std::string message = outcome.Message();
  const std::string command = message.substr(message.rfind("git --git-dir="));
  CHECK_THAT(RunProgram({"sh", "-c", command + " --no-patch --format=%H"}, "/"),
             Catch::StartsWith(done["commit"].get<std::string>()));
  CHECK(workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}})["commit"] == done["commit"]);
}

TEST_CASE("a push that did not end in time names the remote and the limit and never ends in nothing") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  WriteText(TreeOf(prepared) / "a.txt", "a\n");
  workspaces.Commit("1");
  const auto [words, end] = GENERATE(table<std::string, std::string>(
      {{"", "it said nothing: does the server answer, or does a hook there hang?"},
       {"Counting objects\n", "its last words: Counting objects"}}));
  DrivenCall call = workspaces.driver.Start(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  const ChildCall push = call.NextChild();
  call.Answer(push.key, {{"timed_out", true}, {"exit_code", nullptr}, {"stdout", ""}, {"stderr", words}});
  const plugin::Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kTimeout);
  CHECK_THAT(outcome.Message(),
             Catch::Contains("to " + git.remote().string() + ": git did not end within 10 min"));
  CHECK_THAT(outcome.Message(), Catch::EndsWith(end));
}

TEST_CASE("git is told to give up on a server that sends nothing") {
  GitFixture git;
  Workspaces workspaces(git);
  Json env;
  Json prepared =
      workspaces.Ok(MAMC_WORKSPACE_PREPARE,
                    {{"id", "1"}, {"repo", git.remote().string()}, {"base", "main"}, {"branch", "task/1"}},
                    [&](const Json& spawn) { env = spawn.value("env", Json::object()); });
  CHECK(env.value("GIT_HTTP_LOW_SPEED_LIMIT", "") == "1");
  CHECK(env.value("GIT_HTTP_LOW_SPEED_TIME", "") == "60");
  if (std::getenv("GIT_SSH_COMMAND") == nullptr && std::getenv("GIT_SSH") == nullptr) {
    CHECK_THAT(env.value("GIT_SSH_COMMAND", ""), Catch::Contains("-oConnectTimeout=30"));
    CHECK_THAT(env.value("GIT_SSH_COMMAND", ""),
               Catch::Contains("-oServerAliveInterval=15 -oServerAliveCountMax=4"));
  }
}

TEST_CASE("a branch that the other side has no room for is for a person and says which one is in its way") {
  GitFixture git;
  Workspaces workspaces(git);
  const auto [ours, theirs] =
      GENERATE(table<std::string, std::string>({{"mamc/task-1", "mamc"}, {"mamc", "mamc/task/of/others"}}));
  Json prepared = workspaces.Prepare("1", {{"branch", ours}});
  git.Git(git.root(), {"--git-dir", git.remote().string(), "branch", theirs, "main"});
  WriteText(TreeOf(prepared) / "a.txt", "a\n");
  workspaces.Commit("1");
  plugin::Outcome outcome = workspaces.Call(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  CHECK(outcome.code == Code::kPermission);
  CHECK_THAT(outcome.Message(), Catch::Contains("there is a branch '" + theirs + "'"));
}

TEST_CASE("two machines that push to one branch both have their commits on it") {
  GitFixture git;
  Workspaces a(git, "machine a"), b(git, "machine b");
  const Json on_a = a.Prepare("1"), on_b = b.Prepare("2", {{"branch", "task/1"}});
  WriteText(TreeOf(on_a) / "a.txt", "a\n");
  a.Commit("1", {{"trailers", {{"Task", "7"}}}});
  WriteText(TreeOf(on_b) / "b.txt", "b\n");
  b.Commit("2", {{"trailers", {{"Task", "8"}}}});
  const Json first = a.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  const Json second = b.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "2"}});
  CHECK(second["rebased"] == true);
  CHECK(second["commit"] == git.RemoteCommit("task/1"));
  CHECK(first["commit"] == git.Git(git.remote(), {"rev-parse", "task/1^"}));
  CHECK(ReadText(TreeOf(on_b) / "a.txt") == "a\n");
}

TEST_CASE(
    "a worker that comes back late finds another's work of its request on the branch and changes nothing") {
  GitFixture git;
  Workspaces late(git, "machine a"), other(git, "machine b");
  const Json trailers = {{"Task", "7"}, {"Run", "w1"}};
  const Json on_late = late.Prepare("w1", {{"branch", "task/7"}});
  const Json on_other = other.Prepare("w1", {{"branch", "task/7"}});
  WriteText(TreeOf(on_late) / "late.txt", "late\n");
  const Json lost = late.Commit("w1", {{"trailers", trailers}});
  WriteText(TreeOf(on_other) / "other.txt", "other\n");
  other.Commit("w1", {{"trailers", trailers}});
  const Json counts = other.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "w1"}});

  const Json published = late.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "w1"}});
  CHECK(published["commit"] == counts["commit"]);
  CHECK(counts["commit"] == git.RemoteCommit("task/7"));
  CHECK(ReadText(TreeOf(on_late) / "other.txt") == "other\n");
  CHECK_FALSE(fs::exists(TreeOf(on_late) / "late.txt"));
  CHECK(lost["commit"] != counts["commit"]);
}

TEST_CASE("the late work of another run of the same task is refused and kept") {
  GitFixture git;
  Workspaces late(git, "machine a"), other(git, "machine b");
  const Json on_late = late.Prepare("w1", {{"branch", "task/7"}});
  const Json on_other = other.Prepare("w2", {{"branch", "task/7"}});
  const bool same_change = GENERATE(false, true);
  WriteText(TreeOf(on_late) / "late.txt", "late\n");
  const Json lost = late.Commit("w1", {{"trailers", {{"Task", "7"}, {"Run", "w1"}}}});
  WriteText(TreeOf(on_other) / (same_change ? "late.txt" : "other.txt"), "late\n");
  other.Commit("w2", {{"trailers", {{"Task", "7"}, {"Run", "w2"}}}});
  const Json counts = other.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "w2"}});

  const plugin::Outcome outcome = late.Call(MAMC_WORKSPACE_PUBLISH, {{"id", "w1"}});
  CHECK(counts["commit"] == git.RemoteCommit("task/7"));
  if (same_change) {
    CHECK(outcome.code == Code::kOk);
    return;
  }
  CHECK(outcome.code == Code::kConflict);
  CHECK_THAT(outcome.Message(),
             Catch::Contains("was refused: it holds already what another worker has made of the same task"));
  CHECK_THAT(outcome.Message(), Catch::EndsWith(" show " + lost["commit"].get<std::string>()));
  CHECK(late.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "w1"}})["commit"] == lost["commit"]);
}

TEST_CASE("a branch that was rewritten since it was pushed to is for a person and stays as it is") {
  GitFixture git;
  Workspaces workspaces(git);
  Json prepared = workspaces.Prepare("1");
  WriteText(TreeOf(prepared) / "a.txt", "a\n");
  workspaces.Commit("1");
  workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  const std::string theirs = git.OthersRewrite("task/1");

  WriteText(TreeOf(prepared) / "b.txt", "b\n");
  const Json ours = workspaces.Commit("1");
  const plugin::Outcome outcome = workspaces.Call(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  CHECK(outcome.code == Code::kConflict);
  CHECK_THAT(outcome.Message(), Catch::Contains("somebody has rewritten it"));
  CHECK_THAT(outcome.Message(), Catch::Contains(" --delete task/1"));
  CHECK(git.RemoteCommit("task/1") == theirs);
  CHECK(workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}})["commit"] == ours["commit"]);
}

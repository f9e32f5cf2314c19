// PREPARE with `undo`: back to a commit that a run has gone on from, and has pushed what came after.
#include "git_workspaces.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;
using Catch::Matchers::Contains;

namespace {

const Json kByTask = {{"trailers", {{"Task", "7"}, {"Run", "r1"}, {"Step", "fix@1"}}}};

// A run that has pushed a.txt on top of `begin`.
struct Pushed {
  explicit Pushed(const GitFixture& its_git) : git(its_git), workspaces(its_git) {
    const Json prepared = workspaces.Prepare("1");
    begin = prepared["commit"];
    tree = TreeOf(prepared);
    WriteText(tree / "a.txt", "a\n");
    pushed = workspaces.Commit("1", kByTask)["commit"];
    workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}});
  }

  Json GoBack(const Json& more = Json::object()) {
    Json input = {{"commit", begin}, {"undo", "7"}};
    input.update(more);
    return workspaces.Prepare("1", input);
  }
  plugin::Outcome TryGoBack() {
    return workspaces.Call(MAMC_WORKSPACE_PREPARE, {{"id", "1"},
                                                    {"repo", git.remote().string()},
                                                    {"base", "main"},
                                                    {"branch", "task/1"},
                                                    {"commit", begin},
                                                    {"undo", "7"}});
  }
  // In the others' clone, on the task's branch.
  void OthersMerge(const std::string& what, const std::string& message) {
    git.OthersCheckOut("task/1");
    git.Git(git.others(), {"merge", "--no-ff", "-q", "-m", message, what});
    git.OthersPublish("task/1");
  }

  const GitFixture& git;
  Workspaces workspaces;
  std::string begin, pushed;
  fs::path tree;
};

}  // namespace

TEST_CASE(
    "prepare that goes back takes out what the task has pushed and keeps what others did on the branch") {
  GitFixture git;
  Pushed run(git);
  const std::string theirs = git.OthersPush("task/1", "b.txt", "b\n");
  const Json back = run.GoBack();
  CHECK_FALSE(fs::exists(run.tree / "a.txt"));
  CHECK(ReadText(run.tree / "b.txt") == "b\n");
  CHECK(back["commit"] == git.RemoteCommit("task/1"));
  CHECK(git.RemoteCommit("task/1^") == theirs);
  CHECK(git.Git(git.remote(), {"log", "-1", "--format=%an: %B", "task/1"}) ==
        "Müller: Take back what was done since " + run.begin.substr(0, 12) + "\n\nTask: 7\nRun: 1");
  // A host that was killed before it could note that.
  CHECK(run.GoBack()["commit"] == back["commit"]);

  WriteText(run.tree / "a.txt", "another\n");
  const Json again = run.workspaces.Commit("1", kByTask);
  CHECK(run.workspaces.Ok(MAMC_WORKSPACE_PUBLISH, {{"id", "1"}})["rebased"] == false);
  CHECK(again["commit"] == git.RemoteCommit("task/1"));
  CHECK(git.RemoteFile("task/1", "a.txt") == "another\n");
}

TEST_CASE("prepare that goes back brings the uncommitted files of then") {
  GitFixture git;
  Pushed run(git);
  run.workspaces.Prepare("1", {{"commit", run.begin}});
  WriteText(run.tree / "draft.txt", "d\n");
  const Json then = run.workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}});
  git.OthersPush("task/1", "b.txt", "b\n");
  const Json back = run.GoBack({{"tree", then["tree"]}});
  CHECK(ReadText(run.tree / "draft.txt") == "d\n");
  CHECK(ReadText(run.tree / "b.txt") == "b\n");
  CHECK_FALSE(fs::exists(run.tree / "a.txt"));
  CHECK(run.workspaces.Ok(MAMC_WORKSPACE_VERIFY, {{"id", "1"}})["changed"] == Json({"draft.txt"}));
}

TEST_CASE("prepare that goes back stays at the commit when nothing of the task is beyond it") {
  GitFixture git;
  Pushed run(git);
  CHECK(run.GoBack({{"commit", run.pushed}})["commit"] == run.pushed);
  const std::string theirs = git.OthersPush("task/1", "b.txt", "b\n");
  CHECK(run.GoBack({{"commit", run.pushed}})["commit"] == run.pushed);
  CHECK(git.RemoteCommit("task/1") == theirs);
  CHECK(run.workspaces.Prepare("1", {{"undo", "7"}})["commit"] == theirs);
  git.Git(git.remote(), {"update-ref", "-d", "refs/heads/task/1"});
  CHECK(run.GoBack()["commit"] == run.begin);
}

TEST_CASE("prepare that goes back keeps what was noted on the branch and takes notes for no work") {
  GitFixture git;
  Pushed run(git);
  git.OthersCheckOut("task/1");
  WriteText(git.others() / ".ma/logs/7.md", "noted\n");
  git.Git(git.others(), {"add", "-A"});
  git.Git(git.others(), {"commit", "-q", "-m", "Note it\n\nTask: 7\nRun: r1"});
  git.OthersPublish("task/1");
  CHECK(run.GoBack({{"commit", run.pushed}})["commit"] == run.pushed);
  run.GoBack();
  CHECK(ReadText(run.tree / ".ma/logs/7.md") == "noted\n");
  CHECK_FALSE(fs::exists(run.tree / "a.txt"));
}

TEST_CASE("prepare that goes back over a merge keeps what came in by it") {
  const bool by_the_task = GENERATE(true, false);
  GitFixture git;
  Pushed run(git);
  git.OthersPush("main", "m.txt", "m\n");
  run.OthersMerge("main", by_the_task ? "Merge main\n\nTask: 7\nRun: r1" : "Merge main");
  run.GoBack();
  CHECK_FALSE(fs::exists(run.tree / "a.txt"));
  CHECK(ReadText(run.tree / "m.txt") == "m\n");
  // A later merge into the base takes nothing of others' back.
  git.OthersCheckOut("main");
  git.Git(git.others(), {"merge", "-q", "-m", "Merge the task", git.RemoteCommit("task/1")});
  CHECK(ReadText(git.others() / "m.txt") == "m\n");
}

TEST_CASE("prepare that goes back keeps a merge that others have made as they resolved it") {
  GitFixture git;
  Pushed run(git);
  git.OthersCheckOut("task/1");
  git.Git(git.others(), {"checkout", "-q", "-b", "side", run.begin});
  WriteText(git.others() / "m.txt", "side\n");
  git.Git(git.others(), {"add", "-A"});
  git.Git(git.others(), {"commit", "-q", "-m", "side"});
  git.Git(git.others(), {"checkout", "-q", "-b", "other", run.begin});
  WriteText(git.others() / "m.txt", "other\n");
  git.Git(git.others(), {"add", "-A"});
  git.Git(git.others(), {"commit", "-q", "-m", "other"});
  git.Git(git.others(), {"merge", "-q", "-s", "ours", "-m", "both", "side"});
  run.OthersMerge("other", "Merge what we have resolved");
  run.GoBack();
  CHECK(ReadText(run.tree / "m.txt") == "other\n");
  CHECK_FALSE(fs::exists(run.tree / "a.txt"));
}

TEST_CASE("prepare that goes back keeps what others have added and resolved in a merge of the task's work") {
  GitFixture git;
  Pushed run(git);
  git.OthersPush("main", "m.txt", "main\n");
  git.OthersPush("task/1", "m.txt", "theirs\n");
  git.OthersCheckOut("task/1");
  git.Git(git.others(), {"merge", "-q", "-s", "ours", "--no-commit", "main"});
  WriteText(git.others() / "m.txt", "both\n");
  WriteText(git.others() / "person.txt", "p\n");
  git.Git(git.others(), {"add", "-A"});
  git.Git(git.others(), {"commit", "-q", "-m", "Merge main"});
  git.OthersPublish("task/1");
  run.GoBack();
  CHECK(ReadText(run.tree / "m.txt") == "both\n");
  CHECK(ReadText(run.tree / "person.txt") == "p\n");
  CHECK_FALSE(fs::exists(run.tree / "a.txt"));
}

TEST_CASE("prepare that goes back after the work was delivered and its branch deleted begins at the base") {
  const bool set_back = GENERATE(false, true);
  GitFixture git;
  Pushed run(git);
  git.OthersCheckOut("main");
  git.Git(git.others(), {"merge", "-q", "--squash", git.RemoteCommit("task/1")});
  git.Git(git.others(), {"commit", "-q", "-m", "Deliver\n\nTask: 7\nRun: r1"});
  git.OthersPublish("main");
  const std::string base = git.OthersPush("main", "b.txt", "b\n");
  if (set_back)
    git.Git(git.remote(), {"update-ref", "refs/heads/task/1", run.begin});
  else
    git.Git(git.remote(), {"update-ref", "-d", "refs/heads/task/1"});
  const Json back = run.GoBack();
  CHECK(git.RemoteCommit("task/1^") == base);
  CHECK(back["commit"] == git.RemoteCommit("task/1"));
  CHECK(ReadText(run.tree / "b.txt") == "b\n");
  CHECK_FALSE(fs::exists(run.tree / "a.txt"));
  CHECK(git.RemoteCommit("main") == base);
}

TEST_CASE("prepare that goes back changes nothing where others have built on the task's work") {
  GitFixture git;
  Pushed run(git);
  const std::string theirs = git.OthersPush("task/1", "a.txt", "a\nand more\n");
  const plugin::Outcome outcome = run.TryGoBack();
  CHECK(outcome.code == Code::kConflict);
  CHECK_THAT(outcome.json, Contains("\"conflicts\":[\"a.txt\"]"));
  CHECK_THAT(outcome.Message(), Contains("'task/1'") && Contains("a.txt") && Contains("unblock the task"));
  CHECK(git.RemoteCommit("task/1") == theirs);
}

TEST_CASE("prepare that goes back takes the next tip when the branch moves as it pushes") {
  GitFixture git;
  Pushed run(git);
  bool moved = false;
  std::string theirs;
  const Json back =
      run.workspaces.Ok(MAMC_WORKSPACE_PREPARE,
                        {{"id", "1"},
                         {"repo", git.remote().string()},
                         {"base", "main"},
                         {"branch", "task/1"},
                         {"commit", run.begin},
                         {"undo", "7"}},
                        [&](const Json& spawn) {
                          const auto argv = spawn["argv"].get<std::vector<std::string>>();
                          if (moved || std::find(argv.begin(), argv.end(), "push") == argv.end()) return;
                          moved = true;
                          theirs = git.OthersPush("task/1", "b.txt", "b\n");
                        });
  REQUIRE(moved);
  CHECK(back["commit"] == git.RemoteCommit("task/1"));
  CHECK(git.RemoteCommit("task/1^") == theirs);
  CHECK(ReadText(run.tree / "b.txt") == "b\n");
  CHECK_FALSE(fs::exists(run.tree / "a.txt"));
}

TEST_CASE("prepare that goes back refuses a branch that somebody has rewritten") {
  GitFixture git;
  Pushed run(git);
  const std::string rewritten = git.OthersRewrite("task/1");
  const plugin::Outcome outcome = run.TryGoBack();
  CHECK(outcome.code == Code::kConflict);
  CHECK_THAT(outcome.Message(), Contains("somebody has rewritten it"));
  CHECK(git.RemoteCommit("task/1") == rewritten);
}

#include <mamc/step.h>
#include <mamc/workspace.h>

#include <catch2/catch.hpp>

#include "support/git_fixture.hpp"
#include "support/real_process.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;

namespace {

// A workspace made by the workspace type, and the step type at work in it.
class Bench {
 public:
  Bench()
      : workspaces_(plugin::Kind::kWorkspace, "git", {{"project_base", git.project_base().string()}}),
        steps_(plugin::Kind::kStep, "git-operation",
               {{"author", {{"name", "Step"}, {"email", "step@example.com"}}}}) {
    workspaces_.serve_spawn = steps_.serve_spawn = false;
    Prepare();
  }

  void Prepare(const Json& more = Json::object()) {
    Json input = {{"id", "1"}, {"repo", git.remote().string()}, {"base", "main"}, {"branch", "task/1"}};
    input.update(more);
    plugin::Outcome outcome = WaitServingSpawn(workspaces_, workspaces_.Start(MAMC_WORKSPACE_PREPARE, input));
    INFO(outcome.json);
    REQUIRE(outcome.code == Code::kOk);
    tree = Json::parse(outcome.json)["path"].get<std::string>();
  }

  plugin::Outcome Call(const Json& params, const std::function<void(const Json&)>& before = {}) {
    plugin::CallInfo info;
    info.started_unix_ms = 1'700'000'123'456;
    Json input = {
        {"params", params},
        {"run", "run-1"},
        {"step", "commit@1"},
        {"task", {{"id", "t7"}, {"title", "Teach it to sing"}}},
        {"workspace",
         {{"path", tree.string()}, {"repo", git.remote().string()}, {"branch", "task/1"}, {"base", "main"}}}};
    return WaitServingSpawn(steps_, steps_.Start(MAMC_STEP_RUN, input, info), before);
  }
  Json Ok(const Json& params, const std::function<void(const Json&)>& before = {}) {
    plugin::Outcome outcome = Call(params, before);
    INFO(outcome.json);
    REQUIRE(outcome.code == Code::kOk);
    return Json::parse(outcome.json);
  }
  std::string Log(const std::string& format) const {
    return git.Git(git.root(),
                   {"--git-dir", (tree.parent_path() / "git").string(), "log", "-1", "--format=" + format});
  }

  GitFixture git;
  fs::path tree;

 private:
  PluginDriver workspaces_;
  PluginDriver steps_;
};

}  // namespace

TEST_CASE("commit writes the title and trailers and is the same commit on repetition") {
  Bench bench;
  WriteText(bench.tree / "a b.txt", "a\n");
  Json done = bench.Ok({{"operation", "commit"}});
  CHECK(done["changed"] == Json({"a b.txt"}));
  CHECK(done["empty"] == false);
  CHECK(bench.Log("%H") == done["commit"]);
  CHECK(bench.Log("%an %at %B") ==
        "Step 1700000123 Teach it to sing\n\nTask: t7\nRun: run-1\nStep: commit@1");
  CHECK(bench.Ok({{"operation", "commit"}})["commit"] == done["commit"]);
  Json empty = bench.Ok({{"operation", "commit"}, {"message", "again"}});
  CHECK(empty["empty"] == true);
  CHECK(empty["commit"] == done["commit"]);
}

TEST_CASE("commit takes the author of the step before that of the settings and one pattern as text") {
  Bench bench;
  WriteText(bench.tree / "src/a.ts", "a\n");
  WriteText(bench.tree / "b.txt", "b\n");
  Json done = bench.Ok({{"operation", "commit"},
                        {"files", "src/**/*.ts"},
                        {"author", {{"name", "Ann"}, {"email", "ann@example.com"}}}});
  CHECK(done["changed"] == Json({"src/a.ts"}));
  CHECK(bench.Log("%an <%ae>") == "Ann <ann@example.com>");
}

TEST_CASE("checkout makes a branch from the base and carries uncommitted changes") {
  Bench bench;
  WriteText(bench.tree / "dirty.txt", "d\n");
  const std::string moved = bench.git.OthersPush("main", "later.txt", "later\n");
  Json done = bench.Ok({{"operation", "checkout"}, {"branch", "side"}});
  CHECK(done["branch"] == "side");
  CHECK(done["commit"] == moved);
  CHECK(ReadText(bench.tree / "later.txt") == "later\n");
  CHECK(ReadText(bench.tree / "dirty.txt") == "d\n");
  CHECK(bench.Ok({{"operation", "checkout"}})["branch"] == "task/1");
  CHECK_FALSE(fs::exists(bench.tree / "later.txt"));
}

TEST_CASE("pull goes forward and rebases own commits") {
  Bench bench;
  WriteText(bench.tree / "a.txt", "a\n");
  bench.Ok({{"operation", "commit"}});
  CHECK(bench.Ok({{"operation", "push"}})["pushed"] == true);
  const std::string theirs = bench.git.OthersPush("task/1", "b.txt", "b\n");
  Json pulled = bench.Ok({{"operation", "pull"}});
  CHECK(pulled["commit"] == theirs);
  CHECK(pulled["changed"] == Json({"b.txt"}));
  WriteText(bench.tree / "c.txt", "c\n");
  bench.Ok({{"operation", "commit"}, {"message", "c"}});
  const std::string more = bench.git.OthersPush("task/1", "b.txt", "b2\n");
  bench.Ok({{"operation", "pull"}});
  CHECK(bench.Log("%P") == more);
  CHECK(ReadText(bench.tree / "c.txt") == "c\n");
}

TEST_CASE("merge takes a branch in and a conflict changes nothing") {
  Bench bench;
  WriteText(bench.tree / "a.txt", "a\n");
  Json ours = bench.Ok({{"operation", "commit"}});
  bench.git.OthersPush("main", "b.txt", "b\n");
  Json merged = bench.Ok({{"operation", "merge"}, {"source", "main"}});
  CHECK(merged["merged"] == true);
  CHECK(merged["changed"] == Json({"b.txt"}));
  CHECK(bench.Ok({{"operation", "merge"}, {"source", "main"}})["merged"] == false);

  const std::string theirs = bench.git.OthersPush("main", "a.txt", "other\n");
  plugin::Outcome outcome = bench.Call({{"operation", "merge"}, {"source", "main"}});
  CHECK(outcome.code == Code::kConflict);
  CHECK(outcome.json.find("[\"a.txt\"]") != std::string::npos);
  CHECK(bench.Log("%H") == merged["commit"]);
  CHECK(bench.git.RemoteCommit("main") == theirs);
  CHECK(ReadText(bench.tree / "a.txt") == "a\n");
  CHECK(bench.Call({{"operation", "merge"}, {"source", "nowhere"}}).code == Code::kNotFound);
}

TEST_CASE("finalize leaves a pushed branch unless it is told to bring it to the base") {
  Bench bench;
  const std::string base = bench.git.RemoteCommit("main");
  WriteText(bench.tree / "a.txt", "a\n");
  Json committed = bench.Ok({{"operation", "commit"}});
  Json done = bench.Ok({{"operation", "finalize"}});
  CHECK(done["pushed"] == true);
  CHECK(done["merged"] == false);
  CHECK(bench.git.RemoteCommit("task/1") == committed["commit"]);
  CHECK(bench.git.RemoteCommit("main") == base);
}

TEST_CASE("finalize by squash is one commit on the base even when the base moves meanwhile") {
  Bench bench;
  WriteText(bench.tree / "a.txt", "a\n");
  bench.Ok({{"operation", "commit"}, {"message", "one"}});
  WriteText(bench.tree / "a.txt", "a2\n");
  bench.Ok({{"operation", "commit"}, {"message", "two"}});
  std::string moved;
  Json done = bench.Ok({{"operation", "finalize"}, {"merge", "squash"}}, [&](const Json& spawn) {
    const auto argv = spawn["argv"].get<std::vector<std::string>>();
    if (moved.empty() && std::find(argv.begin(), argv.end(), "push") != argv.end())
      moved = bench.git.OthersPush("main", "meanwhile.txt", "m\n");
  });
  CHECK(done["merged"] == true);
  CHECK(done["pushed"] == true);
  CHECK(done["base_commit"] == bench.git.RemoteCommit("main"));
  CHECK(bench.git.Git(bench.git.remote(), {"log", "-1", "--format=%P", "main"}) == moved);
  CHECK(bench.git.RemoteFile("main", "a.txt") == "a2\n");

  Json again = bench.Ok({{"operation", "finalize"}, {"merge", "squash"}});
  CHECK(again["pushed"] == false);
  CHECK(again["base_commit"] == done["base_commit"]);
}

TEST_CASE("finalize by merge keeps both parents and a conflict leaves the base alone") {
  Bench bench;
  WriteText(bench.tree / "a.txt", "a\n");
  Json ours = bench.Ok({{"operation", "commit"}});
  const std::string base = bench.git.RemoteCommit("main");
  Json done = bench.Ok({{"operation", "finalize"}, {"merge", "merge"}});
  CHECK(bench.git.Git(bench.git.remote(), {"log", "-1", "--format=%P", "main"}) ==
        base + " " + ours["commit"].get<std::string>());

  WriteText(bench.tree / "a.txt", "mine\n");
  bench.Ok({{"operation", "commit"}, {"message", "mine"}});
  const std::string theirs = bench.git.OthersPush("main", "a.txt", "theirs\n");
  CHECK(bench.Call({{"operation", "finalize"}, {"merge", "merge"}}).code == Code::kConflict);
  CHECK(bench.git.RemoteCommit("main") == theirs);
}

TEST_CASE("a path that is no workspace is refused") {
  Bench bench;
  bench.tree = bench.git.others();
  CHECK(bench.Call({{"operation", "commit"}}).code == Code::kInvalid);
}

#include "git_operations.hpp"
#include "support/captured_log.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;

TEST_CASE("commit writes the title and trailers and is the same commit on repetition") {
  GitOperations bench;
  WriteText(bench.tree / "a b.txt", "a\n");
  Json done = bench.Ok({{"operation", "commit"}});
  CHECK(done["changed"] == Json({"a b.txt"}));
  CHECK(done["empty"] == false);
  CHECK(done["commit"] == bench.Log("%H"));
  CHECK(bench.Log("%an %at %B") ==
        "Step 1700000123 Teach it to sing\n\nTask: t7\nRun: run-1\nStep: commit@1");
  CHECK(bench.Ok({{"operation", "commit"}})["commit"] == done["commit"]);
  Json empty = bench.Ok({{"operation", "commit"}, {"message", "again"}});
  CHECK(empty["empty"] == true);
  CHECK(empty["commit"] == done["commit"]);
}

TEST_CASE("commit takes the author of the step before that of the settings and one pattern as text") {
  GitOperations bench;
  WriteText(bench.tree / "src/a.ts", "a\n");
  WriteText(bench.tree / "b.txt", "b\n");
  Json done = bench.Ok({{"operation", "commit"},
                        {"files", "src/**/*.ts"},
                        {"author", {{"name", "Ann"}, {"email", "ann@example.com"}}}});
  CHECK(done["changed"] == Json({"src/a.ts"}));
  CHECK(bench.Log("%an <%ae>") == "Ann <ann@example.com>");
}

TEST_CASE("commit leaves out what a pattern with an exclamation mark matches") {
  GitOperations bench;
  WriteText(bench.tree / "secrets/key", "k\n");
  WriteText(bench.tree / "src/a.ts", "a\n");
  const Json files =
      GENERATE(Json({"**", "!secrets/**"}), Json({"!secrets/**"}), Json({"!secrets/**", "src/*"}));
  CHECK(bench.Ok({{"operation", "commit"}, {"files", files}})["changed"] == Json({"src/a.ts"}));
}

TEST_CASE("what has changed and is in no commit is told") {
  CapturedLog log;
  GitOperations bench;
  WriteText(bench.tree / "src/a.ts", "a\n");
  CHECK(bench.Ok({{"operation", "commit"}, {"files", "scr/**"}})["empty"] == true);
  CHECK(log.Has({"`files` takes nothing of what has changed: src/a.ts"}));
  bench.Ok({{"operation", "finalize"}});
  CHECK(log.Has({"what no step has committed does not become part of 'task/1': src/a.ts"}));
}

TEST_CASE("finalize refuses to leave out a change that the tests may have needed") {
  const bool removed = GENERATE(false, true);
  CapturedLog log;
  GitOperations bench;
  const std::string base = bench.git.RemoteCommit("main");
  bench.CommitFile("a.txt", "a\n");
  if (removed)
    fs::remove(bench.tree / "src/main.c");
  else
    WriteText(bench.tree / "src/main.c", "int main(void) { return 1; }\n");
  const plugin::Outcome outcome = bench.Call({{"operation", "finalize"}, {"merge", "squash"}});
  CHECK(outcome.code == Code::kInvalid);
  CHECK_THAT(outcome.Message(), Catch::Contains("'main'") && Catch::Contains(": src/main.c. Commit it"));
  CHECK(bench.git.RemoteCommit("main") == base);
  bench.Ok({{"operation", "finalize"}, {"allow_uncommitted", true}});
  CHECK(bench.git.RemoteFile("task/1", "src/main.c") == "int main(void) { return 0; }\n");
  CHECK(log.Has({"does not become part of 'task/1': src/main.c"}));
}

TEST_CASE("checkout makes a branch from the base and carries uncommitted changes") {
  GitOperations bench;
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
  GitOperations bench;
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

TEST_CASE("a pull of the base takes no pushed commit apart and what comes after it is pushed") {
  GitOperations bench;
  const std::string pushed = bench.CommitFile("a.txt", "a\n");
  bench.Ok({{"operation", "push"}});
  bench.git.OthersPush("main", "b.txt", "b\n");
  CHECK(bench.Ok({{"operation", "pull"}, {"branch", "main"}})["changed"] == Json({"b.txt"}));
  const std::string after = bench.CommitFile("c.txt", "c\n");
  CHECK(bench.Ok({{"operation", "push"}})["commit"] == after);
  CHECK(bench.git.RemoteCommit("task/1") == after);
  CHECK(bench.git.Git(bench.git.remote(), {"merge-base", pushed, "task/1"}) == pushed);
  CHECK(bench.git.RemoteFile("task/1", "b.txt") == "b\n");

  const std::string theirs = bench.git.OthersPush("main", "a.txt", "other\n");
  const plugin::Outcome outcome = bench.Call({{"operation", "pull"}, {"branch", "main"}});
  CHECK(outcome.code == Code::kConflict);
  CHECK_THAT(outcome.json, Catch::Contains("[\"a.txt\"]"));
  CHECK(bench.Log("%H") == after);
  CHECK(bench.git.RemoteCommit("main") == theirs);
}

TEST_CASE("merge takes a branch in and a conflict changes nothing") {
  GitOperations bench;
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
  CHECK(merged["commit"] == bench.Log("%H"));
  CHECK(bench.git.RemoteCommit("main") == theirs);
  CHECK(ReadText(bench.tree / "a.txt") == "a\n");
  CHECK(bench.Call({{"operation", "merge"}, {"source", "nowhere"}}).code == Code::kNotFound);
}

TEST_CASE("finalize leaves a pushed branch unless it is told to bring it to the base") {
  GitOperations bench;
  const std::string base = bench.git.RemoteCommit("main");
  WriteText(bench.tree / "a.txt", "a\n");
  Json committed = bench.Ok({{"operation", "commit"}});
  Json done = bench.Ok({{"operation", "finalize"}});
  CHECK(done["pushed"] == true);
  CHECK(done["merged"] == false);
  CHECK(done["commit"] == bench.git.RemoteCommit("task/1"));
  CHECK(committed["commit"] == bench.git.RemoteCommit("task/1^"));
  CHECK(bench.git.RemoteCommit("main") == base);
  CHECK(bench.Ok({{"operation", "finalize"}})["commit"] == done["commit"]);
}

TEST_CASE("finalize by squash is one commit on the base and the same once more") {
  GitOperations bench;
  bench.CommitFile("a.txt", "a\n");
  bench.CommitFile("a.txt", "a2\n");
  const std::string base = bench.git.RemoteCommit("main");
  Json done = bench.Ok({{"operation", "finalize"}, {"merge", "squash"}});
  CHECK(done["merged"] == true);
  CHECK(done["pushed"] == true);
  CHECK(done["base_commit"] == bench.git.RemoteCommit("main"));
  CHECK(bench.git.Git(bench.git.remote(), {"log", "-1", "--format=%P", "main"}) == base);
  CHECK(bench.git.RemoteFile("main", "a.txt") == "a2\n");

  Json again = bench.Ok({{"operation", "finalize"}, {"merge", "squash"}});
  CHECK(again["pushed"] == false);
  CHECK(again["base_commit"] == done["base_commit"]);
}

TEST_CASE("finalize by squash brings what a task does after its first squash") {
  GitOperations bench;
  const Json squash = {{"operation", "finalize"}, {"merge", "squash"}};
  bench.CommitFile("a.txt", "a\n");
  const std::string first = bench.CommitFile("a.txt", "a2\n");
  bench.Ok(squash);
  CHECK(bench.git.Git(bench.git.remote(),
                      {"log", "-1", "--format=%(trailers:key=Squashed,valueonly)", "main"}) == first);
  const bool has_moved = GENERATE(false, true);
  if (has_moved) bench.git.OthersPush("main", "b.txt", "b\n");

  SECTION("more of it") {
    bench.CommitFile("a.txt", "a3\n");
    if (has_moved) CHECK(bench.Call(squash).code == Code::kConflict);  // tested with that first
    CHECK(bench.Ok(squash)["pushed"] == true);
    CHECK(bench.git.RemoteFile("main", "a.txt") == "a3\n");
    // And once more, on top of two squashes.
    bench.CommitFile("a.txt", "a4\n");
    bench.Ok(squash);
    CHECK(bench.git.RemoteFile("main", "a.txt") == "a4\n");
  }
  SECTION("what takes it back") {
    bench.CommitFile("a.txt", "");
    if (has_moved) CHECK(bench.Call(squash).code == Code::kConflict);
    bench.Ok(squash);
    CHECK(bench.git.RemoteFile("main", "a.txt") == "");
  }
  SECTION("after a pull of the base") {
    bench.CommitFile("a.txt", "a3\n");
    bench.Ok({{"operation", "pull"}, {"branch", "main"}});
    CHECK(bench.Ok(squash)["pushed"] == true);
    CHECK(bench.git.RemoteFile("main", "a.txt") == "a3\n");
  }
}

TEST_CASE("work that others have reverted on the base is not delivered by what is there already") {
  const std::string how = GENERATE("squash", "merge");
  GitOperations bench;
  const Json finalize = {{"operation", "finalize"}, {"merge", how}};
  bench.CommitFile("a.txt", "a\n");
  bench.Ok(finalize);
  bench.git.OthersCheckOut("main");
  fs::remove(bench.git.others() / "a.txt");
  bench.git.Git(bench.git.others(), {"commit", "-q", "-a", "-m", "Take it back"});
  const std::string reverted = bench.git.OthersPublish("main");
  const plugin::Outcome outcome = bench.Call(finalize);
  CHECK(outcome.code == Code::kConflict);
  CHECK_THAT(outcome.Message(), Catch::Contains("before both are tested together"));
  CHECK_FALSE(fs::exists(bench.tree / "a.txt"));
  // What the tests have made of that is delivered as any work is.
  bench.CommitFile("a.txt", "better\n");
  CHECK(bench.Ok(finalize)["pushed"] == true);
  CHECK(bench.git.RemoteFile("main", "a.txt") == "better\n");
  CHECK(bench.git.Git(bench.git.remote(), {"merge-base", reverted, "main"}) == reverted);
}

TEST_CASE("each commit that claims to be a squash is looked at once") {
  GitOperations bench;
  const std::string ours = bench.CommitFile("a.txt", "a\n");
  bench.git.OthersCheckOut("main");
  for (int i = 0; i < 40; ++i)
    bench.git.Git(bench.git.others(), {"commit", "-q", "--allow-empty", "-m", "Say it\n\nSquashed: " + ours});
  bench.git.OthersPublish("main");
  CHECK(bench.Ok({{"operation", "finalize"}, {"merge", "squash"}})["pushed"] == true);
  CHECK(bench.git.RemoteFile("main", "a.txt") == "a\n");
}

TEST_CASE("a message alone makes no squash of a commit") {
  const bool names_it = GENERATE(true, false);
  GitOperations bench;
  const std::string ours = bench.CommitFile("a.txt", "a\n");
  bench.git.OthersCheckOut("main");
  WriteText(bench.git.others() / "a.txt", "theirs\n");
  bench.git.Git(bench.git.others(), {"add", "-A"});
  const std::string source = names_it ? ours : "no name of a commit";
  bench.git.Git(bench.git.others(), {"commit", "-q", "-m", "Do it\n\nRun: r\nSquashed: " + source});
  const std::string theirs = bench.git.OthersPublish("main");
  CHECK(bench.Call({{"operation", "finalize"}, {"merge", "squash"}}).code == Code::kConflict);
  CHECK(bench.git.RemoteCommit("main") == theirs);
}

TEST_CASE("finalize leaves a base that has moved since the tests and takes it into the branch") {
  const std::string how = GENERATE("squash", "merge");
  GitOperations bench;
  const std::string ours = bench.CommitFile("a.txt", "a\n");
  std::string moved;
  plugin::Outcome outcome = bench.Call({{"operation", "finalize"}, {"merge", how}}, [&](const Json& spawn) {
    const auto argv = spawn["argv"].get<std::vector<std::string>>();
    if (moved.empty() && std::find(argv.begin(), argv.end(), "push") != argv.end())
      moved = bench.git.OthersPush("main", "meanwhile.txt", "m\n");
  });
  INFO(outcome.json);
  REQUIRE(outcome.code == Code::kConflict);
  const Json failure = Json::parse(outcome.json);
  CHECK(failure["details"]["conflicts"] == Json::array());
  CHECK(bench.git.RemoteCommit("main") == moved);
  const std::string both = bench.git.RemoteCommit("task/1");
  CHECK(bench.git.Git(bench.git.remote(), {"log", "-1", "--format=%P %s", "task/1"}) ==
        ours + " " + moved + " Merge main into task/1");
  CHECK(failure["message"].get<std::string>().find(both) != std::string::npos);

  // The next time it comes with what it has tested by then.
  Json done = bench.Ok({{"operation", "finalize"}, {"merge", how}});
  CHECK(done["pushed"] == true);
  CHECK(bench.git.RemoteFile("main", "a.txt") == "a\n");
  CHECK(bench.git.RemoteFile("main", "meanwhile.txt") == "m\n");
}

TEST_CASE("finalize that is tried again takes nothing for tested that its first try has only merged") {
  GitOperations bench;
  const std::string ours = bench.CommitFile("a.txt", "a\n");
  const std::string moved = bench.git.OthersPush("main", "meanwhile.txt", "m\n");
  const std::filesystem::path away = bench.git.root() / "away.git";
  const Json params = {{"operation", "finalize"}, {"merge", "squash"}};
  plugin::Outcome outcome = bench.Call(params, [&](const Json& spawn) {
    const auto argv = spawn["argv"].get<std::vector<std::string>>();
    if (std::find(argv.begin(), argv.end(), "push") != argv.end())
      std::filesystem::rename(bench.git.remote(), away);
  });
  CHECK(outcome.code != Code::kOk);
  CHECK(outcome.code != Code::kConflict);
  CHECK(bench.Log("%H") == ours);
  std::filesystem::rename(away, bench.git.remote());

  outcome = bench.Call(params);
  CHECK(outcome.code == Code::kConflict);
  CHECK_THAT(outcome.Message(), Catch::Contains("before both are tested together"));
  CHECK(bench.git.RemoteCommit("main") == moved);
}

TEST_CASE("finalize takes a base whose new commits change none of the tested files") {
  GitOperations bench;
  bench.CommitFile("a.txt", "a\n");
  const std::string theirs = bench.git.OthersPush("main", "a.txt", "a\n");
  Json done = bench.Ok({{"operation", "finalize"}, {"merge", "squash"}});
  CHECK(done["empty"] == true);
  CHECK(bench.git.RemoteCommit("main") == theirs);
}

TEST_CASE("finalize tells of commits of others on its own branch when those were not tested") {
  GitOperations bench;
  const std::string ours = bench.CommitFile("a.txt", "a\n");
  bench.Ok({{"operation", "push"}});
  const std::string base = bench.git.RemoteCommit("main");
  const std::string theirs = bench.git.OthersPush("task/1", "meanwhile.txt", "m\n");
  CHECK(bench.Call({{"operation", "finalize"}}).code == Code::kConflict);
  CHECK(bench.git.RemoteCommit("task/1") == theirs);
  CHECK(bench.Log("%H") == theirs);
  bench.Ok({{"operation", "finalize"}});
  CHECK(bench.git.RemoteCommit("task/1^") == theirs);

  // Also when the base is what it was, and the other way round.
  const std::string mine = bench.CommitFile("b.txt", "b\n");
  const std::string more = bench.git.OthersPush("task/1", "more.txt", "m\n");
  CHECK(bench.Call({{"operation", "finalize"}}).code == Code::kConflict);
  CHECK(bench.git.Git(bench.git.remote(), {"log", "-1", "--format=%P", "task/1"}) == mine + " " + more);
  CHECK(bench.git.RemoteCommit("main") == base);
}

TEST_CASE("work of others on the branch is tested and comes to the base with the rest") {
  const std::string merge = GENERATE("squash", "merge");
  GitOperations bench;
  bench.CommitFile("a.txt", "a\n");
  bench.Ok({{"operation", "push"}});
  const std::string base = bench.git.RemoteCommit("main");
  bench.git.OthersPush("task/1", "mine.txt", "m\n");
  const Json finalize = {{"operation", "finalize"}, {"merge", merge}};
  CHECK(bench.Call(finalize).code == Code::kConflict);
  CHECK(bench.git.RemoteCommit("main") == base);
  bench.Ok(finalize);
  CHECK(bench.git.RemoteFile("main", "mine.txt") == "m\n");
  CHECK(bench.git.RemoteFile("main", "a.txt") == "a\n");

  // What they have undone again, or only noted, holds nothing up.
  bench.CommitFile("b.txt", "b\n");
  bench.Ok({{"operation", "push"}});
  bench.git.OthersPush("task/1", ".ma/notes.md", "n\n");
  bench.Ok(finalize);
  CHECK(bench.git.RemoteFile("main", "b.txt") == "b\n");
}

TEST_CASE("finalize by merge keeps both parents and a conflict leaves the base alone") {
  GitOperations bench;
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
  GitOperations bench;
  bench.tree = bench.git.others();
  CHECK(bench.Call({{"operation", "commit"}}).code == Code::kInvalid);
}

TEST_CASE(
    "a task's branch that was rewritten is for a person, whatever is done with it, and stays as it is") {
  const Json params =
      GENERATE(Json{{"operation", "finalize"}}, Json{{"operation", "finalize"}, {"merge", "squash"}},
               Json{{"operation", "finalize"}, {"merge", "merge"}}, Json{{"operation", "pull"}});
  const bool was_finalized = GENERATE(false, true);
  INFO(Dump(params));
  GitOperations bench;
  bench.CommitFile("secret.txt", "taken out by a person\n");
  bench.Ok({{"operation", was_finalized ? "finalize" : "push"}});
  const std::string theirs = bench.git.OthersRewrite("task/1"), base = bench.git.RemoteCommit("main");
  const plugin::Outcome outcome = bench.Call(params);
  CHECK(outcome.code == Code::kConflict);
  CHECK_THAT(outcome.Message(), Catch::Contains("somebody has rewritten it"));
  CHECK(bench.git.RemoteCommit("main") == base);
  CHECK(bench.git.RemoteCommit("task/1") == theirs);
}

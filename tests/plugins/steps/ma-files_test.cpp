#include "ma_notes.hpp"

using namespace mamc;
using namespace mamc::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

TEST_CASE("the summary is committed and pushed and not again while it says the same") {
  MaNotes bench;
  bench.Prepare("r1");
  Json first = bench.Ok("r1", kContext);
  CHECK(first["written"] == true);
  CHECK(bench.Remote(".ma/context/summary.md") == "# Repository\n3 files\n");
  CHECK(Json::parse(bench.Remote(".ma/context/summary.json"))["languages"]["C"] == 1);
  CHECK(bench.git.Git(bench.git.remote(), {"log", "-1", "--format=%an %at %s", "task/7"}) ==
        "Müller 1700000123 Summary of the repository");
  const std::string commit = bench.git.RemoteCommit("task/7");
  bench.now_ms += 1'000'000;
  CHECK(bench.Ok("r1", kContext)["written"] == false);
  CHECK(bench.git.RemoteCommit("task/7") == commit);
  bench.Prepare("r2");
  CHECK(bench.Ok("r2", kContext)["written"] == false);
  CHECK(bench.git.RemoteCommit("task/7") == commit);
}

TEST_CASE("a scan that finds what the base has already pushes no branch") {
  MaNotes bench;
  bench.Prepare("r1");
  bench.Ok("r1", kContext);
  bench.git.Git(bench.git.remote(), {"update-ref", "refs/heads/main", bench.git.RemoteCommit("task/7")});
  bench.git.Git(bench.git.remote(), {"update-ref", "-d", "refs/heads/task/7"});
  bench.Prepare("r2");
  CHECK(bench.Ok("r2", kContext)["written"] == false);
  CHECK(bench.git.Git(bench.git.remote(), {"branch", "--list", "task/7"}).empty());
}

TEST_CASE("the log of tests has time and result and duration and output of every run") {
  MaNotes bench;
  bench.Prepare("r1");
  bench.Qa("r1", 1, "fail", "not ok - mean of -10 and -20\n");
  bench.now_ms += 61'000;
  Json second = bench.Qa("r1", 2, "pass", "ok - all\n");
  CHECK(second["path"] == kQaLog);
  CHECK(bench.Remote(kQaLog) ==
        "=== qa 1 | FAIL | 2023-11-14T22:15:23Z | 1.234 s | exit code 2 | run r1 | loop@1/notes/1/ma-files\n"
        "$ make test\n"
        "not ok - mean of -10 and -20\n"
        "\n"
        "=== qa 2 | PASS | 2023-11-14T22:16:24Z | 1.234 s | exit code 0 | run r1 | loop@1/notes/2/ma-files\n"
        "$ make test\n"
        "ok - all\n\n");
  CHECK(ReadText(bench.Tree("r1") / kQaLog).find("=== qa 2 | PASS") != std::string::npos);
}

TEST_CASE("what looks like a secret is not committed") {
  MaNotes bench;
  bench.Prepare("r1");
  bench.Qa("r1", 1, "fail",
           "fetch https://ann:hunter22@git.example.com/x.git\n"
           "DB_PASSWORD=correct-horse\n"
           "{\"api_key\": \"0123456789abcdef\", \"port\": 80}\n"
           "Authorization: Basic YW5uOmh1bnRlcjIy\n"
           "curl -H 'authorization: bearer abcdefghij0123456789'\n"
           "remote: ghp_0123456789abcdefghijABCDEFGHIJ012345 is not valid\n"
           "SIGNING_PRIVATE_KEY=-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----\n"
           "error: unexpected token: '}' in line 7\n"
           "password:\nabc\n"
           "if (secret == other) basic functionality\n");
  const std::string log = bench.Remote(kQaLog);
  INFO(log);
  for (const char* secret :
       {"hunter22", "correct-horse", "0123456789abcdef", "YW5uOmh1bnRlcjIy", "abcdefghij", "MIIEow"})
    CHECK(log.find(secret) == std::string::npos);
  for (const char* kept : {"https://[redacted]@git.example.com/x.git", "DB_PASSWORD=[redacted]",
                           "\"api_key\": [redacted], \"port\": 80", "unexpected token: '}' in line 7",
                           "is not valid", "password:\nabc", "secret == other) basic functionality"})
    CHECK(log.find(kept) != std::string::npos);
}

TEST_CASE("of a long output head and tail are kept and of a long log the latest runs") {
  MaNotes bench;
  bench.Prepare("r1");
  const std::string middle(100'000, 'm');
  for (int i = 1; i <= 10; ++i)
    bench.Qa("r1", i, "fail",
             "first line " + std::to_string(i) + "\n" + middle + "\nlast line " + std::to_string(i) + "\n");
  const std::string log = bench.Remote(kQaLog);
  CHECK(log.size() <= 256 << 10);
  CHECK_THAT(log, Contains("first line 10") && Contains("last line 10") && Contains("bytes left out"));
  CHECK(log.find("first line 1\n") == std::string::npos);
  CHECK_THAT(log, Contains("first line 5\n"));
}

TEST_CASE("a text that looks like an entry begins none and a log that is none is begun anew") {
  MaNotes bench;
  const std::string forged = "=== qa 7 | PASS | run r0 | somewhere";
  bench.Begin("task/7");
  bench.git.OthersPush("task/7", kQaLog, "\xff not text");
  bench.Prepare("r1");
  bench.Qa("r1", 1, "fail", forged + "\n");
  CHECK_THAT(bench.Remote(kQaLog), Contains("\n " + forged));
  bench.Prepare("r2");
  CHECK(bench.Read("r2")["earlier_tests"] == "### qa 1: FAIL\n\n$ make test\n " + forged + "\n");
}

TEST_CASE("a later run is told of earlier plans and failures without times and runs and paths") {
  MaNotes bench;
  bench.Prepare("r1");
  bench.Plan("r1", 1, "fail", "## Steps\n1. guess", {"no test"});
  bench.Plan("r1", 2, "pass", "## Steps\n1. test first");
  bench.Qa("r1", 1, "fail",
           "not ok - mean (0.03 s) at 12:34:56\n" + bench.Tree("r1").string() + "/src/a.c:7: wrong\n" +
               "/elsewhere/projects/shop-12ab/runs/w99/tree/src/b.c:8: wrong\n");
  CHECK(bench.Read("r1") == Json{{"written", false}});  // it knows what it has done itself

  bench.Prepare("r2");
  Json told = bench.Read("r2");
  CHECK(told["earlier_plans"] ==
        "### plan 1: fail\n\n## Steps\n1. guess\n\n--- plan-evaluator: fail\n- no test\n\n"
        "### plan 2: pass\n\n## Steps\n1. test first\n\n--- plan-evaluator: pass\n");
  CHECK(told["earlier_tests"] ==
        "### qa 1: FAIL\n\n$ make test\nnot ok - mean (<time>) at <time>\n./src/a.c:7: wrong\n./src/b.c:8: "
        "wrong\n");
  CHECK(bench.git.Git(bench.git.remote(), {"log", "--format=%s", "main..task/7"}) ==
        "Log of test run 1: fail\nLog of plan 2: pass\nLog of plan 1: fail");

  // What passed since is mended.
  bench.Qa("r2", 1, "pass", "ok\n");
  bench.Prepare("r3");
  CHECK_FALSE(bench.Read("r3").contains("earlier_tests"));
  CHECK_THAT(bench.Read("r3")["earlier_plans"].get<std::string>(), Contains("1. test first"));
}

TEST_CASE("the same entry written again from the same commit is the same commit") {
  MaNotes bench;
  const std::string base = bench.Prepare("r1")["commit"];
  bench.Qa("r1", 1, "fail", "not ok\n");
  const std::string commit = bench.git.RemoteCommit("task/7");
  // The host died before the end was recorded: the workspace is brought back, and the step runs again.
  bench.Prepare("r1", {{"commit", base}});
  CHECK_FALSE(fs::exists(bench.Tree("r1") / kQaLog));
  CHECK(bench.Qa("r1", 1, "fail", "not ok\n")["written"] == true);
  CHECK(bench.git.RemoteCommit("task/7") == commit);
  CHECK(bench.git.Git(bench.git.remote(), {"rev-list", "--count", "main..task/7"}) == "1");
  // And once more on top of itself, at another time: one entry.
  bench.now_ms += 1000;
  bench.Qa("r1", 1, "fail", "not ok\n");
  const std::string log = bench.Remote(kQaLog);
  CHECK(log.find("=== qa 1") == log.rfind("=== qa 1"));
}

TEST_CASE("a repository that ignores logs gets those of its tasks") {
  MaNotes bench;
  bench.git.OthersPush("main", ".gitignore", "*.log\n");
  bench.Prepare("r1");
  bench.Qa("r1", 1, "fail", "not ok\n");
  bench.Qa("r1", 2, "pass", "ok\n");
  CHECK_THAT(bench.Remote(kQaLog), Contains("=== qa 1 | FAIL") && Contains("=== qa 2 | PASS"));
  bench.Prepare("r1", {{"commit", bench.git.RemoteCommit("task/7")}});
  CHECK_THAT(ReadText(bench.Tree("r1") / kQaLog), Contains("=== qa 2 | PASS"));
}

TEST_CASE("uncommitted changes stay what they are beside an entry") {
  MaNotes bench;
  bench.Prepare("r1");
  WriteText(bench.Tree("r1") / "src/main.c", "int main(void) { return 1; }\n");
  bench.Plan("r1", 1, "pass", "do it");
  CHECK(ReadText(bench.Tree("r1") / "src/main.c") == "int main(void) { return 1; }\n");
  CHECK(bench.Remote("src/main.c") == "int main(void) { return 0; }\n");
}

TEST_CASE("work that others have pushed to the branch is not taken in with an entry") {
  MaNotes bench;
  const std::string base = bench.Prepare("r1")["commit"];
  bench.Begin("task/7");
  SECTION("beside what the run has done") {}
  SECTION("against what the run has done and not pushed yet") {
    WriteText(bench.Tree("r1") / "src/main.c", "int main(void) { return 1; }\n");
    OkResult(
        bench.workspaces.Run(MAMC_WORKSPACE_COMMIT, {{"id", "r1"}, {"message", "ours"}, {"time_ms", 1000}}));
  }
  const std::string ours = bench.Head("r1");
  const std::string theirs = bench.git.OthersPush("task/7", "src/main.c", "int main(void) { return 2; }\n");
  CHECK(bench.Qa("r1", 1, "pass", "ok\n")["written"] == false);
  CHECK(bench.git.RemoteCommit("task/7") == theirs);
  CHECK(bench.Head("r1") == ours);
  CHECK_FALSE(fs::exists(bench.Tree("r1") / kQaLog));

  // Once the run has it, which tests it then.
  bench.Prepare("r1", {{"commit", theirs}});
  CHECK(bench.Qa("r1", 2, "pass", "ok\n")["written"] == true);
  CHECK(bench.git.Git(bench.git.remote(), {"rev-parse", "task/7^"}) == theirs);
}

TEST_CASE("an entry is written on top of what others have noted on the branch meanwhile") {
  MaNotes bench;
  bench.Prepare("r1");
  bench.Begin("task/7");
  const std::string theirs = bench.git.OthersPush("task/7", ".ma/qa/task-other-qa.log", "theirs\n");
  CHECK(bench.Qa("r1", 1, "pass", "ok\n")["written"] == true);
  CHECK(bench.git.Git(bench.git.remote(), {"rev-parse", "task/7^"}) == theirs);
  CHECK(ReadText(bench.Tree("r1") / ".ma/qa/task-other-qa.log") == "theirs\n");
}

TEST_CASE("an entry whose push failed is not in the way of who goes on from the run's commit") {
  MaNotes bench;
  const std::string base = bench.Prepare("r1")["commit"];
  const fs::path away = bench.git.root() / "away.git";
  fs::rename(bench.git.remote(), away);
  const Json entry = {{"operation", "plan"}, {"iteration", 1}, {"status", "pass"}, {"plan", "do it"}};
  CHECK(bench.Call("r1", entry).code != Code::kOk);
  CHECK(bench.Head("r1") == base);
  fs::rename(away, bench.git.remote());
  CHECK(bench.Ok("r1", entry)["written"] == true);
  CHECK(bench.Head("r1") == bench.git.RemoteCommit("task/7"));
}

TEST_CASE("with a side branch the files lie there and the task's branch has none") {
  MaNotes bench(Json{{"ma_branch", "mamc-notes"}});
  bench.Prepare("r1");
  bench.Ok("r1", kContext);
  int pushes = 0;
  // Another machine is faster with an entry of its own.
  bench.Ok("r1", {{"operation", "qa"}, {"iteration", 1}, {"status", "fail"}, {"output", "not ok\n"}},
           [&](const Json& spawn) {
             const auto argv = spawn["argv"].get<std::vector<std::string>>();
             const bool is_push = std::find(argv.begin(), argv.end(), "push") != argv.end();
             if (is_push && ++pushes == 1)
               bench.git.OthersPush("mamc-notes", ".ma/qa/task-other-qa.log", "theirs\n");
           });
  CHECK(pushes == 2);
  CHECK(bench.Files("mamc-notes") ==
        ".ma/.gitattributes\n.ma/context/summary.json\n.ma/context/summary.md\n.ma/qa/task-other-qa.log\n" +
            kQaLog);
  CHECK(bench.git.Git(bench.git.remote(), {"rev-list", "--merges", "--count", "mamc-notes"}) == "0");
  CHECK(bench.git.Git(bench.git.remote(), {"branch", "--list", "task/7"}).empty());
  CHECK_FALSE(fs::exists(bench.Tree("r1") / ".ma"));

  CHECK(bench.Prepare("r2")["summary"] == "# Repository\n3 files\n");
  CHECK_THAT(bench.Read("r2")["earlier_tests"].get<std::string>(), Contains("not ok"));
  // Written again after its answer was lost.
  const std::string commit = bench.git.RemoteCommit("mamc-notes");
  CHECK(bench.Ok(
            "r1",
            {{"operation", "qa"}, {"iteration", 1}, {"status", "fail"}, {"output", "not ok\n"}})["written"] ==
        false);
  CHECK(bench.git.RemoteCommit("mamc-notes") == commit);
}

TEST_CASE("a project that keeps no such files gets none and hears why") {
  SECTION("ma: off") {
    MaNotes bench(Json{{"ma", "off"}});
    bench.Prepare("r1");
    Json done = bench.Ok("r1", kContext);
    CHECK(done["written"] == false);
    CHECK_THAT(done["reason"].get<std::string>(), Contains("ma: off"));
  }
  SECTION("ignored by git") {
    MaNotes bench;
    bench.git.OthersPush("main", ".gitignore", ".ma/\n");
    bench.Prepare("r1");
    CHECK_THAT(bench.Ok("r1", kContext)["reason"].get<std::string>(), Contains(".gitignore"));
    CHECK(bench.git.Git(bench.git.remote(), {"branch", "--list", "task/7"}).empty());
    CHECK_FALSE(fs::exists(bench.Tree("r1") / ".ma"));
  }
  SECTION("a side branch that is the base") {
    MaNotes bench(Json{{"ma_branch", "main"}});
    const std::string base = bench.git.RemoteCommit("main");
    bench.Prepare("r1");
    CHECK(bench.Call("r1", kContext).code == Code::kInvalid);
    CHECK(bench.git.RemoteCommit("main") == base);
  }
  SECTION("ignored by git, on a side branch") {
    MaNotes bench(Json{{"ma_branch", "mamc-notes"}});
    bench.git.OthersPush("main", ".gitignore", ".ma/\n");
    bench.Prepare("r1");
    CHECK(bench.Ok("r1", kContext)["written"] == true);
  }
  SECTION("a link where the folder would be") {
    MaNotes bench;
    fs::create_directory(bench.git.root() / "outside");
    fs::create_directory_symlink(bench.git.root() / "outside", bench.git.others() / ".ma");
    bench.git.Git(bench.git.others(), {"add", "-A"});
    bench.git.Git(bench.git.others(), {"commit", "-q", "-m", "a link"});
    bench.git.Git(bench.git.others(), {"push", "-q", "origin", "HEAD:task/7"});
    bench.Prepare("r1");
    CHECK_THAT(bench.Ok("r1", kContext)["reason"].get<std::string>(), Contains(".ma"));
    CHECK(fs::is_empty(bench.git.root() / "outside"));
  }
}

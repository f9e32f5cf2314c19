// What git-operation does with the files below .ma.
#include "git_operations.hpp"

using namespace mamc;
using namespace mamc::test;
namespace fs = std::filesystem;
using Catch::Matchers::Contains;

namespace {
const std::string kLog = ".ma/qa/task-t7-qa.log";
const std::string kOwn = ".ma/own.md";
}  // namespace

TEST_CASE("finalize puts the task into the change log and removes its logs") {
  const auto how = GENERATE(as<std::string>(), "branch", "squash", "merge");
  const auto summary = GENERATE(as<std::string>(), "It sings now.\n\n## No heading\n", "");
  GitOperations bench;
  bench.Note(".ma/qa/task-t7-qa.log", "not ok\n");
  bench.Note(".ma/planning/task-t7-plan.log", "plan\n");
  bench.Note(".ma/qa/task-t8-qa.log", "of another task\n");
  bench.CommitFile("a.txt", "a\n");
  Json params = {{"operation", "finalize"}, {"merge", how}};
  if (!summary.empty()) params["summary"] = summary;
  // Without a summary the subjects of the commits stand there.
  const std::string text = summary.empty() ? "- change a.txt\n" : "It sings now.\n\nNo heading\n";
  const std::string branch = how == "branch" ? "task/1" : "main";
  bench.Ok(params);
  CHECK(bench.git.RemoteFile(branch, ".ma/changelog.md") ==
        "# Changelog\n\n## Teach it to sing (task t7)\n\n" + text);
  CHECK(bench.Files(branch) == ".ma/.gitattributes\n.ma/changelog.md\n.ma/qa/task-t8-qa.log");
  // Once more, after its answer was lost: nothing is written twice.
  const std::string end = bench.git.RemoteCommit(branch);
  bench.Ok(params);
  CHECK(bench.git.RemoteCommit(branch) == end);
}

TEST_CASE("finalize writes the change log to the side branch and the base has none") {
  GitOperations bench(Json{{"ma_branch", "mamc-notes"}});
  bench.Begin("mamc-notes");
  bench.git.OthersPush("mamc-notes", ".ma/qa/task-t7-qa.log", "not ok\n");
  bench.CommitFile("a.txt", "a\n");
  bench.Ok({{"operation", "finalize"}, {"merge", "squash"}, {"summary", "It sings."}});
  CHECK(bench.git.RemoteFile("mamc-notes", ".ma/changelog.md").ends_with("It sings.\n"));
  CHECK(bench.Files("mamc-notes") == ".ma/.gitattributes\n.ma/changelog.md");
  CHECK(bench.Files("main").empty());
}

TEST_CASE("a project without such files gets no change log") {
  GitOperations bench(Json{{"ma", "off"}});
  bench.CommitFile("a.txt", "a\n");
  bench.Ok({{"operation", "finalize"}, {"merge", "squash"}});
  CHECK(bench.Files("main").empty());
}

TEST_CASE("two tasks are brought to the base without a conflict in what they have noted") {
  const auto how = GENERATE(as<std::string>(), "squash", "merge");
  GitOperations bench;
  const std::string scan = ".ma/context/summary.md";
  bench.Note(scan, "# Repository\nas task 1 saw it\none\ntwo\nthree\n");
  bench.CommitFile("a.txt", "a\n");
  // The other task is done first.
  bench.git.OthersPush("main", scan, "# Repository\nas task 2 saw it\none\ntwo\nfour\n");
  bench.git.OthersPush("main", ".ma/changelog.md", "# Changelog\n\n## The other (task 2)\n\n- b\n");
  Json done = bench.Ok({{"operation", "finalize"}, {"merge", how}, {"summary", "One."}});
  CHECK(done["changed"] == Json({"a.txt"}));
  const std::string log = bench.git.RemoteFile("main", ".ma/changelog.md");
  INFO(log);
  CHECK(log.find("(task t7)") < log.find("(task 2)"));
  CHECK(log.find("(task 2)") != std::string::npos);
  CHECK(bench.git.RemoteFile("main", scan) ==
        "# Repository\nas task 2 saw it\none\ntwo\nfour\n");  // one side's, whole
}

TEST_CASE("a person merges two tasks' branches without a conflict in what they have noted") {
  GitOperations bench;
  const std::string scan = ".ma/context/summary.md", log = ".ma/changelog.md";
  bench.Note(scan, "as task 1 saw it\n");
  bench.CommitFile("a.txt", "a\n");
  bench.Ok({{"operation", "finalize"}, {"summary", "One."}});
  bench.Begin("task/2");
  bench.git.OthersPush("task/2", scan, "as task 2 saw it\n");
  bench.git.OthersPush("task/2", log, "# Changelog\n\n## The other (task 2)\n\n- b\n");
  bench.git.Git(bench.git.others(), {"fetch", "-q", "origin"});
  bench.git.Git(bench.git.others(), {"checkout", "-q", "-B", "main", "origin/main"});
  bench.git.Git(bench.git.others(), {"merge", "-q", "--no-edit", "origin/task/1"});
  bench.git.Git(bench.git.others(), {"merge", "-q", "--no-edit", "origin/task/2"});
  const std::string both = ReadText(bench.git.others() / log);
  CHECK(both.find("(task t7)") != std::string::npos);
  CHECK(both.find("(task 2)") != std::string::npos);
}

TEST_CASE("work that changed nothing but notes is empty and makes no commit on the base") {
  GitOperations bench;
  const std::string base = bench.git.RemoteCommit("main");
  bench.Note(".ma/context/summary.md", "# Repository\n");
  Json done = bench.Ok({{"operation", "finalize"}, {"merge", "squash"}});
  CHECK(done["empty"] == true);
  CHECK(bench.git.RemoteCommit("main") == base);
}

TEST_CASE("what a model or a command has written below .ma is in no commit") {
  GitOperations bench;
  bench.Note(kLog, "not ok\n");
  bench.Note(".ma/qa/task-t8-qa.log", "not ok\n");
  WriteText(bench.tree / kLog, "all is well\n");
  fs::remove(bench.tree / ".ma/qa/task-t8-qa.log");
  WriteText(bench.tree / ".ma/planning/task-t7-plan.log", "approved\n");
  SECTION("beside its work") {
    WriteText(bench.tree / "a.txt", "a\n");
    CHECK(bench.Ok({{"operation", "commit"}})["changed"] == Json({"a.txt"}));
  }
  SECTION("and alone it makes none, also where it is asked for") {
    const Json done = bench.Ok({{"operation", "commit"}, {"files", ".ma/**"}});
    CHECK(done["empty"] == true);
  }
  bench.Ok({{"operation", "push"}});
  CHECK(bench.Files("task/1") == kLog + "\n.ma/qa/task-t8-qa.log");
  CHECK(bench.git.RemoteFile("task/1", kLog) == "not ok\n");
}

TEST_CASE("what is written below .ma is not in the way of what the machines note there") {
  GitOperations bench;
  WriteText(bench.tree / kLog, "all is well\n");
  SECTION("as a file") {
    WriteText(bench.tree / kLog, "all is well\n");
  }
  SECTION("as a link in place of the folder") {
    fs::remove_all(bench.tree / ".ma");
    fs::create_directory_symlink(bench.git.root(), bench.tree / ".ma");
  }
  WriteText(bench.tree / "uncommitted.txt", "u\n");
  bench.Note(kLog, "not ok\n");
  CHECK(ReadText(bench.tree / kLog) == "not ok\n");
  CHECK(ReadText(bench.tree / "uncommitted.txt") == "u\n");
}

TEST_CASE("a folder .ma of the repository's own is work where the project keeps no notes in it") {
  GitOperations bench(GENERATE(Json{{"ma", "off"}}, Json{{"ma_branch", "mamc-notes"}}));
  bench.CommitFile(kOwn, "one\n");
  CHECK(bench.CommittedFile(kOwn) == "one");
  SECTION("it is merged as other files are") {
    const std::string theirs = bench.git.OthersPush("main", kOwn, "two\n");
    const plugin::Outcome outcome = bench.Call({{"operation", "finalize"}, {"merge", "squash"}});
    CHECK(outcome.code == Code::kConflict);
    CHECK_THAT(outcome.json, Contains("[\"" + kOwn + "\"]"));
    CHECK(bench.git.RemoteCommit("main") == theirs);
  }
  SECTION("what others have changed there is tested before it is finalized") {
    bench.git.OthersPush("main", ".ma/theirs.md", "two\n");
    const plugin::Outcome outcome = bench.Call({{"operation", "finalize"}, {"merge", "squash"}});
    CHECK(outcome.code == Code::kConflict);
    CHECK_THAT(outcome.Message(), Contains("nothing is finalized before both are tested together"));
  }
  SECTION("it is told as changed") {
    CHECK(bench.Ok({{"operation", "finalize"}, {"merge", "squash"}})["changed"] == Json({kOwn}));
  }
}

TEST_CASE("a link or a submodule in place of a note is told and stays what it is") {
  GitOperations bench;
  const std::string log = ".ma/changelog.md";
  const std::string ours = bench.CommitFile("a.txt", "a\n");
  std::string path = log;
  SECTION("where both sides have changed it, a link") {
    bench.Note(log, "# Changelog\n");
    bench.OthersPushEntry("main", "120000", log);
  }
  SECTION("where both sides have changed it, a submodule") {
    bench.Note(log, "# Changelog\n");
    bench.OthersPushEntry("main", "160000", log);
  }
  SECTION("in place of the folder, where one side has changed it") {
    bench.Note(log, "# Changelog\n");
    bench.OthersPushEntry("main", "120000", ".ma");
    path = ".ma";
  }
  SECTION("where the change log is to be written") {
    bench.OthersPushEntry("main", "120000", log);
  }
  SECTION("in place of a folder, where the change log is to be written") {
    bench.OthersPushEntry("main", "160000", ".ma/qa");
    path = ".ma/qa";
  }
  const std::string theirs = bench.git.RemoteCommit("main");
  const plugin::Outcome outcome = bench.Call({{"operation", "finalize"}, {"merge", "squash"}});
  CHECK(outcome.code == Code::kConflict);
  CHECK_THAT(outcome.Message(), Contains(path));
  CHECK(bench.git.RemoteCommit("main") == theirs);
}

#include <catch2/catch.hpp>

#include "mamc/journal/journal.hpp"
#include "program.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

// Runs a workflow of one step; the id of its run.
std::string RunOnce(const Program& program) {
  program.dir.Write("w/one.yml", "name: one\nsteps: [{id: a, type: set-variables, variables: {x: 1}}]\n");
  Ran added = program.Run({"--state-dir", "state", "--workflows", "w", "task", "add", "--project", "p",
                           "--title", "T", "--workflow", "one", "--repo", "/nowhere.git"});
  INFO(added.err);
  REQUIRE(added.code == 0);
  program.Run({"--state-dir", "state", "--workflows", "w", "--project", "p", "--drain"});
  Json runs = program.Run({"--state-dir", "state", "runs", "list", "--json"}).json();
  REQUIRE(runs.size() == 1);
  return runs[0]["id"];
}

}  // namespace

TEST_CASE("on a machine where nothing has run each command about runs says what to do first") {
  Program program;
  for (std::vector<std::string> words : {std::vector<std::string>{"list"},
                                         {"show", "r1"},
                                         {"log", "r1"},
                                         {"resume", "r1"},
                                         {"retry", "r1", "--from", "a"},
                                         {"cancel", "r1"}}) {
    bool list = words[0] == "list";
    words.insert(words.begin(), "runs");
    Ran ran = program.Run(words);
    INFO(words[1] << ": " << ran.err);
    CHECK(ran.code == (list ? 0 : 2));
    CHECK(Contains(ran.err, "there are no runs yet"));
    CHECK(Contains(ran.err, "mamc-host task add"));
  }
  CHECK(program.Run({"runs", "list", "--json"}).json() == Json::array());
}

TEST_CASE("the log of a run says why a request was tried again and what a child call failed of") {
  Program program;
  std::string run = RunOnce(program);
  {
    auto journal = journal::Journal::Open(program.dir / "state" / "journal.db", {});
    REQUIRE(journal.status().message() == "");
    auto Append = [&](journal::RecordKind kind, const Json& body) {
      (*journal)->Append(run, kind, "qa@1", "test/1", Dump(body));
    };
    Append(journal::RecordKind::kTry, {{"number", 1}, {"corr_id", "c-1"}});
    Append(journal::RecordKind::kTry,
           {{"number", 2}, {"corr_id", "c-2"}, {"after", "`make test` did not end"}});
    Append(journal::RecordKind::kChildReceipt, {{"code", -7}, {"result", {{"message", "it hangs"}}}});
    REQUIRE((*journal)->Commit().ok());
  }
  Ran ran = program.Run({"--state-dir", "state", "runs", "log", run});
  INFO(ran.out << ran.err);
  CHECK(ran.code == 0);
  CHECK(Contains(ran.out, "try  qa@1 [test/1]  attempt 1\n"));
  CHECK(Contains(ran.out,
                 "try  qa@1 [test/1]  attempt 2, because the one before failed: `make test` did not end"));
  CHECK(Contains(ran.out, "child-receipt  qa@1 [test/1]  it hangs"));
}

TEST_CASE("the log of a run says what happened to the run as a whole") {
  Program program;
  std::string run = RunOnce(program);
  {
    auto journal = journal::Journal::Open(program.dir / "state" / "journal.db", {});
    REQUIRE(journal.status().message() == "");
    auto Append = [&](journal::RecordKind kind, const char* path, const Json& body) {
      (*journal)->Append(run, kind, path, "", Dump(body));
    };
    Append(journal::RecordKind::kSignal, "", {{"what", "again"}});
    Append(journal::RecordKind::kSignal, "", {{"what", "cancel"}, {"reason", "a person's wish"}});
    Append(journal::RecordKind::kSignal, "", {{"what", "of a later version"}});
    Append(journal::RecordKind::kAgain, "qa@1", Json::object());
    Append(journal::RecordKind::kDiscard, "", {{"steps", {"qa", "end"}}});
    Append(journal::RecordKind::kWorkspace, "", {{"commit", "0123456789abcdef"}});
    REQUIRE((*journal)->Commit().ok());
  }
  Ran ran = program.Run({"--state-dir", "state", "runs", "log", run});
  INFO(ran.out << ran.err);
  CHECK(Contains(ran.out, "  signal  again: a host goes on with the run\n"));
  CHECK(Contains(ran.out, "  signal  cancel: a person's wish\n"));
  CHECK(Contains(ran.out, "  signal  of a later version\n"));
  CHECK(Contains(ran.out, "  again  qa@1  run again: it was under way when its host ended\n"));
  CHECK(Contains(ran.out, "  discard  qa, end\n"));
  CHECK(Contains(ran.out, "  workspace  0123456789\n"));
}

TEST_CASE("an unknown run is told with the nearest and the newest") {
  Program program;
  std::string run = RunOnce(program), slip = run;
  slip.back() = slip.back() == '0' ? '1' : '0';
  for (const char* verb : {"show", "log", "resume", "cancel"}) {
    Ran ran = program.Run({"--state-dir", "state", "runs", verb, slip});
    INFO(verb << ": " << ran.err);
    CHECK(ran.code == 2);
    CHECK(Contains(ran.err, "did you mean '" + run + "'?"));
    CHECK(Contains(ran.err, run + " (task 1, done)"));
  }
}

TEST_CASE("a journal with damaged pages is told of by every command that reads it") {
  Program program;
  std::string run = RunOnce(program);
  const auto file = program.dir / "state" / "journal.db";
  std::string bytes = program.dir.Read("state/journal.db");
  REQUIRE(bytes.size() > 8192);
  for (std::size_t i = 4096; i < bytes.size(); i += 7) bytes[i] = static_cast<char>(bytes[i] ^ 0x5A);
  for (const char* end : {"-wal", "-shm"}) std::filesystem::remove(file.string() + end);
  program.dir.Write("state/journal.db", bytes);
  for (const std::vector<std::string>& words : {std::vector<std::string>{"runs", "list", "--json"},
                                                {"runs", "show", run},
                                                {"runs", "log", run},
                                                {"doctor"}}) {
    std::vector<std::string> all = {"--state-dir", "state"};
    all.insert(all.end(), words.begin(), words.end());
    Ran ran = program.Run(all);
    INFO(words[0] << " " << ran.out << ran.err);
    CHECK(ran.code != 0);
    CHECK(Contains(ran.out + ran.err, "the journal"));
    CHECK_FALSE(Contains(ran.out + ran.err, "no runs yet"));
  }
}

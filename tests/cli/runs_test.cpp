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

struct Recorded {
  journal::RecordKind kind;
  std::string path, key;
  Json body;
};

// What `runs log` prints of a run that has recorded this too.
std::string LogOf(const Program& program, const std::vector<Recorded>& records) {
  const std::string run = RunOnce(program);
  {
    auto journal = journal::Journal::Open(program.dir / "state" / "journal.db", {});
    REQUIRE(journal.status().message() == "");
    for (const Recorded& one : records) (*journal)->Append(run, one.kind, one.path, one.key, Dump(one.body));
    REQUIRE((*journal)->Commit().ok());
  }
  Ran ran = program.Run({"--state-dir", "state", "runs", "log", run});
  CHECK(ran.code == 0);
  CHECK(ran.err.empty());
  return ran.out;
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
  CHECK(Contains(ran.out, "child-receipt  qa@1 [test/1]  failed: it hangs\n"));
}

TEST_CASE("the log of a run tells the output of its tests, whole and without what a terminal would obey") {
  Program program;
  const Json failed = {{"status", "fail"},
                       {"exit_code", 2},
                       {"worker", "build-7"},
                       {"output", "ok - one\n\nnot ok - \x1b[2Jtwo\r\n"}};
  const std::string log = LogOf(
      program, {{journal::RecordKind::kChildReceipt, "qa@1", "test/1", {{"code", 0}, {"result", failed}}},
                {journal::RecordKind::kChildReceipt, "qa@1", "test/2", {{"code", 0}, {"result", failed}}},
                {journal::RecordKind::kReceipt, "qa@1", "", {{"status", "done"}, {"result", failed}}},
                {journal::RecordKind::kReceipt,
                 "lint@1",
                 "",
                 {{"status", "done"},
                  {"commit", "0123456789abcdef"},
                  {"result", {{"exit_code", 0}, {"stdout", "clean"}, {"stderr", "1 file\n"}}}}}});
  INFO(log);
  // Two tests that came out alike are told twice, the step that repeats its test's answer is not.
  const std::string output = "fail, exit code 2, by build-7\n    ok - one\n\n    not ok -  [2Jtwo \n";
  CHECK(Contains(log, "child-receipt  qa@1 [test/1]  " + output));
  CHECK(Contains(log, "child-receipt  qa@1 [test/2]  " + output));
  CHECK(Contains(log, "receipt  qa@1  done, fail, exit code 2, by build-7\n2"));
  CHECK(Contains(log, "receipt  lint@1  done, exit code 0, commit 0123456789\n    clean\n    1 file\n"));
}

TEST_CASE("the log of a run tells what judges wanted, and their words where they gave any beside") {
  Program program;
  const Json strict = {{"status", "fail"},
                       {"output", "```json\n{\"status\": \"fail\"}\n```\n"},
                       {"verdict",
                        {{"status", "fail"},
                         {"reasons", {"Test the empty cart."}},
                         {"findings", {{{"file", "a.c"}, {"line", 7}}}}}}};
  Json wordy = strict;
  wordy["output"] = "It has no test.\n{\"status\": \"fail\"}";
  const std::string log =
      LogOf(program,
            {{journal::RecordKind::kChild,
              "plan@1",
              "judge/1",
              {{"service", "persona.request"}, {"input", {{"persona", "critic"}, {"intent", "evaluate"}}}}},
             {journal::RecordKind::kChildReceipt, "plan@1", "judge/1", {{"code", 0}, {"result", strict}}},
             {journal::RecordKind::kChildReceipt, "plan@1", "judge/2", {{"code", 0}, {"result", wordy}}}});
  INFO(log);
  const std::string verdict = "fail\n    - Test the empty cart.\n    findings:\n    - file: a.c, line: 7\n";
  CHECK(Contains(log, "child  plan@1 [judge/1]  persona.request critic evaluate\n"));
  CHECK(Contains(log, "child-receipt  plan@1 [judge/1]  " + verdict + "2"));
  CHECK(Contains(log, "child-receipt  plan@1 [judge/2]  " + verdict + "    It has no test.\n"));
}

TEST_CASE("the log of a run tells every line of an error and the output of what failed") {
  Program program;
  const Json details = {{"exit_code", 3}, {"stdout", "not ok - sum\n"}, {"stderr", ""}};
  const std::string log = LogOf(
      program,
      {{journal::RecordKind::kReceipt,
        "test@1",
        "",
        {{"status", "failed"},
         {"error", "`make test` ended with 3:\nnot ok"},
         {"details", {{"message", "it failed"}, {"details", details}}}}},
       {journal::RecordKind::kTry, "ask@1", "request", {{"number", 2}, {"after", "no answer:\nit hangs"}}},
       {journal::RecordKind::kChildReceipt, "ask@1", "request", {{"dropped", true}}},
       {journal::RecordKind::kChildReceipt,
        "both@1",
        "steps/0",
        {{"code", -1},
         {"result", {{"message", "a failed:\ntwice"}, {"details", {{"steps", Json::object()}}}}}}}});
  INFO(log);
  CHECK(Contains(log,
                 "receipt  test@1  failed: `make test` ended with 3:\n    not ok\n"
                 "    Output, with exit code 3:\n    not ok - sum\n"));
  CHECK(Contains(
      log, "try  ask@1 [request]  attempt 2, because the one before failed: no answer:\n    it hangs\n"));
  CHECK(Contains(log, "child-receipt  ask@1 [request]  dropped: nobody waits for it any more\n"));
  // Its steps' own receipts have told the rest.
  CHECK(Contains(log, "child-receipt  both@1 [steps/0]  failed: a failed:\n"));
  CHECK_FALSE(Contains(log, "    twice"));
}

TEST_CASE("what is very long in the log of a run is shortened in its middle, at the ends of lines") {
  Program program;
  std::string output = "the first line\n";
  for (int i = 0; i < 4000; ++i) output += "ok - number " + std::to_string(i) + "\n";
  output += "not ok - the last\n";
  const std::string log =
      LogOf(program, {{journal::RecordKind::kChildReceipt,
                       "qa@1",
                       "test/1",
                       {{"code", 0}, {"result", {{"status", "fail"}, {"output", output}}}}}});
  CHECK(log.size() < 30'000);
  CHECK(Contains(log, "\n    the first line\n    ok - number 0\n"));
  CHECK(Contains(log, "ok - number 3999\n    not ok - the last\n"));
  CHECK(Contains(log, "\n    [... "));
  CHECK(Contains(log, " bytes are left out here; `"));
  CHECK(Contains(log, " --json` has all of it ...]\n    ok - number "));
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

#include "loop_children.hpp"

namespace mamc::test {
namespace {

using plugin::Kind;
using plugin::Outcome;

constexpr std::size_t kMaxDigestBytes = 4096;

const Json kWorkspace = {{"workspace", {{"path", "/base/run-1/tree"}, {"commit", "c0"}}}};

Json Done(const std::string& output) {
  return {{"status", "pass"}, {"output", output}};
}
Json Committed(const std::string& commit) {
  return {{"status", "pass"}, {"output", "fixed"}, {"commit", commit}};
}

// The failure that the first round tells the planner when the tests say this.
std::string DigestOf(const std::string& output) {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep(Json::object(), kWorkspace);
  Answer(call, "test/1", "qa-engineer", Tested(1, output));
  const std::string failure = call.NextChild().input.at("payload").at("failure");
  call.Cancel();
  CHECK(call.Wait().code == Code::kCancelled);
  return failure;
}

TEST_CASE("Passing tests set the task in review") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep({{"test_command", "make test"}, {"plan", "P"}}, kWorkspace);
  const ChildCall test = Answer(call, "test/1", "qa-engineer", Tested(0));
  CHECK(test.input.at("intent") == "test");
  CHECK(test.input.at("payload") == Json({{"plan", "P"}, {"test_command", "make test"}, {"iteration", 1}}));
  const ChildCall update = call.NextChild();
  CHECK(update.key == "status");
  CHECK(update.service == "board");
  CHECK(update.input == Json({{"verb", "update"}, {"id", "task-1"}, {"set", {{"status", "in_review"}}}}));
  call.Answer("status", {{"task", Json::object()}});
  CHECK(call.result() ==
        Json({{"status", "pass"},
              {"iterations", 1},
              {"history", Json::array()},
              {"inherited", Json::array()},
              {"state",
               {{"qa_status", "pass"}, {"qa_iterations", 1}, {"qa_inherited", ""}, {"qa_notices", ""}}}}));
}

TEST_CASE("A failed test is planned and fixed and tested again") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call =
      driver.RunStep({{"test_command", "t"}, {"on_success", "none"}, {"plan", "P"}}, kWorkspace);
  Answer(call, "test/1", "qa-engineer", Tested(1, "a.c:3: expected 2"));
  const ChildCall planned = Answer(call, "fix-plan/1", "implementation-planner", Done("change a.c"));
  CHECK(planned.input.at("intent") == "plan_fix");
  CHECK(
      planned.input.at("payload") ==
      Json({{"plan", "P"}, {"failure", "a.c:3: expected 2"}, {"iteration", 1}, {"history", Json::array()}}));
  const ChildCall fixed = Answer(call, "fix/1", "lead-engineer", Committed("c1"));
  CHECK(fixed.input.at("intent") == "fix");
  CHECK(fixed.input.at("payload") == Json({{"plan", "P"},
                                           {"fix_plan", "change a.c"},
                                           {"failure", "a.c:3: expected 2"},
                                           {"iteration", 1},
                                           {"history", Json::array()}}));
  Answer(call, "test/2", "qa-engineer", Tested(0));
  const Json result = call.result();
  CHECK(result.at("iterations") == 2);
  CHECK(result.at("history") == Json({{{"iteration", 1},
                                       {"failure", "a.c:3: expected 2"},
                                       {"fix_plan", "change a.c"},
                                       {"changed", true}}}));
}

// A run that has a repository and a task, so that it keeps a log.
Json Logged() {
  Json input = kWorkspace;
  input["project"] = {{"repo", "/srv/shop.git"}, {"ma", "on"}};
  input["task"] = {{"id", "7"}};
  return input;
}

TEST_CASE("Every test run is written to the task's log before anything is mended") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep(
      {{"test_command", "make test"}, {"on_success", "none"}, {"inherited_failures", "count"}}, Logged());
  CHECK(AnswerNotes(call, "notes/0") == Json({{"operation", "read"}}));
  Json failed = Tested(2, "not ok");
  failed["duration_ms"] = 1234;
  Answer(call, "test/1", "qa-engineer", failed);
  CHECK(AnswerNotes(call, "notes/1") == Json({{"operation", "qa"},
                                              {"iteration", 1},
                                              {"status", "fail"},
                                              {"command", "make test"},
                                              {"output", "not ok"},
                                              {"exit_code", 2},
                                              {"duration_ms", 1234}}));
  Answer(call, "fix-plan/1", "implementation-planner", Done("change a.c"));
  Answer(call, "fix/1", "lead-engineer", Committed("c1"));
  Json stopped = {
      {"timed_out", true}, {"timeout_ms", 1000}, {"output", "a\n" + std::string(1 << 20, 'x') + "\nz\n"}};
  Answer(call, "test/2", "qa-engineer", stopped);
  const std::string output = AnswerNotes(call, "notes/2").at("output");
  CHECK(output.starts_with("[stopped: the time of the tests was over]\n"));
  CHECK(output.size() < 200 << 10);
  Answer(call, "fix-plan/2", "implementation-planner", Done("change a.c"));
  Answer(call, "fix/2", "lead-engineer", Committed("c2"));
  Answer(call, "test/3", "qa-engineer", Tested(0, "ok"));
  CHECK(AnswerNotes(call, "notes/3").at("status") == "pass");
  CHECK(call.result().at("iterations") == 3);
}

TEST_CASE("What earlier runs have left in the log reaches who mends and not who tests") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep({{"on_success", "none"}, {"inherited_failures", "count"}}, Logged());
  AnswerNotes(call, "notes/0", {{"written", false}, {"earlier_tests", "### qa 1: FAIL"}});
  CHECK_FALSE(
      Answer(call, "test/1", "qa-engineer", Tested(1, "no")).input.at("payload").contains("earlier_tests"));
  AnswerNotes(call, "notes/1");
  for (const auto& [key, persona] :
       {std::pair("fix-plan/1", "implementation-planner"), {"fix/1", "lead-engineer"}})
    CHECK(Answer(call, key, persona, Committed("c1")).input.at("payload").at("earlier_tests") ==
          "### qa 1: FAIL");
  Answer(call, "test/2", "qa-engineer", Tested(0));
  AnswerNotes(call, "notes/2");
  CHECK(call.result().at("iterations") == 2);
}

TEST_CASE("A log commit of the loop's own is no progress") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep(
      {{"planner", nullptr}, {"on_success", "none"}, {"inherited_failures", "count"}}, Logged());
  AnswerNotes(call, "notes/0");
  for (int i = 1; i <= 3; ++i) {
    const std::string n = std::to_string(i);
    Answer(call, "test/" + n, "qa-engineer", Tested(1, "no"));
    AnswerNotes(call, "notes/" + n, {{"written", true}, {"pushed", true}});
    if (i < 3) Answer(call, "fix/" + n, "lead-engineer", Done("nothing changed"));
  }
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kFailed);
  CHECK(outcome.json.find("no progress") != std::string::npos);
}

TEST_CASE("The exit code decides and a word never overrides it") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  const auto [answer, passes] = GENERATE(table<Json, bool>({
      {{{"status", "pass"}, {"exit_code", 1}}, false},
      {{{"status", "fail"}, {"exit_code", 0}}, true},
  }));
  INFO(answer);
  DrivenCall call = driver.RunStep({{"maxIterations", 1}, {"on_success", "none"}}, kWorkspace);
  Answer(call, "test/1", "qa-engineer", answer);
  CHECK((call.Wait().code == Code::kOk) == passes);
}

TEST_CASE("A tester that ran nothing has tested nothing whatever it says") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  const Json answer = GENERATE(Json({{"status", "pass"}}), Json({{"status", "pass"}, {"exit_code", nullptr}}),
                               Json({{"status", "fail"}}), Json({{"output", "all passed"}}));
  INFO(answer);
  DrivenCall call = driver.RunStep({{"on_success", "none"}}, kWorkspace);
  Answer(call, "test/1", "qa-engineer", answer);
  const auto outcome = call.Wait();
  CHECK(outcome.code == Code::kInvalid);
  CHECK_THAT(outcome.Message(), Catch::Contains("qa-engineer ran no test"));
}

TEST_CASE("Tests that do not end are a failure that is planned and fixed") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  const auto [answer, failure] = GENERATE(table<Json, std::string>({
      {{{"output", "test_a ok\ntest_b in 3 s ..."}, {"timeout_ms", 600'000}},
       "The tests did not end within their 600-second limit and were stopped: something does not end, or "
       "waits "
       "for what never comes; last output:\ntest_a ok\ntest_b in <time> ..."},
      {{{"output", ""}, {"timeout_ms", 1500}},
       "The tests did not end within their 1.5-second limit and were stopped: something does not end, or "
       "waits "
       "for what never comes; they had written nothing."},
      // Of a stranger's worker: neither a pass nor its word counts.
      {{{"output", ""}, {"timeout_ms", "x"}, {"exit_code", 0}, {"status", "pass"}},
       "The tests did not end within their time limit and were stopped: something does not end, or waits for "
       "what never comes; they had written nothing."},
  }));
  Json stopped = {{"status", "fail"}, {"exit_code", 124}, {"timed_out", true}};
  stopped.update(answer);
  DrivenCall call = driver.RunStep({{"on_success", "none"}}, kWorkspace);
  Answer(call, "test/1", "qa-engineer", stopped);
  const ChildCall planned = Answer(call, "fix-plan/1", "implementation-planner", Done("end the loop in a.c"));
  CHECK(planned.input.at("payload").at("failure") == failure);
  Answer(call, "fix/1", "lead-engineer", Committed("c1"));
  Answer(call, "test/2", "qa-engineer", Tested(0));
  CHECK(call.result().at("history")[0].at("failure") == failure);
}

TEST_CASE("A long output of tests that do not end stays within the digest") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep(Json::object(), kWorkspace);
  Answer(call, "test/1", "qa-engineer",
         {{"exit_code", 124},
          {"timed_out", true},
          {"timeout_ms", 1000},
          {"output", std::string(100'000, 'x') + "\nlast line\n"}});
  const std::string failure = call.NextChild().input.at("payload").at("failure");
  CHECK(failure.size() <= kMaxDigestBytes);
  CHECK(failure.find("The tests did not end") == 0);
  CHECK(failure.find("last line") != std::string::npos);
  call.Cancel();
  CHECK(call.Wait().code == Code::kCancelled);
}

TEST_CASE("A test whose request ran out of time is an error of the loop") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep(Json::object(), kWorkspace);
  CHECK(call.NextChild().key == "test/1");
  call.Fail("test/1", Code::kTimeout, "`make test` did not end and was stopped after 57000 ms");
  CHECK(call.Wait().code == Code::kTimeout);
}

TEST_CASE("Without a planner the engineer gets the failure alone") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call =
      driver.RunStep({{"planner", nullptr}, {"tester", "t"}, {"engineer", "e"}, {"on_success", "none"}});
  Answer(call, "test/1", "t", Tested(1, "x"));
  const ChildCall fix = Answer(call, "fix/1", "e", Committed("c1"));
  CHECK_FALSE(fix.input.at("payload").contains("fix_plan"));
  Answer(call, "test/2", "t", Tested(0));
  call.result();
}

TEST_CASE("The end of the iterations is a failure that keeps what was learned") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  const auto [params, extra] = GENERATE(table<Json, Json>({
      {{{"maxIterations", 2}, {"planner", nullptr}}, Json::object()},
      {{{"planner", nullptr}}, {{"defaults", {{"max_revision_attempts", 2}}}}},
  }));
  DrivenCall call = driver.RunStep(params, extra);
  Answer(call, "test/1", "qa-engineer", Tested(1, "first"));
  Answer(call, "fix/1", "lead-engineer", Committed("c1"));
  Answer(call, "test/2", "qa-engineer", Tested(1, "second"));
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kFailed);
  CHECK(outcome.Message() == "the tests still fail after 2 iterations:\nsecond");
  const Json details = Json::parse(outcome.json).at("details");
  CHECK(details.at("qa_status") == "fail");
  CHECK(details.at("qa_iterations") == 2);
  CHECK(details.at("failure") == "second");
  CHECK(details.at("history").size() == 1);
}

TEST_CASE("An unlimited loop ends when two fixes in a row change nothing") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  const Json no_commit = GENERATE(Json({{"status", "pass"}, {"commit", "c0"}}), Json({{"status", "pass"}}));
  DrivenCall call = driver.RunStep({{"maxIterations", "unlimited"}, {"planner", nullptr}}, kWorkspace);
  Answer(call, "test/1", "qa-engineer", Tested(1, "FAIL in 0.1s"));
  Answer(call, "fix/1", "lead-engineer", no_commit);
  Answer(call, "test/2", "qa-engineer", Tested(1, "FAIL in 0.2s"));
  Answer(call, "fix/2", "lead-engineer", no_commit);
  Answer(call, "test/3", "qa-engineer", Tested(1, "FAIL in 0.3s"));
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kFailed);
  CHECK(outcome.Message().find("no progress") == 0);
}

TEST_CASE("A new commit or another failure is progress") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  const bool commits = GENERATE(true, false);
  DrivenCall call = driver.RunStep(
      {{"maxIterations", "unlimited"}, {"planner", nullptr}, {"on_success", "none"}}, kWorkspace);
  for (int i = 1; i <= 12; ++i) {
    const std::string number = std::to_string(i);
    const ChildCall test =
        Answer(call, "test/" + number, "qa-engineer", Tested(1, commits ? "same" : "other" + number));
    const ChildCall fix =
        Answer(call, "fix/" + number, "lead-engineer", commits ? Committed("c" + number) : Done("said"));
    CHECK(fix.input.at("payload").at("history").size() <= 5);
  }
  Answer(call, "test/13", "qa-engineer", Tested(0));
  CHECK(call.result().at("history").size() == 12);
}

TEST_CASE("A persona that nobody serves fails the loop with what was learned") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep({{"planner", nullptr}});
  Answer(call, "test/1", "qa-engineer", Tested(1, "x"));
  call.Fail(call.NextChild().key, Code::kUnavailable, "nobody is there");
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK(outcome.Message() == "lead-engineer (fix/1): nobody is there");
  CHECK(Json::parse(outcome.json).at("details").at("qa_status") == "fail");
}

TEST_CASE("A fix that failed is a round that changed nothing and the next round hears why") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep({{"on_success", "none"}}, kWorkspace);
  Answer(call, "test/1", "qa-engineer", Tested(1, "x"));
  Answer(call, "fix-plan/1", "implementation-planner", Done("change a.c"));
  CHECK(call.NextChild().key == "fix/1");
  call.Fail("fix/1", Code::kFailed, "the edits were refused: a.c has no such line");
  Answer(call, "test/2", "qa-engineer", Tested(1, "x"));
  const Json expected = {{{"iteration", 1},
                          {"failure", "x"},
                          {"fix_plan", "change a.c"},
                          {"changed", false},
                          {"fix_error", "lead-engineer: the edits were refused: a.c has no such line"}}};
  const ChildCall planned = Answer(call, "fix-plan/2", "implementation-planner", Done("look again"));
  CHECK(planned.input.at("payload").at("history") == expected);
  const ChildCall fixed = Answer(call, "fix/2", "lead-engineer", Committed("c1"));
  CHECK(fixed.input.at("payload").at("history") == expected);
  Answer(call, "test/3", "qa-engineer", Tested(0));
  const Json history = call.result().at("history");
  REQUIRE(history.size() == 2);
  CHECK_FALSE(history[1].contains("fix_error"));
}

TEST_CASE("A fix plan that failed leaves out its fix") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep({{"on_success", "none"}}, kWorkspace);
  Answer(call, "test/1", "qa-engineer", Tested(1, "x"));
  CHECK(call.NextChild().key == "fix-plan/1");
  call.Fail("fix-plan/1", Code::kFailed, "an empty answer");
  Answer(call, "test/2", "qa-engineer", Tested(0));
  const Json history = call.result().at("history");
  CHECK(history[0].at("fix_error") == "implementation-planner: an empty answer");
  CHECK(history[0].at("fix_plan") == "");
}

TEST_CASE("Two fixes in a row that failed end the loop as no progress with the last reason") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep({{"planner", nullptr}}, kWorkspace);
  for (const char* round : {"1", "2"}) {
    Answer(call, std::string("test/") + round, "qa-engineer", Tested(1, "x"));
    CHECK(call.NextChild().key == std::string("fix/") + round);
    call.Fail(std::string("fix/") + round, Code::kFailed, std::string("refused ") + round);
  }
  Answer(call, "test/3", "qa-engineer", Tested(1, "x"));
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kFailed);
  CHECK(outcome.Message() ==
        "no progress: 2 fixes in a row committed nothing and the tests fail as before (the last fix failed: "
        "lead-engineer: refused 2):\nx");
  CHECK(Json::parse(outcome.json).at("details").at("history").size() == 2);
}

TEST_CASE("What another try cannot mend ends the loop at once") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  const Code code = GENERATE(Code::kUnavailable, Code::kTimeout, Code::kCancelled, Code::kPermission,
                             Code::kInvalid, Code::kNotFound, Code::kConflict, Code::kInternal);
  DrivenCall call = driver.RunStep({{"planner", nullptr}}, kWorkspace);
  Answer(call, "test/1", "qa-engineer", Tested(1, "x"));
  CHECK(call.NextChild().key == "fix/1");
  call.Fail("fix/1", code, "so it is");
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == code);
  CHECK(outcome.Message() == "lead-engineer (fix/1): so it is");
}

TEST_CASE("A test that could not be run is an error of the loop") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep({{"planner", nullptr}}, kWorkspace);
  CHECK(call.NextChild().key == "test/1");
  call.Fail("test/1", Code::kFailed, "the work broke");
  CHECK(call.Wait().Message() == "qa-engineer (test/1): the work broke");
}

TEST_CASE("A board that refuses the status fails the step") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep({{"on_success", "done"}});
  Answer(call, "test/1", "qa-engineer", Tested(0));
  CHECK(call.NextChild().input.at("set").at("status") == "done");
  call.Fail("status", Code::kConflict, "archived meanwhile");
  CHECK(call.Wait().Message() == "the tests pass, but the task was not set to done: archived meanwhile");
}

TEST_CASE("A digest leaves out what differs between equal runs") {
  CHECK(DigestOf("\x1b[31mFAIL\x1b[0m a\r\n") == "FAIL a\n");
  CHECK(DigestOf("1 failed in 0.52s, 3 ms, 12 seconds") == "1 failed in <time>, <time>, <time>");
  CHECK(DigestOf("at 12:34:56.789 p=0x7ffe1234abcd n=0xff") == "at <time> p=<address> n=0xff");
  CHECK(DigestOf("/base/run-1/tree/src/a.c:3:5: error") == "./src/a.c:3:5: error");
  CHECK(DigestOf("File \"/srv/p/shop-1a/runs/w9f2/tree/a.py\", line 3") == "File \"./a.py\", line 3");
  CHECK(DigestOf("expected 12 steps, test_5s, v1.2.3, 3 sheep") ==
        "expected 12 steps, test_5s, v1.2.3, 3 sheep");
  CHECK(DigestOf("\x1b") == "\x1b");
  CHECK(DigestOf("") == "");
}

TEST_CASE("A long output keeps failing lines first and then its ends") {
  std::string output = "first line\n";
  for (int i = 0; i < 2000; ++i) output += "compiling file number " + std::to_string(i) + "\n";
  output += "test_sum: FAILED\nassertion `sum(1,2) == 3`\ntest_sum: FAILED\n";
  for (int i = 0; i < 2000; ++i) output += "linking " + std::to_string(i) + "\n";
  output += "last line\n";
  const std::string digest = DigestOf(output);
  CHECK(digest.size() <= kMaxDigestBytes);
  CHECK(digest.size() > kMaxDigestBytes - 200);
  CHECK(digest.find("test_sum: FAILED\nassertion `sum(1,2) == 3`\n[...]\nfirst line\n") == 0);
  CHECK(digest.substr(digest.size() - 10) == "last line\n");
}

TEST_CASE("Hostile outputs stay within the digest") {
  const std::string output =
      GENERATE(std::string(100'000, 'x'), std::string(100'000, '\n'), std::string(50'000, '\x1b'),
               std::string(30'000, '9') + "s", std::string(20'000, '0') + std::string(20'000, ':'));
  CHECK(DigestOf(output).size() <= kMaxDigestBytes);
  std::string accents;
  for (int i = 0; i < 5000; ++i) accents += "error \xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\n";
  CHECK(DigestOf(accents).find("\xEF\xBF\xBD") == std::string::npos);
}

}  // namespace
}  // namespace mamc::test

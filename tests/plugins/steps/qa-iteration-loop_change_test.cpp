// What the loop makes of the rules for changes and of tests that failed before the change.
#include "loop_children.hpp"

namespace mamc::test {
namespace {

using plugin::Kind;
using plugin::Outcome;

// A run with a repository that keeps no log.
const Json kRepository = {{"workspace", {{"path", "/base/run-1/tree"}, {"commit", "c0"}}},
                          {"project", {{"repo", "/srv/shop.git"}, {"ma", "off"}}}};

// Answers the look at the change; returns its parameters.
Json AnswerCheck(DrivenCall& call, const std::string& key, const Json& result) {
  const ChildCall child = call.NextChild();
  CHECK(child.key == key);
  CHECK(child.service == "step.run");
  CHECK(child.input.at("type") == "change-check");
  call.Answer(key, {{"status", "done"}, {"result", result}});
  return child.input.at("params");
}
Json AnswerCheck(DrivenCall& call, const std::string& key) {
  return AnswerCheck(call, key, kNothingWrong);
}
Json Brings(const std::string& test) {
  return {{"status", "pass"}, {"tests_added", {test}}};
}

TEST_CASE("A change that breaks a rule is mended before any test is run") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep({{"on_success", "none"}, {"must_change", true}}, kRepository);
  const Json params = AnswerCheck(call, "check/1",
                                  {{"status", "fail"}, {"output", "- tests/a.py: tests are gone: test_a\n"}});
  CHECK(params == Json({{"must_change", true}}));
  const ChildCall planned = Answer(call, "fix-plan/1", "implementation-planner", {{"output", "put it back"}});
  CHECK(planned.input.at("payload").at("failure") ==
        "The change was refused before its tests were run:\n- tests/a.py: tests are gone: test_a\n");
  Answer(call, "fix/1", "lead-engineer", {{"output", "done"}, {"commit", "c1"}});
  AnswerCheck(call, "check/2");
  Answer(call, "test/2", "qa-engineer", Tested(0, "ok"));
  CHECK(call.result().at("iterations") == 2);
}

TEST_CASE("A change that is refused to the end names what it does") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  const auto [params, begins] = GENERATE(table<Json, std::string>({
      {{{"maxIterations", 1}}, "the change is still refused after 1 iterations:\n"},
      {{{"maxIterations", 9}, {"planner", nullptr}},
       "no progress: 2 fixes in a row committed nothing and the change is refused as before:\n"},
  }));
  DrivenCall call = driver.RunStep(params, kRepository);
  for (int i = 1;; ++i) {
    const std::string n = std::to_string(i);
    AnswerCheck(call, "check/" + n, {{"status", "fail"}, {"output", "- a.py: tests are gone: test_a\n"}});
    if (params.at("maxIterations") == i || i == 3) break;
    Answer(call, "fix/" + n, "lead-engineer", {{"output", "I disagree"}});
  }
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kFailed);
  CHECK(outcome.Message() ==
        begins + "The change was refused before its tests were run:\n- a.py: tests are gone: test_a\n");
}

TEST_CASE("Tests may shrink where the workflow says so") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep({{"on_success", "none"}, {"tests_may_shrink", true}}, kRepository);
  CHECK(AnswerCheck(call, "check/1") == Json({{"must_change", false}, {"allow", {"tests", "test-command"}}}));
  Answer(call, "test/1", "qa-engineer", Tested(0, "ok"));
  call.result();
}

TEST_CASE("A change that could not be looked at ends the loop") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep(Json::object(), kRepository);
  CHECK(call.NextChild().key == "check/1");
  call.Fail("check/1", Code::kNotFound, "no plugin has the step type 'change-check'");
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kNotFound);
  CHECK(outcome.Message() ==
        "the change was not looked at (check/1): no plugin has the step type 'change-check'");
}

TEST_CASE("A look at the change that does not say that it passes refuses it") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep({{"maxIterations", 1}}, kRepository);
  AnswerCheck(call, "check/1", Json::object());
  CHECK(call.Wait().Message().starts_with("the change is still refused"));
}

TEST_CASE("Only failures that the base has not count where the runner names them all") {
  struct Row {
    const char* name;
    std::string base, now;
    bool passes;
    bool is_asked = true;  // the base, since the output names all failures
  };
  const std::string pytest =
      "FAILED tests/test_a.py::test_old - assert 1 == 2\n===== 1 failed, 7 passed in 0.12s =====\n";
  const Row rows[] = {
      {"pytest", pytest,
       "FAILED tests/test_a.py::test_old - assert 1 == 2\n= 1 failed, 9 passed in 0.34s =\n", true},
      {"pytest, quiet", "FAILED t.py::test_old\n1 failed in 0.1s\n",
       "FAILED t.py::test_old\n1 failed, 1 passed in 0.1s\n", true},
      {"one of two is mended", "FAILED t.py::a\nFAILED t.py::b\n= 2 failed in 1s =\n",
       "FAILED t.py::b\n= 1 failed in 1s =\n", true},
      {"a new one", pytest, pytest + "FAILED tests/test_a.py::test_new\n", false},
      {"another one instead", pytest, "FAILED tests/test_a.py::test_new\n= 1 failed in 1s =\n", false},
      {"stopped at the first", pytest, pytest + "!!!!!! stopping after 1 failures !!!!!!\n", false, false},
      {"no sum", pytest, "FAILED tests/test_a.py::test_old\n", false, false},
      {"nobody is named", "make: *** [test] Error 1\n", "make: *** [test] Error 1\n", false, false},
      {"it does not build", pytest, "a.c:3:5: error: expected ';'\n" + pytest, false, false},
      {"the base does not build", "E   ImportError: no x\n" + pytest, pytest, false},
      {"unittest", "FAIL: test_a (t.T)\nFAILED (failures=1)\n", "FAIL: test_a (t.T)\nFAILED (failures=1)\n",
       true},
      {"go", "--- FAIL: TestA (0.00s)\nFAIL\nFAIL\tx\t0.01s\n",
       "--- FAIL: TestA (0.02s)\nFAIL\nFAIL\tx\t0.03s\n", true},
      {"go, a panic", "--- FAIL: TestA (0.00s)\nFAIL\n", "--- FAIL: TestA (0.00s)\npanic: x\nFAIL\n", false,
       false},
      {"cargo", "test a ... FAILED\nerror: 1 target failed:\n",
       "test a ... FAILED\nerror: 1 target failed:\n", true},
      {"cargo stops at the first program", "test a ... FAILED\n", "test a ... FAILED\n", false, false},
      {"a namesake in another package", "--- FAIL: TestA (0.00s)\nFAIL\nFAIL\ta\t0.01s\n",
       "--- FAIL: TestA (0.00s)\nFAIL\nFAIL\tb\t0.01s\n", false},
      {"a namesake besides", "test it_works ... FAILED\nerror: 1 target failed:\n    `-p a --lib`\n",
       "test it_works ... FAILED\ntest it_works ... FAILED\nerror: 2 targets failed:\n    `-p a --lib`\n    "
       "`-p b "
       "--lib`\n",
       false},
      {"a namesake in the same program", "not ok 1 - a\n1..3\n", "not ok 1 - a\nnot ok 2 - a\n1..3\n", false},
      {"numbers in names", "not ok 1 - expires after 1 s\n1..3\n", "not ok 2 - expires after 2 s\n1..3\n",
       false},
      {"ctest", "\t  3 - a.b (Failed)\n75% tests passed, 1 tests failed out of 4\n",
       "\t  3 - a.b (Failed)\n80% tests passed, 1 tests failed out of 5\n", true},
      {"GoogleTest", "[  FAILED  ] A.B (0 ms)\n[==========] 2 tests from 1 test suite ran. (1 ms total)\n",
       "[  FAILED  ] A.B (3 ms)\n[==========] 3 tests from 1 test suite ran. (2 ms total)\n", true},
      {"jest", "  \u25cf adds \u203a numbers\nTests:       1 failed, 3 passed, 4 total\n",
       "  \u25cf adds \u203a numbers\nTests:       1 failed, 4 passed, 5 total\n", true},
      {"TAP", "not ok 2 - b\n1..3\n", "not ok 2 - b\n1..4\n", true},
      {"colours", "\x1b[31mFAILED\x1b[0m t.py::a\n= 1 failed in 1s =\n",
       "FAILED t.py::a\n= 1 failed in 1s =\n", true},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    PluginDriver driver(Kind::kStep, "qa-iteration-loop");
    DrivenCall call = driver.RunStep(
        {{"on_success", "none"}, {"maxIterations", 1}, {"inherited_failures", "report"}}, kRepository);
    AnswerCheck(call, "check/1");
    Answer(call, "test/1", "qa-engineer", Tested(1, row.now));
    if (row.is_asked) {
      const ChildCall base = Answer(call, "test-base/1", "qa-engineer", Tested(1, row.base));
      CHECK(base.input.at("at") == "base");
    }
    CHECK((call.Wait().code == Code::kOk) == row.passes);
  }
}

TEST_CASE("What failed before the change is told and the base is asked once") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep(
      {{"on_success", "none"}, {"planner", nullptr}, {"inherited_failures", "report"}}, kRepository);
  const std::string old = "FAILED t.py::old\n", sum = "= 1 failed in 1s =\n";
  AnswerCheck(call, "check/1");
  Answer(call, "test/1", "qa-engineer", Tested(1, old + "FAILED t.py::mine\n" + sum));
  Answer(call, "test-base/1", "qa-engineer", Tested(1, old + sum));
  Answer(call, "fix/1", "lead-engineer", {{"commit", "c1"}});
  AnswerCheck(call, "check/2");
  Answer(call, "test/2", "qa-engineer", Tested(1, old + sum));
  const Json result = call.result();
  CHECK(result.at("inherited") == Json({"t.py::old"}));
  CHECK(result.at("state").at("qa_inherited") == "t.py::old");
  CHECK(result.at("status") == "pass");
}

TEST_CASE("Inherited failures count and the base is not asked unless the workflow says otherwise") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  const Json said = GENERATE(Json(nullptr), Json("count"));
  Json params = {{"on_success", "none"}, {"maxIterations", 1}};
  if (!said.is_null()) params["inherited_failures"] = said;
  DrivenCall call = driver.RunStep(params, kRepository);
  AnswerCheck(call, "check/1");
  Answer(call, "test/1", "qa-engineer", Tested(1, "FAILED t.py::old\n= 1 failed in 1s =\n"));
  CHECK(call.Wait().Message().starts_with("the tests still fail after 1 iterations"));
}

TEST_CASE("What nobody has to mend is kept for reviewers") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep({{"on_success", "none"}}, kRepository);
  AnswerCheck(call, "check/1", {{"status", "pass"}, {"output", "- go.mod: look at it\n"}});
  Answer(call, "test/1", "qa-engineer", Tested(0, "ok"));
  CHECK(call.result().at("state").at("qa_notices") == "- go.mod: look at it\n");
}

TEST_CASE("A stage of new tests without a repository is refused") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call = driver.RunStep({{"expect", "fail"}, {"on_success", "none"}});
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kInvalid);
  CHECK(outcome.Message() == "expect: fail compares with the base, and this run has no repository");
}

TEST_CASE("New tests that are to fail pass the stage only when they fail for what is missing") {
  struct Row {
    const char* name;
    int exit_code;
    std::string output;
    const char* said;  // a part of what is wrong; empty: nothing is
  };
  const Row rows[] = {
      {"the new test fails", 1,
       "FAILED t.py::test_new - assert None == 3\n= 1 failed, 4 passed in <time> =\n", ""},
      {"of unittest", 1, "FAIL: test_new (t.T.test_new)\nFAILED (failures=1)\n", ""},
      {"besides what the base has", 1,
       "FAILED t.py::test_new\nFAILED t.py::test_old\n= 2 failed in <time> =\n", ""},
      {"a runner that nobody knows names it", 1, "test_new: got 0\n", ""},
      {"nothing fails", 0, "= 5 passed in 1s =\n", "they pass; the new tests must fail"},
      {"an import fails", 1, "E   ImportError: cannot import name 'mean'\nFAILED t.py::test_new\n",
       "cannot be built or loaded"},
      {"it does not compile", 2, "t.c:3:5: error: unknown type name\n", "cannot be built or loaded"},
      {"another test fails", 1, "FAILED t.py::test_other\n= 1 failed in 1s =\n",
       "but others do: t.py::test_other"},
      {"another test fails besides", 1, "FAILED t.py::test_new\nFAILED t.py::test_b\n= 2 failed in 1s =\n",
       "others fail that must pass: t.py::test_b"},
      {"a runner that nobody knows does not name it", 1, "2 failures\n",
       "names none of the new ones (test_new)"},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    PluginDriver driver(Kind::kStep, "qa-iteration-loop");
    DrivenCall call =
        driver.RunStep({{"expect", "fail"}, {"on_success", "none"}, {"maxIterations", 1}}, kRepository);
    AnswerCheck(call, "check/1", Brings("test_new"));
    Answer(call, "test/1", "qa-engineer", Tested(row.exit_code, row.output));
    if (row.exit_code != 0)
      Answer(call, "test-base/1", "qa-engineer", Tested(1, "FAILED t.py::test_old\n= 1 failed in 1s =\n"));
    const Outcome outcome = call.Wait();
    INFO(outcome.json);
    CHECK((outcome.code == Code::kOk) == (*row.said == 0));
    if (*row.said != 0) {
      CHECK(outcome.Message().starts_with("the new tests do not fail as they should after 1 iterations:\n"));
      CHECK(outcome.Message().find(row.said) != std::string::npos);
    } else {
      const Json result = Json::parse(outcome.json);
      CHECK(result.at("output") == row.output);
      CHECK(result.at("state") == Json::object());
    }
  }
}

TEST_CASE("New tests of a form that is not known are those of which the base says nothing") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  const auto [base, passes] = GENERATE(
      table<std::string, bool>({{"ok 1 - old\n1..1\n", true}, {"ok 1 - old\nok 2 - new\n1..2\n", false}}));
  DrivenCall call =
      driver.RunStep({{"expect", "fail"}, {"on_success", "none"}, {"maxIterations", 1}}, kRepository);
  AnswerCheck(call, "check/1");
  Answer(call, "test/1", "qa-engineer", Tested(1, "ok 1 - old\nnot ok 2 - new\n1..2\n"));
  Answer(call, "test-base/1", "qa-engineer", Tested(0, base));
  CHECK((call.Wait().code == Code::kOk) == passes);
}

TEST_CASE("A change without a test passes no stage of new tests") {
  PluginDriver driver(Kind::kStep, "qa-iteration-loop");
  DrivenCall call =
      driver.RunStep({{"expect", "fail"}, {"on_success", "none"}, {"maxIterations", 1}}, kRepository);
  AnswerCheck(call, "check/1");
  Answer(call, "test/1", "qa-engineer", Tested(1, "1 failed\n"));
  Answer(call, "test-base/1", "qa-engineer", Tested(0, "ok"));
  CHECK(call.Wait().Message().find("brings no test of a form that is known") != std::string::npos);
}

}  // namespace
}  // namespace mamc::test

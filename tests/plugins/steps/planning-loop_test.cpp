#include "loop_children.hpp"

namespace mamc::test {
namespace {

using plugin::Kind;
using plugin::Outcome;

Json Plan(const std::string& text) {
  return {{"status", "pass"}, {"output", text}};
}
const Json kPass = {{"status", "pass"}, {"verdict", {{"status", "pass"}, {"reasons", Json::array()}}}};
Json Rejection(const Json& reasons) {
  return {{"status", "fail"}, {"output", "prose"}, {"verdict", {{"status", "fail"}, {"reasons", reasons}}}};
}

TEST_CASE("A plan that evaluator and gate accept is the result and the state") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep({{"tddRequired", true}, {"context_summary", "C code"}});
  const ChildCall plan = Answer(call, "plan/1", "implementation-planner", Plan("test it, do it"));
  CHECK(plan.input.at("intent") == "plan");
  CHECK(plan.input.at("payload") == Json({{"context_summary", "C code"},
                                          {"iteration", 1},
                                          {"tdd_required", true},
                                          {"history", Json::array()}}));
  // The judges know of the repository what the planner does.
  const Json judged = {{"context_summary", "C code"},
                       {"plan", "test it, do it"},
                       {"iteration", 1},
                       {"tdd_required", true},
                       {"history", Json::array()}};
  const ChildCall evaluation = Answer(call, "evaluate/1", "plan-evaluator", kPass);
  CHECK(evaluation.input.at("intent") == "evaluate");
  CHECK(evaluation.input.at("payload") == judged);
  const ChildCall approval = Answer(call, "gate/1", "project-manager", kPass);
  CHECK(approval.input.at("intent") == "approve");
  CHECK(approval.input.at("payload") == judged);
  const Json history = {
      {{"iteration", 1}, {"plan", "test it, do it"}, {"verdict", "pass"}, {"reasons", Json::array()}}};
  CHECK(call.result() == Json({{"plan", "test it, do it"},
                               {"iterations", 1},
                               {"history", history},
                               {"state", {{"plan", "test it, do it"}, {"planning_iterations", 1}}}}));
}

// A run that has a repository and a task, so that it keeps a log.
const Json kLogged = {{"project", {{"repo", "/srv/shop.git"}, {"ma", "on"}}}, {"task", {{"id", "7"}}}};

TEST_CASE("Every iteration is written to the task's log with what was said of the plan") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep(Json::object(), kLogged);
  CHECK(AnswerNotes(call, "notes/0") == Json({{"operation", "read"}}));
  Answer(call, "plan/1", "implementation-planner", Plan("one"));
  Answer(call, "evaluate/1", "plan-evaluator", Rejection({"no tests"}));
  CHECK(AnswerNotes(call, "notes/1") ==
        Json({{"operation", "plan"},
              {"iteration", 1},
              {"status", "fail"},
              {"plan", "one"},
              {"judged", {{{"persona", "plan-evaluator"}, {"status", "fail"}, {"reasons", {"no tests"}}}}}}));
  Answer(call, "plan/2", "implementation-planner", Plan("two"));
  Answer(call, "evaluate/2", "plan-evaluator", kPass);
  Answer(call, "gate/2", "project-manager", kPass);
  const Json accepted = AnswerNotes(call, "notes/2");
  CHECK(accepted.at("status") == "pass");
  REQUIRE(accepted.at("judged").size() == 2);
  CHECK(accepted.at("judged")[1] ==
        Json({{"persona", "project-manager"}, {"status", "pass"}, {"reasons", Json::array()}}));
  CHECK(call.result().at("iterations") == 2);
}

TEST_CASE("What earlier runs have left in the log reaches the planner and no judge") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep({{"gate", nullptr}}, kLogged);
  AnswerNotes(
      call, "notes/0",
      {{"written", false}, {"earlier_plans", "### plan 1: fail"}, {"earlier_tests", "### qa 1: FAIL"}});
  const ChildCall plan = Answer(call, "plan/1", "implementation-planner", Plan("one"));
  CHECK(plan.input.at("payload").at("earlier_plans") == "### plan 1: fail");
  CHECK(plan.input.at("payload").at("earlier_tests") == "### qa 1: FAIL");
  CHECK_FALSE(plan.input.at("payload").contains("written"));
  const ChildCall judged = Answer(call, "evaluate/1", "plan-evaluator", kPass);
  CHECK_FALSE(judged.input.at("payload").contains("earlier_plans"));
}

TEST_CASE("A log that cannot be written ends the planning with its words and the setting") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep(Json::object(), kLogged);
  call.NextChild();
  call.Fail("notes/0", Code::kPermission, "the other side refused");
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kPermission);
  CHECK_THAT(outcome.json,
             Catch::Matchers::Contains("the other side refused") && Catch::Matchers::Contains("ma: off"));
}

TEST_CASE(
    "An entry that the remote does not get costs no plan and one that cannot be made ends the planning") {
  const auto [code, ends] = GENERATE(table<Code, bool>({{Code::kUnavailable, false},
                                                        {Code::kTimeout, false},
                                                        {Code::kPermission, false},
                                                        {Code::kConflict, true}}));
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep({{"gate", nullptr}}, kLogged);
  AnswerNotes(call, "notes/0");
  Answer(call, "plan/1", "implementation-planner", Plan("one"));
  Answer(call, "evaluate/1", "plan-evaluator", kPass);
  CHECK(call.NextChild().key == "notes/1");
  call.Fail("notes/1", code, "no");
  CHECK(call.Wait().code == (ends ? code : Code::kOk));
}

TEST_CASE("A project that keeps no files in .ma has no log of plans") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  Json off = kLogged;
  off["project"]["ma"] = "off";
  DrivenCall call = driver.RunStep({{"gate", nullptr}}, off);
  Answer(call, "plan/1", "implementation-planner", Plan("one"));
  Answer(call, "evaluate/1", "plan-evaluator", kPass);
  CHECK(call.result().at("iterations") == 1);
}

TEST_CASE("The reasons of a rejection reach the next plan") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep({{"gate", nullptr}});
  Answer(call, "plan/1", "implementation-planner", Plan("one"));
  Answer(call, "evaluate/1", "plan-evaluator", Rejection({"no tests", 7}));
  const ChildCall second = Answer(call, "plan/2", "implementation-planner", Plan("two"));
  const Json history = {
      {{"iteration", 1}, {"plan", "one"}, {"verdict", "fail"}, {"reasons", {"no tests", "7"}}}};
  CHECK(second.input.at("payload").at("history") == history);
  CHECK(Answer(call, "evaluate/2", "plan-evaluator", kPass).input.at("payload").at("history") == history);
  CHECK(call.result().at("iterations") == 2);
}

TEST_CASE("A verdict that cannot be used is told as such and lets no plan through") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep({{"maxIterations", 1}, {"gate", nullptr}});
  Answer(call, "plan/1", "implementation-planner", Plan("one"));
  const auto [answer, said] = GENERATE(table<Json, std::string>({
      {{{"status", "unknown"}, {"output", "h\n\n  m"}}, "; it said: h m"},
      {{{"status", "unknown"}, {"output", " "}}, ""},
      {{{"output", "pass"}}, "; it said: pass"},
      {{{"status", nullptr}, {"verdict", "pass"}}, ""},
      {{{"status", "unknown"}, {"output", std::string(199, 'x') + "\xc3\xa4"}},
       "; it said: " + std::string(199, 'x') + " ..."},
  }));
  Answer(call, "evaluate/1", "plan-evaluator", answer);
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kFailed);
  CHECK(outcome.Message() ==
        "no plan was accepted in 1 iterations; the last was not judged: plan-evaluator gave no verdict that "
        "can be used, which is \"pass\" or \"fail\"" +
            said);
}

TEST_CASE("What is wrong with a judge's verdict is said with it") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep({{"maxIterations", 1}, {"gate", nullptr}});
  Answer(call, "plan/1", "implementation-planner", Plan("one"));
  Answer(call, "evaluate/1", "plan-evaluator",
         {{"status", "unknown"},
          {"output", "{\"status\":\"pass\"}"},
          {"problem", "the verdict lacks the required key 'reasons'"}});
  const Outcome outcome = call.Wait();
  CHECK(outcome.Message() ==
        "no plan was accepted in 1 iterations; the last was not judged: plan-evaluator gave no verdict that "
        "can be used (the verdict lacks the required key 'reasons'); it said: {\"status\":\"pass\"}");
  CHECK_THAT(outcome.json, Catch::Contains("lacks the required key"));
}

TEST_CASE("A rejection without reasons has the answer for one") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep({{"maxIterations", 1}, {"gate", nullptr}});
  Answer(call, "plan/1", "implementation-planner", Plan("one"));
  const auto [answer, reason] = GENERATE(table<Json, std::string>({
      {{{"status", "fail"}, {"output", "hm"}}, "hm"},
      {{{"status", "fail"}, {"output", " "}}, "plan-evaluator gave no reason"},
  }));
  Answer(call, "evaluate/1", "plan-evaluator", answer);
  CHECK(call.Wait().Message() == "no plan was accepted in 1 iterations; the last was rejected: " + reason);
}

TEST_CASE("An unchanged plan that nobody has judged is judged") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep({{"maxIterations", 2}, {"gate", nullptr}});
  Answer(call, "plan/1", "implementation-planner", Plan("one"));
  Answer(call, "evaluate/1", "plan-evaluator", {{"status", "unknown"}, {"output", "hm"}});
  Answer(call, "plan/2", "implementation-planner", Plan("one"));
  Answer(call, "evaluate/2", "plan-evaluator", kPass);
  CHECK(call.result().at("plan") == "one");
}

TEST_CASE("The gate rejects what the evaluator accepted") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call =
      driver.RunStep({{"planner", "p"}, {"evaluator", "e"}, {"gate", "g"}, {"maxIterations", 2}});
  Answer(call, "plan/1", "p", Plan("one"));
  Answer(call, "evaluate/1", "e", kPass);
  Answer(call, "gate/1", "g", Rejection({"too expensive"}));
  CHECK(Answer(call, "plan/2", "p", Plan("two")).input.at("payload").at("history")[0].at("reasons") ==
        Json({"too expensive"}));
  Answer(call, "evaluate/2", "e", kPass);
  Answer(call, "gate/2", "g", kPass);
  CHECK(call.result().at("plan") == "two");
}

TEST_CASE("A plan that was rejected before and an empty one are rejected without asking") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep({{"maxIterations", 5}, {"gate", nullptr}});
  Answer(call, "plan/1", "implementation-planner", Plan("one"));
  Answer(call, "evaluate/1", "plan-evaluator", Rejection({"no tests"}));
  Answer(call, "plan/2", "implementation-planner", Plan("one"));
  const ChildCall third = Answer(call, "plan/3", "implementation-planner", Plan(" \n"));
  CHECK(third.input.at("payload").at("history")[1].at("reasons") ==
        Json({"this is the plan that was rejected before, unchanged", "no tests"}));
  const ChildCall fourth = Answer(call, "plan/4", "implementation-planner", Plan("one"));
  CHECK(fourth.input.at("payload").at("history")[2].at("reasons") ==
        Json({"there was no plan in the answer"}));
  Answer(call, "plan/5", "implementation-planner", Plan("two"));
  Answer(call, "evaluate/5", "plan-evaluator", kPass);
  CHECK(call.result().at("iterations") == 5);
}

TEST_CASE("The end of the iterations is a failure with the last reasons") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep({{"maxIterations", 2}});
  for (const char* i : {"1", "2"}) {
    Answer(call, std::string("plan/") + i, "implementation-planner", Plan(i));
    Answer(call, std::string("evaluate/") + i, "plan-evaluator", Rejection({"bad", i}));
  }
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kFailed);
  CHECK(outcome.Message() == "no plan was accepted in 2 iterations; the last was rejected: bad; 2");
  CHECK(Json::parse(outcome.json).at("details").at("history").size() == 2);
}

TEST_CASE("A persona that nobody serves is named with its code kept") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  DrivenCall call = driver.RunStep(Json::object());
  Answer(call, "plan/1", "implementation-planner", Plan("one"));
  call.Fail(call.NextChild().key, Code::kTimeout, "nobody answered");
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kTimeout);
  CHECK(outcome.Message() == "plan-evaluator (evaluate/1): nobody answered");
}

TEST_CASE("Two loops with equal answers make equal requests") {
  PluginDriver driver(Kind::kStep, "planning-loop");
  std::vector<Json> requests[2];
  for (auto& made : requests) {
    DrivenCall call = driver.RunStep(Json::object(), {{"run", made.empty() ? "run-a" : "run-b"}});
    made.push_back(Answer(call, "plan/1", "implementation-planner", Plan("one")).input);
    made.push_back(Answer(call, "evaluate/1", "plan-evaluator", Rejection({"r"})).input);
    made.push_back(Answer(call, "plan/2", "implementation-planner", Plan("two")).input);
    call.Cancel();
    CHECK(call.Wait().code == Code::kCancelled);
  }
  CHECK(requests[0] == requests[1]);
}

}  // namespace
}  // namespace mamc::test

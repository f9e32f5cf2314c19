// What a step that goes round asks of the host, answered by a test.
#pragma once
#include <catch2/catch.hpp>

#include "support/plugin_driver.hpp"

namespace mamc::test {

// What the look at a plan or a change says that finds nothing.
inline const Json kNothingWrong = {{"status", "pass"}, {"wrong", Json::array()}};

// The next child, behind such a look.
inline ChildCall NextBehindCheck(DrivenCall& call) {
  ChildCall child = call.NextChild();
  const std::string type = child.input.value("type", "");
  if (type != "plan-check" && type != "change-check") return child;
  call.Answer(child.key, {{"status", "done"}, {"result", kNothingWrong}});
  return call.NextChild();
}

// What a tester answers.
inline Json Tested(int exit_code, const std::string& output = "") {
  return {{"status", exit_code == 0 ? "pass" : "fail"}, {"exit_code", exit_code}, {"output", output}};
}

// Answers the next request, which must have this key and go to this persona.
inline ChildCall Answer(DrivenCall& call, const std::string& key, const std::string& persona,
                        const Json& answer) {
  ChildCall child = NextBehindCheck(call);
  CHECK(child.key == key);
  CHECK(child.service == "persona.request");
  CHECK(child.input.at("persona") == persona);
  call.Answer(key, answer);
  return child;
}

// Answers what is wanted of the task's log; returns the parameters.
inline Json AnswerNotes(DrivenCall& call, const std::string& key, const Json& result = Json::object()) {
  ChildCall child = call.NextChild();
  CHECK(child.key == key);
  CHECK(child.service == "step.run");
  CHECK(child.input.at("type") == "ma-files");
  call.Answer(key, {{"status", "done"}, {"steps", Json::object()}, {"result", result}});
  return child.input.at("params");
}

}  // namespace mamc::test

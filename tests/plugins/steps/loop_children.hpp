// What a step that goes round asks of the host, answered by a test.
#pragma once
#include <catch2/catch.hpp>

#include "support/plugin_driver.hpp"

namespace mamc::test {

// The next child, behind a look at a plan's files, which are all there.
inline ChildCall NextBehindPlanCheck(DrivenCall& call) {
  ChildCall child = call.NextChild();
  if (child.input.value("type", "") != "plan-check") return child;
  call.Answer(child.key, {{"status", "done"}, {"result", {{"wrong", Json::array()}}}});
  return call.NextChild();
}

// Answers the next request, which must have this key and go to this persona.
inline ChildCall Answer(DrivenCall& call, const std::string& key, const std::string& persona,
                        const Json& answer) {
  ChildCall child = NextBehindPlanCheck(call);
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

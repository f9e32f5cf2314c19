#include <catch2/catch.hpp>

#include "support/plugin_driver.hpp"

namespace mamc::test {
namespace {

using plugin::Kind;
using plugin::Outcome;

TEST_CASE("The question reaches the model and its answer is the result") {
  PluginDriver driver(Kind::kStep, "ask");
  const Json files = {{{"path", "a.c"}, {"text", "int a;"}}};
  const Json history = {{{"role", "user"}, {"content", "hi"}}};
  DrivenCall call = driver.RunStep(
      {{"instructions", "be brief"}, {"files", files}, {"history", history}, {"require", "any"}});
  const ChildCall child = call.NextChild();
  CHECK(child.key == "ask");
  CHECK(child.service == "model.ask");
  CHECK(child.input == Json({{"instructions", "be brief"}, {"files", files}, {"history", history}}));
  const Json answer = {{"text", "yes"}, {"model", "m"}, {"finish", "stop"}, {"status", "fail"}};
  call.Answer("ask", answer);
  CHECK(call.result() == answer);
}

TEST_CASE("A verdict that is not pass fails the step only when pass is required") {
  PluginDriver driver(Kind::kStep, "ask");
  const Json answer = GENERATE(Json({{"text", "no"}, {"status", "fail"}}), Json({{"text", "no"}}),
                               Json({{"text", "no"}, {"status", nullptr}}));
  DrivenCall call = driver.RunStep({{"require", "pass"}});
  CHECK(call.NextChild().input == Json::object());
  call.Answer("ask", answer);
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kFailed);
  CHECK(Json::parse(outcome.json).at("details") == answer);
}

TEST_CASE("What is wrong with the model's verdict is said when pass is required") {
  PluginDriver driver(Kind::kStep, "ask");
  DrivenCall call = driver.RunStep({{"require", "pass"}});
  call.NextChild();
  call.Answer(
      "ask",
      {{"text", "{}"}, {"status", "unknown"}, {"problem", "the verdict lacks the required key 'status'"}});
  CHECK(call.Wait().Message() ==
        "the model gave no verdict that can be used (the verdict lacks the required key 'status'); it said: "
        "{}");
}

TEST_CASE("A pass satisfies require pass") {
  PluginDriver driver(Kind::kStep, "ask");
  DrivenCall call = driver.RunStep({{"require", "pass"}});
  call.NextChild();
  call.Answer("ask", {{"text", "ok"}, {"status", "pass"}});
  CHECK(call.result().at("text") == "ok");
}

TEST_CASE("A model that is not reachable keeps its code") {
  PluginDriver driver(Kind::kStep, "ask");
  DrivenCall call = driver.RunStep(Json::object());
  call.NextChild();
  call.Fail("ask", Code::kUnavailable, "no model");
  CHECK(call.Wait().code == Code::kUnavailable);
}

}  // namespace
}  // namespace mamc::test

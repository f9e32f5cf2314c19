#include <catch2/catch.hpp>

#include "support/plugin_driver.hpp"

namespace mamc::test {
namespace {

using plugin::Kind;
using plugin::Outcome;

TEST_CASE("Other parameters are the payload and the answer is the result") {
  PluginDriver driver(Kind::kStep, "persona-request");
  DrivenCall call =
      driver.RunStep({{"persona", "architect"}, {"intent", "design"}, {"stage", "initial"}, {"n", 1}});
  const ChildCall child = call.NextChild();
  CHECK(child.key == "request");
  CHECK(child.service == "persona.request");
  CHECK(
      child.input ==
      Json({{"persona", "architect"}, {"intent", "design"}, {"payload", {{"stage", "initial"}, {"n", 1}}}}));
  const Json answer = {
      {"status", "pass"}, {"output", "done"}, {"commit", "abc"}, {"worker", "w"}, {"data", {{"k", 1}}}};
  call.Answer("request", answer);
  CHECK(call.result() == answer);
}

TEST_CASE("A request has the intent work and an empty payload by default") {
  PluginDriver driver(Kind::kStep, "persona-request");
  DrivenCall call = driver.RunStep({{"persona", "devops"}});
  CHECK(call.NextChild().input ==
        Json({{"persona", "devops"}, {"intent", "work"}, {"payload", Json::object()}}));
  call.Answer("request", {{"status", "pass"}});
  call.result();
}

TEST_CASE("Any status but pass fails the step and keeps the answer") {
  PluginDriver driver(Kind::kStep, "persona-request");
  const std::string status = GENERATE("fail", "unknown");
  DrivenCall call = driver.RunStep({{"persona", "code-reviewer"}});
  call.NextChild();
  const Json answer = {{"status", status}, {"output", "\n  Leaks memory.\r\n\nUse RAII.\nthree\nfour\n"}};
  call.Answer("request", answer);
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kFailed);
  CHECK(outcome.Message() == "code-reviewer answered " + status + ": Leaks memory. | Use RAII. | three");
  CHECK(Json::parse(outcome.json).at("details") == answer);
}

TEST_CASE("What is wrong with a verdict is said in place of a status that nobody gave") {
  PluginDriver driver(Kind::kStep, "persona-request");
  DrivenCall call = driver.RunStep({{"persona", "security-review"}});
  call.NextChild();
  call.Answer("request", {{"status", "unknown"},
                          {"output", "{\"status\":\"pass\"}"},
                          {"problem", "the verdict lacks the required key 'reasons'"}});
  CHECK(call.Wait().Message() ==
        "security-review gave no verdict that can be used (the verdict lacks the required key 'reasons'); it "
        "said: {\"status\":\"pass\"}");
}

TEST_CASE("With require any a fail is a result") {
  PluginDriver driver(Kind::kStep, "persona-request");
  DrivenCall call = driver.RunStep({{"persona", "devops"}, {"require", "any"}});
  CHECK_FALSE(call.NextChild().input.at("payload").contains("require"));
  call.Answer("request", {{"status", "fail"}, {"output", "no"}});
  CHECK(call.result().at("status") == "fail");
}

TEST_CASE("A long answer is cut in the message without breaking its text") {
  PluginDriver driver(Kind::kStep, "persona-request");
  DrivenCall call = driver.RunStep({{"persona", "p"}});
  call.NextChild();
  std::string output;
  for (int i = 0; i < 5000; ++i) output += "\xC3\xA9";
  call.Answer("request", {{"status", "fail"}, {"output", output}});
  const std::string message = call.Wait().Message();
  CHECK(message.size() < 400);
  CHECK(message.find("\xC3\xA9\xC3\xA9") != std::string::npos);
}

TEST_CASE("An empty answer says so") {
  PluginDriver driver(Kind::kStep, "persona-request");
  DrivenCall call = driver.RunStep({{"persona", "p"}});
  call.NextChild();
  call.Answer("request", {{"status", "unknown"}, {"output", " \n"}});
  CHECK(call.Wait().Message() == "p answered unknown without a word");
}

TEST_CASE("A request that nobody answered keeps its code") {
  PluginDriver driver(Kind::kStep, "persona-request");
  DrivenCall call = driver.RunStep({{"persona", "p"}, {"require", "any"}});
  call.NextChild();
  call.Fail("request", Code::kTimeout, "nobody serves p");
  CHECK(call.Wait().code == Code::kTimeout);
}

}  // namespace
}  // namespace mamc::test

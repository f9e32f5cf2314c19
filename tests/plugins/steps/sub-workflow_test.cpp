#include <catch2/catch.hpp>

#include "support/plugin_driver.hpp"

namespace mamc::test {
namespace {

using plugin::Kind;
using plugin::Outcome;

TEST_CASE("The other workflow gets the inputs and its state comes back") {
  PluginDriver driver(Kind::kStep, "sub-workflow");
  DrivenCall call = driver.RunStep({{"workflow", "release"}, {"inputs", {{"version", "1.2"}}}});
  const ChildCall child = call.NextChild();
  CHECK(child.key == "workflow");
  CHECK(child.service == "workflow.run");
  CHECK(child.input == Json({{"workflow", "release"}, {"inputs", {{"version", "1.2"}}}}));
  call.Answer("workflow", {{"status", "done"}, {"state", {{"notes", "text"}}}, {"steps", Json::object()}});
  CHECK(call.result() == Json({{"status", "done"}, {"state_values", {{"notes", "text"}}}}));
}

TEST_CASE("Without inputs the other workflow gets an empty object") {
  PluginDriver driver(Kind::kStep, "sub-workflow");
  DrivenCall call = driver.RunStep({{"workflow", "release"}});
  CHECK(call.NextChild().input.at("inputs") == Json::object());
  call.Answer("workflow", {{"status", "done"}});
  CHECK(call.result().at("state_values") == Json::object());
}

TEST_CASE("A failed workflow is named") {
  PluginDriver driver(Kind::kStep, "sub-workflow");
  DrivenCall call = driver.RunStep({{"workflow", "release"}});
  call.NextChild();
  call.Fail("workflow", Code::kNotFound, "there is no such workflow");
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kNotFound);
  CHECK(outcome.Message() == "workflow release: there is no such workflow");
}

}  // namespace
}  // namespace mamc::test

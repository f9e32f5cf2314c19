#include <catch2/catch.hpp>

#include "support/plugin_driver.hpp"

namespace mamc::test {
namespace {

using plugin::Kind;
using plugin::Outcome;

const Json kBothLists = {
    {"lists", {{"then", {{{"id", "a"}, {"name", "A"}}}}, {"else", {{{"id", "b"}, {"name", "B"}}}}}}};

TEST_CASE("A true condition runs then and a false one else") {
  PluginDriver driver(Kind::kStep, "conditional");
  const std::string text = GENERATE("true", "1", R"("no")", "[]", "{}", "false", "0", R"("")", "null", "0.0");
  const Json condition = Json::parse(text);
  const bool is_true =
      condition == Json(true) || condition == Json(1) || condition == Json("no") || condition.is_structured();
  const std::string branch = is_true ? "then" : "else";
  INFO(text);
  DrivenCall call = driver.RunStep({{"condition", condition}}, kBothLists);
  const ChildCall child = call.NextChild();
  CHECK(child.key == branch);
  CHECK(child.service == "step.run");
  CHECK(child.input == Json{{"list", branch}});
  call.Answer(branch, {{"status", "done"}});
  CHECK(call.result() == Json{{"branch", branch}});
}

TEST_CASE("A branch without steps does nothing") {
  PluginDriver driver(Kind::kStep, "conditional");
  const Json only_then = {{"lists", {{"then", {{{"id", "a"}}}}, {"else", Json::array()}}}};
  CHECK(driver.RunStep({{"condition", false}}, only_then).result() == Json{{"branch", nullptr}});
  DrivenCall call = driver.RunStep({{"condition", true}});
  CHECK(call.result() == Json{{"branch", nullptr}});
  CHECK(call.children().empty());
}

TEST_CASE("A failed branch fails the step with the same words") {
  PluginDriver driver(Kind::kStep, "conditional");
  DrivenCall call = driver.RunStep({{"condition", true}}, kBothLists);
  call.NextChild();
  call.Fail("then", Code::kTimeout, "step a ran out of time");
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kTimeout);
  CHECK(outcome.Message() == "step a ran out of time");
}

TEST_CASE("Cancel ends a waiting branch") {
  PluginDriver driver(Kind::kStep, "conditional");
  DrivenCall call = driver.RunStep({{"condition", true}}, kBothLists);
  call.NextChild();
  call.Cancel();
  CHECK(call.Wait().code == Code::kCancelled);
  CHECK_FALSE(call.abandoned());
}

}  // namespace
}  // namespace mamc::test

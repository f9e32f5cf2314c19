#include <catch2/catch.hpp>

#include "support/plugin_driver.hpp"

namespace mamc::test {
namespace {

using plugin::Kind;
using plugin::Outcome;

TEST_CASE("Variables become state with their types") {
  PluginDriver driver(Kind::kStep, "set-variables");
  const Json variables = {{"text", "a"}, {"number", 2}, {"list", {1, nullptr}}, {"nested", {{"k", true}}}};
  CHECK(driver.RunStep({{"variables", variables}}).result() == Json{{"state", variables}});
  CHECK(driver.RunStep({{"variables", Json::object()}}).result() == Json{{"state", Json::object()}});
}

TEST_CASE("A call without variables fails and the next one works") {
  PluginDriver driver(Kind::kStep, "set-variables");
  CHECK(driver.RunStep(Json::object()).Wait().code == Code::kInternal);
  CHECK(driver.RunStep({{"variables", {{"a", 1}}}}).result().at("state").at("a") == 1);
}

}  // namespace
}  // namespace mamc::test

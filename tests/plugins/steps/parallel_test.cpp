#include <catch2/catch.hpp>

#include "support/plugin_driver.hpp"

namespace mamc::test {
namespace {

using plugin::Kind;
using plugin::Outcome;

const Json kThree = {{"lists", {{"steps", {{{"id", "lint"}}, {{"id", "unit"}}, {{"id", "docs"}}}}}}};

DrivenCall StartThree(PluginDriver& driver, const std::string& wait_for) {
  DrivenCall call = driver.RunStep({{"wait_for", wait_for}}, kThree);
  for (int i = 0; i < 3; ++i) {
    const ChildCall child = call.NextChild();
    CHECK(child.key == "steps/" + std::to_string(i));
    CHECK(child.service == "step.run");
    CHECK(child.input == Json{{"list", "steps"}, {"index", i}});
  }
  return call;
}

TEST_CASE("All steps start at once and finished ids keep the order of the list") {
  PluginDriver driver(Kind::kStep, "parallel");
  DrivenCall call = StartThree(driver, "all");
  call.Answer("steps/2", {{"status", "done"}, {"result", {{"n", 2}}}});
  call.Answer("steps/0", {{"status", "skipped"}});
  call.Answer("steps/1", {{"status", "done"}});
  const Json result = call.result();
  CHECK(result.at("finished") == Json({"lint", "unit", "docs"}));
  CHECK(result.at("steps") == Json({{"lint", {{"status", "skipped"}}},
                                    {"unit", {{"status", "done"}}},
                                    {"docs", {{"status", "done"}, {"result", {{"n", 2}}}}}}));
}

TEST_CASE("Every failed step is named after all have ended") {
  PluginDriver driver(Kind::kStep, "parallel");
  DrivenCall call = StartThree(driver, "all");
  call.Fail("steps/2", Code::kFailed, "a link is broken");
  call.Answer("steps/1", {{"status", "done"}});
  driver.loop().RunReady();
  CHECK_FALSE(call.completed());
  call.Fail("steps/0", Code::kTimeout, "took too long");
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kFailed);
  CHECK(outcome.Message() == "2 of 3 steps failed: lint: took too long; docs: a link is broken");
  const Json steps = Json::parse(outcome.json).at("details").at("steps");
  CHECK(steps.at("unit").at("status") == "done");
  CHECK(steps.at("docs") == Json({{"status", "failed"}, {"error", "a link is broken"}}));
}

TEST_CASE("Where one of the failed steps needs a person all of them do") {
  PluginDriver driver(Kind::kStep, "parallel");
  DrivenCall call = driver.RunStep(Json::object(), kThree);
  for (int i = 0; i < 3; ++i) call.NextChild();
  call.Fail("steps/0", Code::kPermission, "a person must look");
  call.Fail("steps/1", Code::kFailed, "a link is broken");
  call.Fail("steps/2", Code::kFailed, "a link is broken");
  CHECK(call.Wait().code == Code::kPermission);
}

TEST_CASE(
    "Where one of the failed steps could not reach something all of them go on when it is there again") {
  const auto [other, whole] = GENERATE(table<Code, Code>({{Code::kFailed, Code::kUnavailable},
                                                          {Code::kTimeout, Code::kUnavailable},
                                                          {Code::kPermission, Code::kPermission}}));
  PluginDriver driver(Kind::kStep, "parallel");
  DrivenCall call = StartThree(driver, "all");
  call.Fail("steps/0", other, "no");
  call.Fail("steps/1", Code::kUnavailable, "no way to git.example.com");
  call.Answer("steps/2", {{"status", "done"}});
  CHECK(call.Wait().code == whole);
}

TEST_CASE("Where the failed steps only had to wait too long so had the whole") {
  const auto [other, whole] = GENERATE(
      table<Code, Code>({{Code::kTimeout, Code::kTimeout}, {Code::kFailed, Code::kFailed}}));
  PluginDriver driver(Kind::kStep, "parallel");
  DrivenCall call = StartThree(driver, "all");
  call.Fail("steps/0", Code::kTimeout, "no answer");
  call.Fail("steps/1", other, "no");
  call.Answer("steps/2", {{"status", "done"}});
  CHECK(call.Wait().code == whole);
}

TEST_CASE("The first success wins and the rest is cancelled") {
  PluginDriver driver(Kind::kStep, "parallel");
  DrivenCall call = StartThree(driver, "any");
  call.Fail("steps/0", Code::kFailed, "no");
  call.Answer("steps/2", {{"status", "done"}});
  const Json result = call.result();
  CHECK(result.at("finished") == Json({"docs"}));
  CHECK(result.at("steps").at("lint").at("status") == "failed");
  CHECK(result.at("steps").at("unit").at("status") == "cancelled");
  CHECK(call.children().at(1).cancelled);
  CHECK_FALSE(call.children().at(2).cancelled);
}

TEST_CASE("A skipped step does not win") {
  PluginDriver driver(Kind::kStep, "parallel");
  DrivenCall call = StartThree(driver, "any");
  for (const char* key : {"steps/0", "steps/1"}) call.Answer(key, {{"status", "skipped"}});
  SECTION("against a failure") {
    call.Fail("steps/2", Code::kFailed, "no");
    CHECK(call.Wait().Message() == "1 of 3 steps failed: docs: no");
  }
  SECTION("but nothing failed when all were skipped") {
    call.Answer("steps/2", {{"status", "skipped"}});
    CHECK(call.result().at("finished").size() == 3);
  }
}

TEST_CASE("No steps are done at once") {
  PluginDriver driver(Kind::kStep, "parallel");
  CHECK(driver.RunStep(Json::object()).result() ==
        Json({{"finished", Json::array()}, {"steps", Json::object()}}));
}

TEST_CASE("Cancel ends all waiting") {
  PluginDriver driver(Kind::kStep, "parallel");
  DrivenCall call = StartThree(driver, "all");
  call.Cancel();
  CHECK(call.Wait().code == Code::kCancelled);
  CHECK_FALSE(call.abandoned());
}

TEST_CASE("Hundreds of steps come back in any order") {
  constexpr int kSteps = 500;
  PluginDriver driver(Kind::kStep, "parallel");
  Json steps = Json::array();
  for (int i = 0; i < kSteps; ++i) steps.push_back({{"id", "s" + std::to_string(i)}});
  DrivenCall call = driver.RunStep(Json::object(), {{"lists", {{"steps", steps}}}});
  for (int i = 0; i < kSteps; ++i) call.NextChild();
  for (int i = kSteps - 1; i >= 0; --i)
    call.Answer("steps/" + std::to_string(i), {{"status", "done"}, {"result", i}});
  const Json result = call.result();
  CHECK(result.at("finished").size() == kSteps);
  CHECK(result.at("finished")[17] == "s17");
  CHECK(result.at("steps").at("s17").at("result") == 17);
}

}  // namespace
}  // namespace mamc::test

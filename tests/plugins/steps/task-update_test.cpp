#include <catch2/catch.hpp>

#include "mamc/step.h"
#include "support/plugin_driver.hpp"

namespace mamc::test {
namespace {

using plugin::Kind;
using plugin::Outcome;

DrivenCall Start(PluginDriver& driver, const Json& params) {
  plugin::CallInfo info;
  info.op_id = "op-7";
  return driver.Start(MAMC_STEP_RUN, {{"params", params}, {"task", {{"id", "t-1"}}}}, info);
}

const Json kUpdated = {{"task", {{"id", "t-1"}, {"status", "done"}, {"version", 5}, {"title", "left out"}}}};

TEST_CASE("All changes travel in one update with the operation id") {
  PluginDriver driver(Kind::kStep, "task-update");
  DrivenCall call =
      Start(driver, {{"status", "done"}, {"comment", "well"}, {"priority", 2}, {"labels", {"a", "b"}}});
  const ChildCall child = call.NextChild();
  CHECK(child.service == "board");
  CHECK(child.input == Json({{"verb", "update"},
                             {"id", "t-1"},
                             {"set", {{"status", "done"}, {"priority", 2}, {"labels", {"a", "b"}}}},
                             {"comment", "well"},
                             {"op_id", "op-7"}}));
  call.Answer(child.key, kUpdated);
  CHECK(call.result() == Json({{"task", {{"id", "t-1"}, {"status", "done"}, {"version", 5}}}}));
}

TEST_CASE("A blocked task has a reason and the comment as its text") {
  PluginDriver driver(Kind::kStep, "task-update");
  DrivenCall person = Start(driver, {{"status", "blocked"}, {"comment", "conflict"}});
  CHECK(person.NextChild().input.at("set").at("blocked") ==
        Json({{"reason", "person"}, {"text", "conflict"}}));
  DrivenCall retry = Start(driver, {{"status", "blocked"}, {"reason", "retry"}});
  CHECK(retry.NextChild().input.at("set").at("blocked") == Json({{"reason", "retry"}, {"text", ""}}));
}

TEST_CASE("A comment alone is an update") {
  PluginDriver driver(Kind::kStep, "task-update");
  DrivenCall call = Start(driver, {{"comment", "hello"}});
  const ChildCall child = call.NextChild();
  CHECK(child.input.at("set") == Json::object());
  CHECK(child.input.at("comment") == "hello");
}

TEST_CASE("Parameters that do not fit together are refused before any effect") {
  PluginDriver driver(Kind::kStep, "task-update");
  DrivenCall nothing = Start(driver, Json::object());
  CHECK(nothing.Wait().code == Code::kInvalid);
  DrivenCall reason = Start(driver, {{"status", "done"}, {"reason", "retry"}});
  CHECK(reason.Wait().code == Code::kInvalid);
  CHECK(nothing.children().empty());
  CHECK(reason.children().empty());
}

TEST_CASE("A conflict is read and tried again on the newer version") {
  PluginDriver driver(Kind::kStep, "task-update");
  DrivenCall call = Start(driver, {{"status", "done"}});
  call.Fail(call.NextChild().key, Code::kConflict, "version 3 is not 4");
  const ChildCall get = call.NextChild();
  CHECK(get.input == Json({{"verb", "get"}, {"id", "t-1"}}));
  call.Answer(get.key, {{"task", {{"id", "t-1"}, {"version", 4}}}});
  const ChildCall again = call.NextChild();
  CHECK(again.input.at("version") == 4);
  CHECK(again.input.at("op_id") == "op-7");
  call.Answer(again.key, kUpdated);
  call.result();
}

TEST_CASE("Conflicts without end fail the step") {
  PluginDriver driver(Kind::kStep, "task-update");
  DrivenCall call = Start(driver, {{"status", "done"}});
  for (int i = 1; i <= 5; ++i) {
    call.Fail(call.NextChild().key, Code::kConflict, "again");
    call.Answer(call.NextChild().key, {{"task", {{"id", "t-1"}, {"version", i}}}});
  }
  call.Fail(call.NextChild().key, Code::kConflict, "again");
  CHECK(call.Wait().code == Code::kConflict);
  CHECK(call.children().size() == 11);
}

TEST_CASE("Another failure of the board is not tried again") {
  PluginDriver driver(Kind::kStep, "task-update");
  DrivenCall call = Start(driver, {{"status", "done"}});
  call.Fail(call.NextChild().key, Code::kNotFound, "no task t-1");
  const Outcome outcome = call.Wait();
  CHECK(outcome.code == Code::kNotFound);
  CHECK(outcome.Message() == "the task was not updated: no task t-1");
  CHECK(call.children().size() == 1);
}

}  // namespace
}  // namespace mamc::test

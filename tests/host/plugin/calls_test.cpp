#include "mamc/plugin/calls.hpp"

#include "calls_fixture.hpp"

namespace mamc::plugin {
namespace {

using Strings = std::vector<std::string>;

const char* const kTypes[] = {"calls-a-inline", "calls-a-default", "calls-a-blocking", "calls-a-concurrent"};

TEST_CASE("a call of every class ends with what the plugin said and is released") {
  CallsHost host;
  for (const char* type : kTypes) {
    INFO(type);
    auto call = host.Start(type, {{"do", "echo"}, {"result", {{"answer", 42}}}});
    REQUIRE(call.seen->completions == 0);  // never from inside Start
    REQUIRE(host.End(call).json == R"({"answer":42})");
    REQUIRE_FALSE(call.seen->abandoned);
  }
  REQUIRE(host.WaitForNote("release", 4));
  REQUIRE(host.probe.Count("start") == 4);
}

TEST_CASE("the first completion counts and the second is stale") {
  CallsHost host;
  for (const char* type : {"calls-a-default", "calls-a-blocking"}) {
    auto call = host.Start(type, {{"do", "twice"}});
    REQUIRE(host.End(call).json == R"({"count":1})");
  }
  REQUIRE(host.probe.Count("first 0") == 2);
  REQUIRE(host.probe.Count("second -10") == 2);
  REQUIRE(host.probe.Count("emit -10") == 2);
}

}  // namespace
}  // namespace mamc::plugin

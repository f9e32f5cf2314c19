#include "calls_fixture.hpp"

namespace mamc::plugin {
namespace {

TEST_CASE("calls of every class pass the glass wall") {
  CallsHost host(true);
  for (const char* type : {"calls-a-inline", "calls-a-default", "calls-a-blocking", "calls-a-concurrent"}) {
    INFO(type);
    auto call = host.Start(type, {{"do", "echo"}, {"result", {{"answer", 42}}}});
    REQUIRE(host.End(call).json == R"({"answer":42})");
  }
  REQUIRE(host.WaitForNote("release", 4));
}

}  // namespace
}  // namespace mamc::plugin

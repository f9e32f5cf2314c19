#include "calls_fixture.hpp"

// Child calls. Each test runs twice: directly, and
// with every call, service and ticket passed as bytes.
namespace mamc::plugin {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("results of children reach their own ticket and key in the order of arrival") {
  CallsHost host(GENERATE(false, true));
  auto one = host.Start("calls-a-default", {{"do", "children"}, {"keys", {"a", "b"}}});
  auto two = host.Start("calls-a-default", {{"do", "children"}, {"keys", {"a", "b"}}});
  REQUIRE(host.loop.RunUntil([&] { return one.seen->children.size() + two.seen->children.size() == 4; }));
  REQUIRE(one.seen->inputs[0] == "{\"ticket\":\"" + std::to_string(one.ticket) + "\"}");
  host.calls->ChildDone(two.ticket, "b", Code::kOk, "{\"for\":\"two b\"}");
  host.calls->ChildDone(one.ticket, "b", Code::kOk, "{\"for\":\"one b\"}");
  host.calls->ChildDone(one.ticket, "a", Code::kFailed, "{\"message\":\"one a\"}");
  host.calls->ChildDone(one.ticket, "a", Code::kOk, "{}");  // nobody waits for it any more
  host.calls->ChildDone(two.ticket, "none", Code::kOk, "{}");
  REQUIRE_THAT(host.End(one).json, Catch::Contains("one a"));
  REQUIRE(two.seen->completions == 0);
  host.calls->ChildDone(two.ticket, "a", Code::kOk, "{\"for\":\"two a\"}");
  REQUIRE_THAT(host.End(two).json, Catch::Contains("two a") && Catch::Contains("\"count\":2"));
  REQUIRE(host.probe.Count("nested") == 0);
  REQUIRE(host.WaitForNote("release", 2));
}

TEST_CASE("bad child calls are refused with the reason") {
  CallsHost host(GENERATE(false, true));
  auto call = host.Start("calls-a-default", {{"do", "bad children"}});
  host.End(call);
  for (const char* note : {"not json -2", "not utf-8 -2", "twice the key -2", "bad key -2", "no key -2",
                           "too long -9", "too deep -2", "too large -9", "first 0", "same again -2"}) {
    INFO(note);
    REQUIRE(host.probe.Count(note) == 1);
  }
  REQUIRE(call.seen->children == Strings{"a"});
  REQUIRE(call.seen->cancelled_children == Strings{"a"});
}

TEST_CASE("a child call from a wrong thread is refused") {
  CallsHost host(GENERATE(false, true));
  auto call = host.Start("calls-a-default", {{"do", "child from thread"}});
  host.End(call);
  REQUIRE(host.probe.Count("child -11") == 1);
  REQUIRE(call.seen->children.empty());
}

TEST_CASE("a blocking call makes child calls on its own thread only") {
  CallsHost host(GENERATE(false, true));
  auto call = host.Start("calls-a-blocking", {{"do", "block on child"}, {"probe_child", true}});
  REQUIRE(host.loop.RunUntil([&] { return call.seen->children.size() == 1; }));
  host.calls->ChildDone(call.ticket, "k", Code::kOk, "{}");
  REQUIRE(host.End(call).code == Code::kOk);
  REQUIRE(host.probe.Count("child in child_done -11") == 1);
}

TEST_CASE("children that a call leaves open are cancelled when it completes") {
  CallsHost host(GENERATE(false, true));
  auto call = host.Start("calls-a-default", {{"do", "leave open"}});
  host.End(call);
  REQUIRE(call.seen->cancelled_children == Strings{"open"});
}

TEST_CASE("a dropped child is cancelled and its result is not delivered") {
  CallsHost host(GENERATE(false, true));
  auto call =
      host.Start("calls-a-default", {{"do", "children"}, {"keys", {"a", "b"}}, {"drop", "a"}, {"rounds", 1}});
  REQUIRE(host.loop.RunUntil([&] { return !call.seen->cancelled_children.empty(); }));
  REQUIRE(host.WaitForNote("drop 0"));
  REQUIRE(host.WaitForNote("drop again -3"));
  host.calls->ChildDone(call.ticket, "a", Code::kOk, "{}");
  host.calls->ChildDone(call.ticket, "b", Code::kOk, "{}");
  REQUIRE(host.WaitForNote("done b 0 {}"));
  REQUIRE(host.probe.Count("done a 0 {}") == 0);
}

TEST_CASE("a loop of many children that are answered at once does not grow the stack") {
  bool glass_wall = GENERATE(false, true);
  CallsHost host(glass_wall);
  int rounds = glass_wall ? 200 : 20'000;
  auto call = host.Start("calls-a-default", {{"do", "loop"}, {"rounds", rounds}});
  call.seen->on_child = [&](Ticket ticket, const std::string& key) {
    host.calls->ChildDone(ticket, key, Code::kOk, "{}");
  };
  REQUIRE_THAT(host.End(call).json, Catch::Contains("\"count\":" + std::to_string(rounds)));
  REQUIRE(host.probe.Count("nested") == 0);
}

}  // namespace
}  // namespace mamc::plugin

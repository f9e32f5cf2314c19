#include "calls_fixture.hpp"

// How calls are stopped: cancel, deadline, grace, and the end of the host. Each test runs twice: directly,
// and with every call, service and ticket passed as bytes.
namespace mamc::plugin {
namespace {

using Strings = std::vector<std::string>;

CallInfo DeadlineIn(CallsHost& host, std::int64_t ms) {
  return {.deadline_unix_ms = host.loop.clock().UnixMs() + ms};
}

TEST_CASE("a cancelled call is told once and may still complete") {
  CallsHost host(GENERATE(false, true));
  for (const char* type : {"calls-a-default", "calls-a-blocking"}) {
    host.probe.notes.clear();
    bool blocking = std::string(type) == "calls-a-blocking";
    auto call = host.Start(type, {{"do", blocking ? "block on child" : "hold"}});
    REQUIRE(host.WaitForNote(blocking ? "child 0" : "start"));
    for (int i = 0; i < 100; ++i) host.calls->Cancel(call.ticket, Code::kCancelled);
    REQUIRE(host.End(call).code == Code::kCancelled);
    REQUIRE_FALSE(call.seen->abandoned);
    REQUIRE(host.WaitForNote("release"));
    REQUIRE(host.probe.Count("cancel -8") == 1);
    host.calls->Cancel(call.ticket, Code::kCancelled);  // finished: nothing happens
  }
}

TEST_CASE("a call that is cancelled before it began is never started") {
  CallsHost host(GENERATE(false, true));
  host.Open("calls-a-blocking");  // made before the executor is busy
  auto sleeper = host.Start("calls-a-default", {{"do", "sleep"}});
  auto blocked = host.Start("calls-a-blocking", {{"do", "sleep"}});
  REQUIRE(host.WaitForNote("start", 2));
  auto second = host.Start("calls-a-default", {{"do", "echo"}});
  auto third = host.Start("calls-a-blocking", {{"do", "echo"}});
  host.calls->Cancel(second.ticket, Code::kCancelled);
  host.calls->Cancel(third.ticket, Code::kCancelled);
  REQUIRE(host.End(second).code == Code::kCancelled);
  REQUIRE(host.End(third).code == Code::kCancelled);
  host.probe.Open();
  host.End(sleeper);
  host.End(blocked);
  REQUIRE(host.WaitForNote("release", 2));
  REQUIRE(host.probe.Count("start") == 2);
}

TEST_CASE("after cancel pending results are dropped and new children and emits refused") {
  CallsHost host(GENERATE(false, true));
  auto sleeper = host.Start(
      "calls-a-default",
      {{"do", "children"}, {"keys", {"a", "b"}}, {"child_in_cancel", true}, {"emit_in_cancel", true}});
  REQUIRE(host.loop.RunUntil([&] { return sleeper.seen->children.size() == 2; }));
  auto busy =
      host.Start("calls-a-default", {{"do", "sleep"}});  // holds the executor, so that both are queued
  REQUIRE(host.WaitForNote("start", 2));
  host.calls->ChildDone(sleeper.ticket, "a", Code::kOk, "{}");
  host.calls->Cancel(sleeper.ticket, Code::kCancelled);
  host.calls->ChildDone(sleeper.ticket, "b", Code::kOk, "{}");
  host.probe.Open();
  REQUIRE(host.End(sleeper).code == Code::kCancelled);
  host.End(busy);
  REQUIRE(host.probe.Count("done a 0 {}") == 0);
  REQUIRE(host.probe.Count("done b 0 {}") == 0);
  REQUIRE(host.probe.Count("child -8") == 1);
  REQUIRE(host.probe.Count("emit -8") == 1);
  std::sort(sleeper.seen->cancelled_children.begin(), sleeper.seen->cancelled_children.end());
  REQUIRE(sleeper.seen->cancelled_children == Strings{"b"});
}

TEST_CASE("a call that goes on after cancel gets no result that was pending") {
  CallsHost host(GENERATE(false, true));
  auto call =
      host.Start("calls-a-default", {{"do", "children"}, {"keys", {"a", "b"}}, {"ignore_cancel", true}});
  REQUIRE(host.loop.RunUntil([&] { return call.seen->children.size() == 2; }));
  auto busy = host.Start("calls-a-default", {{"do", "sleep"}});
  REQUIRE(host.WaitForNote("start", 2));
  host.calls->ChildDone(call.ticket, "a", Code::kOk, "{}");
  host.calls->Cancel(call.ticket, Code::kCancelled);
  host.probe.Open();
  // Not by the loop, which would close the children: by what was taken back from the executor.
  REQUIRE(host.WaitForNoteAlone("cancel -8"));
  auto behind = host.Start("calls-a-default", {{"do", "echo"}});
  REQUIRE(host.WaitForNoteAlone("start", 3));
  REQUIRE(host.probe.Count("done a 0 {}") == 0);
  host.End(busy);
  host.End(behind);
}

TEST_CASE("at its deadline a call is cancelled and after the grace abandoned") {
  CallsHost host(GENERATE(false, true));
  auto call =
      host.Start("calls-a-default", {{"do", "later"}, {"ignore_cancel", true}}, DeadlineIn(host, 5000));
  REQUIRE(host.WaitForNote("start"));
  host.loop.Advance(Milliseconds(4999));
  REQUIRE(host.probe.Count("cancel -7") == 0);
  host.loop.Advance(Milliseconds(1));
  REQUIRE(host.WaitForNote("cancel -7"));
  // A call behind it on the same executor: the plugin is out of its cancel when that one has ended.
  host.End(host.Start("calls-a-default", {{"do", "echo"}}));
  host.loop.Advance(Milliseconds(999));
  REQUIRE(call.seen->completions == 0);
  host.loop.Advance(Milliseconds(1));
  REQUIRE(call.seen->completions == 1);
  REQUIRE(call.seen->abandoned);
  REQUIRE(call.seen->outcome.code == Code::kTimeout);
  REQUIRE_THAT(call.seen->outcome.Message(), Catch::Contains("did not stop within 1000 ms"));
  host.probe.Open();  // what it does now is late
  REQUIRE(host.WaitForNote("emit -10"));
  REQUIRE(host.WaitForNote("release", 2));
  host.loop.RunReady();
  REQUIRE(call.seen->completions == 1);
  REQUIRE(call.seen->emits.empty());
}

TEST_CASE("who ends well after the deadline is late, and in time is not") {
  CallsHost host(GENERATE(false, true));
  auto late =
      host.Start("calls-a-default", {{"do", "later"}, {"ignore_cancel", true}}, DeadlineIn(host, 1000));
  REQUIRE(host.WaitForNote("start"));
  host.loop.Advance(Milliseconds(1000));
  REQUIRE(host.WaitForNote("cancel -7"));
  host.probe.Open();
  REQUIRE(host.End(late).code == Code::kOk);
  REQUIRE(late.seen->outcome.late);
  auto prompt = host.Start("calls-a-default", {{"do", "echo"}}, DeadlineIn(host, 1000));
  REQUIRE(host.End(prompt).code == Code::kOk);
  REQUIRE_FALSE(prompt.seen->outcome.late);
}

TEST_CASE("an executor thread that hangs is written off and the rest is served by another") {
  CallsHost host(GENERATE(false, true));
  auto instance = host.Open("calls-a-default");
  auto stuck = host.Start(instance, {{"do", "sleep"}}, DeadlineIn(host, 1000));
  REQUIRE(host.WaitForNote("start"));
  auto queued = host.Start(instance, {{"do", "echo"}});
  host.loop.Advance(Milliseconds(1000));
  host.loop.Advance(Milliseconds(1000));
  REQUIRE(stuck.seen->abandoned);
  REQUIRE(host.End(queued).code == Code::kOk);
  REQUIRE(host.Open("calls-a-default") != instance);  // a fresh one
  REQUIRE(host.End(host.Start(instance, {{"do", "echo"}})).code ==
          Code::kOk);  // and the old name leads to it
  REQUIRE(host.WaitForNote("release", 2));
  host.probe.Open();
  REQUIRE(host.WaitForNote(std::string("woke ") +
                           (host.glass_wall ? "0" : "-10")));  // behind the wall nobody has told it
  REQUIRE(stuck.seen->completions == 1);
  REQUIRE_FALSE(host.loop.RunUntil([&] { return host.probe.Count("release") == 3; }, Milliseconds(20)));
}

TEST_CASE("a blocking call that hangs is written off and those behind it go on elsewhere") {
  CallsHost host(GENERATE(false, true));
  auto stuck = host.Start("calls-a-blocking", {{"do", "sleep"}}, DeadlineIn(host, 1000));
  REQUIRE(host.WaitForNote("start"));
  auto waiting = host.Start("calls-a-blocking", {{"do", "echo"}});
  host.loop.Advance(Milliseconds(2000));
  REQUIRE(stuck.seen->abandoned);
  REQUIRE(host.End(waiting).code == Code::kOk);
  host.probe.Open();
  REQUIRE(host.WaitForNote(std::string("woke ") + (host.glass_wall ? "0" : "-10")));
  REQUIRE_FALSE(host.loop.RunUntil([&] { return host.probe.Count("release") == 2; }, Milliseconds(20)));
}

TEST_CASE("a blocking call that returns without a result has failed") {
  CallsHost host(GENERATE(false, true));
  Outcome outcome = host.End(host.Start("calls-a-blocking", {{"do", "nothing"}}));
  REQUIRE(outcome.code == Code::kInternal);
  REQUIRE_THAT(outcome.Message(), Catch::Contains("returned without a result"));
}

TEST_CASE("open calls end without a word when Calls goes and are released") {
  CallsHost host(GENERATE(false, true));
  auto held = host.Start("calls-a-default", {{"do", "hold"}, {"ignore_cancel", true}});
  auto blocked = host.Start("calls-a-blocking", {{"do", "block on child"}});
  auto waiting = host.Start("calls-a-blocking", {{"do", "echo"}});
  REQUIRE(host.WaitForNote("start", 2));
  host.calls.reset();
  host.loop.RunReady();
  for (auto* call : {&held, &blocked, &waiting}) REQUIRE(call->seen->completions == 0);
  REQUIRE(host.probe.Count("release") == 2);
  REQUIRE(host.probe.Count("cancel -8") == 2);
}

}  // namespace
}  // namespace mamc::plugin

#include "mamc/plugin/calls.hpp"

#include "calls_fixture.hpp"

// Each test runs twice: directly, and with every call, service and ticket passed as bytes.
namespace mamc::plugin {
namespace {

using Strings = std::vector<std::string>;

struct Answers final : CallContext {
  Result<std::string> State(std::string_view key) const override {
    if (key == "color") return std::string("\"red\"");
    return NotFound("none");
  }
  Result<std::string> Secret(std::string_view) const override { return std::string("hush-hush"); }
  Result<std::string> PutArtifact(std::string_view bytes) override {
    stored = bytes;
    return std::string("handle");
  }
  Result<std::string> GetArtifact(std::string_view) const override { return stored; }
  std::string stored;
};

CallInfo DeadlineIn(CallsHost& host, std::int64_t ms) {
  return {.deadline_unix_ms = host.loop.clock().UnixMs() + ms};
}

TEST_CASE("a call of every class ends with what the plugin said and is released") {
  CallsHost host(GENERATE(false, true));
  for (const char* type : {"calls-a-inline", "calls-a-default", "calls-a-blocking", "calls-a-concurrent"}) {
    INFO(type);
    auto call = host.Start(type, {{"do", "echo"}, {"result", {{"answer", 42}}}});
    REQUIRE(call.seen->completions == 0);  // never from inside Start
    REQUIRE(host.End(call).json == R"({"answer":42})");
    REQUIRE_FALSE(call.seen->abandoned);
  }
  REQUIRE(host.WaitForNote("release", 4));
  REQUIRE(host.probe.Count("start") == 4);
  REQUIRE(host.probe.Count("nested release") == 0);
}

TEST_CASE("a call is told its attempt and deadline and op id") {
  CallsHost host(GENERATE(false, true));
  host.End(
      host.Start("calls-a-default", {{"do", "echo"}, {"info", true}},
                 {.attempt = 3, .resumed = true, .deadline_unix_ms = 1'800'000'000'000, .op_id = "op-7"}));
  REQUIRE(host.probe.Count("info 1 3 1 1800000000000 op-7") == 1);
}

TEST_CASE("the first completion counts and the second is stale") {
  CallsHost host(GENERATE(false, true));
  for (const char* type : {"calls-a-inline", "calls-a-default", "calls-a-blocking"}) {
    auto call = host.Start(type, {{"do", "twice"}});
    REQUIRE(host.End(call).json == R"({"count":1})");
  }
  // The outcome may arrive before the plugin has said its last word.
  REQUIRE(host.WaitForNote("emit -10", 3));
  REQUIRE(host.probe.Count("first 0") == 3);
  REQUIRE(host.probe.Count("second -10") == 3);
  REQUIRE(host.probe.Count("emit -10") == 3);
}

TEST_CASE("of eight threads that complete at once one is first") {
  CallsHost host(GENERATE(false, true));
  for (int i = 0; i < 20; ++i) {
    auto call = host.Start("calls-a-default", {{"do", "threads8"}});
    host.End(call);
    REQUIRE(host.WaitForNote("release", i + 1));
    REQUIRE(call.seen->completions == 1);
  }
  REQUIRE(host.probe.Count("complete 0") == 20);
  REQUIRE(host.probe.Count("complete -10") == 140);
}

TEST_CASE("a ticket of another plugin is stale and unharmed") {
  CallsHost host(GENERATE(false, true));
  auto victim = host.Start("calls-a-default", {{"do", "hold"}});
  REQUIRE(host.WaitForNote("start"));
  host.End(host.Start("calls-b-default", {{"do", "steal"}, {"ticket", std::to_string(victim.ticket)}}));
  REQUIRE(host.probe.Count("steal -10") == 1);
  REQUIRE(host.probe.Count("child -10") == 1);
  REQUIRE(victim.seen->completions == 0);
}

TEST_CASE("a child call for another ticket of the same plugin is refused") {
  CallsHost host(GENERATE(false, true));
  auto victim = host.Start("calls-a-concurrent", {{"do", "block on child"}});
  REQUIRE(host.WaitForNote("child 0"));
  host.End(host.Start("calls-a-default",
                      {{"do", "steal"}, {"ticket", std::to_string(victim.ticket)}, {"complete", false}}));
  REQUIRE(host.probe.Count("child -11") == 1);
}

TEST_CASE("a finished ticket is stale") {
  CallsHost host(GENERATE(false, true));
  auto first = host.Start("calls-a-default", {{"do", "echo"}});
  host.End(first);
  host.End(host.Start("calls-a-default", {{"do", "steal"}, {"ticket", std::to_string(first.ticket)}}));
  REQUIRE(host.probe.Count("steal -10") == 1);
  REQUIRE(first.seen->completions == 1);
}

TEST_CASE("a default call that sleeps in one plugin does not hold another plugin") {
  CallsHost host(GENERATE(false, true));
  auto sleeper = host.Start("calls-a-default", {{"do", "sleep"}});
  REQUIRE(host.WaitForNote("start"));
  host.End(host.Start("calls-b-default", {{"do", "echo"}}));
  REQUIRE(sleeper.seen->completions == 0);
  host.probe.Open();
  host.End(sleeper);
}

TEST_CASE("blocking calls of an instance run one at a time unless the type is concurrent") {
  CallsHost host(GENERATE(false, true));
  auto first = host.Start("calls-a-blocking", {{"do", "sleep"}});
  REQUIRE(host.WaitForNote("start"));
  auto second = host.Start("calls-a-blocking", {{"do", "sleep"}});
  auto third = host.Start("calls-a-concurrent", {{"do", "sleep"}});
  auto fourth = host.Start("calls-a-concurrent", {{"do", "sleep"}});
  REQUIRE(host.WaitForNote("start", 3));
  REQUIRE_FALSE(host.loop.RunUntil([&] { return host.probe.Count("start") == 4; }, Milliseconds(30)));
  host.probe.Open();
  for (auto* call : {&first, &second, &third, &fourth}) host.End(*call);
}

TEST_CASE("inline types may only complete and log") {
  CallsHost host(GENERATE(false, true));
  host.End(host.Start("calls-a-inline", {{"do", "emit inline"}}));
  REQUIRE(host.probe.Count("emit -11") == 1);
  REQUIRE(host.probe.Count("child -11") == 1);
  REQUIRE(host.probe.Count("secret -11") == 1);
}

TEST_CASE("an inline type that does not complete inside start is demoted and served") {
  CallsHost host;
  LogLines log;
  auto call = host.Start("calls-a-inline", {{"do", "later"}});
  REQUIRE(log.Contain("did not complete inside start"));
  host.probe.Open();
  REQUIRE(host.End(call).code == Code::kOk);
  REQUIRE(host.WaitForNote("release"));
  // From now on its calls run on the executor: one that hangs does not hang the loop.
  CallsProbe& probe = host.probe;
  probe.open = false;
  auto sleeper = host.Start("calls-a-inline", {{"do", "sleep"}});
  REQUIRE(host.WaitForNote("start", 2));
  probe.Open();
  host.End(sleeper);
}

TEST_CASE("an inline type that is slow again and again is demoted") {
  CallsHost host;
  LogLines log;
  for (int i = 0; i < 3; ++i) {
    REQUIRE_FALSE(log.Contain("took longer"));
    host.End(host.Start("calls-a-inline", {{"do", "slow"}}));
  }
  REQUIRE(log.Contain("took longer"));
}

TEST_CASE("a failure carries a message whatever the plugin said") {
  CallsHost host(GENERATE(false, true));
  auto fail = [&](int code, Json says) {
    return host.End(host.Start("calls-a-default", {{"do", "fail"}, {"code", code}, {"says", says}}));
  };
  Outcome outcome = fail(-3, {{"message", "gone"}, {"details", 7}});
  REQUIRE(outcome.code == Code::kNotFound);
  REQUIRE(outcome.Message() == "gone");
  REQUIRE(fail(-3, "text").Message() == "failed without a message (not found)");
  REQUIRE(fail(-999, {{"message", "odd"}}).code == Code::kFailed);
  REQUIRE(fail(7, Json::object()).code == Code::kOk);
}

TEST_CASE("a bad result is the plugin's fault and says so") {
  CallsHost host(GENERATE(false, true));
  LogLines log;
  auto bytes = [](std::string_view text) {
    Json list = Json::array();
    for (char byte : text) list.push_back(static_cast<unsigned char>(byte));
    return list;
  };
  struct Case {
    Json params;
    std::string message;
  };
  for (const Case& bad :
       {Case{{{"bytes", bytes("\"\xff\"")}}, "not valid JSON"},
        Case{{{"bytes", bytes("\"\\ud800\"")}}, "not valid JSON"},
        Case{{{"bytes", bytes("{\"a\":1,\"a\":2}")}}, "duplicate key 'a'"},
        Case{{{"bytes", bytes("{} x")}}, "not valid JSON"}, Case{{{"bytes", bytes("")}}, "not valid JSON"},
        Case{{{"bytes", bytes("NaN")}}, "not valid JSON"},
        Case{{{"bytes", bytes("")}, {"depth", 100'000}}, "nested deeper than 64 levels"},
        Case{{{"bytes", bytes("")}, {"size", 17u << 20}}, "exceeds the limit"}}) {
    Json params = bad.params;
    params["do"] = "raw";
    Outcome outcome = host.End(host.Start("calls-a-default", params));
    INFO(outcome.json.substr(0, 300));
    REQUIRE(outcome.code == Code::kInternal);
    REQUIRE_THAT(outcome.Message(), Catch::StartsWith("plugin misbehaving") && Catch::Contains(bad.message));
  }
  REQUIRE(host.probe.Count("complete 0") == 0);
  REQUIRE(log.Contain("error: plugin: \"plugin misbehaving") +
              log.Contain("error plugin: plugin misbehaving") >
          0);
}

TEST_CASE("a result that its schema does not allow is refused with the place") {
  CallsHost host(GENERATE(false, true));
  Outcome outcome =
      host.End(host.Start("calls-a-default", {{"do", "echo"}, {"result", {{"count", "many"}}}}));
  REQUIRE(outcome.code == Code::kInternal);
  REQUIRE_THAT(outcome.Message(), Catch::Contains("count"));
}

TEST_CASE("settings are completed and checked and shared by one instance") {
  CallsHost host(GENERATE(false, true));
  auto plain = host.Open("calls-a-default");
  REQUIRE(plain == host.Open("calls-a-default", {{"name", "x"}}));
  REQUIRE(plain != host.Open("calls-a-default", {{"name", "y"}}));
  auto wrong = host.calls->Open(Kind::kStep, "calls-a-default", {{"name", 1}});
  REQUIRE_THAT(wrong.status().message(),
               Catch::Contains("settings of step 'calls-a-default'") && Catch::Contains("name"));
  auto refused = host.calls->Open(Kind::kStep, "calls-a-default", {{"refuse", true}});
  REQUIRE(refused.status().code() == Code::kInvalid);
  REQUIRE_THAT(refused.status().message(), Catch::Contains("no such color"));
}

TEST_CASE("services answer with what the context has") {
  CallsHost host(GENERATE(false, true));
  LogLines log;
  host.End(host.Start("calls-a-default", {{"do", "ask"}}, {}, std::make_shared<Answers>()));
  for (const char* note :
       {"secret 0 hush-hush", "undeclared -5 ", "state 0 \"red\"", "missing -3 ", "artifact 0 whole"})
    REQUIRE(host.probe.Count(note) == 1);
  REQUIRE(log.Contain("asked with ***"));
  host.End(host.Start("calls-a-default", {{"do", "ask"}}));  // no context: they say no
  REQUIRE(host.probe.Count("secret -3 ") == 1);
}

// ---- Children ----

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
  REQUIRE(host.probe.Count("drop 0") == 1);
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

// ---- Emit ----

TEST_CASE("a plugin that emits faster than the loop reads is told to slow down and loses nothing") {
  bool glass_wall = GENERATE(false, true);
  CallsHost host(glass_wall);
  int pieces = glass_wall ? 1'000 : 100'000;
  auto call = host.Start("calls-a-default", {{"do", "emit"}, {"pieces", pieces}});
  host.calls->SetEmitCredit(call.ticket, 16);
  if (!glass_wall)
    REQUIRE(host.WaitForNoteAlone("slowed down"));  // behind the wall each piece waits for its answer
  host.End(call);
  REQUIRE(call.seen->emits.size() == static_cast<std::size_t>(pieces));
  for (int i = 0; i < pieces; ++i)
    if (call.seen->emits[static_cast<std::size_t>(i)] != std::to_string(i)) FAIL("out of order at " << i);
}

TEST_CASE("a plugin that does not slow down is refused in the end") {
  CallsHost host;
  auto call = host.Start("calls-a-default", {{"do", "flood"}, {"pieces", 200'000}});
  while (host.probe.Count("last emit -9") == 0)
    std::this_thread::yield();  // the loop reads nothing meanwhile
  host.End(call);
  REQUIRE(host.probe.Count("slowed down") == 1);
  REQUIRE(call.seen->emits.size() == 100'000);
}

// ---- Cancel and deadline ----

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

#include "mamc/plugin/calls.hpp"

#include "calls_fixture.hpp"

// Each test runs twice: directly, and with every call, service and ticket passed as bytes.
namespace mamc::plugin {
namespace {

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

}  // namespace
}  // namespace mamc::plugin

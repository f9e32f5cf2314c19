// Several questions at a time: places at a model, loading by one for all, and a model that fails too often.
#include <condition_variable>
#include <thread>

#include "lm_studio_script.hpp"
#include "support/captured_log.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::test::studio;

namespace {

// Holds up what a server answers until the test lets it go.
class Gate {
 public:
  ~Gate() { Open(); }
  void Wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_ || passes_ > 0; });
    if (!open_) --passes_;
    --waiting_;
  }
  void LetOneGo() {
    const std::lock_guard lock(mutex_);
    ++passes_;
    changed_.notify_all();
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void UntilWaiting(int count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [&] { return waiting_ >= count; }))
      FAIL("only " << waiting_ << " questions came");
  }
  int waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;  // protected by mutex_, as are the others
  int passes_ = 0;
  int waiting_ = 0;
};

struct Bench {
  explicit Bench(Script script, Json settings = Json::object(), const std::string& held = "ask")
      : server(std::move(script)) {
    server.before = [this, held](const std::string& name) {
      if (name == held) gate.Wait();
    };
    plugin = PluginFor(server.url(), std::move(settings));
  }
  ~Bench() { gate.Open(); }
  DrivenCall Ask(const std::string& text = "Frage?", plugin::CallInfo info = {}) {
    return plugin->Start(MAMC_BACKEND_ASK, Question({{"messages", {{{"role", "user"}, {"content", text}}}}}),
                         info);
  }
  // In the order in which they came.
  std::vector<std::string> asked() const {
    std::vector<std::string> texts;
    for (const Json& body : server.Bodies("ask")) texts.push_back(body["messages"][0]["content"]);
    return texts;
  }
  void UntilLogged(const CapturedLog& log, const std::string& part, std::size_t times) {
    const auto seen = [&] {
      std::size_t count = 0;
      const std::string text = log.text();
      for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
      return count >= times;
    };
    if (!plugin->loop().RunUntil(seen)) FAIL(part << " was not logged " << times << " times");
  }

  Gate gate;
  ScriptedServer server;
  std::unique_ptr<PluginDriver> plugin;
};

plugin::CallInfo Within(PluginDriver& plugin, std::int64_t ms) {
  plugin::CallInfo info;
  info.started_unix_ms = plugin.loop().clock().UnixMs();
  info.deadline_unix_ms = info.started_unix_ms + ms;
  return info;
}

const std::string kWaits = "waiting for one of";

}  // namespace

TEST_CASE("a server gets as many questions at a time as it says it takes") {
  CapturedLog log;
  Bench bench({.lists = {ListOf({Loaded("m", 8192, 1)})}});
  DrivenCall first = bench.Ask();
  bench.gate.UntilWaiting(1);
  DrivenCall second = bench.Ask();
  bench.UntilLogged(log, "waiting for one of 1 places", 1);
  CHECK(bench.server.actions().size() == 1);
  bench.gate.Open();
  CHECK(first.result()["text"] == "fine");
  const Json result = second.result();
  CHECK(result["text"] == "fine");
  CHECK(result["timings"]["queue_ms"].is_number_integer());
}

TEST_CASE("a server that does not say gets four questions at a time and a setting says otherwise") {
  const int places = GENERATE(4, 2);
  CapturedLog log;
  Bench bench({}, places == 4 ? Json::object() : Json{{"parallel", places}});
  std::vector<DrivenCall> calls;
  for (int i = 0; i <= places; ++i) calls.push_back(bench.Ask());
  bench.gate.UntilWaiting(places);
  bench.UntilLogged(log, kWaits, 1);
  CHECK(bench.gate.waiting() == places);
  bench.gate.Open();
  for (DrivenCall& call : calls) CHECK(call.result()["text"] == "fine");
}

TEST_CASE("who waits for a place gets it in the order of coming and who is cancelled leaves") {
  constexpr std::size_t kCancelled = 1;
  CapturedLog log;
  Bench bench({}, {{"parallel", 1}});
  std::vector<DrivenCall> calls;
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < 12; ++i) {
    calls.push_back(bench.Ask(std::to_string(i)));
    if (i != kCancelled) expected.push_back(std::to_string(i));
    if (i == 0)
      bench.gate.UntilWaiting(1);
    else
      bench.UntilLogged(log, kWaits, i);
  }
  calls[kCancelled].Cancel();
  CHECK(calls[kCancelled].Wait().code == Code::kCancelled);
  bench.gate.Open();
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (i != kCancelled) CHECK(calls[i].result()["text"] == "fine");
  CHECK(bench.asked() == expected);
}

TEST_CASE("who waits for a place until his time is over is told so") {
  Bench bench({}, {{"parallel", 1}});
  DrivenCall first = bench.Ask();
  bench.gate.UntilWaiting(1);
  const auto outcome = bench.Ask("late", Within(*bench.plugin, 300)).Wait();
  CHECK(outcome.code == Code::kTimeout);
  CHECK_THAT(outcome.Message(), Catch::Contains("had no place for the question within"));
  bench.gate.Open();
  first.result();
  CHECK(bench.asked() == std::vector<std::string>{"Frage?"});
}

TEST_CASE("a cancelled question keeps its place while the server goes on with it") {
  Bench bench({}, {{"parallel", 1}, {"cancel_grace_ms", 400}});
  DrivenCall first = bench.Ask();
  bench.gate.UntilWaiting(1);
  const auto cancelled_at = std::chrono::steady_clock::now();
  first.Cancel();
  CHECK(first.Wait().code == Code::kCancelled);
  bench.gate.Open();
  CHECK(bench.Ask().result()["text"] == "fine");
  CHECK(std::chrono::steady_clock::now() - cancelled_at >= std::chrono::milliseconds(390));
}

TEST_CASE("questions for a model that is not loaded load it once") {
  Bench bench({.lists = {ListOf({NotLoaded("m")}), ListOf({NotLoaded("m")}), ListOf({NotLoaded("m")}),
                         ListOf({NotLoaded("m")}), ListOf({Loaded("m")})},
               .load = {LoadedReply("m")}},
              {}, "load");
  DrivenCall first = bench.Ask();
  bench.gate.UntilWaiting(1);
  DrivenCall second = bench.Ask();
  DrivenCall third = bench.Ask();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(bench.server.actions() == std::vector<std::string>{"load"});
  bench.gate.Open();
  for (DrivenCall* call : {&first, &second, &third}) CHECK(call->result()["text"] == "fine");
  CHECK(bench.server.actions() == std::vector<std::string>{"load", "ask", "ask", "ask"});
}

TEST_CASE("a model that cannot be loaded fails all who wait for it with one try") {
  Bench bench({.lists = {ListOf({NotLoaded("m")})},
               .load = {Plain(500, R"({"error":"Error: insufficient system resources"})")}},
              {}, "load");
  DrivenCall first = bench.Ask();
  bench.gate.UntilWaiting(1);
  DrivenCall second = bench.Ask();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  bench.gate.Open();
  for (DrivenCall* call : {&first, &second}) {
    const auto outcome = call->Wait();
    CHECK(outcome.code == Code::kFailed);
    CHECK_THAT(outcome.json, Catch::Contains("NoMemory"));
  }
  CHECK(bench.server.actions() == std::vector<std::string>{"load"});
}

TEST_CASE("who waits for a model whose loading was cancelled loads it himself") {
  Bench bench({.lists = {ListOf({NotLoaded("m")}), ListOf({NotLoaded("m")}), ListOf({NotLoaded("m")}),
                         ListOf({Loaded("m")})},
               .load = {LoadedReply("m")}},
              {}, "load");
  DrivenCall first = bench.Ask();
  bench.gate.UntilWaiting(1);
  DrivenCall second = bench.Ask();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  first.Cancel();
  CHECK(first.Wait().code == Code::kCancelled);
  bench.gate.UntilWaiting(2);
  bench.gate.Open();
  CHECK(second.result()["text"] == "fine");
}

TEST_CASE("what this host loaded and nobody asks makes room for another model") {
  const Json no_room = {{"error", "Error: insufficient system resources"}};
  ScriptedServer server(
      {.lists = {ListOf({NotLoaded("m"), NotLoaded("n")}), ListOf({NotLoaded("m"), NotLoaded("n")}),
                 ListOf({Loaded("m"), NotLoaded("n")})},
       .load = {LoadedReply("m"), Plain(500, no_room.dump()), LoadedReply("n")}});
  const auto plugin = PluginFor(server.url());
  plugin->Start(MAMC_BACKEND_ASK, Question()).result();
  plugin->Start(MAMC_BACKEND_ASK, Question({{"model", "n"}})).result();
  CHECK(server.actions() == std::vector<std::string>{"load", "ask", "load", "unload", "load", "ask"});
  CHECK(server.Bodies("unload").at(0)["instance_id"] == "m");
}

TEST_CASE("what somebody else loaded or somebody asks makes no room") {
  const Json no_room = {{"error", "Error: insufficient system resources"}};
  const HttpReply list_before = ListOf({NotLoaded("m"), NotLoaded("n")});
  Bench bench({.lists = {list_before, list_before, ListOf({Loaded("m"), NotLoaded("n")})},
               .load = {LoadedReply("m"), Plain(500, no_room.dump())}});
  DrivenCall first = bench.Ask();
  bench.gate.UntilWaiting(1);
  const auto outcome = bench.plugin->Run(MAMC_BACKEND_ASK, Question({{"model", "n"}}));
  CHECK(outcome.code == Code::kFailed);
  CHECK_THAT(outcome.json, Catch::Contains("NoMemory"));
  CHECK(bench.server.actions() == std::vector<std::string>{"load", "ask", "load"});
  bench.gate.Open();
  first.result();
}

TEST_CASE("a model that somebody asks is not loaded anew for a longer prompt") {
  HttpReply slow = Good();
  slow.pause = std::chrono::milliseconds(500);
  const Json too_long = {{"error", "The input has 40000 tokens, does not fit in context length"}};
  const HttpReply list_before = ListOf({NotLoaded("m")});
  ScriptedServer server({.chat = {slow, Plain(400, too_long.dump())},
                         .lists = {list_before, list_before, ListOf({Loaded("m")})},
                         .load = {LoadedReply("m")}});
  const auto plugin = PluginFor(server.url());
  DrivenCall first = plugin->Start(MAMC_BACKEND_ASK, Question());
  REQUIRE(plugin->loop().RunUntil([&] { return server.actions().size() == 2; }));
  CHECK_THAT(plugin->Run(MAMC_BACKEND_ASK, Question()).json, Catch::Contains("ContextOverflow"));
  CHECK(first.result()["text"] == "fine");
  CHECK(server.actions() == std::vector<std::string>{"load", "ask", "ask"});
}

TEST_CASE("a server that begins its list of models and does not end it is asked without") {
  ScriptedServer server({.lists = {Stream(": wait\n", 0, Ending::kStall)}});
  const auto plugin = PluginFor(server.url());
  const auto begun = std::chrono::steady_clock::now();
  CHECK(plugin->Start(MAMC_BACKEND_ASK, Question(), Within(*plugin, 8000)).result()["text"] == "fine");
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
}

TEST_CASE("a model that fails several times in a row is not asked until one try answers") {
  CapturedLog log;
  ScriptedServer server({.chat = {Plain(500, "oops"), Plain(500, "oops"), Good()}});
  const auto plugin = PluginFor(server.url(), {{"breaker_failures", 2}, {"breaker_pause_ms", 300}});
  for (int i = 0; i < 2; ++i) CHECK(plugin->Run(MAMC_BACKEND_ASK, Question()).code == Code::kTimeout);
  CHECK(log.Has({"failed too often in a row"}));
  const auto refused = plugin->Run(MAMC_BACKEND_ASK, Question());
  CHECK(refused.code == Code::kUnavailable);
  const Json details = Json::parse(refused.json)["details"];
  CHECK(details["class"] == "CircuitOpen");
  CHECK(details["retry_after_ms"] > 0);
  CHECK(details["retry_after_ms"] <= 300);
  CHECK(server.actions().size() == 2);
  CHECK(plugin->Start(MAMC_BACKEND_ASK, Question({{"model", "n"}})).result()["text"] == "fine");
  std::this_thread::sleep_for(std::chrono::milliseconds(details["retry_after_ms"].get<int>() + 20));
  CHECK(plugin->Start(MAMC_BACKEND_ASK, Question()).result()["text"] == "fine");
  CHECK(plugin->Start(MAMC_BACKEND_ASK, Question()).result()["text"] == "fine");
}

TEST_CASE("one question alone tries whether a model that failed answers again") {
  HttpReply slow = Good();
  slow.pause = std::chrono::milliseconds(400);
  ScriptedServer server({.chat = {Plain(500, "oops"), slow, Good()}});
  const auto plugin = PluginFor(server.url(), {{"breaker_failures", 1}, {"breaker_pause_ms", 50}});
  plugin->Run(MAMC_BACKEND_ASK, Question());
  std::this_thread::sleep_for(std::chrono::milliseconds(70));
  DrivenCall trying = plugin->Start(MAMC_BACKEND_ASK, Question());
  REQUIRE(plugin->loop().RunUntil([&] { return server.actions().size() == 2; }));
  CHECK_THAT(plugin->Run(MAMC_BACKEND_ASK, Question()).json, Catch::Contains("CircuitOpen"));
  CHECK(trying.result()["text"] == "fine");
  CHECK(plugin->Start(MAMC_BACKEND_ASK, Question()).result()["text"] == "fine");
}

TEST_CASE("failures that are not in a row do not keep a model from being asked") {
  ScriptedServer server({.chat = {Plain(500, "oops"), Good(), Plain(500, "oops"), Good()}});
  const auto plugin = PluginFor(server.url(), {{"breaker_failures", 2}});
  for (int i = 0; i < 3; ++i) plugin->Run(MAMC_BACKEND_ASK, Question());
  CHECK(plugin->Start(MAMC_BACKEND_ASK, Question()).result()["text"] == "fine");
}

TEST_CASE("a model that is slow within its answer is not taken for one that fails") {
  ScriptedServer server({.chat = {Stream(Content("half"), 0, Ending::kStall), Good()}});
  const auto plugin = PluginFor(server.url(), {{"breaker_failures", 1}, {"idle_timeout_ms", 100}});
  CHECK(plugin->Run(MAMC_BACKEND_ASK, Question()).code == Code::kTimeout);
  CHECK(plugin->Start(MAMC_BACKEND_ASK, Question()).result()["text"] == "fine");
}

TEST_CASE("what the question is to blame for does not count against its model") {
  ScriptedServer server({.chat = {Plain(400, "bad"), Plain(429, "{}"), Plain(400, "bad"), Good()}});
  const auto plugin = PluginFor(server.url(), {{"breaker_failures", 1}});
  for (int i = 0; i < 3; ++i) plugin->Run(MAMC_BACKEND_ASK, Question());
  CHECK(plugin->Start(MAMC_BACKEND_ASK, Question()).result()["text"] == "fine");
}

TEST_CASE("an instance that was loaded under another name is asked by that name") {
  Json loaded = Loaded("big");
  loaded["key"] = "m";
  ScriptedServer server({.lists = {ListOf({loaded})}});
  CHECK(PluginFor(server.url())->Start(MAMC_BACKEND_ASK, Question()).result()["text"] == "fine");
  CHECK(server.Bodies("ask").at(0)["model"] == "big");
}

TEST_CASE("an answer is bounded by the context of the loaded model unless the question says less") {
  ScriptedServer server({.lists = {ListOf({Loaded("m", 8192)})}});
  const auto plugin = PluginFor(server.url());
  plugin->Start(MAMC_BACKEND_ASK, Question()).result();
  plugin->Start(MAMC_BACKEND_ASK, Question({{"max_tokens", 9}})).result();
  CHECK(server.Bodies("ask").at(0)["max_tokens"] == 8192);
  CHECK(server.Bodies("ask").at(1)["max_tokens"] == 9);
}

TEST_CASE("the model is loaded with the context that is set") {
  ScriptedServer server({.lists = {ListOf({NotLoaded("m")}), ListOf({NotLoaded("m")}), ListOf({Loaded("m")})},
                         .load = {LoadedReply("m", 65'536)}});
  PluginFor(server.url(), {{"context_length", 65'536}})->Start(MAMC_BACKEND_ASK, Question()).result();
  CHECK(server.Bodies("load").at(0) ==
        Json::parse(R"({"model":"m","context_length":65536,"echo_load_config":true})"));
}

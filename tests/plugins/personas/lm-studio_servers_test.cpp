// Several servers: which one is asked, and what happens when one of them goes away.
#include <thread>

#include "lm_studio_script.hpp"
#include "support/captured_log.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::test::studio;

namespace {

struct Two {
  explicit Two(Script script_a, Script script_b, const Json& settings = Json::object())
      : a(std::move(script_a)),
        b(std::move(script_b)),
        plugin(PluginFor(a.url() + ", " + b.url(), settings)) {}
  Json Answer(const Json& extra = Json::object()) {
    return plugin->Start(MAMC_BACKEND_ASK, Question(extra)).result();
  }
  plugin::Outcome Ask(const Json& extra = Json::object()) {
    return plugin->Run(MAMC_BACKEND_ASK, Question(extra));
  }

  ScriptedServer a, b;
  std::unique_ptr<PluginDriver> plugin;
};

const std::vector<std::string> kAskedOnce = {"ask"};
const std::vector<std::string> kNothing;

std::string NobodyThere() {
  return "http://127.0.0.1:" + std::to_string(UnusedPort());
}

}  // namespace

TEST_CASE("of two servers the one with the model in memory is asked") {
  Two two({.lists = {ListOf({NotLoaded("m")})}, .load = {LoadedReply("m")}},
          {.lists = {ListOf({Loaded("m")})}});
  CHECK(two.Answer()["endpoint"] == two.b.url());
  CHECK(two.a.actions() == kNothing);
}

TEST_CASE("of two servers with the model the one with fewer questions is asked") {
  HttpReply slow = Good();
  slow.pause = std::chrono::milliseconds(500);
  Two two({.chat = {slow}, .lists = {ListOf({Loaded("m")})}}, {.lists = {ListOf({Loaded("m")})}});
  DrivenCall first = two.plugin->Start(MAMC_BACKEND_ASK, Question());
  REQUIRE(two.plugin->loop().RunUntil([&] { return two.a.actions() == kAskedOnce; }));
  CHECK(two.Answer()["endpoint"] == two.b.url());
  CHECK(first.result()["endpoint"] == two.a.url());
}

TEST_CASE("of two servers the one that is there is asked") {
  CapturedLog log;
  ScriptedServer server({});
  const auto plugin = PluginFor(NobodyThere() + "," + server.url());
  CHECK(plugin->Start(MAMC_BACKEND_ASK, Question()).result()["endpoint"] == server.url());
  CHECK_FALSE(log.Has({"not answered there"}));
}

TEST_CASE("a question that a server cannot take goes to the next one") {
  const auto [status, body] =
      GENERATE(std::pair<int, std::string>{503, "loading"}, std::pair<int, std::string>{429, "{}"},
               std::pair<int, std::string>{401, "{}"},
               std::pair<int, std::string>{404, R"({"error":"No models loaded."})"},
               std::pair<int, std::string>{500, R"({"error":"insufficient system resources"})"});
  CapturedLog log;
  Two two({.chat = {Plain(status, body)}}, {});
  CHECK(two.Answer()["endpoint"] == two.b.url());
  CHECK(two.a.actions() == kAskedOnce);
  CHECK(log.Has({"not answered there: " + two.a.url()}));
}

TEST_CASE("a question that a server took is not asked elsewhere at once") {
  Two two({.chat = {Plain(500, "oops")}}, {});
  CHECK(two.Ask().code == Code::kTimeout);
  CHECK(two.b.actions() == kNothing);
}

TEST_CASE("what all servers refuse is told as what passes when there is such") {
  Two two({.chat = {Plain(404, R"({"error":"No models loaded."})")}}, {.chat = {Plain(503, "starting")}});
  const auto outcome = two.Ask();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("starting"));
}

TEST_CASE("a model that fails at one server is asked at the other") {
  CapturedLog log;
  Two two({.chat = {Plain(500, "oops")}}, {}, {{"breaker_failures", 1}});
  CHECK(two.Ask().code == Code::kTimeout);
  CHECK(two.Answer()["endpoint"] == two.b.url());
  CHECK_FALSE(log.Has({"not answered there"}));
}

TEST_CASE("a persona may pin one of the servers") {
  Two two({}, {});
  CHECK(two.Answer({{"options", {{"endpoint", two.b.url() + "/v1/"}}}})["endpoint"] == two.b.url());
  CHECK_FALSE(two.b.Bodies("ask").at(0).contains("endpoint"));
  const auto unknown = two.Ask({{"options", {{"endpoint", "http://192.0.2.7:1"}}}});
  CHECK(unknown.code == Code::kInvalid);
  CHECK_THAT(unknown.Message(), Catch::Contains("http://192.0.2.7:1") && Catch::Contains("add it there"));
}

TEST_CASE("the models of all servers that answer are described") {
  Two two({.lists = {ListOf({Loaded("m", 8192), NotLoaded("n"), Loaded("p", 1024)})}},
          {.lists = {ListOf({Loaded("m", 4096), Loaded("n", 2048), Loaded("o"), Loaded("p")})}});
  const Json both = two.plugin->Start(MAMC_BACKEND_DESCRIBE, Json::object()).result();
  CHECK(both["models"] == Json::parse(R"([{"id":"m","loaded":true,"context_length":4096,"slots":4},
                                          {"id":"n","loaded":true,"context_length":2048,"slots":4},
                                          {"id":"p","loaded":true,"context_length":1024,"slots":4},
                                          {"id":"o","loaded":true,"context_length":32768,"slots":4}])"));
  const auto half = PluginFor(NobodyThere() + " " + two.a.url());
  CHECK(half->Start(MAMC_BACKEND_DESCRIBE, Json::object()).result()["endpoint"] == two.a.url());
  const auto none = PluginFor(NobodyThere() + "," + NobodyThere());
  CHECK(none->Run(MAMC_BACKEND_DESCRIBE, Json::object()).code == Code::kUnavailable);
}

TEST_CASE("a server that is away while another answers is a warning") {
  ScriptedServer server({.lists = {ListOf({Loaded("m")})}});
  const std::string away = NobodyThere();
  const Json tested = PluginFor(away + "," + server.url())->Start(0, Json::object()).result();
  INFO(tested.dump());
  CHECK(tested["ok"] == true);
  CHECK_THAT(tested.dump(), Catch::Contains(away) && Catch::Contains("warning"));
}

TEST_CASE("a base URL that is none is refused with its words") {
  CHECK_THROWS_WITH(PluginFor("localhost:1234"), Catch::Contains("must begin with http://"));
  CHECK_THROWS_WITH(PluginFor(" , "), Catch::Contains("names no server"));
}

// A machine whose power is cut says nothing at all: its connection stays open, and a second one is not made.
TEST_CASE("a machine that goes away while it is to answer is noticed before its clocks end") {
  ScriptedServer server({.chat = {Silent()}});
  const auto plugin = PluginFor(server.url(), {{"liveness_interval_ms", 30}});
  DrivenCall call = plugin->Start(MAMC_BACKEND_ASK, Question());
  REQUIRE(plugin->loop().RunUntil([&] { return server.actions() == kAskedOnce; }));
  server.StopListening();
  const auto outcome = call.Wait();
  CHECK(outcome.code == Code::kTimeout);
  CHECK_THAT(outcome.json, Catch::Contains("Lost"));
  CHECK_THAT(outcome.Message(), Catch::Contains("went away before it had answered"));
}

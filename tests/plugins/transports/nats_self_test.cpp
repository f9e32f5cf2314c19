// The self-test of the transport `nats`.
#include "nats_client.hpp"
#include "support/nats_server.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

// A server with a boss, and the user mamc who has these permissions alone.
std::string Users(const std::string& permissions) {
  return "authorization {users: [{user: boss, password: pw}, {user: mamc, password: pw, permissions: {" +
         permissions + "}}]}";
}

Json SelfTest(const NatsServer& server, const std::string& user, const Json& more = Json::object()) {
  Json settings = server.Settings({{"user", user}});
  settings.update(more);
  Nats nats(settings);
  nats.driver().secrets["NATS_PASSWORD"] = "pw";
  return nats.Start(MAMC_VERB_SELFTEST, {{"streams", {"s", "t.u"}}}).result();
}

}  // namespace

TEST_CASE("the self-test names all that the user may not do and changes nothing") {
  NatsServer server(Users(R"(publish: {deny: ["s", "t=2Eu.dead.>", "$JS.API.STREAM.PURGE.s=dead",
      "$JS.API.STREAM.CREATE.KV_mamc", "$JS.ACK.s.>", "$JS.API.CONSUMER.MSG.NEXT.>"]}, subscribe: {deny: "mamc.channel.>"})"));
  Nats boss(server.Settings({{"user", "boss"}}));
  boss.driver().secrets["NATS_PASSWORD"] = "pw";
  boss.Publish("x");
  const Json login = {{"user", "boss"}, {"pass", "pw"}};
  const auto streams = [&] {
    Json all = Json::parse(server.Ask("$JS.API.STREAM.LIST", "", login))["streams"];
    for (Json& stream : all) stream.erase("ts");
    return all;
  };
  const Json before = streams();
  const Json said = SelfTest(server, "mamc");
  CHECK(said["ok"] == false);
  REQUIRE(said["findings"].size() == 1);
  const Json& finding = said["findings"][0];
  CHECK(finding["level"] == "problem");
  CHECK(finding["code"] == MAMC_E_PERMISSION);
  const std::string text = finding["text"];
  for (const char* denied : {"user mamc", " s,", "t=2Eu.dead.0-0.", "$JS.API.STREAM.PURGE.s=dead",
                             "$JS.API.STREAM.CREATE.KV_mamc", "$JS.ACK.s.", "$JS.API.CONSUMER.MSG.NEXT.s.",
                             "$JS.API.CONSUMER.MSG.NEXT.t=2Eu=dead.", "mamc.channel."})
    CHECK_THAT(text, Catch::Contains(denied));
  for (const char* allowed : {"STREAM.INFO", "STREAM.PURGE.s,", "$JS.ACK.t", "$KV", "CONSUMER.LIST"})
    CHECK_THAT(text, !Catch::Contains(allowed));
  CHECK_THAT(finding["advice"].get<std::string>(), Catch::Contains("NATS_USER"));
  CHECK(streams() == before);
}

TEST_CASE("the self-test is content with the permissions that the README lists") {
  const bool prefixed = GENERATE(false, true);
  std::string publish;
  const std::string p = prefixed ? "team." : "", k = prefixed ? "team=2E" : "",
                    kv = prefixed ? "team=2E" : "";
  for (const std::string name : {"s", "t=2Eu"})
    publish += "\"" + p + name + "\", \"" + p + name + ".dead.>\", \"$JS.ACK." + k + name + ".>\", ";
  publish += "\"" + p + "mamc.channel.>\", \"$KV." + kv + "mamc.>\", ";
  for (const std::string call :
       {"INFO", "STREAM.INFO.*", "STREAM.CREATE.*", "STREAM.PURGE.*", "STREAM.MSG.GET.*", "CONSUMER.CREATE.*",
        "CONSUMER.DURABLE.CREATE.*.*", "CONSUMER.LIST.*", "CONSUMER.DELETE.*.*", "CONSUMER.MSG.NEXT.*.*"})
    publish += "\"$JS.API." + call + "\", ";
  publish += "\"$JS.API.STREAM.MSG.DELETE.KV_" + kv + "mamc\"";
  NatsServer server(Users("publish: {allow: [" + publish + "]}, subscribe: {allow: [\"_INBOX.>\", \"" + p +
                          "mamc.channel.>\"]}"));
  const Json said = SelfTest(server, "mamc", prefixed ? Json{{"prefix", "team."}} : Json::object());
  INFO(said);
  CHECK(said["ok"] == true);
  CHECK_THAT(said["facts"].back().get<std::string>(), Catch::Contains("user mamc may do all"));
}

TEST_CASE("the self-test is not misled by somebody who only listens to everything") {
  NatsServer server;
  Nats nats(server.Settings());
  nats.Publish("x");
  NatsResponder silent(server, ">", [](const std::string&) { return std::nullopt; });
  const Json said = nats.Start(MAMC_VERB_SELFTEST, {{"streams", {"s"}}}).result();
  INFO(said);
  CHECK(said["ok"] == true);
}

TEST_CASE("the self-test says what is wrong with the server and what to do") {
  NatsServer without("", "");
  const Json none = Nats(without.Settings()).Start(MAMC_VERB_SELFTEST, Json::object()).result();
  CHECK(none["ok"] == false);
  CHECK(none["findings"][0]["code"] == MAMC_E_UNSUPPORTED);
  CHECK_THAT(none["findings"][0]["advice"].get<std::string>(), Catch::Contains("README"));

  const Json settings = {{"url", "nats://127.0.0.1:" + std::to_string(FreePort())}};
  const Json away = Nats(settings).Start(MAMC_VERB_SELFTEST, Json::object()).result();
  CHECK(away["findings"][0]["code"] == MAMC_E_UNAVAILABLE);
  CHECK_THAT(away["findings"][0]["advice"].get<std::string>(), Catch::Contains("NATS_URL"));
}

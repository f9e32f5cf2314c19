#include <algorithm>

#include "nats_client.hpp"
#include "support/transport_contract.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

// One server for all sentences of the contract; each works under a prefix of its own.
TransportUnderTest Make() {
  static NatsServer server;
  static int sentence = 0;
  const Json settings = server.Settings({{"prefix", "s" + std::to_string(++sentence) + "."}});
  return {std::make_unique<PluginDriver>(plugin::Kind::kTransport, "nats", settings), nullptr};
}

}  // namespace

MAMC_TRANSPORT_CONTRACT(Make)

// ---- the wire ----

TEST_CASE("fields that a foreign program wrote are delivered and ours can be read by it") {
  NatsServer server;
  Nats nats(server.Settings());
  DrivenCall call = nats.Start(MAMC_TRANSPORT_CONSUME, {{"stream", "machine:requests"},
                                                        {"group", "machine:personas:lead-engineer"},
                                                        {"consumer", "worker-1"},
                                                        {"credit", 3},
                                                        {"idle_ms", 60'000}});
  nats.Start(MAMC_TRANSPORT_PUBLISH, {{"stream", "machine:requests"}, {"fields", {{"corr_id", "c-1"}}}})
      .result();
  const Json fields = {{"to_persona", "lead-engineer"}, {"payload", "{\"task\":1}"}, {"corr_id", "c-2"}};
  CHECK_THAT(server.Ask("machine:requests", fields.dump()), Catch::Contains("\"seq\":2"));
  server.Ask("machine:requests", "no JSON");
  CHECK(call.NextEmit().json["fields"] == Json{{"corr_id", "c-1"}});
  const Json message = call.NextEmit().json;
  CHECK(message["fields"] == fields);
  CHECK_THAT(message["id"].get<std::string>(), Catch::EndsWith("-2"));
  // The time within the id is the server's, since the program told none.
  CHECK(std::stoll(message["id"].get<std::string>()) > 1'600'000'000'000);
  CHECK(call.NextEmit().json["fields"] == Json{{"data", "no JSON"}});
  CHECK_THAT(
      server.Api("STREAM.MSG.GET.machine:requests", {{"seq", 1}})["message"]["data"].get<std::string>(),
      Catch::Equals("eyJjb3JyX2lkIjoiYy0xIn0="));
}

TEST_CASE("a message whose headers look like the server's own word is delivered") {
  NatsServer server;
  Nats nats(server.Settings());
  DrivenCall call = nats.Consume();
  nats.Publish("first");
  server.Publish("s", "Status: 503", "");
  nats.Publish("last");
  CHECK(TextOf(call.NextEmit()) == "first");
  const Json odd = call.NextEmit().json;
  CHECK(odd["fields"] == Json{{"data", ""}});
  CHECK(TextOf(call.NextEmit()) == "last");
  nats.Ack(odd["id"]);
}

TEST_CASE("what is nested too deep is delivered as it was written") {
  NatsServer server;
  Nats nats(server.Settings());
  DrivenCall call = nats.Consume();
  nats.Publish("first");
  call.NextEmit();
  const std::string list = std::string(200'000, '['),
                    object = "{\"a\":" + list + std::string(200'000, ']') + "}";
  server.Ask("s", object);
  CHECK(call.NextEmit().json["fields"] == Json{{"data", object}});
  nats.Start(MAMC_TRANSPORT_PUT, {{"key", "k"}, {"value", 1}}).result();
  const std::string key =
      server.Api("STREAM.INFO.KV_mamc", {{"subjects_filter", ">"}})["state"]["subjects"].begin().key();
  server.Ask(key, object);
  CHECK(nats.Start(MAMC_TRANSPORT_GET, {{"key", "k"}}).result()["value"] == object);
}

TEST_CASE("an answer that JetStream never gives fails what was asked") {
  NatsServer server("", "");
  const std::string answer = GENERATE(R"({"error": {"err_code": "many", "code": 500}})",
                                      R"({"message": {"seq": "first"}})", R"({"error": {"description": 7}})");
  INFO(answer);
  NatsResponder responder(server, "$JS.API.>", [&](const std::string& subject) {
    return NatsResponder::Reply{subject == "$JS.API.STREAM.INFO.KV_mamc" ? "{}" : answer};
  });
  Nats nats(server.Settings());
  const auto outcome = nats.Try(MAMC_TRANSPORT_GET, {{"key", "k"}});
  CHECK(outcome.code == Code::kFailed);
  CHECK_THAT(outcome.Message(), Catch::Contains("$JS.API.STREAM.MSG.GET.KV_mamc"));
}

// ---- dead letters ----

TEST_CASE("dead letters that vanish while they are listed end the list") {
  NatsServer server("", "");
  NatsResponder responder(server, "$JS.API.>", [](const std::string& subject) {
    return subject.starts_with("$JS.API.CONSUMER.MSG.NEXT.")
               ? NatsResponder::Reply{"", "404 No Messages"}
               : NatsResponder::Reply{R"({"name": "c", "num_pending": 3})"};
  });
  Nats nats(server.Settings());
  CHECK(nats.Start(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "s"}}).result()["messages"] == Json::array());
}

TEST_CASE("a list of dead letters that is cancelled takes its consumer with it") {
  NatsServer server("", "");
  NatsResponder responder(server, "$JS.API.>",
                          [](const std::string& subject) -> std::optional<NatsResponder::Reply> {
                            if (subject.starts_with("$JS.API.CONSUMER.MSG.NEXT.")) return std::nullopt;
                            return NatsResponder::Reply{R"({"name": "c", "num_pending": 3})"};
                          });
  Nats nats(server.Settings());
  DrivenCall call = nats.Start(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "s"}});
  REQUIRE(nats.Until([&] { return responder.Heard("$JS.API.CONSUMER.MSG.NEXT.s=dead.c") > 0; }));
  call.Cancel();
  CHECK(call.Wait().code == Code::kCancelled);
  CHECK(nats.Until([&] { return responder.Heard("$JS.API.CONSUMER.DELETE.s=dead.c") > 0; }));
}

TEST_CASE("everything on the server begins with the prefix") {
  NatsServer server;
  Nats nats(server.Settings({{"prefix", "team.a-"}}));
  DrivenCall call = nats.Consume();
  const std::string id = nats.Publish("x");
  call.NextEmit();
  nats.Start(MAMC_TRANSPORT_DEAD, {{"stream", "s"}, {"group", "g"}, {"id", id}, {"reason", "r"}}).result();
  nats.Start(MAMC_TRANSPORT_LEASE, {{"name", "l"}, {"owner", "o"}, {"ttl_ms", 60'000}}).result();
  std::vector<std::string> names = server.Api("STREAM.NAMES")["streams"];
  std::sort(names.begin(), names.end());
  CHECK(names == std::vector<std::string>{"KV_team=2Ea-mamc", "team=2Ea-s", "team=2Ea-s=dead"});
  CHECK(server.Api("STREAM.INFO.team=2Ea-s")["config"]["subjects"] == Json{"team.a-s"});
}

TEST_CASE("names of any text are told apart on the server") {
  NatsServer server;
  Nats nats(server.Settings());
  const std::vector<std::string> names = {"a.b",
                                          "a=2Eb",
                                          "a b",
                                          "a*b",
                                          "a>b",
                                          "a/b",
                                          "KV_mamc",
                                          "=4BV_mamc",
                                          "\n\x01",
                                          "日本",
                                          "a\\b",
                                          std::string(256, '.'),
                                          std::string(255, '.') + "x",
                                          std::string(256, 'x')};
  for (const std::string& name : names)
    nats.Start(MAMC_TRANSPORT_PUBLISH, {{"stream", name}, {"fields", {{"text", name}}}}).result();
  nats.Start(MAMC_TRANSPORT_PUT, {{"key", "k"}, {"value", 1}}).result();
  CHECK(server.Api("STREAM.NAMES")["total"] == names.size() + 1);  // and one that keeps the value
  for (const std::string& name : names) {
    INFO(name);
    DrivenCall call = nats.Start(
        MAMC_TRANSPORT_CONSUME,
        {{"stream", name}, {"group", name}, {"consumer", "c"}, {"credit", 9}, {"idle_ms", 60'000}});
    CHECK(TextOf(call.NextEmit()) == name);
  }
}

TEST_CASE("a message that is larger than the server takes is refused with its limit") {
  NatsServer server("max_payload: 10000");
  Nats nats(server.Settings());
  const auto outcome = nats.StartPublish(std::string(20'000, 'x')).Wait();
  CHECK(outcome.code == Code::kLimit);
  CHECK_THAT(outcome.Message(), Catch::Contains("max_payload") && Catch::Contains("10000"));
  nats.Publish("small");
}

// ---- who has a message ----

TEST_CASE("a message that another process was given is stale for the one before") {
  NatsServer server;
  Nats first(server.Settings()), second(server.Settings());
  DrivenCall anna = first.Consume(1, 300, "anna");
  const std::string id = first.Publish("slow");
  CHECK(TextOf(anna.NextEmit()) == "slow");
  DrivenCall bert = second.Consume(1, 300, "bert");
  CHECK(bert.NextEmit().json["delivery"] == 2);
  const Json extend = {{"stream", "s"}, {"group", "g"}, {"id", id}, {"consumer", "anna"}};
  CHECK(first.Try(MAMC_TRANSPORT_EXTEND, extend).code == Code::kStale);
}

TEST_CASE("an extension learns from the note of a redelivery that the message is another's") {
  NatsServer server;
  Nats nats(server.Settings());
  DrivenCall anna = nats.Consume(1);
  const std::string id = nats.Publish("slow");
  anna.NextEmit();
  const Json extend = {{"stream", "s"}, {"group", "g"}, {"id", id}, {"consumer", "anna"}};
  CHECK(nats.Try(MAMC_TRANSPORT_EXTEND, extend).code == Code::kOk);
  nats.Start(MAMC_TRANSPORT_PUT, {{"key", "k"}, {"value", 1}}).result();
  // As another process would write it that was given the message a second time.
  const Json consumers = server.Api("CONSUMER.LIST.s", {{"offset", 0}})["consumers"];
  const std::string group = consumers[0]["name"];
  const std::string token = "g=40" + group.substr(2) + "=2Fs";
  CHECK_THAT(server.Ask("$KV.mamc.note." + token + ".1", "2"), Catch::Contains("seq"));
  CHECK(nats.Try(MAMC_TRANSPORT_EXTEND, extend).code == Code::kStale);
}

// nats-server 2.9 dies of a message that is asked of a stream while it is being made.
TEST_CASE("two leases that are asked for at once have one owner") {
  NatsServer server;
  Nats anna(server.Settings()), bert(server.Settings());
  for (int i = 0; i < 20; ++i) {
    const auto lease = [&](const char* owner) {
      return Json{{"name", std::to_string(i)}, {"owner", owner}, {"ttl_ms", 60'000}};
    };
    DrivenCall one = anna.Start(MAMC_TRANSPORT_LEASE, lease("anna"));
    DrivenCall other = bert.Start(MAMC_TRANSPORT_LEASE, lease("bert"));
    const bool anna_has = one.Wait().code == Code::kOk, bert_has = other.Wait().code == Code::kOk;
    CHECK(anna_has != bert_has);
  }
}

TEST_CASE("a lease in a bucket that is emptied while it is looked at can be taken") {
  NatsServer server("", "");
  int asked = 0;
  NatsResponder api(server, "$JS.API.>", [&](const std::string& subject) {
    if (!subject.starts_with("$JS.API.STREAM.MSG.GET.")) return NatsResponder::Reply{"{}"};
    if (++asked > 1) return NatsResponder::Reply{R"({"error": {"err_code": 10059, "code": 404}})"};
    return NatsResponder::Reply{
        R"({"message": {"subject": "$KV.mamc.lease.l", "seq": 1, "time": "2026-01-01T00:00:00Z", "data": "b3RoZXI=",
            "hdrs": "TkFUUy8xLjANCk1hbWMtVHRsLU1zOiA2MDAwMA0KDQo="}})"};  // other's, for a minute
  });
  NatsResponder bucket(server, "$KV.>", [](const std::string&) {
    return NatsResponder::Reply{R"({"stream": "KV_mamc", "seq": 1})"};
  });
  Nats nats(server.Settings());
  const Json lease = {{"name", "l"}, {"owner", "me"}, {"ttl_ms", 60'000}};
  CHECK(nats.Start(MAMC_TRANSPORT_LEASE, lease).result()["owner"] == "me");
  CHECK(bucket.Heard("$KV.mamc.lease.l") == 1);
}

// ---- what cannot work ----

TEST_CASE("a server that is not there is told with address and reason") {
  const int port = FreePort();
  const std::string place = "127.0.0.1:" + std::to_string(port);
  Nats nats(Json{{"url", "nats://" + place}});
  for (const auto& outcome : {nats.StartPublish("x").Wait(), nats.Read().Wait(), nats.Consume().Wait()}) {
    CHECK(outcome.code == Code::kUnavailable);
    CHECK_THAT(outcome.Message(), Catch::Contains(place));
    CHECK_THAT(outcome.Message(), Catch::Contains("Connection refused"));
    CHECK_THAT(outcome.Message(), Catch::Contains("NATS_URL"));
  }
}

TEST_CASE("a server without JetStream is refused with what it needs") {
  NatsServer server("", "");
  Nats nats(server.Settings());
  for (const auto& outcome : {nats.StartPublish("x").Wait(), nats.Read().Wait(), nats.Consume().Wait()}) {
    CHECK(outcome.code == Code::kUnsupported);
    CHECK_THAT(outcome.Message(), Catch::Contains("JetStream"));
  }
}

TEST_CASE("whatever is asked first of a server that refuses the login fails with its words") {
  NatsServer server("authorization {user: mamc, password: right}");
  const auto [verb, input] = GENERATE(table<std::uint32_t, Json>({
      {MAMC_TRANSPORT_GET, {{"key", "k"}}},
      {MAMC_TRANSPORT_PUT, {{"key", "k"}, {"value", 1}, {"ttl_ms", 1000}}},
      {MAMC_TRANSPORT_LEASE, {{"name", "l"}, {"owner", "me"}, {"ttl_ms", 1000}}},
      {MAMC_TRANSPORT_READ, {{"stream", "s"}, {"from", "$"}, {"credit", 1}}},
      {MAMC_TRANSPORT_CONSUME,
       {{"stream", "s"}, {"group", "g"}, {"consumer", "c"}, {"credit", 1}, {"idle_ms", 1000}}},
      {MAMC_TRANSPORT_PUBLISH, {{"stream", "s"}, {"fields", {{"a", "b"}}}}},
      {MAMC_TRANSPORT_ACK, {{"stream", "s"}, {"group", "g"}, {"id", "1-1"}}},
      {MAMC_TRANSPORT_DEAD_LIST, {{"stream", "s"}}},
      {MAMC_TRANSPORT_DEAD_REPLAY, {{"stream", "s"}, {"id", "1-1"}}},
  }));
  INFO(verb);
  Nats nats(Quick(server));
  const auto outcome = nats.Start(verb, input).Wait();
  CHECK(outcome.code == Code::kPermission);
  CHECK_THAT(outcome.Message(), Catch::Contains("Authorization"));
}

TEST_CASE("a wrong password is told in the words of the server and the right one opens") {
  NatsServer server("authorization {user: mamc, password: right}");
  Nats none(server.Settings());
  CHECK(none.StartPublish("x").Wait().code == Code::kPermission);

  Nats wrong(server.Settings({{"user", "mamc"}}));
  wrong.driver().secrets["NATS_PASSWORD"] = "hunter2";
  for (const auto& outcome : {wrong.StartPublish("x").Wait(), wrong.Consume().Wait()}) {
    CHECK(outcome.code == Code::kPermission);
    CHECK_THAT(outcome.Message(), Catch::Contains("Authorization Violation"));
    CHECK_THAT(outcome.Message(), Catch::Contains("NATS_PASSWORD"));
    CHECK_THAT(outcome.Message(), !Catch::Contains("hunter2"));
  }

  Nats right(server.Settings({{"user", "mamc"}}));
  right.driver().secrets["NATS_PASSWORD"] = "right";
  right.Publish("x");

  Nats url(Json::object());
  url.driver().secrets["NATS_URL"] = "nats://mamc:right@127.0.0.1:" + std::to_string(server.port());
  url.Publish("x");
}

TEST_CASE("a token opens") {
  NatsServer server("authorization {token: s3cret}");
  Nats url(Json::object());
  url.driver().secrets["NATS_URL"] = "nats://s3cret@127.0.0.1:" + std::to_string(server.port());
  url.Publish("x");
  Nats secret(server.Settings());
  secret.driver().secrets["NATS_TOKEN"] = "s3cret";
  secret.Publish("x");
}

TEST_CASE("a user without a needed permission is told which one") {
  const std::string subject = GENERATE("s", "$JS.API.STREAM.INFO.s", "$JS.API.CONSUMER.DURABLE.CREATE.s.>");
  NatsServer server(
      "authorization {users: [{user: boss, password: pw}, {user: mamc, password: pw, permissions: {"
      "publish: {deny: \"" +
      subject + "\"}}}]}");
  Nats boss(server.Settings({{"user", "boss"}}));
  boss.driver().secrets["NATS_PASSWORD"] = "pw";
  boss.Publish("x");
  Nats nats(server.Settings({{"user", "mamc"}}));
  nats.driver().secrets["NATS_PASSWORD"] = "pw";
  const auto outcome = subject == "s" ? nats.StartPublish("x").Wait() : nats.Consume().Wait();
  CHECK(outcome.code == Code::kPermission);
  CHECK_THAT(outcome.Message(), Catch::Contains("Permissions Violation for Publish to") &&
                                    Catch::Contains(subject.substr(0, subject.find('>'))));
  CHECK_THAT(outcome.Message(), Catch::Contains("transports.nats.user"));
}

TEST_CASE("a user who may not hear answers is told so and the server is not asked in a hot loop") {
  NatsServer server(
      "authorization {users: [{user: mamc, password: pw, permissions: {subscribe: {deny: \"_INBOX.>\"}}}]}");
  Nats nats(server.Settings({{"user", "mamc"}}));
  nats.driver().secrets["NATS_PASSWORD"] = "pw";
  const auto outcome = nats.StartPublish("x").Wait();
  CHECK(outcome.code == Code::kPermission);
  CHECK_THAT(outcome.Message(), Catch::Contains("Permissions Violation for Subscription to \"_INBOX."));
  nats.Let(500);
  const std::string log = server.folder().Read("log");
  int refusals = 0;
  for (std::size_t at = 0; (at = log.find("Subscription Violation", at)) != std::string::npos; ++at)
    ++refusals;
  CHECK(refusals > 0);
  CHECK(refusals < 20);
}

TEST_CASE("a subject that somebody else's stream takes is told") {
  NatsServer server;
  server.Api("STREAM.CREATE.theirs", {{"name", "theirs"}, {"subjects", {"s"}}});
  Nats nats(server.Settings());
  for (const auto& outcome : {nats.StartPublish("x").Wait(), nats.Consume().Wait()}) {
    CHECK(outcome.code == Code::kConflict);
    CHECK_THAT(outcome.Message(), Catch::Contains("transports.nats.prefix"));
  }
}

TEST_CASE("wrong settings are refused by name") {
  for (const Json& settings :
       {Json{{"url", "http://x"}}, Json{{"url", "nats://x:70000"}}, Json{{"url", "nats://%zz@x"}},
        Json{{"url", "nats://x,redis://y"}}, Json{{"url", "nats://x/y"}}, Json{{"tls_cert_file", "/x"}},
        Json{{"nkey", "U"}}, Json{{"prefix", "a..b"}}, Json{{"prefix", "a b"}}, Json{{"prot", 1}}}) {
    INFO(settings);
    CHECK_THROWS(Nats(settings));
  }
  NatsServer server;
  Nats tls(server.Settings({{"tls", true}, {"tls_ca_file", "/nowhere/ca.crt"}}));
  CHECK_THAT(tls.StartPublish("x").Wait().Message(), Catch::Contains("tls_ca_file"));
  Nats creds(server.Settings({{"creds_file", "/nowhere/mamc.creds"}}));
  CHECK_THAT(creds.StartPublish("x").Wait().Message(), Catch::Contains("creds"));
}

// ---- TLS ----

TEST_CASE("TLS works with the right certificate and is refused with another") {
  TempDir folder;
  MakeCertificate(folder.path(), "server", "DNS:localhost,IP:127.0.0.1");
  MakeCertificate(folder.path(), "other", "DNS:localhost,IP:127.0.0.1");
  const auto path = [&](const char* name) { return (folder / name).string(); };
  NatsServer server("tls {cert_file: \"" + path("server.crt") + "\", key_file: \"" + path("server.key") +
                    "\"}");
  const std::string url = "tls://localhost:" + std::to_string(server.port());
  Nats good({{"url", url}, {"tls_ca_file", path("server.crt")}});
  DrivenCall consumer = good.Consume();
  good.StartPublish(std::string(300'000, 'x')).result();
  CHECK(TextOf(consumer.NextEmit()).size() == 300'000);

  Nats untrusted({{"url", url}, {"tls_ca_file", path("other.crt")}});
  const auto refused = untrusted.StartPublish("x").Wait();
  CHECK(refused.code == Code::kUnavailable);
  CHECK_THAT(refused.Message(), Catch::Contains("TLS: ") && Catch::Contains("certificate"));
  CHECK_THAT(refused.Message(), Catch::Contains("tls_ca_file"));

  Nats plain(server.Settings());
  const auto told = plain.StartPublish("x").Wait();
  CHECK(told.code == Code::kUnavailable);
  CHECK_THAT(told.Message(), Catch::Contains("transports.nats.tls"));
}

TEST_CASE("a certificate of another host is refused") {
  TempDir folder;
  MakeCertificate(folder.path(), "elsewhere", "DNS:example.com");
  const auto path = [&](const char* name) { return (folder / name).string(); };
  NatsServer server("tls {cert_file: \"" + path("elsewhere.crt") + "\", key_file: \"" +
                    path("elsewhere.key") + "\"}");
  Nats nats(
      {{"url", "tls://localhost:" + std::to_string(server.port())}, {"tls_ca_file", path("elsewhere.crt")}});
  const auto outcome = nats.StartPublish("x").Wait();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("TLS: "));
}

TEST_CASE("TLS to a server without it is told") {
  NatsServer server;
  Nats nats(server.Settings({{"tls", true}}));
  const auto outcome = nats.StartPublish("x").Wait();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("TLS is asked for"));
}

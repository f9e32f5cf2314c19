// Servers that are away, come back, or have lost something.
#include "nats_client.hpp"
#include "support/captured_log.hpp"
#include "support/server_process.hpp"
#include "support/transport_outages.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

std::unique_ptr<RealServer> Make() {
  return std::make_unique<NatsServer>();
}

Json About(const std::string& id, const Json& more = Json::object()) {
  Json input = {{"stream", "s"}, {"group", "g"}, {"id", id}};
  input.update(more);
  return input;
}

std::uint64_t Kept(const NatsServer& server, const std::string& stream) {
  return server.Api("STREAM.INFO." + stream)["state"].value("messages", std::uint64_t{0});
}

}  // namespace

MAMC_TRANSPORT_OUTAGES("nats", Make)

// ---- what cannot work ----

TEST_CASE("a server whose JetStream is silent is waited for no longer than the limit") {
  NatsServer server("", "");
  NatsResponder silent(server, "$JS.API.>", [](const std::string&) { return std::nullopt; });
  Nats nats(Quick(server, {{"outage_limit_ms", 500}}));
  const auto outcome = nats.Try(MAMC_TRANSPORT_GET, {{"key", "k"}});
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("no answer to $JS.API.STREAM.INFO.KV_mamc"));
}

TEST_CASE("a server that falls silent while TLS is agreed on is given up") {
  // To the end of the process, as the threads that wait for it: ended with it, they would race with the exit.
  static SilentServer& server =
      *new SilentServer(R"(INFO {"server_id":"s","version":"2.9.10","headers":true,"tls_required":true})"
                        "\r\n");
  Nats nats({{"url", "tls://127.0.0.1:" + std::to_string(server.port())}, {"answer_timeout_ms", 100}});
  DrivenCall publish = nats.StartPublish("x");
  server.WaitForClient();
  const auto outcome = publish.Wait();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("no connection was made in 300 ms"));
}

TEST_CASE("a message of which no word can be left is not given to a second worker") {
  NatsServer server(
      "authorization {users: [{user: boss, password: pw}, {user: mamc, password: pw, permissions: {"
      "publish: {deny: \"$KV.>\"}}}]}");
  Nats boss(server.Settings({{"user", "boss"}}));
  boss.driver().secrets["NATS_PASSWORD"] = "pw";
  boss.Start(MAMC_TRANSPORT_PUT, {{"key", "k"}, {"value", 1}}).result();
  Nats nats(server.Settings({{"user", "mamc"}}));
  nats.driver().secrets["NATS_PASSWORD"] = "pw";
  CapturedLog log;
  DrivenCall anna = nats.Consume(1, 100);
  boss.Publish("x");
  CHECK(TextOf(anna.NextEmit()) == "x");
  REQUIRE(nats.Until([&] { return log.Has({"is not given out again"}); }));
  CHECK_FALSE(anna.HasEmit());
}

// ---- healing ----

TEST_CASE("a server that was killed and comes back with its store has lost nothing") {
  NatsServer server;
  Nats nats(Quick(server));
  DrivenCall reader = nats.Read(), consumer = nats.Consume(10, 2'000);
  const std::string held = nats.Publish("held");
  CHECK(TextOf(consumer.NextEmit()) == "held");
  nats.Publish("waits");
  const std::string done = consumer.NextEmit().json["id"];
  nats.Ack(done);
  nats.Let(300);  // what the server knows of the group is on its disk

  server.Kill();
  DrivenCall during = nats.StartPublish("during");
  DrivenCall extend = nats.Start(MAMC_TRANSPORT_EXTEND, About(held, {{"consumer", "anna"}}));
  nats.Let(500);
  CHECK_FALSE(during.completed());
  CHECK_FALSE(extend.completed());
  server.StartWithItsStore();
  during.result();
  CHECK(extend.Wait().code == Code::kOk);
  std::set<std::string> read;
  CHECK(nats.Until([&] {
    Collect(reader, read);
    return read == std::set<std::string>{"held", "waits", "during"};
  }));
  const Emitted fresh = consumer.NextEmit();
  CHECK(TextOf(fresh) == "during");
  nats.Ack(fresh.json["id"]);
  // It was still ours, and comes again now that nobody extends it.
  const Json again = consumer.NextEmit().json;
  CHECK(again["id"] == held);
  CHECK(again["delivery"] == 2);
}

TEST_CASE("an acknowledgement from before the server was emptied meets no message of after") {
  NatsServer server;
  Nats nats(Quick(server)), other(Quick(server));
  DrivenCall consumer = nats.Consume(1);
  const std::string before = nats.Publish("before");
  consumer.NextEmit();
  server.Kill();
  server.StartAgain();
  // The same place in another stream.
  const std::string after = other.Publish("after");
  CHECK(before.substr(before.find('-')) == after.substr(after.find('-')));
  nats.Ack(before);
  CHECK(TextOf(NextMessage(consumer)) == "after");
  nats.Ack(before);
  consumer.Cancel();
  consumer.Wait();
  DrivenCall later = other.Consume(1, 100);
  CHECK(later.NextEmit().json["id"] == after);
}

TEST_CASE("a reader that goes on behind a message of before gets all that is new in an emptied stream") {
  NatsServer server;
  Nats nats(Quick(server));
  const std::string before = nats.Publish("before");
  server.Kill();
  server.StartAgain();
  nats.Publish("one");
  nats.Publish("two");
  DrivenCall reader = nats.Read(before);
  CHECK(reader.NextEmit().kind == "emptied");
  CHECK(TextOf(reader.NextEmit()) == "one");
  CHECK(TextOf(reader.NextEmit()) == "two");
}

TEST_CASE("a stream that somebody deletes is begun again and told") {
  NatsServer server;
  Nats nats(Quick(server));
  DrivenCall reader = nats.Read("$"), consumer = nats.Consume();
  nats.Publish("one");
  nats.Ack(consumer.NextEmit().json["id"]);
  CHECK(TextOf(reader.NextEmit()) == "one");
  for (const char* text : {"two", "three"}) {
    server.Api("STREAM.DELETE.s");
    nats.Publish(text);
    CHECK(TextOf(NextMessage(reader)) == text);
    const Emitted message = NextMessage(consumer);
    CHECK(TextOf(message) == text);
    nats.Ack(message.json["id"]);
  }
  server.Api("STREAM.DELETE.s");
  CHECK(consumer.NextEmit().kind == "emptied");
}

TEST_CASE("a stream that is missed in several places is made again once") {
  NatsServer server;
  Nats nats(Quick(server));
  DrivenCall reader = nats.Read("$"), consumer = nats.Consume();
  nats.Publish("one");
  consumer.NextEmit();
  CHECK(TextOf(reader.NextEmit()) == "one");
  NatsResponder listener(server, "$JS.API.STREAM.CREATE.s", [](const std::string&) { return std::nullopt; });
  server.Api("STREAM.DELETE.s");
  for (const char* text : {"two", "three", "four"}) nats.StartPublish(text);
  std::set<std::string> texts;
  REQUIRE(nats.Until([&] {
    while (reader.HasEmit())
      if (const Emitted emitted = reader.NextEmit(); emitted.kind == "message") texts.insert(TextOf(emitted));
    return texts.size() == 3;
  }));
  nats.Let(600);  // longer than a server is given to clear away
  CHECK(listener.Heard("$JS.API.STREAM.CREATE.s") == 1);
}

TEST_CASE("a stream that vanishes all the time is not made in a hot loop") {
  NatsServer server;
  Nats nats(Quick(server));
  DrivenCall consumer = nats.Consume(1, 10);
  for (int i = 0; i < 50; ++i) {
    server.Api("STREAM.DELETE.s");
    nats.Let(10);
  }
  CHECK(server.Api("INFO")["api"]["total"].get<int>() < 50 + 400);
  nats.Publish("x");
  CHECK(TextOf(NextMessage(consumer)) == "x");
}

// ---- keeping the server tidy ----

TEST_CASE("only old messages that every group has finished are trimmed") {
  NatsServer server;
  Nats nats(server.Settings({{"tidy_ms", 50}, {"keep_ms", 1'000}}));
  DrivenCall consumer = nats.Consume(10);
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(nats.Publish(std::to_string(i)));
  for (std::size_t i = 0; i < ids.size(); ++i) consumer.NextEmit();
  for (const std::size_t i : {0, 1, 2, 4, 5}) nats.Ack(ids[i]);
  nats.Let(1'500);
  nats.Publish("young");
  // 3 and what is behind it is not finished; before that all may go.
  CHECK(nats.Until([&] { return Kept(server, "s") == 4; }));
  nats.Let(300);
  CHECK(Kept(server, "s") == 4);
  nats.Ack(ids[3]);
  nats.Ack(consumer.NextEmit().json["id"]);
  CHECK(nats.Until([&] { return Kept(server, "s") == 1; }));
  nats.Let(300);
  CHECK(Kept(server, "s") == 1);
}

TEST_CASE("leases and values whose time is over are removed and no others") {
  NatsServer server;
  Nats nats(server.Settings({{"tidy_ms", 50}}));
  nats.Start(MAMC_TRANSPORT_PUT, {{"key", "kept"}, {"value", 1}}).result();
  nats.Start(MAMC_TRANSPORT_PUT, {{"key", "long"}, {"value", 1}, {"ttl_ms", 60'000}}).result();
  for (int i = 0; i < 20; ++i)
    nats.Start(MAMC_TRANSPORT_PUT, {{"key", std::to_string(i)}, {"value", 1}, {"ttl_ms", 20}}).result();
  CHECK(nats.Until([&] { return Kept(server, "KV_mamc") == 3; }));  // those two and the clock
  CHECK(nats.Start(MAMC_TRANSPORT_GET, {{"key", "kept"}}).result()["value"] == 1);
  CHECK(nats.Start(MAMC_TRANSPORT_GET, {{"key", "long"}}).result()["value"] == 1);
}

TEST_CASE("a server that is slow to answer is not asked for more and more tidying") {
  NatsServer server("", "");
  const std::string info = "$JS.API.STREAM.INFO.KV_mamc";
  NatsResponder slow(server, "$JS.API.>",
                     [&](const std::string& subject) -> std::optional<NatsResponder::Reply> {
                       if (subject == info) return std::nullopt;
                       return NatsResponder::Reply{
                           R"({"error": {"code": 500, "err_code": 10047, "description": "no room"}})"};
                     });
  Nats nats(server.Settings({{"tidy_ms", 10}}));
  CHECK(nats.Try(MAMC_TRANSPORT_PUT, {{"key", "k"}, {"value", 1}}).code != Code::kOk);  // connects
  REQUIRE(nats.Until([&] { return slow.Heard(info) > 0; }));
  nats.Let(300);
  CHECK(slow.Heard(info) == 1);
}

TEST_CASE("a message as large as the server takes can go to the dead letters") {
  NatsServer server("max_payload: 20000");
  Nats nats(server.Settings());
  DrivenCall consumer = nats.Consume(1);
  const std::string id = nats.StartPublish(std::string(19'800, 'x')).result()["id"];
  consumer.NextEmit();
  nats.Start(MAMC_TRANSPORT_DEAD, About(id, {{"reason", "poison"}})).result();
  const Json letters = nats.Start(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "s"}}).result()["messages"];
  REQUIRE(letters.size() == 1);
  CHECK_THAT(letters[0]["reason"].get<std::string>(), Catch::StartsWith("poison"));
}

TEST_CASE("a message has one dead letter for each group and all go with it") {
  NatsServer server;
  Nats nats(server.Settings());
  const std::string id = nats.Publish("poison");
  for (const char* group : {"g", "h"}) {
    const Json input = {
        {"stream", "s"}, {"group", group}, {"consumer", "c"}, {"credit", 1}, {"idle_ms", 60'000}};
    DrivenCall consumer = nats.Start(MAMC_TRANSPORT_CONSUME, input);
    consumer.NextEmit();
    nats.Start(MAMC_TRANSPORT_DEAD, About(id, {{"group", group}, {"reason", "r"}})).result();
    consumer.Cancel();
  }
  CHECK(nats.Start(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "s"}}).result()["messages"].size() == 2);
  nats.Start(MAMC_TRANSPORT_DEAD_REPLAY, {{"stream", "s"}, {"id", id}}).result();
  CHECK(nats.Start(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "s"}}).result()["messages"].empty());
  CHECK(Kept(server, "s") == 2);
}

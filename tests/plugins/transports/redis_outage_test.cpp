// Servers that are away, come back, or have lost something.
#include "redis_client.hpp"
#include "support/transport_outages.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

std::unique_ptr<RealServer> Make() {
  return std::make_unique<RedisServer>();
}

}  // namespace

MAMC_TRANSPORT_OUTAGES("redis", Make)

// ---- healing ----

TEST_CASE("a server that takes no writes is waited for no longer than the limit") {
  RedisServer server;
  Redis redis(Quick(server, {{"outage_limit_ms", 300}}));
  redis.Publish("x");
  server.Cli({"REPLICAOF", "127.0.0.1", "1"});
  const auto outcome = redis.StartPublish("y").Wait();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("READONLY"));
}

TEST_CASE("a server that takes nothing for a while is waited for") {
  RedisServer server({"--maxmemory", "1", "--maxmemory-policy", "noeviction"});
  Redis redis(server.Settings());
  DrivenCall call = redis.StartPublish("x");
  redis.Let(300);
  CHECK_FALSE(call.completed());
  server.Cli({"CONFIG", "SET", "maxmemory", "0"});
  call.result();

  server.Cli({"CONFIG", "SET", "maxmemory", "1"});
  Redis hasty(server.Settings({{"outage_limit_ms", 0}}));
  const auto outcome = hasty.StartPublish("y").Wait();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("OOM"));
}

TEST_CASE("a flushed server gets its groups again") {
  RedisServer server;
  Redis redis(Quick(server));
  DrivenCall reader = redis.Read("$"), consumer = redis.Consume();
  redis.Publish("one");
  redis.Ack(consumer.NextEmit().json["id"]);
  CHECK(TextOf(reader.NextEmit()) == "one");
  for (const char* text : {"two", "three"}) {
    server.Cli({"FLUSHALL"});
    redis.Publish(text);
    CHECK(TextOf(NextMessage(reader)) == text);
    const Emitted message = NextMessage(consumer);
    CHECK(TextOf(message) == text);
    redis.Ack(message.json["id"]);
  }
}

TEST_CASE("a group that vanishes all the time is not made in a hot loop") {
  RedisServer server;
  Redis redis(Quick(server));
  // Never lets a consumer have a group for long.
  DrivenCall consumer = redis.Consume(1, 10);
  for (int i = 0; i < 50; ++i) {
    server.Cli({"DEL", "s"});
    redis.Let(10);
  }
  const std::string made = server.Cli({"INFO", "commandstats"});
  const std::size_t at = made.find("cmdstat_xgroup|create:calls=");
  REQUIRE(at != std::string::npos);
  CHECK(std::stoi(made.substr(at + 28)) < 150);
  redis.Publish("x");
  CHECK(TextOf(NextMessage(consumer)) == "x");
}

// ---- keeping the server tidy ----

TEST_CASE("only old messages that every group has finished are trimmed") {
  RedisServer server;
  server.Cli({"EVAL", "for i = 1, 1000 do redis.call('XADD', 's', i .. '-0', 'text', i) end", "0"});
  server.Cli({"XGROUP", "CREATE", "s", "slow", "400-0"});
  server.Cli({"XGROUP", "CREATE", "s", "busy", "299-0"});
  server.Cli({"XREADGROUP", "GROUP", "busy", "someone", "COUNT", "700", "STREAMS", "s", ">"});
  server.Cli({"EVAL", "for i = 301, 999 do redis.call('XACK', 's', 'busy', i .. '-0') end", "0"});
  Redis redis(server.Settings({{"tidy_ms", 20}}));
  redis.Publish("young");

  // Whole blocks of a hundred go, below what `busy` has pending.
  CHECK(redis.Until([&] { return server.Cli({"XLEN", "s"}) == "801\n"; }));
  CHECK_THAT(server.Cli({"XRANGE", "s", "-", "+", "COUNT", "1"}), Catch::StartsWith("201-0\n"));
  redis.Let(100);
  CHECK(server.Cli({"XLEN", "s"}) == "801\n");

  server.Cli({"XACK", "s", "busy", "300-0"});
  server.Cli({"XGROUP", "SETID", "s", "slow", "$"});
  CHECK(redis.Until([&] { return std::stoi(server.Cli({"XLEN", "s"})) <= 101; }));
  CHECK_THAT(server.Cli({"XREVRANGE", "s", "+", "-", "COUNT", "1"}), Catch::Contains("young"));
}

TEST_CASE("a consumer is removed once nothing is pending for it and not before") {
  RedisServer server;
  Redis redis(server.Settings({{"tidy_ms", 20}, {"forget_consumer_ms", 50}}));
  server.Cli({"XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"});
  server.Cli({"XGROUP", "CREATECONSUMER", "s", "g", "idler"});
  const std::string id = redis.Publish("held");
  server.Cli({"XREADGROUP", "GROUP", "g", "holder", "STREAMS", "s", ">"});
  const auto consumers = [&] { return server.Cli({"XINFO", "CONSUMERS", "s", "g"}); };
  CHECK(redis.Until([&] { return consumers().find("idler") == std::string::npos; }));
  redis.Let(150);
  CHECK_THAT(consumers(), Catch::Contains("holder"));
  redis.Ack(id);
  CHECK(redis.Until([&] { return consumers().find("holder") == std::string::npos; }));

  DrivenCall anna = redis.Consume();
  const std::string taken = redis.Publish("hers");
  CHECK(anna.NextEmit().json["id"] == taken);
  CHECK_THAT(consumers(), Catch::Contains("anna"));
  redis.Ack(taken);
  anna.Cancel();
  anna.Wait();
  CHECK(redis.Until([&] { return consumers().find("anna") == std::string::npos; }));
}

TEST_CASE("a dead letter with more fields than a script takes is buried all the same") {
  RedisServer server;
  Redis redis(server.Settings());
  server.Cli({"EVAL",
              "for n = 0, 4 do local f = {} for i = 1, 1500 do f[#f + 1] = 'f' .. n .. i f[#f + 1] = 'v' end "
              "redis.call('XADD', 's', '*', unpack(f)) end",
              "0"});
  DrivenCall consumer = redis.Consume(5);
  for (int i = 0; i < 5; ++i) {
    const std::string id = consumer.NextEmit().json["id"];
    redis.Start(MAMC_TRANSPORT_DEAD, {{"stream", "s"}, {"group", "g"}, {"id", id}, {"reason", "r"}}).result();
  }
  const Json letters = redis.Start(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "s"}}).result()["messages"];
  REQUIRE(letters.size() == 5);
  CHECK(letters[0]["fields"].size() == 1500);
}

#include <arpa/inet.h>
#include <mamc/transport.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <thread>

#include "support/real_process.hpp"
#include "support/redis_server.hpp"
#include "support/transport_contract.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

// One server for all sentences of the contract; each gets it empty.
RedisServer& TheServer() {
  static RedisServer server;
  return server;
}

TransportUnderTest Make() {
  TheServer().Cli({"FLUSHALL"});
  return {std::make_unique<PluginDriver>(plugin::Kind::kTransport, "redis", TheServer().Settings()), nullptr};
}

// A transport with a server of its own, or somebody else's.
class Redis {
 public:
  explicit Redis(const Json& settings) : driver_(plugin::Kind::kTransport, "redis", settings) {}

  DrivenCall Start(std::uint32_t verb, const Json& input) { return driver_.Start(verb, input); }
  plugin::Outcome Try(std::uint32_t verb, const Json& input) { return driver_.Run(verb, input); }
  DrivenCall StartPublish(const std::string& text) {
    return Start(MAMC_TRANSPORT_PUBLISH, {{"stream", "s"}, {"fields", {{"text", text}}}});
  }
  std::string Publish(const std::string& text) { return StartPublish(text).result()["id"]; }
  DrivenCall Read(const std::string& from = "0") {
    return Start(MAMC_TRANSPORT_READ, {{"stream", "s"}, {"from", from}, {"credit", 100}});
  }
  DrivenCall Consume(int credit = 10, std::int64_t idle_ms = 60'000, const std::string& name = "anna") {
    return Start(
        MAMC_TRANSPORT_CONSUME,
        {{"stream", "s"}, {"group", "g"}, {"consumer", name}, {"credit", credit}, {"idle_ms", idle_ms}});
  }
  void Ack(const std::string& id) {
    Start(MAMC_TRANSPORT_ACK, {{"stream", "s"}, {"group", "g"}, {"id", id}}).result();
  }
  bool Until(const std::function<bool()>& done, std::int64_t patience_ms = 20'000) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    while (!done()) {
      if (std::chrono::steady_clock::now() >= end) return false;
      driver_.loop().RunReady();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }
  void Let(std::int64_t ms) {
    Until([] { return false; }, ms);
  }
  PluginDriver& driver() { return driver_; }

 private:
  PluginDriver driver_;
};

std::string TextOf(const Emitted& message) {
  return message.json.at("fields").at("text");
}

// Takes what has come.
void Collect(DrivenCall& call, std::set<std::string>& texts) {
  while (call.HasEmit()) texts.insert(TextOf(call.NextEmit()));
}

Json Quick(const RedisServer& server, const Json& more = Json::object()) {
  Json settings = server.Settings({{"answer_timeout_ms", 200}});
  settings.update(more);
  return settings;
}

// Says the same to whatever it is told, once for each of a greeting's two questions.
class Parrot {
 public:
  explicit Parrot(std::string words) : words_(std::move(words)), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd_, 4) == 0);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ::ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~Parrot() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  int port() const { return port_; }

 private:
  void Serve() {
    for (int peer; (peer = ::accept(fd_, nullptr, nullptr)) >= 0; ::close(peer)) {
      const std::string twice = words_ + words_;
      char heard[4096];
      while (::recv(peer, heard, sizeof heard, 0) > 0) ::send(peer, twice.data(), twice.size(), MSG_NOSIGNAL);
    }
  }

  const std::string words_;
  const int fd_;
  int port_ = 0;
  std::thread thread_;
};

// A key and a certificate for `name`, signed by itself.
void MakeCertificate(const TempDir& folder, const std::string& file, const std::string& name) {
  RunProgram({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
              "-nodes", "-days", "2", "-subj", "/CN=" + file, "-addext", "subjectAltName=" + name, "-keyout",
              file + ".key", "-out", file + ".crt"},
             folder.path());
}

}  // namespace

MAMC_TRANSPORT_CONTRACT(Make)

// ---- the wire ----

TEST_CASE("fields that a foreign program wrote are delivered and ours can be read by it") {
  RedisServer server;
  Redis redis(server.Settings());
  DrivenCall call = redis.Start(MAMC_TRANSPORT_CONSUME, {{"stream", "machine:requests"},
                                                         {"group", "machine:personas:lead-engineer"},
                                                         {"consumer", "worker-1"},
                                                         {"credit", 1},
                                                         {"idle_ms", 60'000}});
  server.Cli({"XADD", "machine:requests", "*", "workflow_id", "wf-123", "to_persona", "lead-engineer", "step",
              "3-implement", "intent", "implement", "payload", "{\"task\":1}", "corr_id", "c-1", "deadline_s",
              "600"});
  const Json message = call.NextEmit().json;
  CHECK(message["fields"] == Json{{"workflow_id", "wf-123"},
                                  {"to_persona", "lead-engineer"},
                                  {"step", "3-implement"},
                                  {"intent", "implement"},
                                  {"payload", "{\"task\":1}"},
                                  {"corr_id", "c-1"},
                                  {"deadline_s", "600"}});
  CHECK_THAT(server.Cli({"XPENDING", "machine:requests", "machine:personas:lead-engineer"}),
             Catch::Contains("worker-1"));

  redis.Start(MAMC_TRANSPORT_PUBLISH, {{"stream", "machine:events"}, {"fields", {{"status", "done"}}}})
      .result();
  CHECK_THAT(server.Cli({"XRANGE", "machine:events", "-", "+"}), Catch::Contains("status\ndone"));
}

TEST_CASE("every key on the server begins with the prefix") {
  RedisServer server;
  Redis redis(server.Settings({{"prefix", "team:"}, {"tidy_ms", 20}}));
  DrivenCall call = redis.Consume();
  const std::string id = redis.Publish("x");
  call.NextEmit();
  redis.Start(MAMC_TRANSPORT_DEAD, {{"stream", "s"}, {"group", "g"}, {"id", id}, {"reason", "r"}}).result();
  redis.Start(MAMC_TRANSPORT_LEASE, {{"name", "l"}, {"owner", "o"}, {"ttl_ms", 60'000}}).result();
  redis.Start(MAMC_TRANSPORT_PUT, {{"key", "k"}, {"value", "v"}}).result();
  CHECK(server.Cli({"EVAL",
                    "local wrong = {} for _, key in ipairs(redis.call('KEYS', '*')) do "
                    "if string.sub(key, 1, 5) ~= 'team:' then wrong[#wrong + 1] = key end end return #wrong",
                    "0"}) == "0\n");
  CHECK(std::stoi(server.Cli({"DBSIZE"})) >= 4);
}

// ---- what cannot work ----

TEST_CASE("a server that is not there is told with address and reason") {
  const int port = FreePort();
  Redis redis({{"host", "127.0.0.1"}, {"port", port}});
  const std::string place = "127.0.0.1:" + std::to_string(port);
  for (const auto& outcome : {redis.StartPublish("x").Wait(), redis.Read().Wait(), redis.Consume().Wait()}) {
    CHECK(outcome.code == Code::kUnavailable);
    CHECK_THAT(outcome.Message(), Catch::Contains(place));
    CHECK_THAT(outcome.Message(), Catch::Contains("Connection refused"));
    CHECK_THAT(outcome.Message(), Catch::Contains("REDIS_HOST"));
  }
}

TEST_CASE("a host that has no address is told by its name") {
  Redis redis(Json{{"host", "no-such-host.invalid"}});
  const auto outcome = redis.StartPublish("x").Wait();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("no-such-host.invalid:6379"));
}

TEST_CASE("a wrong password is told in the words of the server and the right one opens") {
  RedisServer server({"--requirepass", "right"});
  Redis none(server.Settings());
  CHECK(none.StartPublish("x").Wait().code == Code::kPermission);

  Redis wrong(server.Settings());
  wrong.driver().secrets["REDIS_PASSWORD"] = "hunter2";
  for (const auto& outcome : {wrong.StartPublish("x").Wait(), wrong.Consume().Wait()}) {
    CHECK(outcome.code == Code::kPermission);
    CHECK_THAT(outcome.Message(), Catch::Contains("WRONGPASS"));
    CHECK_THAT(outcome.Message(), Catch::Contains("REDIS_PASSWORD"));
    CHECK_THAT(outcome.Message(), !Catch::Contains("hunter2"));
  }

  Redis right(server.Settings());
  right.driver().secrets["REDIS_PASSWORD"] = "right";
  right.Publish("x");

  Redis url(Json::object());
  url.driver().secrets["REDIS_URL"] = "redis://:right@127.0.0.1:" + std::to_string(server.port()) + "/3";
  url.Publish("x");
  CHECK_THAT(server.Cli({"-a", "right", "--no-auth-warning", "-n", "3", "XLEN", "s"}), Catch::Contains("1"));
}

TEST_CASE("a user without a needed command is told which one") {
  RedisServer server;
  const std::string word = GENERATE("xreadgroup", "xread", "xadd", "xclaim");
  server.Cli({"ACL", "SETUSER", "worker", "on", ">pw", "~*", "&*", "+@all", "-" + word});
  Redis redis(server.Settings({{"user", "worker"}}));
  redis.driver().secrets["REDIS_PASSWORD"] = "pw";
  plugin::Outcome outcome;
  if (word == "xadd") {
    outcome = redis.StartPublish("x").Wait();
  } else {
    if (word == "xclaim") {
      server.Cli({"XGROUP", "CREATE", "s", "g", "0", "MKSTREAM"});
      server.Cli({"XADD", "s", "*", "text", "x"});
      server.Cli({"XREADGROUP", "GROUP", "g", "dead", "STREAMS", "s", ">"});
    }
    outcome = redis.Consume(1, 10).Wait();
  }
  CHECK(outcome.code == Code::kPermission);
  CHECK_THAT(outcome.Message(), Catch::Contains("'" + word + "'"));
  CHECK_THAT(outcome.Message(), Catch::Contains("transports.redis.user"));
}

TEST_CASE("a server that throws streams away when it is full is refused") {
  RedisServer server({"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"});
  Redis redis(server.Settings());
  const auto outcome = redis.StartPublish("x").Wait();
  CHECK(outcome.code == Code::kUnsupported);
  CHECK_THAT(outcome.Message(), Catch::Contains("maxmemory-policy allkeys-lru"));
}

TEST_CASE("a server without streams is refused with its version") {
  const Parrot old("$22\r\nredis_version:4.0.14\r\n\r\n");
  Redis redis(Json{{"host", "127.0.0.1"}, {"port", old.port()}});
  const auto outcome = redis.StartPublish("x").Wait();
  CHECK(outcome.code == Code::kUnsupported);
  CHECK_THAT(outcome.Message(), Catch::Contains("has version 4.0.14"));
  CHECK_THAT(outcome.Message(), Catch::Contains("5.0 or newer"));
}

TEST_CASE("what answers there and is no Redis is told") {
  const Parrot other("HTTP/1.1 400 Bad Request\r\n\r\n");
  Redis redis(Json{{"host", "127.0.0.1"}, {"port", other.port()}});
  const auto outcome = redis.StartPublish("x").Wait();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("is no Redis"));
}

TEST_CASE("wrong settings are refused by name") {
  for (const Json& settings :
       {Json{{"url", "http://x"}}, Json{{"url", "redis://x:70000"}}, Json{{"url", "redis://%zz@x"}},
        Json{{"tls_cert_file", "/x"}}, Json{{"prot", 1}}}) {
    INFO(settings);
    CHECK_THROWS(Redis(settings));
  }
  RedisServer server;
  Redis redis(server.Settings({{"tls", true}, {"tls_ca_file", "/nowhere/ca.crt"}}));
  CHECK_THAT(redis.StartPublish("x").Wait().Message(), Catch::Contains("tls_ca_file"));
}

// ---- TLS ----

TEST_CASE("TLS works with the right certificate and is refused with another") {
  TempDir folder;
  MakeCertificate(folder, "server", "DNS:localhost,IP:127.0.0.1");
  MakeCertificate(folder, "other", "DNS:localhost,IP:127.0.0.1");
  MakeCertificate(folder, "elsewhere", "DNS:example.com");
  const auto path = [&](const char* name) { return (folder / name).string(); };
  const int port = FreePort();
  const auto options = [&](const std::string& name) -> std::vector<std::string> {
    return {"--port",
            "0",
            "--tls-port",
            std::to_string(port),
            "--tls-cert-file",
            path((name + ".crt").c_str()),
            "--tls-key-file",
            path((name + ".key").c_str()),
            "--tls-ca-cert-file",
            path((name + ".crt").c_str()),
            "--tls-auth-clients",
            "no"};
  };
  const auto url = [&](const std::string& host) { return "rediss://" + host + ":" + std::to_string(port); };
  {
    RedisServer server(options("server"));
    for (const char* host : {"localhost", "127.0.0.1"}) {
      Redis good({{"url", url(host)}, {"tls_ca_file", path("server.crt")}});
      DrivenCall consumer = good.Consume();
      good.StartPublish(std::string(300'000, 'x')).result();
      CHECK(TextOf(consumer.NextEmit()).size() == 300'000);
      good.Ack(good.Read().NextEmit().json["id"]);
      server.Cli({"FLUSHALL"});
    }
    Redis untrusted({{"url", url("localhost")}, {"tls_ca_file", path("other.crt")}});
    const auto refused = untrusted.StartPublish("x").Wait();
    CHECK(refused.code == Code::kUnavailable);
    CHECK_THAT(refused.Message(), Catch::Contains("TLS: self-signed certificate"));
    CHECK_THAT(refused.Message(), Catch::Contains("tls_ca_file"));

    Redis plain({{"host", "127.0.0.1"}, {"port", port}});
    CHECK_THAT(plain.StartPublish("x").Wait().Message(), Catch::Contains("transports.redis.tls"));
  }
  RedisServer server(options("elsewhere"));
  Redis redis({{"url", url("localhost")}, {"tls_ca_file", path("elsewhere.crt")}});
  CHECK_THAT(redis.StartPublish("x").Wait().Message(), Catch::Contains("TLS: hostname mismatch"));
}

TEST_CASE("TLS to a server without it is told") {
  RedisServer server;
  Redis redis(Quick(server, {{"tls", true}}));
  const auto outcome = redis.StartPublish("x").Wait();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("TLS is asked for"));
}

// ---- healing ----

TEST_CASE("a server that stands still is waited for") {
  RedisServer server;
  Redis redis(Quick(server));
  DrivenCall reader = redis.Read(), consumer = redis.Consume();
  redis.Publish("before");
  CHECK(TextOf(reader.NextEmit()) == "before");
  redis.Ack(consumer.NextEmit().json["id"]);

  server.Stop();
  DrivenCall late = redis.StartPublish("late");
  redis.Let(1'500);
  CHECK_FALSE(late.completed());
  CHECK_FALSE(reader.completed());
  CHECK_FALSE(consumer.completed());
  server.Continue();
  late.result();
  CHECK(TextOf(reader.NextEmit()) == "late");
  CHECK(TextOf(consumer.NextEmit()) == "late");
}

TEST_CASE("a server that comes back empty is gone on with") {
  RedisServer server;
  Redis redis(Quick(server));
  DrivenCall reader = redis.Read("$"), consumer = redis.Consume();
  redis.Publish("before");
  const std::string held = consumer.NextEmit().json["id"];
  CHECK(TextOf(reader.NextEmit()) == "before");

  server.Kill();
  DrivenCall during = redis.StartPublish("during");
  redis.Let(300);
  CHECK_FALSE(during.completed());
  server.StartAgain();
  during.result();
  CHECK(TextOf(reader.NextEmit()) == "during");
  CHECK(TextOf(consumer.NextEmit()) == "during");
  // The server has forgotten it, so nobody else has it: the work goes on.
  const Json extend = {{"stream", "s"}, {"group", "g"}, {"id", held}, {"consumer", "anna"}};
  CHECK(redis.Try(MAMC_TRANSPORT_EXTEND, extend).code == Code::kOk);
  redis.Ack(held);
}

TEST_CASE("a connection that is opened while the server is away waits for it") {
  RedisServer server;
  Redis redis(Quick(server));
  redis.Publish("before");
  server.Kill();
  DrivenCall reader = redis.Read();
  redis.Let(300);
  CHECK_FALSE(reader.completed());
  server.StartAgain();
  redis.StartPublish("after").result();
  CHECK(TextOf(reader.NextEmit()) == "after");
}

TEST_CASE("a call waits for a lost server no longer than the limit") {
  RedisServer server;
  Redis redis(Quick(server, {{"outage_limit_ms", 300}}));
  redis.Publish("x");
  DrivenCall reader = redis.Read("$");
  server.Kill();
  const auto outcome = redis.StartPublish("y").Wait();
  CHECK(outcome.code == Code::kUnavailable);
  CHECK_THAT(outcome.Message(), Catch::Contains("127.0.0.1:" + std::to_string(server.port())));
  CHECK(reader.Wait().code == Code::kUnavailable);
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

TEST_CASE("nothing is lost while all connections are cut again and again") {
  RedisServer server;
  Redis redis(Quick(server));
  DrivenCall reader = redis.Read(), consumer = redis.Consume(100, 100);
  std::set<std::string> read, consumed, sent;
  std::vector<DrivenCall> publishing;
  for (int i = 0; i < 60; ++i) {
    sent.insert(std::to_string(i));
    publishing.push_back(redis.StartPublish(std::to_string(i)));
    if (i % 3 == 0) server.Cli({"CLIENT", "KILL", "TYPE", "normal"});
    redis.Let(5);
  }
  for (DrivenCall& call : publishing) call.result();
  CHECK(redis.Until([&] {
    Collect(reader, read);
    Collect(consumer, consumed);
    return read == sent && consumed == sent;
  }));
}

TEST_CASE("who listens goes on listening after its connection was cut") {
  RedisServer server;
  Redis redis(Quick(server));
  DrivenCall listener = redis.Start(MAMC_TRANSPORT_LISTEN, {{"channel", "c"}});
  const auto notified = [&] {
    redis.Start(MAMC_TRANSPORT_NOTIFY, {{"channel", "c"}, {"text", "x"}}).result();
    return redis.Until([&] { return listener.HasEmit(); }, 20);
  };
  CHECK(redis.Until(notified));
  server.Cli({"CLIENT", "KILL", "TYPE", "pubsub"});
  redis.Let(20);
  while (listener.HasEmit()) listener.NextEmit();
  CHECK(redis.Until(notified));
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
    CHECK(TextOf(reader.NextEmit()) == text);
    const Emitted message = consumer.NextEmit();
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
  CHECK(TextOf(consumer.NextEmit()) == "x");
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

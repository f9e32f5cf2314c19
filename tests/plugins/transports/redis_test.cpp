#include <arpa/inet.h>
#include <mamc/transport.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <thread>

#include "redis_client.hpp"
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

}  // namespace

MAMC_TRANSPORT_CONTRACT(Make)

// ---- the wire ----

TEST_CASE("a value that is nested too deep is given as it was written") {
  RedisServer server;
  Redis redis(server.Settings());
  redis.Start(MAMC_TRANSPORT_PUT, {{"key", "k"}, {"value", 1}}).result();
  std::string key = server.Cli({"--raw", "KEYS", "*"});
  key.erase(key.find('\n'));
  server.Cli({"SET", key, "{\"a\":"});
  for (const char bracket : {'[', '[', ']', ']'}) server.Cli({"APPEND", key, std::string(100'000, bracket)});
  server.Cli({"APPEND", key, "}"});
  const std::string value = redis.Start(MAMC_TRANSPORT_GET, {{"key", "k"}}).result()["value"];
  CHECK(value.size() == 400'006);
}

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
  MakeCertificate(folder.path(), "server", "DNS:localhost,IP:127.0.0.1");
  MakeCertificate(folder.path(), "other", "DNS:localhost,IP:127.0.0.1");
  MakeCertificate(folder.path(), "elsewhere", "DNS:example.com");
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

#include "mamc/http/client.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <future>

#include "mamc/http/exchange.hpp"
#include "support/http_server.hpp"

using namespace mamc::http;
using mamc::test::HttpReply;
using mamc::test::HttpRequest;
using mamc::test::HttpServer;

namespace {

struct Answer {
  std::optional<Head> head;
  std::string body;
  End end;
};

Answer Ask(Client& client, Request request) {
  Exchange exchange(client, std::move(request));
  Answer answer;
  if (const Head* head = exchange.WaitHead()) answer.head = *head;
  answer.body = exchange.Rest(std::size_t{1} << 20);
  answer.end = exchange.end();
  return answer;
}

Answer Get(const std::string& url) {
  Client client;
  return Ask(client, {.url = url});
}

HttpReply Redirect(const std::string& location, int status = 302) {
  return {.status = status, .headers = {{"Location", location}}, .body = "moved"};
}

}  // namespace

TEST_CASE("a request goes out with its headers and the response comes in pieces") {
  HttpServer server([](const HttpRequest&) {
    return HttpReply{
        .status = 418, .headers = {{"X-Kind", " tea "}}, .body = "short and stout", .piece_bytes = 4};
  });
  Client client;
  const Answer answer = Ask(client, {.method = "POST",
                                     .url = server.url() + "/pot?x=1",
                                     .headers = {{"Authorization", "Bearer t"}},
                                     .body = std::string(5000, 'b')});
  REQUIRE(answer.head);
  CHECK(answer.head->status == 418);
  CHECK(answer.head->Header("x-kind") == "tea");
  CHECK(answer.body == "short and stout");
  CHECK(answer.end.problem == Problem::kNone);
  const HttpRequest seen = server.requests().at(0);
  CHECK(seen.method == "POST");
  CHECK(seen.target == "/pot?x=1");
  CHECK(seen.headers.at("authorization") == "Bearer t");
  CHECK(seen.body == std::string(5000, 'b'));
}

TEST_CASE("many requests share one worker") {
  HttpServer server([](const HttpRequest& request) { return HttpReply{.body = request.target}; });
  Client client;
  std::vector<std::unique_ptr<Exchange>> exchanges;
  for (int i = 0; i < 20; ++i)
    exchanges.push_back(
        std::make_unique<Exchange>(client, Request{.url = server.url() + "/" + std::to_string(i)}));
  for (int i = 0; i < 20; ++i) CHECK(exchanges[i]->Rest(100) == "/" + std::to_string(i));
}

TEST_CASE("a port where nobody listens is named in the sentence without secrets") {
  const int port = mamc::test::UnusedPort();
  const Answer answer = Get("http://user:pass@127.0.0.1:" + std::to_string(port) + "/v1/models?token=s3cret");
  CHECK(answer.end.problem == Problem::kUnreachable);
  CHECK_THAT(answer.end.message, Catch::Contains("http://127.0.0.1:" + std::to_string(port) + "/v1/models"));
  CHECK_THAT(answer.end.message, !Catch::Contains("pass") && !Catch::Contains("s3cret"));
}

TEST_CASE("schemes other than http are refused") {
  CHECK(Get("file:///etc/passwd").end.problem == Problem::kRefused);
  CHECK(Get("ftp://127.0.0.1/x").end.problem == Problem::kRefused);
  CHECK(Get("no url").end.problem != Problem::kNone);
}

TEST_CASE("a redirect on the same host is followed") {
  HttpServer server([](const HttpRequest& request) {
    return request.target == "/old" ? Redirect("/new") : HttpReply{.body = "here"};
  });
  const Answer answer = Get(server.url() + "/old");
  CHECK(answer.body == "here");
  CHECK(answer.end.problem == Problem::kNone);
}

TEST_CASE("a redirect to another host is refused and never asked") {
  HttpServer other([](const HttpRequest&) { return HttpReply{.body = "secret taken"}; });
  HttpServer server([&](const HttpRequest&) { return Redirect(other.url() + "/x"); });
  const Answer answer = Get(server.url() + "/");
  CHECK(answer.end.problem == Problem::kRefused);
  CHECK_THAT(answer.end.message, Catch::Contains(other.url()));
  CHECK(other.requests().empty());
}

TEST_CASE("redirects in a circle end") {
  HttpServer server([](const HttpRequest&) { return Redirect("/again"); });
  CHECK(Get(server.url() + "/").end.problem == Problem::kRefused);
  CHECK(server.requests().size() < 10);
}

TEST_CASE("a response over its limit is refused") {
  HttpServer server(
      [](const HttpRequest&) { return HttpReply{.body = std::string(5000, 'x'), .piece_bytes = 100}; });
  Client client;
  const Answer answer = Ask(client, {.url = server.url(), .max_body_bytes = 1000});
  CHECK(answer.end.problem == Problem::kRefused);
  CHECK(answer.body.size() <= 1000);
}

TEST_CASE("a connection cut in the middle of the body is not a whole response") {
  HttpServer server(
      [](const HttpRequest&) { return HttpReply{.body = "half", .ending = HttpReply::Ending::kCut}; });
  const Answer answer = Get(server.url());
  CHECK(answer.body == "half");
  CHECK(answer.end.problem == Problem::kBrokeOff);
  CHECK_THAT(answer.end.message, Catch::Contains("broke off"));
}

TEST_CASE("silence before and within the body and an endless answer time out each with its own sentence") {
  const auto ask = [](bool silent, Milliseconds first, Milliseconds idle, std::optional<Milliseconds> total) {
    HttpServer server([&](const HttpRequest&) {
      return HttpReply{.body = silent ? "" : "x", .ending = HttpReply::Ending::kStall, .silent = silent};
    });
    Client client;
    return Ask(client, {.url = server.url(),
                        .first_byte_timeout = first,
                        .idle_timeout = idle,
                        .total_timeout = total})
        .end;
  };
  constexpr Milliseconds kLong(60'000);
  constexpr Milliseconds kShort(30);
  const End first = ask(true, kShort, kLong, std::nullopt);
  CHECK(first.problem == Problem::kTimeout);
  CHECK_THAT(first.message, Catch::Contains("sent nothing for 30 ms"));
  CHECK_THAT(ask(false, kLong, kShort, std::nullopt).message, Catch::Contains("fell silent"));
  CHECK_THAT(ask(false, kLong, kLong, kShort).message, Catch::Contains("did not finish"));
}

TEST_CASE("how long a body may pause can be changed while it comes") {
  HttpServer server(
      [](const HttpRequest&) { return HttpReply{.body = "x", .ending = HttpReply::Ending::kStall}; });
  Client client;
  Exchange exchange(client, {.url = server.url(), .idle_timeout = Milliseconds(60'000)});
  REQUIRE(exchange.NextPiece() == "x");
  exchange.SetIdleTimeout(Milliseconds(30));
  CHECK_FALSE(exchange.NextPiece());
  CHECK_THAT(exchange.end().message, Catch::Contains("fell silent in the middle of its answer for 30 ms"));
}

namespace {

// A port where connections are made and nobody ever says a word.
class SilentPort {
 public:
  SilentPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket_, 8) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~SilentPort() { ::close(socket_); }
  const std::string& address() const { return address_; }

 private:
  int socket_;
  std::string address_;
};

}  // namespace

TEST_CASE("a request that could not be sent in time was not accepted and one that was is a time-out") {
  SilentPort port;
  Client client;
  constexpr Milliseconds kShort(50);
  // TLS is never agreed on: there is no connection.
  const End unconnected = Ask(client, {.url = "https://" + port.address(), .connect_timeout = kShort}).end;
  CHECK(unconnected.problem == Problem::kUnreachable);
  CHECK_THAT(unconnected.message, Catch::Contains(port.address() + "/ cannot be reached: "));
  const End unsent = Ask(client, {.url = "https://" + port.address(), .total_timeout = kShort}).end;
  CHECK(unsent.problem == Problem::kUnreachable);
  CHECK_THAT(unsent.message, Catch::Contains("cannot be reached: no connection within 50 ms"));
  CHECK(Ask(client, {.url = "http://" + port.address(), .total_timeout = kShort}).end.problem ==
        Problem::kTimeout);
}

TEST_CASE("cancelling closes the connection") {
  HttpServer server(
      [](const HttpRequest&) { return HttpReply{.body = "x", .ending = HttpReply::Ending::kStall}; });
  Client client;
  {
    Exchange exchange(client, {.url = server.url()});
    CHECK(exchange.NextPiece() == "x");
    std::stop_source stop;
    stop.request_stop();
    CHECK_FALSE(exchange.NextPiece(stop.get_token()));
  }
  for (int i = 0; i < 2000 && server.closed_by_client() == 0; ++i)
    std::this_thread::sleep_for(Milliseconds(5));
  CHECK(server.closed_by_client() == 1);
}

TEST_CASE("work for later is done in the order of its time and not by a client that has gone") {
  std::promise<void> second;
  std::string order;
  bool gone = false;
  {
    Client client;
    client.After(std::chrono::milliseconds(30), [&] {
      order += '2';
      second.set_value();
    });
    client.After(std::chrono::milliseconds(0), [&] { order += '1'; });
    client.After(std::chrono::hours(1), [&] { gone = true; });
    second.get_future().wait();
  }
  CHECK(order == "12");
  CHECK_FALSE(gone);
}

TEST_CASE("a client that goes away ends what is open") {
  HttpServer server([](const HttpRequest&) { return HttpReply{.ending = HttpReply::Ending::kStall}; });
  struct Waiting final : Handler {
    void OnBody(std::string_view) override {}
    void OnEnd(const End& its_end) override { end = its_end; }
    std::optional<End> end;
  };
  const auto handler = std::make_shared<Waiting>();
  { Client().Start({.url = server.url()}, handler); }
  REQUIRE(handler->end);
  CHECK(handler->end->problem == Problem::kCancelled);
}

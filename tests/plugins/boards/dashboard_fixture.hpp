// What the tests of the board `dashboard` stand on: a dashboard, and one that lies.
#pragma once
#include <catch2/catch.hpp>

#include "support/board_client.hpp"
#include "support/dashboard_server.hpp"
#include "support/http_server.hpp"

namespace mamc::test {

constexpr const char* kToken = "s3cret-token";

// A dashboard with the project `parser`, and the board on it.
struct Board : BoardClient {
  explicit Board(const Json& more = Json::object(), const std::string& token = "")
      : Board(std::make_shared<DashboardServer>(std::vector<std::string>{"parser", "lexer"}, token), more) {}

  plugin::Outcome List() { return Try(MAMC_BOARD_LIST, {{"project", "parser"}}); }
  static Json Claim(const Json& id, const std::string& owner, const std::string& status = "open") {
    return About(id, {{"owner", owner}, {"expected_status", status}, {"ttl_ms", 600'000}});
  }

  DashboardServer& server;

 private:
  Board(const std::shared_ptr<DashboardServer>& its_server, const Json& more)
      : BoardClient("dashboard", its_server->Settings(more), its_server), server(*its_server) {}
};

// A dashboard that says of its tasks what the test wants.
struct Liar {
  explicit Liar(HttpReply reply)
      : server([reply](const HttpRequest& request) {
          return request.target.ends_with("/tasks") ? reply : HttpReply{.status = 200, .body = "[]"};
        }),
        driver(plugin::Kind::kBoard, "dashboard", {{"base_url", server.url()}, {"outage_limit_ms", 0}}) {}
  explicit Liar(const std::string& body) : Liar(HttpReply{.status = 200, .body = body}) {}
  plugin::Outcome List() { return driver.Run(MAMC_BOARD_LIST, {{"project", "parser"}}); }

  HttpServer server;
  PluginDriver driver;
};

}  // namespace mamc::test

// `mamc-host submit` against a real Redis: taken, taken again by a server that was emptied, and not taken at
// all.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "program.hpp"
#include "support/redis_server.hpp"
#include "support/server_process.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

using Clock = std::chrono::steady_clock;

template <typename Condition>
void Until(Condition condition) {
  const auto limit = Clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    REQUIRE(Clock::now() < limit);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

struct Site {
  Site() { program.environment["REDIS_PORT"] = std::to_string(server.port()); }
  std::string Requests() const { return server.Cli({"XLEN", "machine:requests"}); }
  void Answer(const std::string& corr_id) const {
    server.Cli({"XADD", "machine:events", "*", "corr_id", corr_id, "status", "done", "from_persona",
                "coordination", "result",
                R"({"status":"pass","output":"nothing to do","tasks":[],"left":[]})"});
  }
  // The corr_id of the request that is there.
  std::string Submitted() const {
    const std::string request = server.Cli({"XRANGE", "machine:requests", "-", "+"});
    const std::size_t at = request.find("submit-");
    return at == std::string::npos ? "" : request.substr(at, request.find('\n', at) - at);
  }

  RedisServer server;
  Program program;
};

}  // namespace

TEST_CASE("a submission that a server lost is made again under its name and answered") {
  Site site;
  Running submit = site.program.Start({"submit", "--project", "shop"});
  Until([&] { return site.Requests() == "1\n"; });
  const std::string corr_id = site.Submitted();
  site.server.Cli({"FLUSHALL"});
  Until([&] { return site.Requests() == "1\n"; });
  CHECK(site.Submitted() == corr_id);
  site.Answer(corr_id);
  Ran ran = submit.Wait();
  INFO(ran.err);
  CHECK(ran.code == 0);
  CHECK(ran.out == corr_id + "\n");
  CHECK(Contains(ran.err, "nothing to do"));
}

TEST_CASE("a submission that nobody waits for names itself once it is taken") {
  Site site;
  Ran ran = site.program.Run({"submit", "--project", "shop", "--no-wait"});
  CHECK(ran.code == 0);
  CHECK(ran.out == site.Submitted() + "\n");
  CHECK(site.Requests() == "1\n");
}

TEST_CASE("Ctrl-C ends a submission that no server takes, which then has no name and no success") {
  SilentServer server;
  Program program;
  program.environment["REDIS_PORT"] = std::to_string(server.port());
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"--no-wait"}, {"--no-wait", "--json"}, {}}) {
    std::vector<std::string> words = {"submit", "--project", "shop"};
    words.insert(words.end(), more.begin(), more.end());
    Running submit = program.Start(words);
    server.WaitForClient();
    const auto begin = Clock::now();
    submit.Signal(SIGINT);
    Ran ran = submit.Wait();
    INFO(ran.err);
    CHECK(ran.code == 130);
    CHECK(ran.out == "");
    CHECK(Contains(ran.err, "no server has said that it took the submission submit-"));
    CHECK(Clock::now() - begin < std::chrono::seconds(5));
  }
}

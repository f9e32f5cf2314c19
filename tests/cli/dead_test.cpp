// `mamc-host dead` where the transport has more than it lists at once.
#include <catch2/catch.hpp>

#include "program.hpp"
#include "support/redis_server.hpp"

using namespace mamc;
using namespace mamc::test;

TEST_CASE("a list of dead letters that is not whole says so and denies no letter") {
  RedisServer server;
  Program program;
  program.environment["REDIS_PORT"] = std::to_string(server.port());
  program.environment["MAMC_STATE_DIR"] = (program.dir / "state").string();
  const auto add = [&](int first, int last, int bytes) {
    server.Cli(
        {"EVAL",
         "for i = ARGV[1], ARGV[2] do redis.call('XADD', 'machine:requests:dead', '*', 'mamc_id', '1-' "
         ".. i, 'mamc_group', 'g', 'mamc_reason', 'r', 'mamc_at_ms', '1', 'payload', string.rep('x', "
         "ARGV[3])) end",
         "0", std::to_string(first), std::to_string(last), std::to_string(bytes)});
  };
  add(1, 2, 10);
  Json listed = program.Run({"dead", "list", "--json"}).json();
  CHECK(listed["messages"].size() == 2);
  CHECK(listed["truncated"] == false);
  const Ran none = program.Run({"dead", "show", "1-777"});
  CHECK(none.code == 2);
  CHECK(Contains(none.err, "there is no dead letter '1-777'"));

  add(3, 777, 9000);
  listed = program.Run({"dead", "list", "--json"}).json();
  const std::size_t count = listed["messages"].size();
  CHECK(count < 777);
  CHECK(listed["truncated"] == true);
  const Ran beyond = program.Run({"dead", "show", "1-777"});
  CHECK(beyond.code == 2);
  CHECK_FALSE(Contains(beyond.err, "there is no dead letter"));
  CHECK(Contains(beyond.err, "is not among the " + std::to_string(count)));
  CHECK(Contains(beyond.err, "there are more"));
}

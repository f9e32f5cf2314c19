#include <mamc/transport.h>

#include <catch2/catch.hpp>

#include "support/transport_contract.hpp"

using namespace mamc;
using namespace mamc::test;

namespace {

TransportUnderTest Make() {
  return {std::make_unique<PluginDriver>(plugin::Kind::kTransport, "local"), nullptr};
}

Json Letter(const std::string& text) {
  return {{"stream", "s"}, {"fields", {{"text", text}}}};
}

}  // namespace

MAMC_TRANSPORT_CONTRACT(Make)

TEST_CASE("a full stream refuses and takes again once its group has acknowledged") {
  PluginDriver driver(plugin::Kind::kTransport, "local", {{"max_messages", 2}});
  DrivenCall anna =
      driver.Start(MAMC_TRANSPORT_CONSUME,
                   {{"stream", "s"}, {"group", "g"}, {"consumer", "c"}, {"credit", 9}, {"idle_ms", 60'000}});
  const std::string first = driver.Start(MAMC_TRANSPORT_PUBLISH, Letter("1")).result()["id"];
  driver.Start(MAMC_TRANSPORT_PUBLISH, Letter("2")).result();
  const auto refused = driver.Run(MAMC_TRANSPORT_PUBLISH, Letter("3"));
  CHECK(refused.code == Code::kLimit);
  CHECK_THAT(refused.Message(), Catch::Contains("max_messages"));

  driver.Start(MAMC_TRANSPORT_ACK, {{"stream", "s"}, {"group", "g"}, {"id", first}}).result();
  driver.Start(MAMC_TRANSPORT_PUBLISH, Letter("3")).result();
}

TEST_CASE("a stream that is read keeps its messages for later readers") {
  PluginDriver driver(plugin::Kind::kTransport, "local");
  driver.Start(MAMC_TRANSPORT_READ, {{"stream", "s"}, {"from", "0"}, {"credit", 1}});
  driver.Start(MAMC_TRANSPORT_CONSUME,
               {{"stream", "s"}, {"group", "g"}, {"consumer", "c"}, {"credit", 9}, {"idle_ms", 60'000}});
  const std::string id = driver.Start(MAMC_TRANSPORT_PUBLISH, Letter("kept")).result()["id"];
  driver.Start(MAMC_TRANSPORT_ACK, {{"stream", "s"}, {"group", "g"}, {"id", id}}).result();
  DrivenCall later = driver.Start(MAMC_TRANSPORT_READ, {{"stream", "s"}, {"from", "0"}, {"credit", 1}});
  CHECK(later.NextEmit().json["id"] == id);
}

TEST_CASE("a stream with a group holds only what the group has not acknowledged") {
  PluginDriver driver(plugin::Kind::kTransport, "local", {{"max_messages", 10}});
  DrivenCall anna =
      driver.Start(MAMC_TRANSPORT_CONSUME,
                   {{"stream", "s"}, {"group", "g"}, {"consumer", "c"}, {"credit", 1}, {"idle_ms", 60'000}});
  for (int i = 0; i < 300; ++i) {
    const std::string id = driver.Start(MAMC_TRANSPORT_PUBLISH, Letter("x")).result()["id"];
    REQUIRE(anna.NextEmit().json["id"] == id);
    REQUIRE(driver.Run(MAMC_TRANSPORT_ACK, {{"stream", "s"}, {"group", "g"}, {"id", id}}).code == Code::kOk);
  }
}

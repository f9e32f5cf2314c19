#include "mamc/messaging/announcements.hpp"

#include <mamc/transport.h>

#include <catch2/catch.hpp>

#include "support/captured_log.hpp"
#include "support/engine_bench.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::messaging;

namespace {

MachineAnnouncement Of(const std::string& host) {
  return {.host = host,
          .machine = "box",
          .version = "1.2.3",
          .personas = {"coordination", "qa-engineer"},
          .plugins = {{"steps/ask", "1.0.0"}, {"transports/local", "2.0.0"}},
          .persona_hashes = {{"qa-engineer", "aa"}},
          .workflow_hashes = {{"project-loop", "bb"}}};
}

struct Hall {
  explicit Hall(const TempDir& dir) : bench(dir) {
    auto opened = bench.calls->Open(plugin::Kind::kTransport, "local", Json::object());
    REQUIRE(opened.ok());
    transport = *opened;
  }
  std::unique_ptr<Announcements> Join(AnnouncementOptions options = {}) {
    return std::make_unique<Announcements>(bench.loop, *bench.calls, transport, options);
  }
  Json Call(std::uint32_t verb, const Json& input) {
    std::optional<Json> answer;
    plugin::Call(*bench.calls, transport, verb, input, [&](Result<Json> result) {
      CHECK(result.status().message() == "");
      answer = result.ok() ? *result : Json::object();
    });
    bench.Until([&] { return answer.has_value(); });
    return *answer;
  }
  std::vector<std::string> Hosts(Announcements& announcements) {
    std::optional<std::vector<std::string>> hosts;
    announcements.List([&](Result<std::vector<MachineAnnouncement>> listed) {
      CHECK(listed.status().message() == "");
      hosts.emplace();
      if (listed.ok())
        for (const MachineAnnouncement& said : *listed) hosts->push_back(said.host);
    });
    bench.Until([&] { return hosts.has_value(); });
    return *hosts;
  }
  EngineBench bench;
  std::shared_ptr<plugin::Instance> transport;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("an announcement travels as JSON and what is missing in it is empty") {
  MachineAnnouncement said = Of("box-1");
  said.at_ms = 1700000000000;
  auto read = MachineAnnouncement::FromJson(said.ToJson());
  REQUIRE(read.ok());
  CHECK(read->ToJson() == said.ToJson());
  CHECK(read->plugins.at(1).id == "transports/local");
  CHECK(read->plugins.at(1).version == "2.0.0");
  auto bare = MachineAnnouncement::FromJson({{"host", "old"}, {"x_new", 1}});
  REQUIRE(bare.ok());
  CHECK(bare->personas.empty());
}

TEST_CASE("an announcement with a member of another type says which") {
  auto said = GENERATE(std::pair(Json{{"host", 1}}, "'host'"),
                       std::pair(Json{{"host", "a"}, {"personas", 1}}, "'personas'"),
                       std::pair(Json{{"host", "a"}, {"personas", {1}}}, "'personas'"),
                       std::pair(Json{{"host", "a"}, {"plugins", {{"x", 1}}}}, "'plugins'"),
                       std::pair(Json{{"host", "a"}, {"workflow_hashes", "x"}}, "'workflow_hashes'"),
                       std::pair(Json{{"host", "a"}, {"at_ms", "now"}}, "'at_ms'"),
                       std::pair(Json::object(), "'host'"), std::pair(Json(nullptr), "not an object"));
  auto read = MachineAnnouncement::FromJson(said.first);
  REQUIRE_FALSE(read.ok());
  CHECK(read.status().message().find(said.second) != std::string::npos);
}

TEST_CASE("every host that has announced itself is listed by whoever asks") {
  TempDir dir;
  Hall hall(dir);
  auto one = hall.Join(), two = hall.Join(), asker = hall.Join();
  CHECK(hall.Hosts(*asker) == Names{});
  two->Publish(Of("b"));
  one->Publish(Of("a"));
  CHECK(hall.Hosts(*asker) == Names{"a", "b"});
  CHECK(hall.Hosts(*one) == Names{"a", "b"});
}

TEST_CASE("an announcement is renewed within its time and its name is said again") {
  TempDir dir;
  Hall hall(dir);
  auto host = hall.Join();
  host->Publish(Of("a"));
  Json first = hall.Call(MAMC_TRANSPORT_GET, {{"key", "machine:worker:a"}})["value"];
  for (int i = 0; i < 3; ++i) hall.bench.Advance(30'000);
  Json later = hall.Call(MAMC_TRANSPORT_GET, {{"key", "machine:worker:a"}})["value"];
  CHECK(later["at_ms"].get<std::int64_t>() - first["at_ms"].get<std::int64_t>() == 90'000);
  // A server that was emptied knows the host again.
  auto elsewhere = hall.Join({.stream = "other"});
  CHECK(hall.Hosts(*elsewhere) == Names{});
  auto late = hall.Join({.stream = "other"});
  late->Publish(Of("a"));
  CHECK(hall.Hosts(*elsewhere) == Names{"a"});
  hall.Call(MAMC_TRANSPORT_PUBLISH, {{"stream", "mark"}, {"fields", {{"x", "y"}}}});
  std::size_t names = 0;
  class Count final : public plugin::ServedObserver {
   public:
    Count(plugin::Calls& calls, std::size_t* count) : ServedObserver(calls), count_(count) {}
    void OnEmit(plugin::Ticket, std::string, std::string json) override {
      if (json.find("\"host\"") != std::string::npos) ++*count_;
    }
    void OnComplete(plugin::Ticket, plugin::Outcome, bool) override {}

   private:
    std::size_t* count_;
  };
  hall.bench.calls->Start(hall.transport, {.verb = MAMC_TRANSPORT_READ},
                          Dump({{"stream", "machine:workers"}, {"from", "0"}, {"credit", 10}}),
                          std::make_shared<Count>(*hall.bench.calls, &names));
  hall.bench.Until([&] { return names == 1; });
  hall.bench.Advance(30'000);
  hall.bench.Until([&] { return names == 2; });
}

TEST_CASE("a host that is silent or has withdrawn is listed no more") {
  TempDir dir;
  Hall hall(dir);
  auto silent = hall.Join({.ttl_ms = 50}), leaves = hall.Join(), stays = hall.Join();
  stays->Publish(Of("stays"));
  leaves->Publish(Of("leaves"));
  silent->Publish(Of("silent"));  // the clock of its loop stands still
  bool left = false;
  leaves->Withdraw([&] { left = true; });
  hall.bench.Until([&] { return left; });
  Names hosts;
  for (int i = 0; i < 1000 && hosts != Names{"stays"}; ++i) hosts = hall.Hosts(*stays);
  CHECK(hosts == Names{"stays"});
  leaves->Withdraw([&] { left = false; });
  hall.bench.Until([&] { return !left; });
}

TEST_CASE("what others have written in place of an announcement is left out") {
  TempDir dir;
  Hall hall(dir);
  CapturedLog log;
  auto host = hall.Join();
  host->Publish(Of("a"));
  for (const char* other : {"liar", "broken", ""})
    hall.Call(MAMC_TRANSPORT_PUBLISH,
              {{"stream", "machine:workers"}, {"fields", {{"host", other}, {"end", "x"}}}});
  hall.Call(MAMC_TRANSPORT_PUT, {{"key", "machine:worker:liar"}, {"value", Of("a").ToJson()}});
  hall.Call(MAMC_TRANSPORT_PUT, {{"key", "machine:worker:broken"}, {"value", "nonsense"}});
  CHECK(hall.Hosts(*host) == Names{"a"});
  CHECK(log.Has({"cannot be read", "host=liar"}));
  CHECK(log.Has({"cannot be read", "host=broken"}));
}

TEST_CASE("a list over a transport that does not answer ends in words") {
  TempDir dir;
  EngineBench bench(dir);
  auto opened = bench.calls->Open(plugin::Kind::kTransport, "test.flaky", {{"dir", dir.path().string()}});
  REQUIRE(opened.status().message() == "");
  Announcements announcements(bench.loop, *bench.calls, *opened);
  std::optional<Status> ended;
  announcements.List([&](Result<std::vector<MachineAnnouncement>> listed) { ended = listed.status(); });
  bench.Until([&] { return !LinesOf(dir / "opened").empty(); });
  bench.Advance(15'000);
  bench.Until([&] { return ended.has_value(); });
  CHECK(ended->code() == Code::kTimeout);
  CHECK(ended->message().find("hosts cannot be listed") != std::string::npos);
}

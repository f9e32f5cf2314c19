#include "mamc/messaging/channel.hpp"

#include <mamc/transport.h>

#include <catch2/catch.hpp>

#include "support/engine_bench.hpp"

using namespace mamc;
using namespace mamc::test;
using namespace mamc::messaging;

namespace {

struct Post {
  explicit Post(const TempDir& dir) : bench(dir) {
    auto opened = bench.calls->Open(plugin::Kind::kTransport, "local", Json::object());
    REQUIRE(opened.ok());
    transport = *opened;
    channel = std::make_unique<Channel>(*bench.calls, transport, ChannelOptions{});
  }
  void Publish(const std::string& corr_id, const std::string& status) {
    Event event;
    event.corr_id = corr_id;
    event.status = status;
    channel->PublishEvent(event, [](Status published) { CHECK(published.ok()); });
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
  EngineBench bench;
  std::shared_ptr<plugin::Instance> transport;
  std::unique_ptr<Channel> channel;
};

}  // namespace

TEST_CASE("every one who expects a corr_id hears its events until he forgets it") {
  TempDir dir;
  Post post(dir);
  std::vector<std::string> heard;
  auto one = post.channel->Expect("c", [&](const Event& event) { heard.push_back("one " + event.status); });
  post.channel->Expect("c", [&](const Event& event) { heard.push_back("two " + event.status); });
  post.channel->Expect("other", [&](const Event&) { heard.push_back("other"); });
  post.Publish("c", "progress");
  post.bench.Until([&] { return heard.size() == 2; });
  post.channel->Forget(one);
  post.Publish("c", "done");
  post.bench.Until([&] { return heard.size() == 3; });
  CHECK(heard == std::vector<std::string>{"one progress", "two progress", "two done"});
}

TEST_CASE("who hears an event may forget the others and himself") {
  TempDir dir;
  Post post(dir);
  std::vector<std::string> heard;
  Channel::Expectation one = 0, two = 0;
  one = post.channel->Expect("c", [&](const Event&) {
    heard.push_back("one");
    post.channel->Forget(one);
    post.channel->Forget(two);
  });
  two = post.channel->Expect("c", [&](const Event&) { heard.push_back("two"); });
  post.Publish("c", "done");
  bool end = false;
  post.channel->Expect("end", [&](const Event&) { end = true; });
  post.Publish("end", "done");
  post.bench.Until([&] { return end; });
  CHECK(heard == std::vector<std::string>{"one"});
}

TEST_CASE("a malformed event is logged and the next one is heard") {
  TempDir dir;
  Post post(dir);
  CapturedLog log;
  bool heard = false;
  post.channel->Expect("c", [&](const Event&) { heard = true; });
  post.Call(MAMC_TRANSPORT_PUBLISH, {{"stream", "machine:events"}, {"fields", {{"corr_id", "c"}}}});
  post.Publish("c", "done");
  post.bench.Until([&] { return heard; });
  CHECK(log.Has({"warn transport: malformed event", "without status"}));
}

TEST_CASE("a request that is given to the dead letters is there with its fields and the reason") {
  TempDir dir;
  Post post(dir);
  bool dead = false;
  post.channel->Consume(
      "qa-engineer", 1,
      [&](Delivery delivery) {
        post.channel->Dead(delivery, "it is nonsense");
        dead = true;
      },
      [](Status) {});
  post.Call(MAMC_TRANSPORT_PUBLISH, {{"stream", "machine:requests"}, {"fields", {{"x_own", "kept"}}}});
  post.bench.Until([&] { return dead; });
  Json letters = post.Call(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "machine:requests"}})["messages"];
  REQUIRE(letters.size() == 1);
  CHECK(letters[0]["reason"] == "it is nonsense");
  CHECK(letters[0]["group"] == "machine:personas:qa-engineer");
  CHECK(letters[0]["fields"] == Json{{"x_own", "kept"}});
}

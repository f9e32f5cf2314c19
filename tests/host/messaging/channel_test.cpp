#include "mamc/messaging/channel.hpp"

#include <mamc/transport.h>

#include <catch2/catch.hpp>

#include "support/captured_log.hpp"
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
    channel = std::make_unique<Channel>(bench.loop, *bench.calls, transport, ChannelOptions{});
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
  post.channel->Consume("qa-engineer", 1, [&](Delivery delivery) {
    post.channel->Dead(delivery, "it is nonsense");
    dead = true;
  });
  post.Call(MAMC_TRANSPORT_PUBLISH, {{"stream", "machine:requests"}, {"fields", {{"x_own", "kept"}}}});
  post.bench.Until([&] { return dead; });
  Json letters = post.Call(MAMC_TRANSPORT_DEAD_LIST, {{"stream", "machine:requests"}})["messages"];
  REQUIRE(letters.size() == 1);
  CHECK(letters[0]["reason"] == "it is nonsense");
  CHECK(letters[0]["group"] == "machine:personas:qa-engineer");
  CHECK(letters[0]["fields"] == Json{{"x_own", "kept"}});
}

TEST_CASE(
    "a channel that is closed tells when all that was said, and said upon that, is with the transport") {
  TempDir dir;
  Post post(dir);
  std::vector<std::string> order;
  bool delivered = false;
  post.channel->Consume("qa-engineer", 1, [&](Delivery delivery) {
    Event event;
    event.corr_id = "c";
    event.status = "done";
    post.channel->PublishEvent(event, [&order, &post, delivery, event](const Status& published) {
      CHECK(published.ok());
      order.push_back("answered");
      post.channel->Acknowledge(delivery);
      post.channel->PublishEvent(event, [&order](const Status&) { order.push_back("more"); });
    });
    post.channel->Close([&] { order.push_back("all said"); });
    delivered = true;
  });
  post.Call(MAMC_TRANSPORT_PUBLISH, {{"stream", "machine:requests"}, {"fields", {{"x", "y"}}}});
  post.bench.Until([&] { return delivered && !order.empty() && order.back() == "all said"; });
  CHECK(order == std::vector<std::string>{"answered", "more", "all said"});
  // With nothing on its way it is told as well.
  post.channel->Close([&] { order.clear(); });
  CHECK_FALSE(order.empty());
  post.bench.Until([&] { return order.empty(); });
}

namespace {

// A channel over a transport that fails as the test wants it.
struct BadLine {
  explicit BadLine(const TempDir& its_dir, std::int64_t outage_limit_ms = 600'000)
      : dir(its_dir), bench(its_dir) {
    auto opened = bench.calls->Open(plugin::Kind::kTransport, "test.flaky", {{"dir", dir.path().string()}});
    REQUIRE(opened.status().message() == "");
    ChannelOptions options;
    options.on_lost = [this](const Status& status) { lost.push_back(status); };
    options.outage_limit_ms = outage_limit_ms;
    channel = std::make_unique<Channel>(bench.loop, *bench.calls, *opened, options);
  }
  std::vector<std::string> opened() const { return LinesOf(dir / "opened"); }
  void WaitForOpenings(std::size_t count) {
    bench.Until([&] { return opened().size() >= count; });
    CHECK(opened().size() == count);
  }
  void WriteWhole(const std::string& name, const std::string& text) {
    dir.Write(name + ".part", text);
    std::filesystem::rename(dir / (name + ".part"), dir / name);
  }
  void Break(Code code) { WriteWhole("end", std::to_string(static_cast<int>(code))); }
  void Mend() { std::filesystem::remove(dir / "end"); }
  // The stream has ended and waits for its next opening.
  void WaitForTimer() {
    bench.Until([&] { return bench.loop.pending_timers() > 0; });
  }

  const TempDir& dir;
  EngineBench bench;
  std::unique_ptr<Channel> channel;
  std::vector<Status> lost;
};

}  // namespace

TEST_CASE("an event stream that ends is opened again where it stood and what waits is heard") {
  TempDir dir;
  BadLine line(dir);
  std::vector<std::string> heard;
  line.channel->Expect("c", [&](const Event& event) { heard.push_back(event.status); });
  line.WaitForOpenings(1);
  line.WriteWhole(
      "say",
      R"({"id":"41-0","fields":{"corr_id":"c","status":"progress","from_persona":"x","workflow_id":"w"}})");
  line.bench.Until([&] { return heard.size() == 1; });
  line.Break(Code::kUnavailable);
  line.WaitForTimer();
  line.Mend();
  CHECK(line.opened().size() == 1);
  line.bench.Advance(1000);
  line.WaitForOpenings(2);
  CHECK(line.opened() == std::vector<std::string>{"read $", "read 41-0"});
  line.WriteWhole(
      "say",
      R"({"id":"42-0","fields":{"corr_id":"c","status":"done","from_persona":"x","workflow_id":"w"}})");
  line.bench.Until([&] { return heard.size() == 2; });
  CHECK(line.lost.empty());
}

TEST_CASE("who waits is told once when the server has lost what was on its way") {
  TempDir dir;
  BadLine line(dir);
  int told = 0;
  auto one = line.channel->Expect(
      "a", [](const Event&) {}, [&] { ++told; });
  line.channel->Expect(
      "b", [](const Event&) {}, [&] { ++told; });
  line.channel->Expect("b", [](const Event&) {});
  line.WaitForOpenings(1);
  line.channel->Forget(one);
  line.WriteWhole("emptied", "");
  line.WaitForTimer();
  line.WriteWhole("emptied", "");
  line.bench.Until([&] { return !std::filesystem::exists(dir / "emptied"); });
  line.bench.Advance(1000);
  line.bench.Until([&] { return told > 0; });
  CHECK(told == 1);
}

TEST_CASE("a reader that ends before it has read anything goes on from what was published here") {
  TempDir dir;
  BadLine line(dir);
  line.WaitForOpenings(1);
  bool published = false;
  Event event;
  event.corr_id = "c";
  event.status = "progress";
  line.channel->PublishEvent(event, [&](Status) { published = true; });
  line.bench.Until([&] { return published; });
  line.Break(Code::kFailed);
  line.WaitForTimer();
  line.Mend();
  line.bench.Advance(1000);
  line.WaitForOpenings(2);
  CHECK(line.opened().back() == "read 7-0");
}

TEST_CASE(
    "requests that end are asked for again with growing waits and given up after the limit of an outage") {
  TempDir dir;
  CapturedLog log;
  BadLine line(dir);
  line.channel->Consume("qa-engineer", 1, [](Delivery) {});
  line.WaitForOpenings(2);
  line.Break(Code::kFailed);
  for (int i = 0; i < 60 && line.lost.size() < 2; ++i) {
    line.bench.Until([&] { return line.bench.loop.pending_timers() + line.lost.size() == 2; });
    line.bench.Advance(30'000);
  }
  REQUIRE(line.lost.size() == 2);
  CHECK(line.bench.now_ms() >= 600'000);
  CHECK(line.bench.now_ms() < 700'000);
  for (const char* wait : {"1000", "2000", "4000", "8000", "16000", "30000"})
    CHECK(log.Has({"requests of group machine:personas:qa-engineer", "wait_ms=" + std::string(wait)}));
  CHECK_FALSE(log.Has({"wait_ms=32000"}));
  for (const Status& lost : line.lost) CHECK(lost.message().find("the line is dead") != std::string::npos);
}

TEST_CASE("without a limit of an outage a stream that ends is given up at once") {
  TempDir dir;
  BadLine line(dir, 0);
  line.WaitForOpenings(1);
  line.Break(Code::kFailed);
  line.bench.Until([&] { return !line.lost.empty(); });
  CHECK(line.opened().size() == 1);
}

TEST_CASE("a stream that can never be opened is given up at once") {
  TempDir dir;
  auto code = GENERATE(Code::kPermission, Code::kUnavailable);
  BadLine line(dir);
  line.Break(code);
  line.bench.Until([&] { return !line.lost.empty(); });
  CHECK(line.lost[0].code() == code);
  CHECK(line.lost[0].message().find("stream machine:events") != std::string::npos);
  CHECK(line.bench.loop.pending_timers() == 0);
}

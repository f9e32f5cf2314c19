#pragma once
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mamc/engine/persona_service.hpp"
#include "support/engine_bench.hpp"

namespace mamc::test {

// A bench whose personas are asked over the local transport. `requests` are those for the qa-engineer.
class Office {
 public:
  explicit Office(const TempDir& dir, BenchOptions options = {}, std::size_t max_change_bytes = 64 << 10)
      : bench(dir, std::move(options)) {
    auto transport = bench.calls->Open(plugin::Kind::kTransport, "local", Json::object());
    REQUIRE(transport.status().message() == "");
    channel = std::make_unique<messaging::Channel>(bench.loop, *bench.calls, *transport,
                                                   messaging::ChannelOptions{});
    bench.engine->AddService(
        "persona.request",
        engine::MakePersonaService(bench.loop, *bench.journal, *channel,
                                   {.timeout_ms =
                                        [this](const workflow::Persona& persona) {
                                          return persona.timeout_ms.value_or(default_timeout_ms);
                                        },
                                    .max_change_bytes = max_change_bytes}));
    channel->Consume("qa-engineer", 10, [this](messaging::Delivery delivery) {
      auto request = messaging::Request::FromFields(delivery.fields);
      REQUIRE(request.ok());
      requests.push_back(*request);
      channel->Acknowledge(delivery);
    });
  }

  messaging::Request NextRequest() {
    std::size_t want = ++taken_;
    bench.Until([&] { return requests.size() >= want; });
    return requests[want - 1];
  }
  void Answer(const messaging::Request& request, const std::string& status, const Json& result,
              const std::string& error = "") {
    messaging::Event event;
    event.corr_id = request.corr_id;
    event.status = status;
    event.result = result;
    event.error = error;
    event.from_persona = "qa-engineer";
    event.duration_ms = 1234;
    channel->PublishEvent(event, [](Status published) { CHECK(published.ok()); });
  }
  // What is said of a request from now on, also by us to its worker. Lives as long as the office.
  const std::vector<std::string>& HearStatusesOf(const messaging::Request& request) {
    std::vector<std::string>& statuses = statuses_[request.corr_id];
    channel->Expect(request.corr_id,
                    [&statuses](const messaging::Event& event) { statuses.push_back(event.status); });
    return statuses;
  }
  // Nothing is on the way any more.
  void Settle() {
    bool settled = false;
    messaging::Event event;
    event.corr_id = "settle-" + std::to_string(++settles_);
    event.status = "done";
    auto expectation = channel->Expect(event.corr_id, [&](const messaging::Event&) { settled = true; });
    channel->PublishEvent(event, [](Status) {});
    bench.Until([&] { return settled; });
    channel->Forget(expectation);
  }

  // The next request fails with what may pass; its retry waits for its time.
  void FailInPassing(const std::string& message) {
    const std::size_t before = bench.Events("request-retry").size();
    Answer(NextRequest(), "error", {{"code", static_cast<int>(Code::kUnavailable)}}, message);
    bench.Until([&] { return bench.Events("request-retry").size() == before + 1; });
  }

  std::int64_t default_timeout_ms = 60000;
  EngineBench bench;
  std::unique_ptr<messaging::Channel> channel;
  std::vector<messaging::Request> requests;

 private:
  std::map<std::string, std::vector<std::string>> statuses_;  // by corr_id
  std::size_t taken_ = 0;
  int settles_ = 0;
};

}  // namespace mamc::test

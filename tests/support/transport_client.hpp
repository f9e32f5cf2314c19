// A transport and its server, for tests of what happens between the two.
#pragma once
#include <mamc/transport.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <thread>

#include "support/plugin_driver.hpp"
#include "support/real_server.hpp"

namespace mamc::test {

class TransportClient {
 public:
  TransportClient(const std::string& id, const Json& settings)
      : driver_(plugin::Kind::kTransport, id, settings) {}

  DrivenCall Start(std::uint32_t verb, const Json& input) { return driver_.Start(verb, input); }
  plugin::Outcome Try(std::uint32_t verb, const Json& input) { return driver_.Run(verb, input); }
  DrivenCall StartPublish(const std::string& text) {
    return Start(MAMC_TRANSPORT_PUBLISH, {{"stream", "s"}, {"fields", {{"text", text}}}});
  }
  std::string Publish(const std::string& text) { return StartPublish(text).result()["id"]; }
  DrivenCall Read(const std::string& from = "0") {
    return Start(MAMC_TRANSPORT_READ, {{"stream", "s"}, {"from", from}, {"credit", 100}});
  }
  DrivenCall Consume(int credit = 10, std::int64_t idle_ms = 60'000, const std::string& name = "anna") {
    return Start(
        MAMC_TRANSPORT_CONSUME,
        {{"stream", "s"}, {"group", "g"}, {"consumer", name}, {"credit", credit}, {"idle_ms", idle_ms}});
  }
  void Ack(const std::string& id) {
    Start(MAMC_TRANSPORT_ACK, {{"stream", "s"}, {"group", "g"}, {"id", id}}).result();
  }
  bool Until(const std::function<bool()>& done, std::int64_t patience_ms = 20'000) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    while (!done()) {
      if (std::chrono::steady_clock::now() >= end) return false;
      driver_.loop().RunReady();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
  }
  void Let(std::int64_t ms) {
    Until([] { return false; }, ms);
  }
  PluginDriver& driver() { return driver_; }

 private:
  PluginDriver driver_;
};

// What comes next but that the stream was emptied.
inline Emitted NextMessage(DrivenCall& call) {
  for (;;)
    if (Emitted emitted = call.NextEmit(); emitted.kind != "emptied") return emitted;
}

inline std::string TextOf(const Emitted& message) {
  return message.json.at("fields").at("text");
}

// Takes what has come.
inline void Collect(DrivenCall& call, std::set<std::string>& texts) {
  while (call.HasEmit()) texts.insert(TextOf(call.NextEmit()));
}

inline Json Quick(const RealServer& server, const Json& more = Json::object()) {
  Json settings = server.Settings({{"answer_timeout_ms", 200}});
  settings.update(more);
  return settings;
}

}  // namespace mamc::test

// The child service persona.request: sends a request over the transport and waits for its answer, with the
// attempts, time-outs and back-off of the rulings. What it has tried is journalled, so that a restart resets
// nothing.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "mamc/base/loop.hpp"
#include "mamc/engine/service.hpp"
#include "mamc/messaging/channel.hpp"

namespace mamc::engine {

struct PersonaServiceOptions {
  // A persona's time-out when neither the call nor its step gives one.
  std::function<std::int64_t(const workflow::Persona&)> timeout_ms;
  int max_retries = 3;
  std::int64_t backoff_increment_ms = 30000;
  std::string from = "coordination";
  std::size_t max_change_bytes = 64 << 10;  // of the diff that a request with intent `review` carries
};

// (retries + 1) × timeout + the back-offs + 30 s: how long one request may take in all.
std::int64_t WrapperTimeoutMs(std::int64_t timeout_ms, int retries, std::int64_t backoff_increment_ms);

std::shared_ptr<Service> MakePersonaService(Loop& loop, journal::Journal& journal,
                                            messaging::Channel& channel, PersonaServiceOptions options);

}  // namespace mamc::engine

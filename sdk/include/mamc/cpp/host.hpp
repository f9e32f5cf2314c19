// The host's services as this plugin found them at init, and the small conversions of the border.
#pragma once
#include <mamc/plugin.h>
#include <mamc/services.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace mamc::sdk::detail {

// Set by init, cleared by deinit; read from any thread in between.
struct Services {
  const mamc_complete* complete = nullptr;
  const mamc_log* log = nullptr;
  const mamc_children* children = nullptr;
  const mamc_secret* secret = nullptr;
  const mamc_state* state = nullptr;
  const mamc_artifact* artifact = nullptr;
};

inline Services& TheServices() {
  static Services services;
  return services;
}

inline void FindServices(const mamc_host& host) {
  const auto find = [&](const char* id) { return host.get_service(host.context, id); };
  TheServices() = {.complete = static_cast<const mamc_complete*>(find(MAMC_SERVICE_COMPLETE)),
                   .log = static_cast<const mamc_log*>(find(MAMC_SERVICE_LOG)),
                   .children = static_cast<const mamc_children*>(find(MAMC_SERVICE_CHILDREN)),
                   .secret = static_cast<const mamc_secret*>(find(MAMC_SERVICE_SECRET)),
                   .state = static_cast<const mamc_state*>(find(MAMC_SERVICE_STATE)),
                   .artifact = static_cast<const mamc_artifact*>(find(MAMC_SERVICE_ARTIFACT))};
}

inline mamc_str Str(std::string_view text) {
  return {text.data(), text.size()};
}
inline std::string_view View(mamc_str text) {
  return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}

// JSON text for the host. Bytes that are not UTF-8 become U+FFFD: a program's output must not fail the call
// that reports it.
inline std::string Dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

inline void WriteLog(mamc_ticket ticket, int level, std::string_view text) {
  const mamc_log* log = TheServices().log;
  if (MAMC_HAS(log, mamc_log, write)) log->write(log->context, ticket, level, Str(text));
}

// Gathers the pieces that the host hands to a mamc_sink.
struct Gathered {
  std::string bytes;
  bool complete = true;

  static void MAMC_CALL Take(void* self, mamc_str piece) noexcept {
    auto& gathered = *static_cast<Gathered*>(self);
    try {
      gathered.bytes.append(View(piece));
    } catch (...) {  // no exception may cross into the host: the reader looks at `complete`
      gathered.complete = false;
    }
  }
};

}  // namespace mamc::sdk::detail

// A server: its URLs, time-outs and credentials. Immutable, usable from any thread.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "json_fields.hpp"
#include "mamc/http/exchange.hpp"

namespace lm_studio {

using Clock = std::chrono::steady_clock;
using mamc::http::Milliseconds;

constexpr const char* kTokenName = "LM_STUDIO_API_KEY";

// The bases of the servers in the setting `base_url`: one, or several with commas between them.
std::vector<std::string> BaseUrls(const std::string& setting);
// A base without a trailing slash, /v1 and what else people copy from examples. Throws when it is no URL.
std::string BaseUrl(std::string url);

// When a call has to be over, by our own clock, and how long that was when it began; no value: whenever.
struct CallEnd {
  Clock::time_point at;
  Milliseconds whole;
};
using Deadline = std::optional<CallEnd>;
// The end of a call that begins now, less what it takes to say that it has passed.
Deadline DeadlineOf(const mamc::sdk::Context& context);

struct Times {
  explicit Times(const Json& settings);

  Milliseconds connect;
  Milliseconds load;
  Milliseconds first_token;
  Milliseconds idle;
  std::optional<Milliseconds> total;
  Milliseconds liveness_interval;
  Milliseconds cancel_grace;
};

class Endpoint {
 public:
  Endpoint(const Json& settings, std::string base) : times_(settings), base_(std::move(base)) {}

  const std::string& base() const { return base_; }
  const Times& times() const { return times_; }
  // A request to `path` ("/v1/models") with time-outs and, when the secret is set, its token.
  mamc::http::Request To(const std::string& path, mamc::sdk::Context& context,
                         const Deadline& deadline) const;
  // The same for what a server answers at once: it is waited for shortly.
  mamc::http::Request Quick(const std::string& path, mamc::sdk::Context& context,
                            const Deadline& deadline) const;

 private:
  Times times_;
  std::string base_;
};

}  // namespace lm_studio

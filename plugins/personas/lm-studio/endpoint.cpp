#include "endpoint.hpp"

#include <algorithm>

namespace lm_studio {
namespace {

using mamc::sdk::Failure;

Milliseconds Time(const Json& settings, const char* name, int otherwise) {
  return Milliseconds(settings.value(name, otherwise));
}

bool CutEnd(std::string& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.resize(text.size() - end.size());
  return true;
}

Milliseconds LeftUntil(Clock::time_point time) {
  return std::max(std::chrono::ceil<Milliseconds>(time - Clock::now()), Milliseconds(1));
}

}  // namespace

std::vector<std::string> BaseUrls(const std::string& setting) {
  constexpr const char* kBetween = ", \t\n";
  std::vector<std::string> bases;
  for (std::size_t at = setting.find_first_not_of(kBetween); at != std::string::npos;) {
    const std::size_t end = std::min(setting.find_first_of(kBetween, at), setting.size());
    const std::string base = BaseUrl(setting.substr(at, end - at));
    if (std::find(bases.begin(), bases.end(), base) == bases.end()) bases.push_back(base);
    at = setting.find_first_not_of(kBetween, end);
  }
  if (bases.empty()) throw Failure(MAMC_E_INVALID, "backends.lm-studio.base_url names no server.");
  return bases;
}

std::string BaseUrl(std::string url) {
  const auto cut_slashes = [&] {
    while (CutEnd(url, "/")) continue;
  };
  cut_slashes();
  if (CutEnd(url, "/chat/completions")) cut_slashes();
  for (const char* end : {"/api/v1", "/api/v0", "/v1"}) {
    if (!CutEnd(url, end)) continue;
    cut_slashes();
    break;
  }
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    throw Failure(MAMC_E_INVALID, "backends.lm-studio.base_url must begin with http:// or https://, not '" +
                                      url.substr(0, 60) + "'.");
  }
  return url;
}

Deadline DeadlineOf(const mamc::sdk::Context& context) {
  if (context.deadline_unix_ms() == 0 || context.started_unix_ms() == 0) return std::nullopt;
  constexpr std::int64_t kTellingMs = 3000;
  const std::int64_t left = std::max<std::int64_t>(context.deadline_unix_ms() - context.started_unix_ms(), 1);
  const Milliseconds whole(left - std::min(kTellingMs, left / 10));
  return CallEnd{Clock::now() + whole, whole};
}

Times::Times(const Json& settings)
    : connect(Time(settings, "connect_timeout_ms", 10'000)),
      load(Time(settings, "load_timeout_ms", 600'000)),
      first_token(Time(settings, "first_token_timeout_ms", 600'000)),
      idle(Time(settings, "idle_timeout_ms", 120'000)),
      liveness_interval(Time(settings, "liveness_interval_ms", 15'000)),
      cancel_grace(Time(settings, "cancel_grace_ms", 2'000)) {
  if (settings.contains("total_timeout_ms")) total = Time(settings, "total_timeout_ms", 0);
}

mamc::http::Request Endpoint::To(const std::string& path, mamc::sdk::Context& context,
                                 const Deadline& deadline) const {
  mamc::http::Request request;
  request.url = base_ + path;
  request.connect_timeout = times_.connect;
  request.first_byte_timeout = times_.first_token;
  request.idle_timeout = times_.idle;
  request.total_timeout = times_.total;
  if (deadline && (!times_.total || LeftUntil(deadline->at) < *times_.total))
    request.total_timeout = LeftUntil(deadline->at);
  request.headers = {{"Accept", "application/json, text/event-stream"}};
  if (const auto key = context.Secret(kTokenName))
    request.headers.push_back({"Authorization", "Bearer " + *key});
  return request;
}

mamc::http::Request Endpoint::Quick(const std::string& path, mamc::sdk::Context& context,
                                    const Deadline& deadline) const {
  mamc::http::Request request = To(path, context, deadline);
  request.first_byte_timeout = std::min(times_.first_token, times_.connect);
  return request;
}

}  // namespace lm_studio

#include "endpoint.hpp"

#include <algorithm>
#include <charconv>

namespace lm_studio {
namespace {

constexpr const char* kTokenName = "LM_STUDIO_API_KEY";

using mamc::http::Milliseconds;
using mamc::http::Problem;
using mamc::sdk::Failure;

std::string Base(std::string url) {
  const auto cut = [&](std::string_view end) {
    if (url.ends_with(end)) url.resize(url.size() - end.size());
  };
  while (url.ends_with('/')) url.pop_back();
  cut("/v1");
  while (url.ends_with('/')) url.pop_back();
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    throw Failure(MAMC_E_INVALID, "backends.lm-studio.base_url must begin with http:// or https://, not '" +
                                      url.substr(0, 60) + "'.");
  }
  return url;
}

Milliseconds Time(const Json& settings, const char* name, int otherwise) {
  return Milliseconds(settings.value(name, otherwise));
}

// "7" seconds; a date is not worth the trouble: the host has a back-off of its own.
Json RetryAfterMs(const std::string& header) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  constexpr std::int64_t kLongestSeconds = 24 * 60 * 60;
  const bool good = error == std::errc{} && end == header.data() + header.size() && seconds >= 0 &&
                    seconds <= kLongestSeconds;
  return good ? Json(seconds * 1000) : Json();
}

// What is left until the call's deadline, less what it takes to say that it has passed. No value: no
// deadline.
std::optional<Milliseconds> TimeLeft(const mamc::sdk::Context& context) {
  if (context.deadline_unix_ms() == 0 || context.started_unix_ms() == 0) return std::nullopt;
  constexpr std::int64_t kTellingMs = 3000;
  const std::int64_t left = std::max<std::int64_t>(context.deadline_unix_ms() - context.started_unix_ms(), 1);
  return Milliseconds(left - std::min(kTellingMs, left / 10));
}

std::string Shown(const std::string& words) {
  constexpr std::size_t kShown = 1000;
  return words.size() <= kShown ? words : words.substr(0, kShown) + "...";
}

bool ModelIsGone(const std::string& words) {
  for (const char* sign : {"model has crashed", "Model unloaded", "Channel Error", "Model reloaded"}) {
    if (words.find(sign) != std::string::npos) return true;
  }
  return false;
}

// Busy, starting, or a proxy whose server is away: it passes without us. Any other error of the server may be
// the question's doing: it took it and did not answer.
mamc_code CodeOf(int status, const std::string& words) {
  for (const int away : {408, 429, 502, 503, 504})
    if (status == away) return MAMC_E_UNAVAILABLE;
  return status >= 500 || ModelIsGone(words) ? MAMC_E_TIMEOUT : MAMC_E_FAILED;
}

// Asking again with the same token would not change it: a person has to.
std::string TokenAdvice(mamc::sdk::Context& context) {
  const std::string name = kTokenName;
  const std::string what = context.Secret(kTokenName)
                               ? "The token in " + name + " is refused; set " + name
                               : "No token was sent, since " + name + " is not set; set it";
  return " " + what + ", in the environment or in .env, to a token that this server takes.";
}

}  // namespace

Endpoint::Endpoint(const Json& settings)
    : base_(Base(settings.value("base_url", "http://localhost:1234"))),
      connect_timeout_(Time(settings, "connect_timeout_ms", 10'000)),
      first_byte_timeout_(Time(settings, "first_token_timeout_ms", 600'000)),
      idle_timeout_(Time(settings, "idle_timeout_ms", 120'000)) {
  if (settings.contains("total_timeout_ms")) total_timeout_ = Time(settings, "total_timeout_ms", 0);
}

mamc::http::Request Endpoint::To(const std::string& path, mamc::sdk::Context& context) const {
  mamc::http::Request request;
  request.url = base_ + path;
  request.connect_timeout = connect_timeout_;
  request.first_byte_timeout = first_byte_timeout_;
  request.idle_timeout = idle_timeout_;
  request.total_timeout = total_timeout_;
  if (const auto left = TimeLeft(context); left && (!total_timeout_ || *left < *total_timeout_))
    request.total_timeout = left;
  request.headers = {{"Accept", "application/json, text/event-stream"}};
  if (const auto key = context.Secret(kTokenName))
    request.headers.push_back({"Authorization", "Bearer " + *key});
  return request;
}

Failure Stopped(const std::string& url) {
  return {MAMC_E_CANCELLED, mamc::http::ShownUrl(url) + " had not answered when the question was stopped."};
}

Failure FailureOf(const mamc::http::End& end, const std::string& url) {
  switch (end.problem) {
    case Problem::kTimeout:
    case Problem::kBrokeOff:
      return {MAMC_E_TIMEOUT, end.message};
    case Problem::kCancelled:
      return Stopped(url);
    case Problem::kRefused:
      return {MAMC_E_FAILED, end.message};
    default:
      return {MAMC_E_UNAVAILABLE,
              end.message + " Is the server running, and is backends.lm-studio.base_url right?"};
  }
}

std::string ErrorText(const Json& body) {
  if (!body.is_object()) return "";
  const Json error = body.value("error", Json());
  if (error.is_string()) return error.get<std::string>();
  const Json& holder = error.is_object() ? error : body;
  const Json message = holder.value("message", Json());
  if (message.is_string()) return message.get<std::string>();
  return error.is_null() ? "" : error.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Failure FailureOf(const mamc::http::Head& head, const std::string& body, const std::string& url,
                  mamc::sdk::Context& context) {
  const std::string words = ErrorText(Json::parse(body, nullptr, false));
  std::string sentence = mamc::http::ShownUrl(url) + " answered with status " + std::to_string(head.status) +
                         ": " + Shown(words.empty() ? body : words);
  Json details = {{"status", head.status}};
  if (const Json wait = RetryAfterMs(head.Header("retry-after")); !wait.is_null())
    details["retry_after_ms"] = wait;
  if (head.status == 401 || head.status == 403)
    return {MAMC_E_PERMISSION, sentence + (sentence.ends_with('.') ? "" : ".") + TokenAdvice(context),
            details};
  return {CodeOf(head.status, words), sentence, details};
}

Failure ServerFailure(const std::string& words, const std::string& url) {
  return {ModelIsGone(words) ? MAMC_E_TIMEOUT : MAMC_E_FAILED,
          mamc::http::ShownUrl(url) + " failed: " + Shown(words)};
}

}  // namespace lm_studio

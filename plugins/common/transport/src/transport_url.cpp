#include "mamc/transport_url.hpp"

#include <charconv>
#include <mamc/cpp/plugin.hpp>
#include <optional>

namespace mamc::transport_common {
namespace {

[[noreturn]] void Refuse(const Refusal& refusal, const std::string& why) {
  throw mamc::sdk::Failure(MAMC_E_INVALID, refusal(why));
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The part before the first (or last) `mark`, which is taken off `text`; nothing when there is no mark.
std::optional<std::string_view> TakeBefore(std::string_view& text, char mark, bool last = false) {
  const std::size_t at = last ? text.rfind(mark) : text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

void ReadLogin(std::string_view login, Url& url, const Refusal& refusal) {
  const auto user = TakeBefore(login, ':');
  url.has_password = user.has_value();
  url.user = PercentDecoded(user ? *user : login, refusal);
  if (user) url.password = PercentDecoded(login, refusal);
}

int PortOf(std::string_view text, const Refusal& refusal) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535)
    Refuse(refusal, "has no valid port");
  return port;
}

void ReadHostAndPort(std::string_view place, Url& url, const Refusal& refusal) {
  std::string_view port;
  if (!place.empty() && place.front() == '[') {
    const std::size_t end = place.find(']');
    if (end == std::string_view::npos) Refuse(refusal, "has a '[' without its ']'");
    url.host = place.substr(1, end - 1);
    place.remove_prefix(end + 1);
    if (!place.empty() && place.front() != ':')
      Refuse(refusal, "has something other than a port behind the ']'");
    if (!place.empty()) port = place.substr(1);
  } else {
    const auto host = TakeBefore(place, ':');
    if (host) port = place;
    url.host = host ? *host : place;
  }
  if (!port.empty()) url.port = PortOf(port, refusal);
}

}  // namespace

std::string PercentDecoded(std::string_view text, const Refusal& refusal) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0) Refuse(refusal, "has a '%' without two hexadecimal digits behind it");
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

Url ParseUrl(std::string_view text, const Refusal& refusal) {
  Url url;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) Refuse(refusal, "has no scheme");
  url.scheme = text.substr(0, scheme_end);
  text.remove_prefix(scheme_end + 3);
  std::string_view place = text.substr(0, text.find_first_of("/?#"));
  url.rest = text.substr(place.size());
  if (const auto login = TakeBefore(place, '@', true)) ReadLogin(*login, url, refusal);
  ReadHostAndPort(place, url, refusal);
  return url;
}

std::string PlaceText(const std::string& host, int port) {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace mamc::transport_common

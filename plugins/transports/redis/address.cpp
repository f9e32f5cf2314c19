#include "address.hpp"

#include <charconv>
#include <string_view>

namespace redis_transport {
namespace {

using mamc::sdk::Failure;

[[noreturn]] void Refuse(const std::string& why) {
  throw Failure(MAMC_E_INVALID, "The address of the Redis server (transports.redis.url, REDIS_URL) " + why +
                                    "; it looks like redis://user:password@host:6379/0, rediss:// for TLS "
                                    "or unix:///path.");
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0) Refuse("has a '%' without two hexadecimal digits behind it");
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::int64_t Number(std::string_view text, std::int64_t least, std::int64_t most, const char* what) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most)
    Refuse(std::string("has no valid ") + what);
  return number;
}

// The part before the first (or last) `mark`, which is taken off `text`; nothing when there is no mark.
std::optional<std::string_view> TakeBefore(std::string_view& text, char mark, bool last = false) {
  const std::size_t at = last ? text.rfind(mark) : text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at + 1);
  return taken;
}

void ReadLogin(std::string_view login, Address& address) {
  if (const auto user = TakeBefore(login, ':')) {
    address.user = PercentDecoded(*user);
    address.password = PercentDecoded(login);
  } else {
    address.user = PercentDecoded(login);
  }
}

void ReadHostAndPort(std::string_view place, Address& address) {
  std::string_view port;
  if (!place.empty() && place.front() == '[') {
    const std::size_t end = place.find(']');
    if (end == std::string_view::npos) Refuse("has a '[' without its ']'");
    address.host = place.substr(1, end - 1);
    place.remove_prefix(end + 1);
    if (!place.empty() && place.front() != ':') Refuse("has something other than a port behind the ']'");
    if (!place.empty()) port = place.substr(1);
  } else {
    const auto host = TakeBefore(place, ':');
    if (host) port = place;
    const std::string_view name = host ? *host : place;
    if (!name.empty()) address.host = name;
  }
  if (!port.empty()) address.port = static_cast<int>(Number(port, 1, 65535, "port"));
}

void ReadUrl(std::string_view url, Address& address) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) Refuse("has no scheme");
  const std::string_view scheme = url.substr(0, scheme_end);
  url.remove_prefix(scheme_end + 3);
  if (scheme == "unix") {
    if (url.empty() || url.front() != '/') Refuse("names no absolute path of a socket");
    address.unix_path = PercentDecoded(url);
    return;
  }
  if (scheme != "redis" && scheme != "rediss") Refuse("has the unknown scheme '" + std::string(scheme) + "'");
  if (scheme == "rediss") address.tls = true;
  std::string_view place = url.substr(0, url.find_first_of("/?#"));
  std::string_view rest = url.substr(place.size());
  if (const auto login = TakeBefore(place, '@', true)) ReadLogin(*login, address);
  ReadHostAndPort(place, address);
  if (rest.size() <= 1) return;
  if (rest.front() != '/') Refuse("has something other than a database's number behind the host");
  address.database = Number(rest.substr(1), 0, 1'000'000, "number of a database");
}

}  // namespace

std::string Address::Text() const {
  if (!unix_path.empty()) return "unix:" + unix_path;
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Address AddressFrom(const Json& settings, const Secrets& secrets) {
  Address address;
  const auto text = [&](const char* name, const std::optional<std::string>& otherwise = {}) {
    return settings.value(name, otherwise.value_or(""));
  };
  address.host = settings.value("host", address.host);
  address.port = settings.value("port", address.port);
  address.user = text("user", secrets.user);
  address.password = secrets.password.value_or("");
  address.database = settings.value("database", address.database);
  address.tls = settings.value("tls", false);
  address.tls_files = {text("tls_ca_file"), text("tls_cert_file"), text("tls_key_file")};
  const std::string url = text("url", secrets.url);
  if (!url.empty()) ReadUrl(url, address);
  if (address.tls_files.certificate.empty() != address.tls_files.key.empty())
    throw Failure(MAMC_E_INVALID, "transports.redis.tls_cert_file and tls_key_file go together: set both.");
  return address;
}

}  // namespace redis_transport

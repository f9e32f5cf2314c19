#include "address.hpp"

#include <charconv>
#include <mamc/transport_url.hpp>
#include <string_view>

namespace redis_transport {
namespace {

using mamc::sdk::Failure;
using mamc::transport_common::ParseUrl;
using mamc::transport_common::PercentDecoded;
using mamc::transport_common::Url;

constexpr std::string_view kUnix = "unix://";

std::string Refusal(const std::string& why) {
  return "The address of the Redis server (transports.redis.url, REDIS_URL) " + why +
         "; it looks like redis://user:password@host:6379/0, rediss:// for TLS or unix:///path.";
}

[[noreturn]] void Refuse(const std::string& why) {
  throw Failure(MAMC_E_INVALID, Refusal(why));
}

std::int64_t Number(std::string_view text, std::int64_t least, std::int64_t most, const char* what) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most)
    Refuse(std::string("has no valid ") + what);
  return number;
}

void ReadUrl(std::string_view text, Address& address) {
  if (text.substr(0, kUnix.size()) == kUnix) {
    if (text.substr(kUnix.size(), 1) != "/") Refuse("names no absolute path of a socket");
    address.unix_path = PercentDecoded(text.substr(kUnix.size()), Refusal);
    return;
  }
  const Url url = ParseUrl(text, Refusal);
  if (url.scheme != "redis" && url.scheme != "rediss") Refuse("has the unknown scheme '" + url.scheme + "'");
  if (url.scheme == "rediss") address.tls = true;
  if (!url.user.empty() || url.has_password) address.user = url.user;
  if (url.has_password) address.password = url.password;
  if (!url.host.empty()) address.host = url.host;
  if (url.port != 0) address.port = url.port;
  if (url.rest.size() <= 1) return;
  if (url.rest.front() != '/') Refuse("has something other than a database's number behind the host");
  address.database = Number(url.rest.substr(1), 0, 1'000'000, "number of a database");
}

}  // namespace

std::string Address::Text() const {
  if (!unix_path.empty()) return "unix:" + unix_path;
  return mamc::transport_common::PlaceText(host, port);
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

#include "address.hpp"

#include <mamc/transport_url.hpp>

namespace nats_transport {
namespace {

using mamc::sdk::Failure;
using mamc::transport_common::ParseUrl;
using mamc::transport_common::Url;

std::string Refusal(const std::string& why) {
  return "The address of the NATS server (transports.nats.url, NATS_URL) " + why +
         "; it looks like nats://user:password@host:4222, nats://token@host, tls://… for TLS; several "
         "servers of "
         "one cluster stand with commas between them.";
}

void ReadUrl(std::string_view text, Address& address) {
  const Url url = ParseUrl(text, Refusal);
  if (url.scheme != "nats" && url.scheme != "tls")
    throw Failure(MAMC_E_INVALID, Refusal("has the unknown scheme '" + url.scheme + "'"));
  if (url.rest.size() > 1)
    throw Failure(MAMC_E_INVALID, Refusal("has something behind the host and its port"));
  if (url.scheme == "tls") address.tls = true;
  if (url.has_password) {
    address.user = url.user;
    address.password = url.password;
  } else if (!url.user.empty()) {
    address.token = url.user;
  }
  Server server;
  if (!url.host.empty()) server.host = url.host;
  if (url.port != 0) server.port = url.port;
  address.servers.push_back(server);
}

void ReadUrls(std::string_view text, Address& address) {
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string_view one = text.substr(at, end - at);
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    ReadUrl(one, address);
    at = end + 1;
  }
}

}  // namespace

std::string Address::Text() const {
  std::string text;
  for (const Server& server : servers)
    text += (text.empty() ? "" : ", ") + mamc::transport_common::PlaceText(server.host, server.port);
  return text;
}

Address AddressFrom(const Json& settings, const Secrets& secrets) {
  Address address;
  const auto text = [&](const char* name, const std::optional<std::string>& otherwise = {}) {
    return settings.value(name, otherwise.value_or(""));
  };
  address.user = text("user");
  address.password = secrets.password.value_or("");
  address.token = secrets.token.value_or("");
  address.creds_file = text("creds_file");
  address.nkey = text("nkey");
  address.nkey_seed_file = text("nkey_seed_file");
  address.tls = settings.value("tls", false);
  address.tls_files = {text("tls_ca_file"), text("tls_cert_file"), text("tls_key_file")};
  const std::string url = text("url", secrets.url);
  if (url.empty()) {
    address.servers.emplace_back();
  } else {
    ReadUrls(url, address);
  }
  if (address.tls_files.certificate.empty() != address.tls_files.key.empty())
    throw Failure(MAMC_E_INVALID, "transports.nats.tls_cert_file and tls_key_file go together: set both.");
  if (address.nkey.empty() != address.nkey_seed_file.empty())
    throw Failure(MAMC_E_INVALID, "transports.nats.nkey and nkey_seed_file go together: set both.");
  return address;
}

}  // namespace nats_transport

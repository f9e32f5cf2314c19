// The address of a server as a URL: scheme://user:password@host:port/rest, decoded. Thread-safe.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace mamc::transport_common {

struct Url {
  std::string scheme;
  bool has_password = false;  // "user:@…" has an empty one
  std::string user;
  std::string password;
  std::string host;  // without the brackets of an IPv6 address; empty when there is none
  int port = 0;      // 0: none is said
  std::string rest;  // from the '/', '?' or '#' behind the place
};

// Makes the sentence of what is wrong ("has no valid port").
using Refusal = std::function<std::string(const std::string&)>;

// Both throw MAMC_E_INVALID with the refusal of what is wrong.
Url ParseUrl(std::string_view text, const Refusal& refusal);
std::string PercentDecoded(std::string_view text, const Refusal& refusal);

// "host:port", with brackets around an IPv6 address.
std::string PlaceText(const std::string& host, int port);

}  // namespace mamc::transport_common

// Where the server is and how to greet it, from the settings and secrets of the type.
#pragma once
#include <cstdint>
#include <mamc/cpp/plugin.hpp>
#include <optional>
#include <string>

namespace redis_transport {

using Json = mamc::sdk::Json;

struct TlsFiles {
  std::string ca;
  std::string certificate;
  std::string key;
};

struct Address {
  std::string host = "localhost";
  int port = 6379;
  std::string unix_path;  // instead of host and port
  std::string user;
  std::string password;
  std::int64_t database = 0;
  bool tls = false;
  TlsFiles tls_files;

  // For sentences: "localhost:6379", "unix:/run/redis.sock". Never the password.
  std::string Text() const;
};

struct Secrets {
  std::optional<std::string> url;
  std::optional<std::string> user;
  std::optional<std::string> password;
};

// A URL counts before host and port, a setting before the secret of the same meaning. Throws MAMC_E_INVALID
// with the setting's name.
Address AddressFrom(const Json& settings, const Secrets& secrets);

}  // namespace redis_transport

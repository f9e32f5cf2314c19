// Where the servers are and how to greet them, from the settings and secrets of the type.
#pragma once
#include <mamc/cpp/plugin.hpp>
#include <optional>
#include <string>
#include <vector>

namespace nats_transport {

using Json = mamc::sdk::Json;

struct Server {
  std::string host = "localhost";
  int port = 4222;
};

struct TlsFiles {
  std::string ca;
  std::string certificate;
  std::string key;
};

struct Address {
  std::vector<Server> servers;  // of one cluster; never empty
  std::string user;
  std::string password;
  std::string token;
  std::string creds_file;
  std::string nkey;
  std::string nkey_seed_file;
  bool tls = false;
  TlsFiles tls_files;

  // For sentences: "localhost:4222, other:4222". Never a secret.
  std::string Text() const;
};

struct Secrets {
  std::optional<std::string> url;
  std::optional<std::string> password;
  std::optional<std::string> token;
};

// A login within the URL counts before the others, a setting before the secret of the same meaning. Throws
// MAMC_E_INVALID with the setting's name.
Address AddressFrom(const Json& settings, const Secrets& secrets);

}  // namespace nats_transport

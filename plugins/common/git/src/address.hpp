// What a remote's spelling says: `scheme://user@host:port/path` or `user@host:path`.
#pragma once
#include <string>

namespace mamc::git {

struct RemoteAddress {
  std::string scheme;  // "ssh" for host:path; empty for a path on this machine
  std::string user, host, port;

  bool is_ssh() const { return scheme == "ssh" || scheme == "git+ssh" || scheme == "ssh+git"; }
  bool is_http() const { return scheme == "http" || scheme == "https"; }
  // "https://git.example.com:8443"
  std::string Origin() const { return scheme + "://" + host + (port.empty() ? "" : ":" + port); }
};

RemoteAddress AddressOf(const std::string& remote);

}  // namespace mamc::git

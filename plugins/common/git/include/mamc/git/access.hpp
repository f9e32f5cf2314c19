// How this machine shows a git server who it is, and how long it waits for one. The secrets GIT_TOKEN and
// GIT_SSH_PASSPHRASE are the call's: a type that uses a Remote declares both in its manifest.
#pragma once
#include <cstdint>
#include <mamc/cpp/children.hpp>
#include <string>
#include <vector>

namespace mamc::git {

struct Access {
  std::string ssh_key;                   // a file; empty: what ssh finds by itself, the agent's keys first
  std::string known_hosts;               // a file; empty: ssh's own
  std::vector<std::string> token_hosts;  // "host" or "host:port" (https), or "http://host:port"
  std::int64_t silence_limit_ms = 60'000;
  std::int64_t time_limit_ms = 600'000;
};

// From the settings of the workspace type `git`, and back.
Access AccessIn(const sdk::Json& settings);
sdk::Json SettingsOf(const Access& access);

}  // namespace mamc::git

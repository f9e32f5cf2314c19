// A real redis-server of a test's own: on a free loopback port and a Unix socket in a temporary folder, keeps
// nothing on disk, and is ended by its process id.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "support/temp_dir.hpp"

namespace mamc::test {

class RedisServer {
 public:
  // Waits until it answers; fails the test when it does not. `options` are further arguments of redis-server.
  explicit RedisServer(std::vector<std::string> options = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // Settings of the transport that lead here.
  Json Settings(const Json& more = Json::object()) const;
  int port() const { return port_; }
  const TempDir& folder() const { return folder_; }

  // Over the Unix socket, as a person would with redis-cli: what it printed.
  std::string Cli(const std::vector<std::string>& words) const;

  void Stop();        // SIGSTOP
  void Continue();    // SIGCONT
  void Kill();        // SIGKILL, and waits for its end
  void StartAgain();  // empty, at the same port

 private:
  void Start();
  bool Answers() const;

  TempDir folder_;
  std::vector<std::string> options_;
  int port_ = 0;
  pid_t pid_ = -1;
};

// A port of 127.0.0.1 that nobody listens on now.
int FreePort();

}  // namespace mamc::test

// A redis-server of the benchmark's own, and small questions to it.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace mamc::bench {

// On a free loopback port, keeps nothing on disk, runs on processor `cpu`, ends with this object. Throws
// std::runtime_error when it does not answer.
class RedisProcess {
 public:
  RedisProcess(const std::filesystem::path& folder, int cpu);
  ~RedisProcess();
  RedisProcess(const RedisProcess&) = delete;
  RedisProcess& operator=(const RedisProcess&) = delete;

  int port() const { return port_; }
  // The integer that a command answers. Throws std::runtime_error with the server's words.
  long long Ask(const std::vector<std::string>& words) const;

 private:
  void End();

  int port_ = 0;
  pid_t pid_ = -1;
};

// Keeps the calling thread, and those that it starts, on one processor; on none when the machine has no such.
void PinTo(int cpu);

}  // namespace mamc::bench

// Servers of a test's own: a process that is ended by its id, and a socket that is no use to anybody.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace mamc::test {

class ServerProcess {
 public:
  // Works in the folder of `log`, where what it says goes. Waits until somebody listens on 127.0.0.1:`port`;
  // fails the test when nobody does.
  ServerProcess(const std::vector<std::string>& argv, const std::filesystem::path& log, int port);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  void Stop();  // SIGSTOP

 private:
  pid_t pid_ = -1;
};

bool Listens(int port);

// Accepts connections, greets, and never says another word.
class SilentServer {
 public:
  explicit SilentServer(std::string greeting = "");
  ~SilentServer();
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  int port() const { return port_; }
  // The next connection is there; it stays open.
  void WaitForClient();

 private:
  const std::string greeting_;
  int fd_;
  std::vector<int> clients_;
  int port_ = 0;
};

// The command lines of running processes in which a text stands.
std::vector<std::string> ProcessesWith(const std::string& text);

}  // namespace mamc::test

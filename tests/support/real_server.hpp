// A real server of a test's own: a child process on a free loopback port with a temporary folder, ended by
// its process id.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "support/temp_dir.hpp"

namespace mamc::test {

// A port of 127.0.0.1 that nobody listens on now.
int FreePort();
// Starts a program in a folder, its output appended to a file.
pid_t StartProgram(std::vector<std::string> words, const std::string& output, const std::string& folder);
void WaitForEnd(pid_t pid);

class RealServer {
 public:
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;
  virtual ~RealServer();

  // Settings of the transport that lead here, or to whatever listens at another port.
  virtual Json Settings(const Json& more = Json::object(), int port = 0) const = 0;
  int port() const { return port_; }
  const TempDir& folder() const { return folder_; }

  void Stop();                    // SIGSTOP
  void Continue();                // SIGCONT
  void Kill();                    // SIGKILL, and waits for its end
  virtual void StartAgain() = 0;  // empty, at the same port

 protected:
  RealServer() : port_(FreePort()) {}
  // Waits until it answers; fails the test when it does not.
  void Start(const std::vector<std::string>& words);
  virtual bool Answers() const = 0;

  TempDir folder_;
  const int port_;

 private:
  pid_t pid_ = -1;
};

}  // namespace mamc::test

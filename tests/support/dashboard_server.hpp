// A dashboard server of a test's own (tests/e2e/dashboard_server.py): another program, on a free loopback
// port, ended by its process id.
#pragma once
#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "support/temp_dir.hpp"

namespace mamc::test {

class DashboardServer {
 public:
  // Waits until it listens; fails the test when it does not. An empty token: everybody is let in.
  explicit DashboardServer(std::vector<std::string> projects, std::string token = "");
  ~DashboardServer();
  DashboardServer(const DashboardServer&) = delete;
  DashboardServer& operator=(const DashboardServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/api"; }
  // Settings of the board that lead here, with short times.
  Json Settings(const Json& more = Json::object()) const;

  // An order as the server describes it, and its answer.
  Json Tell(const Json& order);
  // Some requests go wrong.
  void Fault(const Json& fault) { Tell({{"fault", fault}}); }
  // How many requests came with this method and a path that holds `part`.
  int Requests(const std::string& method, const std::string& part = "");
  // The task as it is stored there.
  Json Stored(const Json& id);

  void Kill();        // SIGKILL, and waits for its end
  void StartAgain();  // with what it held, at the same port

 private:
  void Start();
  std::string Line();

  TempDir folder_;
  std::vector<std::string> projects_;
  std::string token_;
  int port_ = 0;
  pid_t pid_ = -1;
  int to_ = -1;
  std::FILE* from_ = nullptr;
};

}  // namespace mamc::test

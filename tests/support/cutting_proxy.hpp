// Stands between a client and a server on this machine, and cuts all their connections when told to.
#pragma once
#include <atomic>
#include <thread>

namespace mamc::test {

class CuttingProxy {
 public:
  // So many of the first connections are cut as soon as the client says something.
  explicit CuttingProxy(int server_port, int cut_at_once = 0);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  int port() const { return port_; }
  // They are made again as soon as the client likes.
  void Cut() { cuts_ = true; }

 private:
  void Run();

  const int server_port_;
  int cut_at_once_;  // thread_ only
  int port_ = 0;
  int listener_ = -1;
  std::atomic<bool> cuts_ = false;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

}  // namespace mamc::test

// A small HTTP/1.1 server for tests: loopback, a free port, replies as the test says, including those no good
// server gives.
//
// The reply function is called on the connection's thread; what a test reads from the server may be read at
// any time.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mamc::test {

struct HttpRequest {
  std::string method;
  std::string target;                          // "/v1/models?x=1"
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

struct HttpReply {
  enum class Ending {
    kComplete,
    kCut,    // the connection is closed before the end of the body is said
    kStall,  // nothing more comes, the connection stays open until the client closes it
  };

  int status = 200;
  std::map<std::string, std::string> headers = {{"Content-Type", "application/json"}};
  std::string body;
  std::size_t piece_bytes =
      0;  // the body goes out in pieces of this size, each a chunk of its own; 0: in one
  Ending ending = Ending::kComplete;
  std::size_t pause_at_bytes = 0;  // before this byte of the body nothing goes out for `pause`
  std::chrono::milliseconds pause{0};
  bool silent = false;  // not even a head: the connection is accepted and read, then `ending` happens
};

class HttpServer {
 public:
  using Answer = std::function<HttpReply(const HttpRequest&)>;

  explicit HttpServer(Answer answer);
  // Ends open connections.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // From now on connections are refused; those that are open stay so.
  void StopListening();
  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<HttpRequest> requests() const;
  // Connections that the client closed while a reply stalled.
  int closed_by_client() const { return closed_by_client_; }

 private:
  void Accept();
  void Serve(int connection);
  void Send(int connection, const HttpReply& reply);
  void End(int connection, HttpReply::Ending ending);

  Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> closed_by_client_ = 0;
  mutable std::mutex mutex_;
  bool stopping_ = false;              // protected by mutex_
  std::vector<int> connections_;       // protected by mutex_
  std::vector<std::thread> threads_;   // protected by mutex_
  std::vector<HttpRequest> requests_;  // protected by mutex_
  std::thread accepting_;
};

// A port of this machine on which nobody listens.
int UnusedPort();

}  // namespace mamc::test

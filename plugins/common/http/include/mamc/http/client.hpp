// HTTP requests without a thread per request: one worker thread per client drives all of them.
//
// http and https only; TLS is verified; proxies as the environment says; redirects are followed on the same
// host only; every response has a limit of size.
//
// Thread rule: Start and Cancel from any thread; a handler is called on the client's worker thread and must
// return promptly. Ownership: the client keeps a handler until its OnEnd returned.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mamc::http {

using Milliseconds = std::chrono::milliseconds;

struct Request {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Milliseconds connect_timeout{10'000};
  Milliseconds first_byte_timeout{120'000};  // from the start to the first byte of the body
  Milliseconds idle_timeout{120'000};        // between bytes of the body
  std::optional<Milliseconds> total_timeout;
  bool send_once = false;  // over a connection of its own: on a kept one that was closed it is sent again
  std::size_t max_body_bytes = std::size_t{64} << 20;
};

struct Head {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; of a repeated one the last
  // The header's value or "".
  std::string Header(const std::string& lower_case_name) const;
};

enum class Problem {
  kNone,
  kUnreachable,  // not resolved, refused, TLS not accepted, not connected in time
  kBrokeOff,     // it was connected and asked, and hung up before the whole answer was there
  kTimeout,      // it was connected and asked: first byte, idle or total
  kCancelled,
  kRefused,  // by us: the URL, a redirect to another host, a response over its limit
};

struct End {
  Problem problem = Problem::kNone;
  std::string message;  // a sentence with the URL; empty without a problem
};

class Handler {
 public:
  virtual ~Handler() = default;
  virtual void OnHead(const Head&) {}
  virtual void OnBody(std::string_view bytes) = 0;
  // Exactly once, and the last. Without a problem the whole response has come, whatever its status.
  virtual void OnEnd(const End& end) = 0;
};

using RequestId = std::uint64_t;

class Client {
 public:
  Client();
  // Cancels what is open and joins the worker.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  RequestId Start(Request request, std::shared_ptr<Handler> handler);
  // Closes the connection; the handler's OnEnd says kCancelled, unless the request has ended already.
  void Cancel(RequestId id);
  // From now on the body may pause for as long as this; of a request that has ended nothing changes.
  void SetIdleTimeout(RequestId id, Milliseconds timeout);
  // Runs `work` on the worker thread, not before `delay` is over; never when the client goes away before.
  // From any thread; the work must return promptly.
  void After(Milliseconds delay, std::function<void()> work);

 private:
  struct Worker;
  std::unique_ptr<Worker> worker_;
};

// The URL without user, password, query and fragment: what may stand in a log.
std::string ShownUrl(const std::string& url);

}  // namespace mamc::http

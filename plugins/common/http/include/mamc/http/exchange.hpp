// One request for a caller that has a thread of its own: starts it, then hands out the response piece by
// piece.
//
// Thread rule: used by one thread. Ownership: the client must outlive the exchange, whose end cancels the
// request.
#pragma once
#include <stop_token>

#include "mamc/http/client.hpp"

namespace mamc::http {

class Exchange {
 public:
  Exchange(Client& client, Request request);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Waits for status and headers; nothing when the request ended without (see end) or `stop` was requested
  // (then it is cancelled).
  const Head* WaitHead(std::stop_token stop = {});
  // Waits for more of the body; nothing at its end, or when `stop` was requested.
  std::optional<std::string> NextPiece(std::stop_token stop = {});
  // The rest of the body, at most `max_bytes` of it kept.
  std::string Rest(std::size_t max_bytes, std::stop_token stop = {});
  // From now on the body may pause for as long as this.
  void SetIdleTimeout(Milliseconds timeout);
  // How it ended. REQUIRES: WaitHead or NextPiece returned nothing.
  End end() const;

 private:
  class Inbox;
  Client& client_;
  std::shared_ptr<Inbox> inbox_;
  RequestId id_ = 0;
};

}  // namespace mamc::http

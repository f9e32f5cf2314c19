// One TLS session over bytes that somebody else carries: nothing here touches a socket.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "address.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace redis_transport {

class Tls {
 public:
  // Trusts the given certificates, or the system's, and demands that the server's certificate names the host.
  // Throws MAMC_E_INVALID for files that cannot be used.
  explicit Tls(const Address& address);
  ~Tls();

  // Takes what came from the server and appends what it says in plain to `plain`. False: the session failed,
  // `error` says why.
  bool Receive(std::string_view wire, std::string& plain);
  // What is to be said; held until the handshake is done.
  bool Send(std::string_view plain);
  // Takes what is to go to the server.
  std::string TakeWire();

  const std::string& error() const { return error_; }

 private:
  bool Advance();
  bool Fail(int result);

  struct Freed {
    void operator()(ssl_st* ssl) const;
    void operator()(ssl_ctx_st* context) const;
  };
  std::unique_ptr<ssl_ctx_st, Freed> context_;
  std::unique_ptr<ssl_st, Freed> ssl_;
  std::string unsent_;  // plain
  std::string error_;
};

}  // namespace redis_transport

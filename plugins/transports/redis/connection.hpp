// One socket to the server: connects, speaks TLS where wanted, and turns bytes into replies, in order.
//
// Pump thread only. Not used any more once on_lost was called.
#pragma once
#include <hiredis/hiredis.h>
#include <sys/socket.h>

#include <functional>
#include <mamc/transport_pump.hpp>
#include <memory>
#include <string>
#include <vector>

#include "address.hpp"
#include "tls.hpp"

namespace redis_transport {

using mamc::transport_common::Pollable;
using mamc::transport_common::Pump;

class Connection final : public Pollable {
 public:
  struct Handlers {
    std::function<void(const redisReply&)> on_reply;
    std::function<void(std::string why)> on_lost;  // once; from the pump, never from inside another call
  };

  Connection(Pump& pump, const Address& address, Handlers handlers);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Queued until the server takes it.
  void Send(const std::string& command);

  // When the server last said anything, be it a part of an answer.
  std::int64_t heard_ms() const { return heard_ms_; }

  int fd() const override { return fd_; }
  short wanted_events() const override;
  void OnEvents(short events) override;

 private:
  struct Candidate {
    sockaddr_storage address;
    socklen_t size;
    int family;
  };

  void Resolve();
  void TryNext();
  void OnConnected();
  void CloseSocket();
  void Lose(std::string why);
  void Flush();
  bool Read();
  void TakeReplies();

  Pump& pump_;
  const Address& address_;
  Handlers handlers_;
  std::vector<Candidate> candidates_;
  std::size_t next_candidate_ = 0;
  std::string why_;  // the last candidate's trouble
  int fd_ = -1;
  std::int64_t heard_ms_ = Pump::NowMs();
  bool connected_ = false;
  bool lost_ = false;
  std::unique_ptr<Tls> tls_;
  std::string unsent_;  // for the socket
  std::size_t sent_ = 0;
  std::unique_ptr<redisReader, decltype(&redisReaderFree)> reader_{redisReaderCreate(), &redisReaderFree};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace redis_transport

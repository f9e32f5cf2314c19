// The connection to the server, by the library cnats: the one place that knows it.
//
// What may block (connecting, writing) is done on threads of the wire's own; what they and the library's
// bring is handed to the pump. A connection that was lost is not used any more: a new one is made by Connect.
// Pump thread only, except the constructor and the destructor.
#pragma once
#include <functional>
#include <mamc/transport_calls.hpp>
#include <mamc/transport_pump.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "address.hpp"

namespace nats_transport {

using mamc::transport_common::Log;
using mamc::transport_common::Pump;
using mamc::transport_common::Trouble;

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Message {
  std::string subject;
  std::string reply;
  std::string data;
  std::map<std::string, std::string> headers;
  int status = 0;  // of what the server itself says: 503 nobody is there, 408 a time is over; 0: a message
};

using SubscriptionId = std::uint64_t;

class Wire {
 public:
  struct Loss {
    Trouble trouble;
    bool hung_up = false;  // while it was being made: another one may be let in
  };
  struct Handlers {
    std::function<void()> on_connected;
    std::function<void(const Loss&)> on_lost;  // also when it could not be made
    std::function<void(SubscriptionId, const Message&)> on_message;
    std::function<void(const std::string& error)>
        on_error;  // the server's words about something that it refuses
    std::function<void(const std::string& subject, const std::string& reply, Trouble)> on_unsent;
  };

  Wire(Pump& pump, const Address& address, std::int64_t answer_timeout_ms, Handlers handlers);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Brings on_connected or on_lost, or nothing at all: who hears nothing for ConnectLimitMs drops it.
  void Connect();
  std::int64_t ConnectLimitMs() const;
  // Of no use any more, for whatever reason; on_lost is not told.
  void Drop();
  void Publish(std::string subject, std::string reply, Headers headers, std::string data);
  void Subscribe(SubscriptionId id, std::string subject);
  void Unsubscribe(SubscriptionId id);

 private:
  class Connection;
  struct Gate;

  const Address& address_;
  const std::int64_t answer_timeout_ms_;
  Pump io_;  // writes; declared before what uses it
  const std::shared_ptr<Gate> gate_;
  std::shared_ptr<Connection> connection_;  // io_ thread only
};

}  // namespace nats_transport

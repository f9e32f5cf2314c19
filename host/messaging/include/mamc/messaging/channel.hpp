// The process's way to the transport: publishes requests and events, reads the event stream once and hands
// each event to whoever waits for its corr_id, and consumes requests for the personas served here.
//
// Thread rule: the loop's thread.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "mamc/messaging/lease.hpp"
#include "mamc/messaging/message.hpp"
#include "mamc/plugin/calls.hpp"

namespace mamc::messaging {

struct ChannelOptions {
  std::string request_stream = "machine:requests";
  std::string event_stream = "machine:events";
  std::string group_prefix = "machine:personas:";
  std::string consumer = "worker-1";
  std::int64_t idle_ms = 60000;                  // an unextended request is delivered again after this
  std::shared_ptr<plugin::CallContext> context;  // what the transport may ask for: its secrets; may be null
  // For how long a stream that ended is opened again while that fails; 0: it is given up at once.
  std::int64_t outage_limit_ms = 600'000;
  // Such a stream was given up, by that limit or because opening it is hopeless: without it nobody here is
  // heard or hears anything. Null: it is only logged.
  std::function<void(Status)> on_lost;
};

// A request as it was delivered to us.
struct Delivery {
  std::string id;
  std::string group;
  int delivery = 1;
  Fields fields;
};

class Channel {
 public:
  Channel(Loop& loop, plugin::Calls& calls, std::shared_ptr<plugin::Instance> transport,
          ChannelOptions options);
  ~Channel();

  // Hears nothing any more; what is said still goes out. `all_said`: the transport has answered everything
  // that was said so far, and what is said upon that. It is called on the loop.
  void Close(std::function<void()> all_said = {});

  using OnStatus = std::function<void(Status)>;
  using OnEvent = std::function<void(const Event&)>;

  void PublishRequest(const Request& request, OnStatus done);
  void PublishEvent(const Event& event, OnStatus done);

  // Events with this corr_id from now on, until Forget. Requester and worker of one process may wait for the
  // same one. `on_emptied`: the transport's server has lost its streams, and with them perhaps what the event
  // would answer, or the event.
  using Expectation = std::uint64_t;
  Expectation Expect(const std::string& corr_id, OnEvent on_event, std::function<void()> on_emptied = {});
  // Every event, whoever it is for, before those who expect it hear it.
  void Observe(OnEvent on_event);
  // 0 and what has been forgotten already are ignored.
  void Forget(Expectation expectation);

  // Requests for a persona, at most `credit` unacknowledged at a time.
  void Consume(const std::string& persona, std::size_t credit, std::function<void(Delivery)> on_request);
  void Acknowledge(const Delivery& delivery);
  void Extend(const Delivery& delivery, OnStatus done);
  void Dead(const Delivery& delivery, const std::string& reason);

  // A lease over the same transport.
  std::unique_ptr<Lease> MakeLease(const std::string& name, const std::string& owner, std::int64_t ttl_ms);

  const ChannelOptions& options() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mamc::messaging

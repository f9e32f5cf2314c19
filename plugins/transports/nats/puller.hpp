// Asks a consumer of the server for messages, and knows how many it may still get.
//
// Pump thread only.
#pragma once
#include <functional>
#include <string>

#include "shared.hpp"

namespace nats_transport {

class Puller {
 public:
  struct Handlers {
    std::function<void(const Message&, const Delivery&)> on_message;
    std::function<void()> on_room;  // a request was over before it was fulfilled
    std::function<void()>
        on_gone;  // nothing is asked any more: there is no such consumer, or it has gone silent
  };

  Puller(Shared& shared, Handlers handlers) : shared_(shared), handlers_(std::move(handlers)) {}
  ~Puller();
  Puller(const Puller&) = delete;
  Puller& operator=(const Puller&) = delete;

  // From now on of this consumer; what was asked before is forgotten, and not delivered here any more.
  void Aim(const std::string& stream, const std::string& consumer);
  // Nothing is asked and nothing is delivered until the next Aim.
  void Rest();
  enum class Patience { kNone, kUsual };
  // Asks for so many more that this many are on their way; without patience for what is there now.
  void Want(std::int64_t count, Patience patience = Patience::kUsual);
  std::int64_t asked() const { return asked_; }

 private:
  void OnMessage(const Message& message);
  void Watch();
  void Gone();

  Shared& shared_;
  const Handlers handlers_;
  SubscriptionId inbox_ = 0;
  std::string subject_;
  std::int64_t asked_ = 0;
  std::int64_t over_at_ms_ = 0;  // when the last request is over
  Pump::TimerId watch_ = 0;
};

}  // namespace nats_transport

// A stream of the transport that is kept open: when it ends though nobody closed it, it is opened again after
// a while, and given up when that is hopeless or has failed for too long - at the very first opening at once.
//
// Thread rule: the loop's thread.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "mamc/base/loop.hpp"
#include "mamc/plugin/calls.hpp"

namespace mamc::messaging {

struct ReopenOptions {
  std::int64_t first_wait_ms = 1000;  // doubled with every failure in a row
  std::int64_t longest_wait_ms = 30'000;
  std::int64_t outage_limit_ms = 600'000;  // failing for this long it is given up; 0: at once
};

class Subscription : public std::enable_shared_from_this<Subscription> {
 public:
  struct Handlers {
    std::function<Json()> input;  // of the call that opens it, asked each time
    std::function<void(const Json&)> on_message;
    std::function<void()> on_emptied;     // its server has lost what was on the way
    std::function<void(Status)> on_lost;  // it was given up; once
  };

  // `what` names it for people: "stream machine:events".
  Subscription(Loop& loop, plugin::Calls& calls, std::shared_ptr<plugin::Instance> transport,
               std::shared_ptr<plugin::CallContext> context, std::uint32_t verb, std::string what,
               ReopenOptions options, Handlers handlers);

  void Open();
  // Says no more. Idempotent.
  void Close();

 private:
  class Observer;
  void Received(const Json& message);
  void Ended(Status status);

  Loop& loop_;
  plugin::Calls& calls_;
  std::shared_ptr<plugin::Instance> transport_;
  std::shared_ptr<plugin::CallContext> context_;
  std::uint32_t verb_;
  std::string what_;
  ReopenOptions options_;
  Handlers handlers_;
  plugin::Ticket ticket_ = 0;
  TimerId timer_ = 0;
  Milliseconds opened_at_{0};
  std::optional<Milliseconds> failing_since_;
  int failures_ = 0;    // in a row
  bool stood_ = false;  // it was open once
  bool closed_ = false;
};

}  // namespace mamc::messaging

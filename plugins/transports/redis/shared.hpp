// What all parts of one transport have in common.
#pragma once
#include <string>

#include "address.hpp"
#include "calls.hpp"
#include "link.hpp"
#include "pump.hpp"

namespace redis_transport {

struct Options {
  std::string prefix;
  std::int64_t keep_ms;
  std::int64_t tidy_ms;
  std::int64_t forget_consumer_ms;
  LinkOptions link;
};

struct Shared {
  Pump& pump;
  const Address& address;
  const Options& options;
  Calls& calls;
  Link& commands;  // the main connection: nothing on it ever blocks
};

}  // namespace redis_transport

// What all parts of one transport have in common.
#pragma once
#include <mamc/transport_calls.hpp>
#include <string>

#include "address.hpp"
#include "link.hpp"

namespace redis_transport {

using mamc::transport_common::Calls;
using mamc::transport_common::Log;
using mamc::transport_common::Took;

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

// What all parts of one transport have in common.
#pragma once
#include <mamc/transport_calls.hpp>
#include <string>

#include "jetstream.hpp"
#include "link.hpp"

namespace nats_transport {

using mamc::transport_common::Calls;
using mamc::transport_common::Took;

struct Options {
  std::string prefix;
  std::int64_t replicas;
  std::int64_t keep_ms;
  std::int64_t tidy_ms;
  LinkOptions link;
};

class Store;

struct Shared {
  Pump& pump;
  const Options& options;
  Calls& calls;
  Link& link;
  Store& store;
};

}  // namespace nats_transport

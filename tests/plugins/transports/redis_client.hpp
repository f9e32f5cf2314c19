#pragma once
#include "support/real_process.hpp"
#include "support/redis_server.hpp"
#include "support/transport_client.hpp"

namespace mamc::test {

struct Redis : TransportClient {
  explicit Redis(const Json& settings) : TransportClient("redis", settings) {}
};

}  // namespace mamc::test

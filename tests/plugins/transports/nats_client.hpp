#pragma once
#include "support/nats_server.hpp"
#include "support/real_process.hpp"
#include "support/transport_client.hpp"

namespace mamc::test {

struct Nats : TransportClient {
  explicit Nats(const Json& settings) : TransportClient("nats", settings) {}
};

}  // namespace mamc::test

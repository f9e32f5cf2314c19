// The verb SELFTEST: whether the server is there, has JetStream, and lets this user do all that the transport
// does. Pump thread only.
#pragma once
#include <vector>

#include "channels.hpp"
#include "shared.hpp"
#include "stream.hpp"

namespace nats_transport {

// Ends the ticket. `streams`: those that are used, which the user must reach.
void TestServer(Shared& shared, const Channels& channels, mamc_ticket ticket,
                const std::vector<const Stream*>& streams);

}  // namespace nats_transport

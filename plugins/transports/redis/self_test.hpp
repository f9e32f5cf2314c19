// The verb SELFTEST: whether the server is there, of the right kind, and lets this user do all that the
// transport does. Pump thread only.
#pragma once
#include <functional>
#include <mamc/cpp/self_test.hpp>
#include <string>
#include <vector>

#include "shared.hpp"

namespace redis_transport {

// Ends the ticket. `streams`: keys of streams that are used, which the user must reach.
void TestServer(Shared& shared, mamc_ticket ticket, const std::vector<std::string>& streams);

}  // namespace redis_transport

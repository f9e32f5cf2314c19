// The verb SELFTEST: whether the servers are there and take our token, what is loaded and how much it can
// read.
#pragma once
#include "servers.hpp"

namespace lm_studio {

Json TestServers(mamc::http::Client& client, const Servers& servers, mamc::sdk::Context& context);

}  // namespace lm_studio

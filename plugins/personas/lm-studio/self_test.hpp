// The verb SELFTEST: whether the server is there and takes our token, what is loaded and how much it can
// read.
#pragma once
#include "endpoint.hpp"

namespace lm_studio {

Json TestServer(mamc::http::Client& client, const Endpoint& endpoint, mamc::sdk::Context& context);

}  // namespace lm_studio

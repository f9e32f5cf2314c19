// The verb DESCRIBE: which models the server has, which are loaded, and how much they can read.
#pragma once
#include "endpoint.hpp"

namespace lm_studio {

Json Describe(mamc::http::Client& client, const Endpoint& endpoint, mamc::sdk::Context& context);

}  // namespace lm_studio

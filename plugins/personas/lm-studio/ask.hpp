// The verb ASK: one chat completion, streamed. Blocks until the answer is there or the call is cancelled.
#pragma once
#include "endpoint.hpp"

namespace lm_studio {

Json Ask(mamc::http::Client& client, const Endpoint& endpoint, mamc::sdk::Context& context,
         const Json& question);

}  // namespace lm_studio

// The verb ASK: one chat completion, streamed, by the server that suits best. Blocks until the answer is
// there or the call is cancelled.
#pragma once
#include "servers.hpp"

namespace lm_studio {

Json Ask(mamc::http::Client& client, const Servers& servers, mamc::sdk::Context& context, const Json& input);

}  // namespace lm_studio

// Reading what only Redis looks for in a call's input; what is wrong with it is MAMC_E_INVALID with the
// member's name.
#pragma once
#include <cstdint>
#include <mamc/transport_input.hpp>
#include <string>

#include "reply.hpp"

namespace redis_transport {

using namespace mamc::transport_input;

std::vector<std::pair<std::string, std::string>> CheckedFields(const Json& input);
StreamId ParsedId(const std::string& text, const char* member);
StreamId IdOf(const Json& input);

}  // namespace redis_transport

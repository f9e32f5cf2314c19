// Reading a call's input; what is wrong with it is MAMC_E_INVALID with the member's name.
#pragma once
#include <cstdint>
#include <string>

#include "reply.hpp"

namespace redis_transport {

constexpr std::int64_t kLongestMs = std::int64_t{366} * 24 * 60 * 60 * 1000;

std::string Text(const Json& input, const char* member);
std::string Name(const Json& input, const char* member);  // 1 to 256 bytes
std::int64_t Number(const Json& input, const char* member, std::int64_t least, std::int64_t most);
std::vector<std::pair<std::string, std::string>> CheckedFields(const Json& input);
StreamId ParsedId(const std::string& text, const char* member);
StreamId IdOf(const Json& input);

}  // namespace redis_transport

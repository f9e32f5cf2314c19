// Reading the input of a transport's verb. What is wrong with it is thrown as MAMC_E_INVALID with the
// member's name. Thread-safe.
#pragma once
#include <cstdint>
#include <mamc/cpp/plugin.hpp>
#include <string>

namespace mamc::transport_input {

using Json = mamc::sdk::Json;

constexpr std::int64_t kLongestMs = std::int64_t{366} * 24 * 60 * 60 * 1000;

std::string Text(const Json& input, const char* member);
std::string Name(const Json& input, const char* member);  // 1 to 256 bytes
std::int64_t Number(const Json& input, const char* member, std::int64_t least, std::int64_t most);
// The member "fields" of PUBLISH: an object of texts. It lies in `input`.
const Json& Fields(const Json& input);

}  // namespace mamc::transport_input

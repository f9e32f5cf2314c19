// Reading what comes to a transport. What is wrong with the input of a verb is thrown as MAMC_E_INVALID with
// the member's name. Thread-safe.
#pragma once
#include <cstdint>
#include <mamc/cpp/plugin.hpp>
#include <string>
#include <string_view>

namespace mamc::transport_input {

using Json = mamc::sdk::Json;

constexpr std::int64_t kLongestMs = std::int64_t{366} * 24 * 60 * 60 * 1000;

// What a CONSUME asks for.
struct ConsumerTerms {
  std::string group;
  std::string name;  // of the consumer
  std::int64_t credit;
  std::int64_t idle_ms;
};

std::string Text(const Json& input, const char* member);
std::string Name(const Json& input, const char* member);  // 1 to 256 bytes
std::int64_t Number(const Json& input, const char* member, std::int64_t least, std::int64_t most);
// The member "fields" of PUBLISH: an object of texts. It lies in `input`.
const Json& Fields(const Json& input);
std::int64_t Credit(const Json& input);
ConsumerTerms TermsFrom(const Json& input);

// JSON that anybody may have written into a server; discarded when it is none, or nested so deep that the
// host would refuse it and whoever walks through it would run out of stack.
Json ForeignJson(std::string_view text);

}  // namespace mamc::transport_input

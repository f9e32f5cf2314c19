// The one door to JSON. Objects keep their keys sorted, so Dump is canonical and can be hashed.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "mamc/base/json_fwd.hpp"
#include "mamc/base/status.hpp"

namespace mamc {

struct JsonLimits {
  std::size_t max_bytes = 16u << 20;
  int max_depth = 64;
};

// Parses RFC 8259 text. Refuses invalid UTF-8, duplicate keys, nesting beyond the limit and trailing bytes; the message
// names the byte offset.
Result<Json> ParseJson(std::string_view text, const JsonLimits& limits = {});

// Compact UTF-8 text with sorted keys. Bytes that are not UTF-8 become U+FFFD.
std::string Dump(const Json& value);

// Member `key` of an object as text, number, ... or the fallback when it is absent or of another type;
// a number with a fraction or outside the range of the integer is of another type.
std::string GetString(const Json& object, std::string_view key, std::string fallback = {});
std::int64_t GetInt(const Json& object, std::string_view key, std::int64_t fallback = 0);
bool GetBool(const Json& object, std::string_view key, bool fallback = false);
// Member `key`, or null when it is absent or `object` is not an object. The reference lives as long as `object`.
const Json& GetMember(const Json& object, std::string_view key);

}  // namespace mamc

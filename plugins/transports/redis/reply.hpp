// Reading what the server answered, without trusting its shape: what is not there reads as empty.
#pragma once
#include <hiredis/hiredis.h>

#include <compare>
#include <cstdint>
#include <mamc/cpp/plugin.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace redis_transport {

using Json = mamc::sdk::Json;

// "<milliseconds since 1970>-<number>", as the server makes them.
struct StreamId {
  std::uint64_t ms = 0;
  std::uint64_t number = 0;

  auto operator<=>(const StreamId&) const = default;
  std::string Text() const;
  StreamId Next() const;
  static std::optional<StreamId> Parse(std::string_view text);
};

struct Entry {
  StreamId id;
  Json fields;
};

std::string_view TextOf(const redisReply* reply);
std::int64_t NumberOf(const redisReply* reply);
// The element, or null when there is none.
const redisReply* At(const redisReply* reply, std::size_t index);
std::size_t SizeOf(const redisReply* reply);
// The value behind a name in a flat list of names and values, as XINFO answers.
const redisReply* Member(const redisReply* reply, std::string_view name);

// A list of [id, [name, value, ...]]; entries that were deleted (nil) are left out.
std::vector<Entry> EntriesOf(const redisReply* list);
// The entries of the one stream that XREAD or XREADGROUP asked for; none when it answered nil.
std::vector<Entry> EntriesOfStream(const redisReply* reply);

}  // namespace redis_transport

// What streams hold and whom they give it to.
#pragma once
#include <compare>
#include <cstdint>
#include <mamc/cpp/plugin.hpp>
#include <string>

namespace local_transport {

using Json = mamc::sdk::Json;
using Position = std::uint64_t;  // counts a stream's messages from 0; never used twice

// "<milliseconds since 1970>-<number within the millisecond>": grows within a stream and tells the time of
// publication.
struct MessageId {
  std::int64_t unix_ms = 0;
  std::uint64_t number = 0;

  auto operator<=>(const MessageId&) const = default;
  std::string Text() const;
  // Throws MAMC_E_INVALID with the text in it.
  static MessageId Parse(const std::string& text);
};

struct Message {
  MessageId id;
  Json fields;
};

// Where messages go: an open call. A consumer that is gone is told nothing more.
enum class Took { kTaken, kTakenSlowDown, kGone };
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual Took Give(const Message& message, int delivery) = 0;
};

}  // namespace local_transport

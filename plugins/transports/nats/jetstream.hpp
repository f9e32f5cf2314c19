// The words of JetStream: what its API is asked, and what it answers. Thread-safe.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "link.hpp"

namespace nats_transport {

// "<milliseconds since 1970>-<number>": the time its publisher told, or the server's, and its place in the
// stream, which alone says what message it is.
struct MessageId {
  std::int64_t ms = 0;
  std::uint64_t sequence = 0;

  auto operator<=>(const MessageId&) const = default;
  std::string Text() const;
  static std::optional<MessageId> Parse(std::string_view text);
};

struct Entry {
  MessageId id;
  Json fields;
};

// How a consumer's message was delivered; the server says it in the subject where it is to be acknowledged.
struct Delivery {
  std::uint64_t deliveries = 0;
  std::uint64_t sequence = 0;           // within the stream
  std::uint64_t consumer_sequence = 0;  // counts what this consumer was given
  std::int64_t stored_ms = 0;

  static std::optional<Delivery> Parse(std::string_view ack_subject);
};

// A message that was kept, as the API tells it.
struct Stored {
  std::uint64_t sequence = 0;
  std::int64_t stored_ns = 0;  // since 1970, by the server's clock
  std::string data;
  std::string subject;
  std::string headers;  // as they were sent
};

// The header with a message's time; what a foreign program writes need not have it.
extern const char* const kTimeHeader;

Question Api(const std::string& call, const Json& body = nullptr);
// A message of a stream; `name` makes that it is kept once, however often it is sent within two minutes.
Question Publication(const std::string& subject, const Json& fields, std::int64_t unix_ms,
                     const std::string& name);

// Never fails: what is no object of texts becomes one.
Json FieldsFrom(const std::string& data);
Entry EntryFrom(const Message& message, const Delivery& delivery);
std::optional<Stored> StoredFrom(const Json& answer);
Entry EntryFrom(const Stored& stored);
// A header of a stored message; empty: there is none.
std::string HeaderOf(const Stored& stored, const std::string& name);

// "2024-05-06T07:08:09.123456789Z" as nanoseconds since 1970; 0 when it is no time.
std::int64_t NsOf(const std::string& rfc3339);

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kMostMessagesAtOnce = 500;  // that a consumer is asked for

constexpr int kNoStream = 10059;
constexpr int kNoConsumer = 10014;
constexpr int kNoMessage = 10037;
// Of a message: it is gone, perhaps with all of its stream.
constexpr bool NotThere(int err_code) {
  return err_code == kNoMessage || err_code == kNoStream;
}
constexpr int kStreamIsAnother = 10058;
constexpr int kWrongLastSequence = 10071;

}  // namespace nats_transport

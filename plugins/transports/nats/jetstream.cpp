#include "jetstream.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <mamc/transport_input.hpp>

namespace nats_transport {
namespace {

constexpr std::int64_t kEarliestMs = 1'000'000'000'000;  // of what a header may claim
constexpr std::int64_t kLatestMs = 9'999'999'999'999;
// The years whose nanoseconds since 1970 a number of 64 bits has.
constexpr std::chrono::year kFirstYear{1970};
constexpr std::chrono::year kLastYear{2261};

template <class Number>
std::optional<Number> NumberFrom(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string_view> Split(std::string_view text, char mark) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(mark, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::string FromBase64(const std::string& text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return {};
  std::size_t kept = static_cast<std::size_t>(size);
  for (std::size_t i = text.size(); i > 0 && text[i - 1] == '=' && kept > 0; --i) --kept;
  bytes.resize(kept);
  return bytes;
}

std::int64_t TimeOf(const std::string& header, std::int64_t stored_ms) {
  const auto told = NumberFrom<std::int64_t>(header);
  return told && *told >= kEarliestMs && *told <= kLatestMs ? *told : stored_ms;
}

}  // namespace

const char* const kTimeHeader = "Mamc-Time-Ms";

std::string MessageId::Text() const {
  return std::to_string(ms) + "-" + std::to_string(sequence);
}

std::optional<MessageId> MessageId::Parse(std::string_view text) {
  if (text == "0") return MessageId{};
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto ms = NumberFrom<std::int64_t>(text.substr(0, dash));
  const auto sequence = NumberFrom<std::uint64_t>(text.substr(dash + 1));
  if (!ms || *ms < 0 || !sequence) return std::nullopt;
  return MessageId{*ms, *sequence};
}

// $JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<consumer's sequence>.<time>.<pending>; newer servers
// put a domain and an account before the stream.
std::optional<Delivery> Delivery::Parse(std::string_view ack_subject) {
  const std::vector<std::string_view> parts = Split(ack_subject, '.');
  if (parts.size() < 9 || parts[0] != "$JS" || parts[1] != "ACK") return std::nullopt;
  const std::size_t first = parts.size() == 9 ? 4 : 6;
  if (parts.size() < first + 5) return std::nullopt;
  const auto deliveries = NumberFrom<std::uint64_t>(parts[first]);
  const auto sequence = NumberFrom<std::uint64_t>(parts[first + 1]);
  const auto consumer_sequence = NumberFrom<std::uint64_t>(parts[first + 2]);
  const auto stored_ns = NumberFrom<std::int64_t>(parts[first + 3]);
  if (!deliveries || !sequence || !consumer_sequence || !stored_ns) return std::nullopt;
  return Delivery{*deliveries, *sequence, *consumer_sequence, *stored_ns / kNsPerMs};
}

Question Api(const std::string& call, const Json& body) {
  return {"$JS.API." + call, body.is_null() ? "" : body.dump()};
}

Question Publication(const std::string& subject, const Json& fields, std::int64_t unix_ms,
                     const std::string& name) {
  return {subject,
          fields.dump(-1, ' ', false, Json::error_handler_t::replace),
          {{kTimeHeader, std::to_string(unix_ms)}, {"Nats-Msg-Id", name}}};
}

Json FieldsFrom(const std::string& data) {
  Json parsed = mamc::transport_input::ForeignJson(data);
  if (!parsed.is_object()) return {{"data", data}};
  for (auto& [name, value] : parsed.items())
    if (!value.is_string()) value = value.dump();
  return parsed;
}

Entry EntryFrom(const Message& message, const Delivery& delivery) {
  const auto header = message.headers.find(kTimeHeader);
  const std::int64_t ms = TimeOf(header == message.headers.end() ? "" : header->second, delivery.stored_ms);
  return {{ms, delivery.sequence}, FieldsFrom(message.data)};
}

std::optional<Stored> StoredFrom(const Json& answer) {
  const Json message = answer.value("message", Json());
  if (!message.is_object()) return std::nullopt;
  return Stored{message.value("seq", std::uint64_t{0}), NsOf(message.value("time", "")),
                FromBase64(message.value("data", "")), message.value("subject", ""),
                FromBase64(message.value("hdrs", ""))};
}

Entry EntryFrom(const Stored& stored) {
  return {{TimeOf(HeaderOf(stored, kTimeHeader), stored.stored_ns / kNsPerMs), stored.sequence},
          FieldsFrom(stored.data)};
}

std::string HeaderOf(const Stored& stored, const std::string& name) {
  const std::string start = name + ":";
  for (std::string_view line : Split(stored.headers, '\n')) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.substr(0, start.size()) != start) continue;
    line.remove_prefix(start.size());
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    return std::string(line);
  }
  return {};
}

std::int64_t NsOf(const std::string& rfc3339) {
  // The server always speaks UTC, with up to nine digits behind the seconds.
  if (rfc3339.size() < 20 || rfc3339.back() != 'Z') return 0;
  const std::string_view text(rfc3339);
  const auto part = [&](std::size_t at, std::size_t size) {
    return NumberFrom<int>(text.substr(at, size)).value_or(0);
  };
  std::string_view fraction = text.substr(19, text.size() - 20);
  if (!fraction.empty()) fraction.remove_prefix(1);
  std::string digits(fraction.substr(0, 9));
  digits.resize(9, '0');
  const std::chrono::year_month_day date = std::chrono::year(part(0, 4)) / part(5, 2) / part(8, 2);
  if (!date.ok() || date.year() < kFirstYear || date.year() > kLastYear) return 0;
  const auto time = std::chrono::sys_days(date) + std::chrono::hours(part(11, 2)) +
                    std::chrono::minutes(part(14, 2)) + std::chrono::seconds(part(17, 2)) +
                    std::chrono::nanoseconds(NumberFrom<std::int64_t>(digits).value_or(0));
  return std::chrono::nanoseconds(time.time_since_epoch()).count();
}

}  // namespace nats_transport

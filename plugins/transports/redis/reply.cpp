#include "reply.hpp"

#include <charconv>

namespace redis_transport {
namespace {

bool ParseNumber(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string StreamId::Text() const {
  return std::to_string(ms) + "-" + std::to_string(number);
}

StreamId StreamId::Next() const {
  return number == UINT64_MAX ? StreamId{ms + 1, 0} : StreamId{ms, number + 1};
}

std::optional<StreamId> StreamId::Parse(std::string_view text) {
  const std::size_t dash = text.find('-');
  StreamId id;
  if (!ParseNumber(text.substr(0, dash), id.ms)) return std::nullopt;
  if (dash != std::string_view::npos && !ParseNumber(text.substr(dash + 1), id.number)) return std::nullopt;
  return id;
}

std::string_view TextOf(const redisReply* reply) {
  if (reply == nullptr || reply->str == nullptr) return {};
  return {reply->str, reply->len};
}

std::int64_t NumberOf(const redisReply* reply) {
  return reply != nullptr && reply->type == REDIS_REPLY_INTEGER ? reply->integer : 0;
}

const redisReply* At(const redisReply* reply, std::size_t index) {
  return index < SizeOf(reply) ? reply->element[index] : nullptr;
}

std::size_t SizeOf(const redisReply* reply) {
  return reply != nullptr && reply->type == REDIS_REPLY_ARRAY ? reply->elements : 0;
}

const redisReply* Member(const redisReply* reply, std::string_view name) {
  for (std::size_t i = 0; i + 1 < SizeOf(reply); i += 2)
    if (TextOf(At(reply, i)) == name) return At(reply, i + 1);
  return nullptr;
}

std::vector<Entry> EntriesOf(const redisReply* list) {
  std::vector<Entry> entries;
  entries.reserve(SizeOf(list));
  for (std::size_t i = 0; i < SizeOf(list); ++i) {
    const auto id = StreamId::Parse(TextOf(At(At(list, i), 0)));
    const redisReply* fields = At(At(list, i), 1);
    if (!id || fields == nullptr || fields->type != REDIS_REPLY_ARRAY) continue;
    Entry entry{*id, Json::object()};
    for (std::size_t f = 0; f + 1 < SizeOf(fields); f += 2)
      entry.fields[std::string(TextOf(At(fields, f)))] = TextOf(At(fields, f + 1));
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<Entry> EntriesOfStream(const redisReply* reply) {
  return EntriesOf(At(At(reply, 0), 1));
}

}  // namespace redis_transport

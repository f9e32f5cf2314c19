#include "stream.hpp"

#include <algorithm>
#include <charconv>

namespace local_transport {
namespace {

using mamc::sdk::Failure;

constexpr std::int64_t kKeptForReadersMs = std::int64_t{24} * 60 * 60 * 1000;

template <class Number>
const char* ParseNumber(const char* begin, const char* end, Number& number) {
  const auto [stop, error] = std::from_chars(begin, end, number);
  return error == std::errc{} ? stop : nullptr;
}

}  // namespace

std::string MessageId::Text() const {
  return std::to_string(unix_ms) + "-" + std::to_string(number);
}

MessageId MessageId::Parse(const std::string& text) {
  MessageId id;
  const char* const end = text.data() + text.size();
  const char* place = ParseNumber(text.data(), end, id.unix_ms);
  if (place != nullptr && place != end && *place == '-') place = ParseNumber(place + 1, end, id.number);
  if (place != end || id.unix_ms < 0) {
    throw Failure(MAMC_E_INVALID, "'" + text.substr(0, 60) +
                                      "' is not the id of a message, which looks like 1700000000000-0.");
  }
  return id;
}

MessageId Stream::Publish(Json fields, Now now) {
  Trim(now.unix_ms);
  if (messages_.size() >= max_messages_) {
    throw Failure(MAMC_E_LIMIT, "The stream '" + name_ + "' holds " + std::to_string(messages_.size()) +
                                    " messages, its limit: a group does not acknowledge them, or "
                                    "transports.local.max_messages is too small.");
  }
  const bool later = now.unix_ms > last_id_.unix_ms;
  last_id_ = later ? MessageId{now.unix_ms, 0} : MessageId{last_id_.unix_ms, last_id_.number + 1};
  const MessageId id = last_id_;
  messages_.push_back({id, std::move(fields)});
  for (auto& [name, known] : groups_) known.group->GiveOut(now.steady_ms);
  for (Reader* reader : readers_) Serve(*reader);
  return id;
}

Group& Stream::GroupNamed(const std::string& name) {
  const auto found = groups_.find(name);
  if (found != groups_.end()) return *found->second.group;
  KnownGroup known{std::make_unique<Group>(*this, first_), first_};
  floors_.insert(first_);
  return *groups_.emplace(name, std::move(known)).first->second.group;
}

Stream::KnownGroup& Stream::Known(const std::string& name) {
  const auto found = groups_.find(name);
  if (found == groups_.end()) {
    throw Failure(MAMC_E_NOT_FOUND,
                  "The stream '" + name_ + "' has no group '" + name + "': nobody has consumed with it.");
  }
  return found->second;
}

Position Stream::FirstAfter(const MessageId& id) const {
  const auto after =
      std::upper_bound(messages_.begin(), messages_.end(), id,
                       [](const MessageId& wanted, const Message& message) { return wanted < message.id; });
  return first_ + static_cast<Position>(after - messages_.begin());
}

std::optional<Position> Stream::PositionOf(const MessageId& id) const {
  const Position after = FirstAfter(id);
  if (after == first_ || At(after - 1).id != id) return std::nullopt;
  return after - 1;
}

void Stream::Acknowledge(const std::string& group, Position position, Now now) {
  KnownGroup& known = Known(group);
  if (!known.group->Acknowledge(position, now.steady_ms)) return;
  CountFloor(known);
  Trim(now.unix_ms);
}

void Stream::AddReader(Reader& reader, const std::string& from) {
  if (from == "0") {
    reader.next = first_;
  } else {
    reader.next = from == "$" ? end() : FirstAfter(MessageId::Parse(from));
  }
  was_read_ = true;
  readers_.push_back(&reader);
}

bool Stream::Serve(Reader& reader) {
  reader.next = std::max(reader.next, first_);
  reader.slowed = false;
  for (std::size_t given = 0; given < reader.burst && reader.next < end(); ++given) {
    const Took took = reader.outlet.Give(At(reader.next), 1);
    if (took == Took::kGone) return false;
    ++reader.next;
    reader.slowed = took == Took::kTakenSlowDown;
    if (reader.slowed) break;
  }
  return reader.next < end();
}

void Stream::Dead(const std::string& group, Position position, const std::string& reason, Now now) {
  if (dead_.size() >= max_messages_) {
    throw Failure(MAMC_E_LIMIT, "The dead letters of the stream '" + name_ + "' are full (" +
                                    std::to_string(dead_.size()) +
                                    "): they are gone when the host is started again.");
  }
  const Message& message = At(position);
  dead_.emplace(message.id, DeadLetter{message.fields, group, reason, now.unix_ms});
  Acknowledge(group, position, now);
}

Json Stream::DeadList() const {
  Json messages = Json::array();
  for (const auto& [id, letter] : dead_) {
    messages.push_back({{"id", id.Text()},
                        {"fields", letter.fields},
                        {"group", letter.group},
                        {"reason", letter.reason},
                        {"at_ms", letter.at_ms}});
  }
  return messages;
}

std::multimap<MessageId, Stream::DeadLetter>::iterator Stream::FindDead(const MessageId& id) {
  const auto found = dead_.find(id);
  if (found == dead_.end()) {
    throw Failure(MAMC_E_NOT_FOUND, "The stream '" + name_ + "' has no dead letter " + id.Text() +
                                        ".");
  }
  return found;
}

// A message goes to every group again, so one replay stands for the dead letters of all of them.
MessageId Stream::DeadReplay(const MessageId& id, Now now) {
  const MessageId replayed = Publish(FindDead(id)->second.fields, now);
  dead_.erase(id);
  return replayed;
}

void Stream::DeadDrop(const MessageId& id) {
  FindDead(id);
  dead_.erase(id);
}

void Stream::CountFloor(KnownGroup& known) {
  const Position floor = known.group->floor();
  if (floor == known.floor) return;
  floors_.erase(floors_.find(known.floor));
  known.floor = floor;
  floors_.insert(floor);
}

void Stream::Trim(std::int64_t now_unix_ms) {
  const bool only_groups = !floors_.empty() && !was_read_;
  const Position floor = floors_.empty() ? end() : *floors_.begin();
  while (!messages_.empty() && first_ < floor) {
    if (!only_groups && now_unix_ms - messages_.front().id.unix_ms < kKeptForReadersMs) return;
    messages_.pop_front();
    ++first_;
  }
}

}  // namespace local_transport

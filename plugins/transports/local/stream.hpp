// One stream: messages in order, groups that consume them, readers that see them all, and its dead letters.
//
// Kept is every message that some group has not acknowledged, and, in a stream without groups or with
// readers, every message of the last 24 hours. Each operation costs a constant or a logarithm per message and
// receiver; nobody rescans. Used on one thread at a time.
#pragma once
#include <deque>
#include <list>
#include <map>
#include <set>
#include <string>

#include "group.hpp"
#include "message.hpp"

namespace local_transport {

struct Now {
  std::int64_t unix_ms;    // the system's clock: ids and what people read
  std::int64_t steady_ms;  // a clock that does not jump: what is due when
};

// One open READ. Lives as long as its call; Stream::RemoveReader before it ends.
struct Reader {
  Outlet& outlet;
  Position next = 0;
  std::size_t burst = 1;  // messages at one go
  bool slowed = false;
};

class Stream {
 public:
  Stream(std::string name, std::size_t max_messages) : name_(std::move(name)), max_messages_(max_messages) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Gives it to groups and readers at once. Throws MAMC_E_LIMIT when the stream is full.
  MessageId Publish(Json fields, Now now);

  // Found, or made at the first message that is kept.
  Group& GroupNamed(const std::string& name);
  // A group that nobody made is MAMC_E_NOT_FOUND.
  Group& ExistingGroup(const std::string& name) { return *Known(name).group; }
  // No position when the message is not kept any more.
  std::optional<Position> PositionOf(const MessageId& id) const;
  void Acknowledge(const std::string& group, Position position, Now now);

  // `from`: "0" the start, "$" from now on, or the id after which to begin.
  void AddReader(Reader& reader, const std::string& from);
  void RemoveReader(Reader& reader) { readers_.remove(&reader); }
  // One burst to a reader; true when more is waiting for it.
  bool Serve(Reader& reader);

  void Dead(const std::string& group, Position position, const std::string& reason, Now now);
  Json DeadList() const;
  MessageId DeadReplay(const MessageId& id, Now now);
  void DeadDrop(const MessageId& id);

  Position end() const { return first_ + messages_.size(); }
  const Message& At(Position position) const { return messages_[position - first_]; }

 private:
  struct DeadLetter {
    Json fields;
    std::string group;
    std::string reason;
    std::int64_t at_ms;
  };
  struct KnownGroup {
    std::unique_ptr<Group> group;
    Position floor;  // as counted in floors_
  };

  KnownGroup& Known(const std::string& group);
  Position FirstAfter(const MessageId& id) const;
  void CountFloor(KnownGroup& known);
  void Trim(std::int64_t now_unix_ms);
  std::multimap<MessageId, DeadLetter>::iterator FindDead(const MessageId& id);

  std::string name_;
  std::size_t max_messages_;
  std::deque<Message> messages_;
  Position first_ = 0;  // position of messages_.front()
  MessageId last_id_;
  std::map<std::string, KnownGroup> groups_;
  std::multiset<Position> floors_;  // of all groups
  std::list<Reader*> readers_;
  bool was_read_ = false;
  std::multimap<MessageId, DeadLetter> dead_;
};

}  // namespace local_transport

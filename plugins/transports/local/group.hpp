// A consumer group of one stream: gives each message to one consumer until somebody acknowledges it.
//
// Implementation: messages below next_ were given out at least once; those of them that are not acknowledged
// are pending_, each of which is either held (with a time at which it counts as lost), delayed (with a time
// at which it may go again), or ready to go again. Every operation costs the logarithm of the number of
// pending messages.
//
// Times are milliseconds of a clock that does not jump. Used on one thread at a time.
#pragma once
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "message.hpp"

namespace local_transport {

class Stream;

// One open CONSUME. Lives as long as its call; Group::Leave before it ends.
struct Consumer {
  Outlet& outlet;
  std::string name;
  std::size_t credit;
  std::int64_t idle_ms;
  std::set<Position> held = {};
  bool slowed = false;  // the host asked for a pause; Group::Tick ends it
  bool gone = false;
  std::optional<std::list<Consumer*>::iterator> ready = {};
};

class Group {
 public:
  Group(const Stream& stream, Position start) : stream_(stream), next_(start) {}
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  void Join(Consumer& consumer, std::int64_t now_ms);
  void Leave(Consumer& consumer);
  // Gives out what has become due and what a pause held back. Milliseconds until something is due again, if
  // anything is.
  std::optional<std::int64_t> Tick(Consumer& consumer, std::int64_t now_ms);
  // Gives ready messages to consumers with spare credit.
  void GiveOut(std::int64_t now_ms);

  // False when the message is not pending (any more).
  bool Acknowledge(Position position, std::int64_t now_ms);
  bool Extend(Position position, const std::string& consumer, std::int64_t now_ms);
  bool Release(Position position, std::int64_t delay_ms, std::int64_t now_ms);

  bool IsPending(Position position) const { return pending_.contains(position); }

  // Everything below it is acknowledged.
  Position floor() const { return pending_.empty() ? next_ : pending_.begin()->first; }

 private:
  struct Pending {
    int delivery = 0;
    std::string owner;           // name of the consumer that got it last; empty once it is released
    Consumer* holder = nullptr;  // that consumer while its call is open
    std::int64_t idle_ms = 0;
    std::int64_t due_ms = 0;  // in due_ under this time, unless ready
    bool ready = false;
  };

  std::optional<Position> TakeReady();
  bool GiveOne(Consumer& consumer, Position position, std::int64_t now_ms);
  void LetGo(Position position, Pending& pending);
  void SetDue(Position position, Pending& pending, std::int64_t due_ms);
  void CollectDue(std::int64_t now_ms);
  void UpdateReady(Consumer& consumer);

  const Stream& stream_;
  Position next_;
  std::map<Position, Pending> pending_;
  std::set<std::pair<std::int64_t, Position>> due_;
  std::set<Position> ready_;
  std::list<Consumer*> consumers_;  // with spare credit, in turn
};

}  // namespace local_transport

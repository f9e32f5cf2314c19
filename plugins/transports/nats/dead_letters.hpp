// The dead letters of a stream: a stream of their own beside it, "<stream>=dead", with a subject for each:
// <stream's subject>.dead.<id>.<group>. So a message has one letter per group, however often it is buried.
//
// Pump thread only.
#pragma once
#include <string>

#include "shared.hpp"

namespace nats_transport {

class Stream;

struct Letter {
  Entry entry;
  std::string group;
  std::string reason;
};

// Where they are: the stream, and the subject of a letter. `group`: a storage name, or "*".
std::string DeadStorage(const Stream& stream);
std::string DeadSubject(const Stream& stream, MessageId id, const std::string& group);

// Keeps it; its message is acknowledged by who asks.
void Bury(Shared& shared, const Stream& stream, const Letter& letter,
          std::function<void(const Answer&)> on_answer);

// The verbs, each for an open call that it ends. `republish` ends the call for REPLAY.
void ListDead(Shared& shared, mamc_ticket ticket, const Stream& stream);
void ReplayDead(
    Shared& shared, mamc_ticket ticket, const Stream& stream, MessageId id,
    std::function<void(const Json& fields, std::function<void(const Json& result)> done)> republish);
void DropDead(Shared& shared, mamc_ticket ticket, const Stream& stream, MessageId id);

}  // namespace nats_transport

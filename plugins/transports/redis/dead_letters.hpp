// The dead letters of a stream: a stream of their own beside it, "<stream>:dead". Each letter is the
// message's fields behind four of ours: mamc_id, mamc_group, mamc_reason, mamc_at_ms.
//
// Pump thread only.
#pragma once
#include <string>

#include "reply.hpp"
#include "shared.hpp"

namespace redis_transport {

// Moves a pending message there, in one go with its acknowledgement.
Words BuryCommand(const std::string& stream_key, const std::string& group, StreamId id,
                  const std::string& reason);

// The verbs, each for an open call that it ends.
void ListDead(Shared& shared, mamc_ticket ticket, const std::string& stream_key);
void ReplayDead(Shared& shared, mamc_ticket ticket, const std::string& stream_key, StreamId id);
void DropDead(Shared& shared, mamc_ticket ticket, const std::string& stream_key, StreamId id);

}  // namespace redis_transport

// What has to happen in one go on the server, as Lua.
#pragma once
#include <string>
#include <vector>

#include "greeting.hpp"

namespace redis_transport::scripts {

// KEYS: stream. ARGV: group, id, consumer. -> "ours", "lost" (the server forgot it: it was emptied) or
// "not ours". A renewed message counts as just delivered. ARGV[4]: how long messages are kept, ms.
extern const char* const kExtend;
// KEYS: stream. ARGV: group, id, "now" or "later". -> 1, or 0 when it is not pending. Now: whoever looks next
// may claim it.
extern const char* const kRelease;
// KEYS: stream, dead letters. ARGV: group, id, reason, unix ms, most letters. -> 1, or 0 when not pending.
extern const char* const kBury;
// KEYS: dead letters, stream. ARGV: id, "replay" or "drop". -> the new id, "" when dropped, nil when unknown.
extern const char* const kDigUp;
// KEYS: lease. ARGV: owner, ttl ms. -> {1} or {0, holder, ms left}.
extern const char* const kLease;
// KEYS: stream. ARGV: group, consumer. Removes the consumer unless something is pending for it.
extern const char* const kForget;
// KEYS: stream, guard. ARGV: guard ms, keep ms, forget ms, "minid" when XTRIM knows it. -> how many messages
// went, or -1 when somebody else tidied just now.
extern const char* const kTidy;

// The command that runs a script.
Words Call(const char* script, const std::vector<std::string>& keys,
           const std::vector<std::string>& arguments);

}  // namespace redis_transport::scripts

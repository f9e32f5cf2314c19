// A task of the dashboard's API as a task of mamc/board.h. What a hostile or strange dashboard sends becomes
// a task that nobody works on, or a sentence; never one that is done.
#pragma once
#include <mamc/cpp/plugin.hpp>
#include <string>
#include <string_view>

namespace dashboard_board {

using Json = mamc::sdk::Json;

// `entry`'s own task: itself, or its member `task` or `data`; null when there is none.
Json TaskIn(const Json& answer);
// The list in an answer: itself, or its member `name` or `data`; null when there is none.
Json ListIn(const Json& answer, const char* name);

// An id as text, whether it is a number or a text there; "" when it is neither.
std::string IdText(const Json& id);
// An id as the dashboard has it: a number when it looks like one.
Json IdForApi(const std::string& id);

// lock_version; where there is none, the time of the last change.
std::int64_t VersionOf(const Json& entry);
// ISO 8601 or SQLite's form, in UTC, or seconds or milliseconds since 1970; 0 when it is none of them.
std::int64_t TimeMs(const Json& value);
std::string IsoTime(std::int64_t unix_ms);

// The task. `claim_life_ms`: how long a claim counts after its claimed_at. The text of `blocked` is not among
// it: see board.hpp. REQUIRES: the entry is an object with an id.
Json TaskFrom(const Json& entry, const std::string& project, std::int64_t claim_life_ms);
Json MilestoneFrom(const Json& entry);

// External ids that this board gave itself, so that a CREATE whose answer was lost makes no second task.
inline constexpr std::string_view kOwnExternalId = "mamc:";

}  // namespace dashboard_board

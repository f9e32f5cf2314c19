// What a caller may write into a task, checked before anything is changed: all problems of one input in one
// sentence.
#pragma once
#include <mamc/cpp/plugin.hpp>
#include <string>
#include <vector>

namespace mamc::board {

using Json = mamc::sdk::Json;

// Throws MAMC_E_INVALID with every unknown, missing or wrong member of CREATE's input.
void CheckCreate(const Json& input);
// The same for UPDATE's `set`.
void CheckSet(const Json& set);
// Throws MAMC_E_INVALID, with the nearest right word, unless `status` is one.
void CheckStatus(const Json& status, const std::string& member);
// `fields` of CREATE or UPDATE with what its `blocked` leaves out: no attempts, no text.
Json CompleteBlocked(Json fields);
// The text of a member; throws MAMC_E_INVALID when it is absent, empty or not text.
std::string RequiredText(const Json& input, const char* member);

}  // namespace mamc::board

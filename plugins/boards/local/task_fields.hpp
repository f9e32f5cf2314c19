// What a caller may write into a task, checked before anything is changed: all problems of one input in one
// sentence.
#pragma once
#include <mamc/cpp/plugin.hpp>
#include <string>
#include <vector>

namespace local_board {

using Json = mamc::sdk::Json;

// A task id or milestone id from a caller as the number of its row; 0, which no row has, when it is not one.
std::int64_t RowId(const Json& id);

// Throws MAMC_E_INVALID with every unknown, missing or wrong member of CREATE's input.
void CheckCreate(const Json& input);
// The same for UPDATE's `set`.
void CheckSet(const Json& set);
// Throws MAMC_E_INVALID, with the nearest right word, unless `status` is one.
void CheckStatus(const Json& status, const std::string& member);
// The text of a member; throws MAMC_E_INVALID when it is absent, empty or not text.
std::string RequiredText(const Json& input, const char* member);

}  // namespace local_board

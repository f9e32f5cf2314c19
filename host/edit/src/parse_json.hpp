// Edits in JSON: {"ops": [{"action": "upsert" | "delete", "path", "content" | "hunks"}]}, or an object whose
// "diff" and the like is the text of a diff. The only part of the layer that knows JSON.
#pragma once
#include <string_view>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// The length of the JSON object that `text` begins with; 0 when it does not end.
std::size_t ObjectLength(std::string_view text);
// Whether the object is one of edits. Adds them, or what is wrong with them; `line` is of the answer, from 1.
bool ParseJsonEdits(std::string_view object, std::size_t line, Answer& answer);

}  // namespace mamc::edit

// Edits in JSON: {"ops": [{"action": "upsert" | "delete", "path", "content" | "hunks"}]}, or an object whose
// "diff" and the like is the text of a diff. The only part of the layer that knows JSON.
#pragma once
#include <string_view>
#include <vector>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// The length of the JSON object that `text` begins with; 0 when it does not end.
std::size_t ObjectLength(std::string_view text);
// Whether the object is one of edits. Adds them, or what is wrong with them; `line` is of the answer, from 1.
bool ParseJsonEdits(std::string_view object, std::size_t line, Answer& answer);
// The same for JSON that fills a fence, lines [begin, end) of the answer's text.
void ParseJsonInFence(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                      Answer& answer);
// What to do with JSON of edits that has another shape.
constexpr std::string_view kNotRead =
    R"(the JSON that begins here is not read: write {"ops": [...]}, alone on its lines, its names in double quotes)";
// Whether the text has all that an operation is made of.
bool NamesOperation(std::string_view text);
// Whether an object that does not end would have been one of edits.
bool IsCutEdit(std::string_view text);
// False: neither the object nor one within it names edits.
bool MayHoldEdits(std::string_view object);

}  // namespace mamc::edit

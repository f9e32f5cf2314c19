// `DELETE: path` among the lines of an answer. One that would be lost is a problem, and so is `RENAME:`.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

constexpr std::string_view kHowToRename =
    "send a git diff with 'rename from' and 'rename to', or DELETE: and its path and the whole file anew";

// Whether the line, number `at` of the answer's, asks for one. Adds it, or that it names no path.
bool ReadDeletionLine(std::string_view text, std::size_t at, Answer& answer);
// Those of a fence with the lines [begin, end) that is none of a file: they are made when nothing else stands
// in it. Whether there were any.
bool ReadDeletions(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                   Answer& answer);
// None may stand among the lines of a diff or of a file, which may have such words of its own.
void CheckNoDeletion(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                     bool of_file, Answer& answer);

}  // namespace mamc::edit

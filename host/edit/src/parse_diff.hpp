// Unified and git diffs, as models write them: with wrong counts or none, without headers, with context lines
// that lost their space.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// Whether a diff begins at lines[at] with the header of a file.
bool IsDiffStart(const std::vector<std::string_view>& lines, std::size_t at);

// Whether a hunk without a file's header does.
bool IsHunkStart(const std::vector<std::string_view>& lines, std::size_t at);

struct DiffPlace {
  std::size_t begin = 0, end = 0;  // lines[begin, end)
  bool fenced = false;             // all of it is diff; else it ends where prose begins
  std::string path;                // of hunks without a file header
};
// Adds the diff's edits to the answer and tells the line behind it.
std::size_t ParseDiff(const std::vector<std::string_view>& lines, const DiffPlace& place, Answer& answer);

}  // namespace mamc::edit

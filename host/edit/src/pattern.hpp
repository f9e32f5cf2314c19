// A hunk as the search sees it: the lines that must be there, and how they lie in a file once found.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "file_text.hpp"
#include "mamc/edit/parse.hpp"

namespace mamc::edit {

struct OldLine {
  bool removed = false;
  bool blank = false;
  bool elision = false;   // stands for any number of lines
  std::string_view text;  // as sent
  std::string_view key;   // without the space around it
  std::int64_t id = -1;   // of the file's index; -1: no such line
};

// Whether it helps to tell a place: a brace and a blank line are everywhere.
bool Speaks(const OldLine& old);

// The lines of `hunk` that must be in the file. The hunk outlives it.
std::vector<OldLine> OldLinesOf(const Hunk& hunk, const FileText& text);

// Where each old line is: a line of the file, or nowhere.
constexpr std::ptrdiff_t kNowhere = -1;
using Alignment = std::vector<std::ptrdiff_t>;

// Whether the old line is that line of the file, but for the space around it.
inline bool LiesAt(const OldLine& old, const FileText& text, std::ptrdiff_t line) {
  return line != kNowhere &&
         old.id == static_cast<std::int64_t>(text.index().line_ids[static_cast<std::size_t>(line)]);
}

// The hunk that a SEARCH/REPLACE block is: lines of both are context.
Hunk HunkOfBlock(const Edit& block);
// How many pairs of lines that compares at most.
std::size_t CellsOfBlock(const Edit& block);

}  // namespace mamc::edit

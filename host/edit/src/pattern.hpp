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

// The lines of `hunk` that must be in the file. The hunk outlives it.
std::vector<OldLine> OldLinesOf(const Hunk& hunk, const FileText& text);

// Where each old line is: a line of the file, or nowhere.
constexpr std::ptrdiff_t kNowhere = -1;
using Alignment = std::vector<std::ptrdiff_t>;

// The hunk that a SEARCH/REPLACE block is: lines of both are context.
Hunk HunkOfBlock(const Edit& block);

}  // namespace mamc::edit

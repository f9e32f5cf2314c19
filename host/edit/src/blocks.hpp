// SEARCH/REPLACE blocks. Within one nothing but its own markers counts, so that a fence or a heading in the
// text of a file ends nothing.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/edit/parse.hpp"
#include "markers.hpp"

namespace mamc::edit {

struct Block {
  Edit edit;
  std::string problem;  // empty: it is whole
  std::size_t end = 0;  // the line behind it
};
// REQUIRES: IsSearch(lines[begin]). The path may be empty: it is a problem then. `around` is the fence that
// the block stands in, if any.
Block ReadBlock(const std::vector<std::string_view>& lines, std::size_t begin, const std::string& path,
                const Fence& around);

}  // namespace mamc::edit

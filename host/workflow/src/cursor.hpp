// A place in a text that is read forwards: lines and columns, in characters, are counted on the way, so that
// a long text is counted once.
#pragma once
#include <string>
#include <string_view>

#include "mamc/workflow/expression.hpp"

namespace mamc::workflow {

struct Cursor {
  std::size_t offset = 0;
  int lines = 0;       // before this one
  int characters = 0;  // before this one in its line
  void MoveTo(std::string_view text, std::size_t to);
  // When text[0] is at `at`. A later line starts in the same column, as in a YAML block.
  Place ToPlace(const Place& at) const;
};

struct SyntaxError {
  Place place;
  std::string message;
};

}  // namespace mamc::workflow

#include "cursor.hpp"

namespace mamc::workflow {

void Cursor::MoveTo(std::string_view text, std::size_t to) {
  for (; offset < to; ++offset) {
    if (text[offset] != '\n') continue;
    ++lines;
    line_start = offset + 1;
  }
}

Place Cursor::ToPlace(const Place& at) const {
  Place place = at;
  if (place.line == 0) place.line = place.col = 1;
  place.line += lines;
  place.col += static_cast<int>(offset - line_start);
  return place;
}

}  // namespace mamc::workflow

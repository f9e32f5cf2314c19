#include "cursor.hpp"

#include "mamc/base/text.hpp"

namespace mamc::workflow {

void Cursor::MoveTo(std::string_view text, std::size_t to) {
  std::string_view passed = text.substr(offset, to - offset);
  for (std::size_t end = passed.find('\n'); end != std::string_view::npos; end = passed.find('\n')) {
    ++lines;
    characters = 0;
    passed.remove_prefix(end + 1);
  }
  characters += static_cast<int>(CodePoints(passed));
  offset = to;
}

Place Cursor::ToPlace(const Place& at) const {
  Place place = at;
  if (place.line == 0) place.line = place.col = 1;
  place.line += lines;
  place.col += characters;
  return place;
}

}  // namespace mamc::workflow

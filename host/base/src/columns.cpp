#include "mamc/base/columns.hpp"

#include <algorithm>

namespace mamc {

Columns::Columns(std::string_view text) : line_starts_{0} {
  for (std::size_t offset = 0; offset < text.size(); ++offset) {
    if (text[offset] == '\n') line_starts_.push_back(offset + 1);
    if ((static_cast<unsigned char>(text[offset]) & 0xC0) == 0x80) continuations_.push_back(offset);
  }
}

std::size_t Columns::CharactersBefore(std::size_t line, std::size_t bytes) const {
  if (line >= line_starts_.size()) return bytes;
  std::size_t start = line_starts_[line];
  auto first = std::lower_bound(continuations_.begin(), continuations_.end(), start);
  auto last = std::lower_bound(first, continuations_.end(), start + bytes);
  return bytes - static_cast<std::size_t>(last - first);
}

}  // namespace mamc

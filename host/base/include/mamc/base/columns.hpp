// Columns of a UTF-8 file as people count them, in characters, for parsers that count bytes. Immutable; the
// text need not outlive it.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace mamc {

class Columns {
 public:
  explicit Columns(std::string_view text);
  // How many characters stand before the byte `bytes` of a line; lines and bytes count from 0. Beyond the
  // text every byte is a character.
  std::size_t CharactersBefore(std::size_t line, std::size_t bytes) const;

 private:
  std::vector<std::size_t> line_starts_;
  std::vector<std::size_t> continuations_;  // offsets of the bytes that begin no character, in order
};

}  // namespace mamc

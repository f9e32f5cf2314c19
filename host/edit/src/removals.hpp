// What the words of an answer say goes from the file that follows: imports alone, or more.
#pragma once
#include <cstddef>
#include <string_view>

namespace mamc::edit {

class Removals {
 public:
  // `found`: how many edits stand before the line.
  void Hear(std::string_view text, std::size_t found);
  // Whether something of the file goes, and all that does is imports.
  bool AreOfImports(std::size_t found) const { return imports_ && found_ == found; }

 private:
  bool imports_ = false;
  std::size_t found_ = std::string_view::npos;
};

}  // namespace mamc::edit

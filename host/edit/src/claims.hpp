// What the words of an answer claim of the file that follows: that it is whole, that some of it is gone.
#pragma once
#include <cstddef>
#include <string_view>

namespace mamc::edit {

enum class Whole { kUnsaid, kSaid, kDenied };
// Whether a line of words says that what follows is the whole file, and not the whole of a function in it.
Whole SaysWhole(std::string_view line);
// Whether it says that a part of a file goes, and not that the program drops something.
bool SaysRemoved(std::string_view line);

class Claims {
 public:
  // `found`: how many edits stand before the line.
  void Hear(std::string_view text, std::size_t line, std::size_t found);
  // Of the file that begins at the line.
  bool IsWhole(std::size_t line, std::size_t found) const {
    constexpr std::size_t kNear = 12;
    return whole_.said && whole_.found == found && line <= whole_.line + kNear;
  }
  bool HasRemoved(std::size_t found) const { return removed_.said && removed_.found == found; }

 private:
  struct Claim {
    bool said = false;
    std::size_t line = 0, found = 0;
  };
  Claim whole_, removed_;
};

}  // namespace mamc::edit

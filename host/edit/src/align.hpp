// The search for a hunk that is in the file but for some of its context: every way to lay it over the file
// has a price, and the cheapest wins only when it is cheap and no other place comes near.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "pattern.hpp"

namespace mamc::edit {

// Prices, in hundredths of a wrong line of context.
constexpr int kWrongLine = 100;  // a context line that is not there, is another, or was left out
constexpr int kBlankLine = 10;   // the same of a blank one
constexpr int kOffIndent = 15;   // a line with another indentation
constexpr int kElidedPart = 30;  // `...`

struct Laid {
  Alignment lines;
  int price = 0;
};

struct AlignWork {
  std::size_t cells_left = 300u << 20;  // of all the searches of one answer
  // False, and nothing is left: it is more than was left.
  bool Spend(std::size_t cells);
};
// What is not searched for is refused, never taken for done.
constexpr std::string_view kWorkUsedUp =
    "the edits of this answer need more searching than one answer may: send fewer at once, with the lines as "
    "they are in the file";

// The cheapest ways within `budget`, and those that come near: dearer by less than one wrong line, or by just
// one when the cheapest has a wrong line itself; the cheapest first. `too_many`: there were more than can be
// looked at. `rivals` are dearer by two wrong lines at most. `used_up`: `work` did not suffice to look.
struct Layings {
  std::vector<Laid> ways, rivals;
  bool too_many = false;
  bool used_up = false;
};
Layings Align(const std::vector<OldLine>& olds, const FileText& text, int budget, AlignWork& work);

}  // namespace mamc::edit

// The search for a hunk that is in the file but for some of its context: every way to lay it over the file
// has a price, and the cheapest wins only when it is cheap and no other place comes near.
#pragma once
#include <cstddef>
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
};

// The cheapest ways within `budget`, and those that are dearer by less than one wrong line; the cheapest
// first. `too_many`: there were more than can be looked at.
struct Layings {
  std::vector<Laid> ways;
  bool too_many = false;
};
Layings Align(const std::vector<OldLine>& olds, const FileText& text, int budget, AlignWork& work);

}  // namespace mamc::edit

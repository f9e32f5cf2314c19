// How far `...` in a hunk may reach.
#pragma once
#include <vector>

#include "pattern.hpp"

namespace mamc::edit {

// Whether `...` leaves out more than belongs to what the hunk shows: what it stands for comes back to the
// hunk's own level only when all of it, and the lines beside it, are there. It may when the lines behind name
// the part they are in before anything changes, or when all that changes is before it among telling lines.
bool ElisionCrosses(const Hunk& hunk, const std::vector<OldLine>& olds, const FileText& text,
                    const Alignment& lines);

}  // namespace mamc::edit

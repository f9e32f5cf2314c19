// Lines that were copied out of a listing with their numbers: `12| int x;`. So is the file shown to a model.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mamc::edit {

// The refusal when each of the lines that come has a number and none that is there; empty: they are text.
// `path` tells in which other ways they may be numbered or quoted; empty: in none.
std::string ListingRefusal(const std::vector<std::string_view>& there,
                           const std::vector<std::string_view>& come, const std::string& path = {});

}  // namespace mamc::edit

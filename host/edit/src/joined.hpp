// Another file in the text of one: a line that holds nothing but its path, as models write between files.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// Why the whole file's lines are not one file; empty: they are. What `old` holds is a line of it.
std::string JoinedRefusal(const Edit& edit, const std::vector<std::string_view>& old,
                          const std::vector<std::string_view>& lines);

// Why a fence whose word names a file is not the file that was named above it; empty: it may be.
std::string OtherNameRefusal(const std::string& above, const std::string& in_fence);

}  // namespace mamc::edit

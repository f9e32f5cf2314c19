// Which lines of a file a whole new text of it keeps.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace mamc::edit {

// For each line of `wanted` the line of `old` that it is, kNoMatch when it is new: ascending, and of most
// lines that can be matched so. Lines are compared without their \r. Texts whose difference is very large are
// matched from their begin and their end alone.
constexpr std::ptrdiff_t kNoMatch = -1;
std::vector<std::ptrdiff_t> MatchLines(const std::vector<std::string_view>& old,
                                       const std::vector<std::string_view>& wanted);

}  // namespace mamc::edit

// Which lines of a file a whole new text of it keeps.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace mamc::edit {

constexpr std::ptrdiff_t kNoMatch = -1;

// For each line of `wanted` the line of `old` that it is, kNoMatch when it is new; ascending. Lines are
// compared without their \r. Where many lines without any that is once in both texts were changed, some that
// stayed may be taken for new.
std::vector<std::ptrdiff_t> MatchLines(const std::vector<std::string_view>& old,
                                       const std::vector<std::string_view>& wanted);

}  // namespace mamc::edit

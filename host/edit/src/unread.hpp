// What looks like an edit and is read as none: it refuses the answer, for the rest alone would be a wrong
// tree.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mamc::edit {

// What to write instead of such a marker.
std::string NotReadWords(std::string_view marker);

// `git rm` and `git mv` in a fence: why they are not done; empty for any other line.
std::string CommandWords(std::string_view line);

// Why line `at`, which stands outside of fences and edits, is no prose; empty: it may be. `last` is the last
// line of the answer that is not blank.
std::string UnreadWords(const std::vector<std::string_view>& lines, std::size_t at, std::size_t last);

// What the words above a fence say of it.
enum class Replaces {
  kNothing,
  kAfter,  // `After:`, as what something becomes
  kPart,   // `Replace the function with:`
};
Replaces ReplacesBy(const std::vector<std::string_view>& lines, std::size_t fence);

}  // namespace mamc::edit

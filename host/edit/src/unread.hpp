// What looks like an edit and is read as none: it refuses the answer, for the rest alone would be a wrong
// tree.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// What to write instead of such a marker.
std::string NotReadWords(std::string_view marker);

// Why line `at`, which stands outside of fences and edits, is no prose; empty: it may be. `last` is the last
// line of the answer that is not blank.
std::string UnreadWords(const std::vector<std::string_view>& lines, std::size_t at, std::size_t last);

// What belongs to an edit among lines [begin, end) of a fence that is taken for none; without a text: nothing
// does. `behind_diff`: a diff stands before it.
ParseProblem EditWithin(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                        bool behind_diff);
// A diff that its own fence cut.
constexpr std::string_view kDiffGoesOn =
    "the diff goes on behind the fence's end: put ```` around it when it holds fences itself";
// Whether it goes on behind the fence that ends at line `end`.
bool DiffGoesOn(const std::vector<std::string_view>& lines, std::size_t end);
constexpr std::string_view kDiffWithoutChanges =
    "the fence that begins here is marked as a diff and holds no line to add or remove: put + and - before "
    "these lines, or another word behind the fence";
// What to do when `other` is spoken of between the path of a change and the change.
std::string UnclearFile(const std::string& other);
// What to do when a marker bears another path than the line above it.
std::string TwoNames(const std::string& on_marker, const std::string& above);
// What to do when a fence may be the file.
std::string NotKnownToBe(const std::string& path);

// What the words above a fence say of it.
enum class Replaces {
  kNothing,
  kAfter,  // `After:`, as what something becomes
  kPart,   // `Replace the function with:`, `Replace this:`
};
constexpr std::string_view kReplaceNotRead =
    "what is to stand in the place of something else is not read so: send both in a SEARCH/REPLACE block";
Replaces ReplacesBy(const std::vector<std::string_view>& lines, std::size_t fence);

}  // namespace mamc::edit

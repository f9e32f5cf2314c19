// Patches as agents hand them to `apply_patch`: files between `*** Begin Patch` and `*** End Patch`, in
// which a hunk is found by lines above its place instead of by numbers.
//
//   *** Begin Patch
//   *** Update File: src/a.py
//   @@ def port():
//   -    return 80
//   +    return 90
//   *** End Patch
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// Whether one begins at lines[at], perhaps below the command that takes it.
bool BeginsPatch(const std::vector<std::string_view>& lines, std::size_t at);

// Adds the patch's edits, or what is wrong with it, and tells the line behind it. REQUIRES: BeginsPatch(). It
// has to end before line `end`.
std::size_t ParsePatch(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                       Answer& answer);
// The same for patches that fill lines [begin, end) of a fence.
void ParsePatches(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end,
                  Answer& answer);

}  // namespace mamc::edit

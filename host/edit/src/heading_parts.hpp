// Whether what stands below a mere heading is the file that the heading names, or shows a part of it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// Whether the file keeps a third of its lines.
bool KeepsShare(const std::vector<std::string_view>& before, const std::vector<std::string_view>& after);
// Whether it keeps most of the lines that it begins with and of those that it ends with, and of all the
// others loses nearly none for which nothing comes.
bool KeepsNearlyAll(const std::vector<std::string_view>& before, const std::vector<std::string_view>& after,
                    bool said_removed);
// The first line of `before` that looks left out rather than changed; the number of lines: none does.
std::size_t FirstLeftOut(const Edit& edit, const std::vector<std::string_view>& before,
                         const std::vector<std::string_view>& after);
// Whether the new text is one part of a larger file alone: it begins in the middle of a part, uses what it
// has lost, or is less than half as long and either nearly all of lines of the file or one part of it without
// anything of how the file begins.
bool IsPartAlone(const std::string& path, const std::vector<std::string_view>& before,
                 const std::vector<std::string_view>& after);

}  // namespace mamc::edit

// Recipes of a Makefile begin with a tab: models write spaces, and make then reads nothing of the file.
#pragma once
#include <string>
#include <string_view>

#include "delta.hpp"

namespace mamc::edit {

// The refusal of a Makefile that gets such a line; empty: it gets none, or the file is none. What was so
// before stays.
std::string RecipeRefusal(const std::string& path, std::string_view before, const Delta& change);

}  // namespace mamc::edit

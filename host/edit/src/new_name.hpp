// Whether the name of a file that an answer makes may be meant for another, or for several.
#pragma once
#include <string>
#include <string_view>

namespace mamc::edit {

// Why no file is made with this name: it holds several paths, or what is said about one; empty: one may be.
std::string NewNameRefusal(const std::string& path);

// Whether most lines of both are the same: one is a new text of the other.
bool IsNearlyEqual(std::string_view text, std::string_view other);

}  // namespace mamc::edit

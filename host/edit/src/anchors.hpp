// Lines that a patch puts above a hunk, behind @@, to tell where it lies.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "file_text.hpp"

namespace mamc::edit {

// Whether they say that the hunk does not lie at line `first`: one is not above it, or begins a part that
// ends before. The last one may as well be the line itself.
bool AnchorsDeny(const std::vector<std::string>& anchors, const FileText& text, std::size_t first);

}  // namespace mamc::edit

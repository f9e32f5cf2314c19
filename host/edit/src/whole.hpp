// Whether what an answer gives for a whole file is one.
#pragma once
#include <string>
#include <string_view>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// Why the edit may not replace the text that is there; empty: it may.
std::string WholeRefusal(const Edit& edit, std::string_view before);
// Why what is given is no file, but edits of one; empty: it is one. `before` is the text that is there.
std::string EditsRefusal(const Edit& edit, std::string_view before);
// A shell's lines for a file that is no script.
bool IsUsage(const Edit& edit);
// The content, with the comment that names the file when that is the file's first line as it is, and without
// a first line that only repeats the path.
std::string WholeContent(const Edit& edit, std::string_view before);

}  // namespace mamc::edit

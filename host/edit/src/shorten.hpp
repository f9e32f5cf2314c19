// Text of an answer or a file within a message: short, and whole letters only.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace mamc::edit {

// The beginning of the text, `most` bytes at most, that ends between two letters of UTF-8.
std::string_view CutText(std::string_view text, std::size_t most);
// The beginning of a line, in quotes and without the space around it.
std::string QuotedLine(std::string_view line);
// A path or a name, with `...` for what is too much.
std::string ShortName(std::string_view name);
// The message with its words cut as names are, and its lines at a few times that.
std::string ShortMessage(std::string_view message);

}  // namespace mamc::edit

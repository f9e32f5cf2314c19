// Lines of words, by what stands around them.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace mamc::edit {

// A line of one word right above a block: a file may have any name; a word of prose begins with a capital, or
// has a colon behind it.
bool IsWordAboveEdit(const std::vector<std::string_view>& lines, std::size_t at);
// Whether it is in the middle of a paragraph, where a path merely begins a line of a sentence.
bool IsWithinParagraph(const std::vector<std::string_view>& lines, std::size_t at);

// Whether a line that is a path alone has one of another file right above or below it: they are a list.
bool IsInStack(const std::vector<std::string_view>& lines, std::size_t at);

// Whether a block ends right above line `at`.
bool IsBehindBlock(const std::vector<std::string_view>& lines, std::size_t at);
// The last line that is not blank; none: no line of the answer.
std::size_t LastWritten(const std::vector<std::string_view>& lines);
// Whether the lines [begin, end) hold what may be an edit.
bool HoldsEdits(const std::vector<std::string_view>& lines, std::size_t begin, std::size_t end);

// Whether an item of a list follows another one, or the words above the list.
bool IsInList(const std::vector<std::string_view>& lines, std::size_t at);

}  // namespace mamc::edit

// The words of a line of prose, and which of them are files.
#pragma once
#include <string_view>
#include <vector>

namespace mamc::edit {

// The words of a line; what stands in backticks is one.
std::vector<std::string_view> WordsOf(std::string_view text);
// Without quotes, brackets, tags and what ends a sentence.
std::string_view Bare(std::string_view word);
// Whether a word of a sentence is a file; others with a dot are members and methods as often.
bool IsFileName(std::string_view word);

}  // namespace mamc::edit

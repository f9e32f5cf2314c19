// Lines that stand for code that was left out: nothing but dots, or words that say so, written as if they
// were code.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "file_text.hpp"
#include "left_out_words.hpp"
#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// Whether the dots in line `at` of a whole file stand for code that was left out. They do in languages that
// have no such line; Python has one as a statement, alone in its block, and C as a parameter.
bool DotsAreLeftOut(const std::string& path, const std::vector<std::string_view>& lines, std::size_t at);
// The same for lines that replace some of a file: there dots are left-out code in every language.
bool NewDotsAreLeftOut(const std::string& path, const std::vector<std::string_view>& lines, std::size_t at);

// The refusal of a hunk with such a line among those that come, or with the numbers of a listing before them;
// empty: there is none. What is in the file already is a line of it.
std::string LeftOutAmongNew(const std::string& path, const Hunk& hunk, const FileText& text);
// The same of a whole file that is to take the place of `before`.
std::string LeftOutOfWhole(const std::string& path, const std::vector<std::string_view>& before,
                           const std::vector<std::string_view>& after);

}  // namespace mamc::edit

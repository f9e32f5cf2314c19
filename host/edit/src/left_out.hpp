// Lines that stand for code that was left out: nothing but dots, or words that say so, written as if they
// were code.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "file_text.hpp"
#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// `...` or its one sign.
bool IsBareDots(std::string_view line);
// Such dots in a comment or in brackets as well: `# ...`, `[...]`.
bool IsDotsOrComment(std::string_view line);
// A comment that says in a common phrase that code was left out here: `// ... rest of the code`.
bool IsLazyComment(std::string_view line);
// Bare dots or such a comment.
bool IsElision(std::string_view line);

// Whether the dots in line `at` of a whole file stand for code that was left out. They do in languages that
// have no such line; Python has one as a statement, alone in its block, and C as a parameter.
bool DotsAreLeftOut(const std::string& path, const std::vector<std::string_view>& lines, std::size_t at);
// The same for lines that replace some of a file: there dots are left-out code in every language.
bool NewDotsAreLeftOut(const std::string& path, const std::vector<std::string_view>& lines, std::size_t at);

enum class LeftOut { kNo, kMaybe, kSurely };
// Whether a comment, or a line in brackets or with dots, says that code stays which is not shown. It is known
// by its words and not by phrases; `kMaybe` needs another sign, such as lines that are gone.
LeftOut LeftOutIn(std::string_view line);

// The refusal of a hunk with such a line among those that come; empty: there is none. What is in the file
// already is a line of it.
std::string LeftOutAmongNew(const std::string& path, const Hunk& hunk, const FileText& text);
// The same of a whole file that is to take the place of `before`.
std::string LeftOutOfWhole(const std::string& path, const std::vector<std::string_view>& before,
                           const std::vector<std::string_view>& after);

}  // namespace mamc::edit

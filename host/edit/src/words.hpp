// Small views of lines that the parsers and the search share.
#pragma once
#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/base/text.hpp"
#include "mamc/edit/parse.hpp"

namespace mamc::edit {

std::string_view TrimEnd(std::string_view line);
std::string_view Trim(std::string_view line);
std::string_view WithoutCr(std::string_view line);
// The spaces and tabs that it begins with.
std::string_view IndentOf(std::string_view line);

inline bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}
inline bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

inline bool IsOneOf(std::string_view word, std::span<const std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}
inline bool IsOneOf(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Whether every line ends with \r\n: a server or a mail did that, and the \r is no part of the text.
bool AllCrlf(std::string_view text);
// The lines without their \n; a \r before it stays.
std::vector<std::string_view> ViewLines(std::string_view text);

// How many are not blank.
std::size_t CountWritten(std::span<const std::string_view> lines);

// Has a slash, an ending, or a name such as Makefile.
bool LooksNamed(std::string_view word);
// Has a folder and an ending.
bool IsSurePath(std::string_view path);
// A line that can only be a path: one word, or text in backticks.
std::string BarePath(std::string_view line);
// A line that is bold from its begin to its end.
bool IsBold(std::string_view line);
// `FILE: ...` in any spelling.
bool IsFileLine(std::string_view line);
// The spelling that is asked for, in capitals: the whole file follows. In another one it is a label, which
// stands above snippets as well.
bool SaysFile(std::string_view line);
// `FILE: path` and `### path`.
std::string NamedFile(std::string_view line);

}  // namespace mamc::edit

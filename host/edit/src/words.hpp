// Small views of lines that the parsers and the search share.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

std::string_view TrimEnd(std::string_view line);
std::string_view Trim(std::string_view line);
std::string_view WithoutCr(std::string_view line);
// The spaces and tabs that it begins with.
std::string_view IndentOf(std::string_view line);
std::string Lower(std::string_view text);

inline bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}
inline bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

// The lines without their \n; a \r before it stays.
std::vector<std::string_view> ViewLines(std::string_view text);
// `...`, or a comment that says that code was left out here.
bool IsElision(std::string_view line);
// The same without the bare dots, which mean something in Python.
bool IsLazyComment(std::string_view line);

// A line that can only be a path: one word, or text in backticks.
std::string BarePath(std::string_view line);
// `FILE: path` and `### path`.
std::string NamedFile(std::string_view line);

}  // namespace mamc::edit

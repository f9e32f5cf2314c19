// The languages that a scan knows: by which endings, and what in their lines defines a name. The one table of
// the recogniser that works without a program.
#pragma once
#include <string_view>

struct Language {
  std::string_view name;
  std::string_view endings;   // of file names, behind the last dot, or whole names
  std::string_view keywords;  // a word behind one of these is a name that is defined here
  std::string_view at_start;  // the same, only where no space stands before
  bool braces = false;        // functions are names before a parenthesis, in a line that opens or ends a head
  bool is_code() const { return braces || !keywords.empty(); }
};

// Null when the language is not known.
const Language* LanguageOf(std::string_view path);
std::string_view NameOf(std::string_view path);
// "src/net/" of "src/net/http.c", empty at the top.
std::string_view FolderOf(std::string_view path);
bool IsTest(std::string_view path);
// A line of words that each stand alone.
bool HasWord(std::string_view words, std::string_view word);

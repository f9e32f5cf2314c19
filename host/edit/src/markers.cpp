#include "markers.hpp"

#include <algorithm>

#include "sentence.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

// The equal signs that a line begins with, and what stands behind them.
struct Signs {
  char sign = 0;
  std::size_t count = 0;
  std::string_view text;
};

Signs SignsOf(std::string_view line) {
  line = Trim(line);
  if (line.empty() || std::string_view("<>=-+").find(line[0]) == std::string_view::npos) return {};
  const std::size_t count = std::min(line.find_first_not_of(line[0]), line.size());
  return {line[0], count, Trim(line.substr(count))};
}

// In small letters and with a colon as well, where no line of a text looks so.
bool IsWord(std::string_view text, std::string_view word) {
  if (EndsWith(text, ":")) text.remove_suffix(1);
  return text.size() == word.size() && Lower(text) == Lower(word);
}

bool IsMarker(std::string_view line, char sign, std::string_view word) {
  const Signs signs = SignsOf(line);
  if (signs.sign != sign || signs.count < 5 || signs.count > 9) return false;
  return signs.text == word || ((sign == '<' || sign == '>') && IsWord(signs.text, word));
}

// As git writes them.
bool IsConflictSign(const Signs& signs, char sign) {
  return signs.sign == sign && signs.count == 7;
}

std::string PathAlone(std::string_view text) {
  const std::vector<std::string_view> words = WordsOf(text);
  if (words.size() != 1 || !IsFileName(Bare(words[0]))) return {};
  return std::string(Bare(words[0]));
}

// The path on a marker of the sign, behind the word or in its place.
std::string PathOn(std::string_view line, char sign, std::string_view word) {
  const Signs signs = SignsOf(line);
  if (signs.sign != sign || signs.count < 5 || signs.count > 9) return {};
  const std::size_t blank = signs.text.find(' ');
  if (blank != std::string_view::npos && IsWord(signs.text.substr(0, blank), word))
    return PathAlone(signs.text.substr(blank));
  return IsConflictSign(signs, sign) ? PathAlone(signs.text) : std::string();
}

std::string ValueOf(std::string_view info, std::string_view key) {
  const std::size_t at = info.find(key);
  if (at == std::string_view::npos || (at > 0 && info[at - 1] != ' ' && info[at - 1] != '{')) return {};
  const std::string_view value = info.substr(at + key.size());
  if (!value.empty() && (value[0] == '"' || value[0] == '\''))
    return std::string(value.substr(1, value.find(value[0], 1) - 1));
  return std::string(value.substr(0, value.find_first_of(" }")));
}

}  // namespace

bool IsSearch(std::string_view line) {
  return IsMarker(line, '<', "SEARCH") || IsMarker(line, '-', "SEARCH") ||
         !PathOn(line, '<', "SEARCH").empty();
}
bool IsDivider(std::string_view line) {
  return StartsWith(Trim(line), "=======") && IsMarker(line, '=', "");
}
bool IsReplace(std::string_view line) {
  return IsMarker(line, '>', "REPLACE") || IsMarker(line, '+', "REPLACE") ||
         (!PathOn(line, '>', "REPLACE").empty() && !IsWordlessEnd(line));
}
bool IsWordlessEnd(std::string_view line) {
  const Signs signs = SignsOf(line);
  return IsConflictSign(signs, '>') && (signs.text.empty() || !PathAlone(signs.text).empty());
}
bool EndsBlock(std::string_view line) {
  return IsReplace(line) || IsWordlessEnd(line);
}

std::string PathOnMarker(std::string_view line) {
  std::string path = PathOn(line, '<', "SEARCH");
  return path.empty() ? PathOn(line, '>', "REPLACE") : path;
}

Fence OpenedBy(std::string_view line) {
  const std::size_t indent = IndentOf(line).size();
  line = Trim(line);
  if (line.empty() || (line[0] != '`' && line[0] != '~')) return {};
  std::size_t length = std::min(line.find_first_not_of(line[0]), line.size());
  std::string_view info = Trim(line.substr(length));
  if (length < 3 || info.find('`') != std::string_view::npos) return {};
  return {line[0], indent, length, info};
}

bool SameFence(const Fence& fence, const Fence& other) {
  return other.sign == fence.sign && other.length >= fence.length && other.indent <= fence.indent;
}
bool Closes(const Fence& fence, std::string_view line) {
  Fence other = OpenedBy(line);
  return SameFence(fence, other) && other.info.empty();
}

std::string PathInInfo(std::string_view info) {
  return ValueOf(info, "path=");
}

std::string NamedInInfo(std::string_view info) {
  for (std::string_view key : {"title=", "filename=", "file=", "name="})
    if (std::string value = ValueOf(info, key); LooksNamed(value)) return value;
  const std::size_t mark = info.find_last_of(": ");
  if (mark == std::string_view::npos) {
    const bool path = IsFileName(info) && info.find('.') != std::string_view::npos;
    return path ? std::string(info) : std::string();  // `Dockerfile` is a language as well
  }
  std::string_view path = info.substr(mark + 1);
  for (std::string_view around : {"[]", "()"})
    if (path.size() > 2 && path.front() == around[0] && path.back() == around[1])
      path = path.substr(1, path.size() - 2);
  return LooksNamed(path) && path.find_first_of("={}\"'") == std::string_view::npos ? std::string(path)
                                                                                    : std::string();
}

bool IsSigned(std::string_view line) {
  return line.size() > 1 && (line[0] == '+' || line[0] == '-') && line[1] != ' ' && line[1] != line[0];
}

bool IsDiffInfo(std::string_view info) {
  const std::string word = Lower(info.substr(0, info.find(' ')));
  return word == "diff" || word == "patch" || word == "udiff";
}

bool IsShell(std::string_view info) {
  const std::string word = Lower(info.substr(0, info.find_first_of(" :{")));
  for (std::string_view shell : {"sh", "bash", "shell", "zsh", "console", "terminal", "shell-session",
                                 "shellsession", "powershell", "cmd", "bat"})
    if (word == shell) return true;
  return false;
}

bool IsForeignMarker(std::string_view line) {
  line = Trim(line);
  if (StartsWith(line, "*** "))
    for (std::string_view word : {"Begin Patch", "Update File:", "Add File:", "Delete File:"})
      if (StartsWith(line.substr(4), word)) return true;
  if (IsSearch(line) || line.empty() || (line[0] != '<' && line[0] != '>')) return false;
  for (std::string_view tag : {"<search>", "<find>", "<replace>", "<original>", "<updated>"})
    if (Lower(line) == tag) return true;
  const std::size_t signs = std::min(line.find_first_not_of(line[0]), line.size());
  if (signs < 3 || signs > 12) return false;
  const std::string words = Lower(Trim(line.substr(signs)));
  if (words.empty()) return signs == 7;
  if (signs < 5 || signs > 9) return words == "search" || words == "replace";
  for (std::string_view word :
       {"search", "find", "replace", "original", "updated", "head", "old", "new", "before", "after"})
    if (StartsWith(words, word)) return true;
  return false;
}

bool OpensEdit(std::string_view line) {
  return IsSearch(line) || (IsForeignMarker(line) && Trim(line)[0] != '>');
}

bool BeginsForeign(const std::vector<std::string_view>& lines, std::size_t at) {
  for (int seen = 0; at < lines.size() && seen < 2; ++at) {
    if (IsForeignMarker(lines[at])) return true;
    seen += !Trim(lines[at]).empty();
  }
  return false;
}

std::size_t FirstClose(const std::vector<std::string_view>& lines, const Fence& fence, std::size_t at) {
  while (at < lines.size() && !Closes(fence, lines[at])) ++at;
  return at;
}

}  // namespace mamc::edit

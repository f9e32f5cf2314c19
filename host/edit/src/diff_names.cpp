#include "diff_names.hpp"

#include <cctype>

#include "words.hpp"

namespace mamc::edit {
namespace {

// " 2024-01-02", whose tab became a space, and maybe a time behind it.
bool IsDay(std::string_view text) {
  constexpr std::string_view kForm = " 0000-00-00";
  if (text.size() < kForm.size() || (text.size() > kForm.size() && text[kForm.size()] != ' ')) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i)
    if (kForm[i] == '0' ? std::isdigit(static_cast<unsigned char>(text[i])) == 0 : text[i] != kForm[i])
      return false;
  return true;
}

// "(original)"
bool IsSide(std::string_view word) {
  if (word.size() < 2 || word.front() != '(' || word.back() != ')') return false;
  return IsOneOf(Lower(word.substr(1, word.size() - 2)),
                 {"original", "modified", "old", "new", "before", "after", "updated", "current", "proposed"});
}

}  // namespace

std::string Unquote(std::string_view name) {
  if (name.size() < 2 || name.front() != '"' || name.back() != '"') return std::string(name);
  std::string plain;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] != '\\' || i + 2 >= name.size()) {
      plain += name[i];
      continue;
    }
    ++i;
    int value = 0, digits = 0;
    while (digits < 3 && i + 1 < name.size() && name[i] >= '0' && name[i] <= '7') {
      value = value * 8 + (name[i++] - '0');
      ++digits;
    }
    if (digits > 0) {
      plain += static_cast<char>(value);
      --i;
    } else {
      const char escaped = name[i];
      plain += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped == 'r' ? '\r' : escaped;
    }
  }
  return plain;
}

std::string HeaderName(std::string_view line) {
  // git and diff put a tab behind a name that holds spaces.
  if (const std::size_t tab = line.find('\t'); tab != std::string_view::npos)
    return Unquote(Trim(line.substr(0, tab)));
  line = Trim(line);
  std::size_t end = line.rfind(' ');
  if (end == std::string_view::npos || !IsSide(line.substr(end + 1))) {
    end = line.find(' ');
    while (end != std::string_view::npos && !IsDay(line.substr(end))) end = line.find(' ', end + 1);
  }
  return Unquote(Trim(line.substr(0, end)));
}

bool IsTimeOfNone(std::string_view line) {
  const std::size_t tab = line.find('\t');
  if (tab == std::string_view::npos) return false;
  return StartsWith(line.substr(tab + 1), "1970-01-01 ") || StartsWith(line.substr(tab + 1), "1969-12-31 ");
}

bool AreSides(std::string_view old_header, std::string_view new_header) {
  if (!StartsWith(old_header, "--- ") || !StartsWith(new_header, "+++ ")) return false;
  return IsOneOf(Lower(Trim(old_header.substr(4))), {"old", "original", "before", "current", "a"}) &&
         IsOneOf(Lower(Trim(new_header.substr(4))), {"new", "modified", "updated", "after", "proposed", "b"});
}

std::string WithoutDots(std::string name) {
  while (StartsWith(name, "./")) name.erase(0, 2);
  return name;
}

std::string WithoutFirst(const std::string& name) {
  const std::size_t slash = name.find('/');
  return slash == std::string::npos || slash == 0 ? name : name.substr(slash + 1);
}

std::pair<std::string, std::string> GitNames(std::string_view both) {
  constexpr std::size_t kMostSplits = 200;  // of a line that may be as long as the answer
  both = TrimEnd(both);
  std::size_t space = both.find(' ');
  for (std::size_t splits = 0; space != std::string_view::npos && splits < kMostSplits; ++splits) {
    std::string from = Unquote(both.substr(0, space)), to = Unquote(both.substr(space + 1));
    if (WithoutFirst(from) == WithoutFirst(to)) return {from, to};
    space = both.find(' ', space + 1);
  }
  space = both.find(' ');
  if (space == std::string_view::npos) return {};
  return {Unquote(both.substr(0, space)), Unquote(both.substr(space + 1))};
}

bool IsNull(std::string_view name) {
  return name == "/dev/null";
}

}  // namespace mamc::edit

#include "prose.hpp"

#include <algorithm>
#include <cctype>

#include "apply_patch.hpp"
#include "markers.hpp"
#include "naming.hpp"
#include "parse_diff.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

}  // namespace

bool IsWordAboveEdit(const Lines& lines, std::size_t at) {
  const std::string_view text = Trim(lines[at]);
  const bool word = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  });
  if (!word || std::islower(static_cast<unsigned char>(text[0])) == 0 ||
      !std::isalnum(static_cast<unsigned char>(text.back())))
    return false;
  if (IsOneOf(text, {"then", "and", "next", "also", "now"})) return false;
  std::size_t next = at + 1;
  while (next < lines.size() && Trim(lines[next]).empty()) ++next;
  if (next + 1 < lines.size() && OpenedBy(lines[next]).sign != 0) ++next;
  return next < lines.size() && IsSearch(lines[next]);
}

bool IsWithinParagraph(const Lines& lines, std::size_t at) {
  auto words = [&](std::size_t i) {
    return !Trim(lines[i]).empty() && OpenedBy(lines[i]).sign == 0 && !IsSearch(lines[i]) &&
           !EndsBlock(lines[i]) && !IsDiffStart(lines, i);
  };
  return at > 0 && at + 1 < lines.size() && words(at - 1) && words(at + 1) &&
         !EndsWith(TrimEnd(lines[at - 1]), ":") && !EndsWith(TrimEnd(lines[at]), ":");
}

bool IsInStack(const Lines& lines, std::size_t at) {
  const std::string path = BarePath(lines[at]);
  auto other = [&](std::size_t i) {
    const std::string there = i < lines.size() ? BarePath(lines[i]) : std::string();
    return LooksNamed(there) && !MayBeSame(there, path);
  };
  return LooksNamed(path) && ((at > 0 && other(at - 1)) || other(at + 1));
}

bool IsBehindBlock(const Lines& lines, std::size_t at) {
  while (at > 0 && Trim(lines[at - 1]).empty()) --at;
  return at > 0 && EndsBlock(lines[at - 1]);
}

std::size_t LastWritten(const Lines& lines) {
  std::size_t last = lines.size();
  while (last > 0 && Trim(lines[last - 1]).empty()) --last;
  return last - 1;
}

bool HoldsEdits(const Lines& lines, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i)
    if (IsSearch(lines[i]) || BeginsPatch(lines, i) || IsDiffStart(lines, i) || IsFileLine(lines[i]) ||
        !DeletedFile(lines[i]).empty())
      return true;
  return false;
}

bool IsInList(const std::vector<std::string_view>& lines, std::size_t at) {
  while (at > 0 && Trim(lines[at - 1]).empty()) --at;
  if (at == 0) return false;
  const std::string_view above = Trim(lines[at - 1]);
  return EndsWith(above, ":") || EndsWith(above, ":**") || StartsWith(above, "- ") || StartsWith(above, "* ");
}

}  // namespace mamc::edit

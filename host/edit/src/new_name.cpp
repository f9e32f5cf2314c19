#include "new_name.hpp"

#include <algorithm>
#include <unordered_map>

#include "sentence.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::string_view kBetween[] = {" and ", ", ",   "; ",   " & ",  " + ",
                                         " or ",  " -> ", " => ", " to ", " \xE2\x86\x92 "};

bool HoldsSeveral(std::string_view path) {
  return std::any_of(std::begin(kBetween), std::end(kBetween), [&](std::string_view between) {
    const std::size_t at = path.find(between);
    return at != std::string_view::npos && IsFileName(Bare(path.substr(0, at))) &&
           IsFileName(Bare(path.substr(at + between.size())));
  });
}

// `a.c:12`
bool EndsInLine(std::string_view path) {
  const std::size_t mark = path.find(':');
  return mark != std::string_view::npos && mark + 1 < path.size() && IsFileName(path.substr(0, mark)) &&
         path.find_first_not_of("0123456789-:,", mark + 1) == std::string_view::npos;
}

}  // namespace

std::string NewNameRefusal(const std::string& path) {
  if (HoldsSeveral(path)) return "this is no name of one file: send each file with its own path";
  if (EndsInLine(path))
    return "the path ends in the number of a line: send a SEARCH/REPLACE block for a part of the file, or all "
           "its lines below its path alone";
  return {};
}

bool IsNearlyEqual(std::string_view text, std::string_view other) {
  constexpr std::size_t kFewest = 5;  // lines; shorter files are like others by chance
  const auto lines = ViewLines(text), others = ViewLines(other);
  const std::size_t longer = std::max(CountWritten(lines), CountWritten(others));
  if (longer < kFewest) return false;
  std::unordered_map<std::string_view, std::size_t> left;
  for (std::string_view line : others)
    if (!Trim(line).empty()) ++left[Trim(line)];
  std::size_t same = 0;
  for (std::string_view line : lines)
    if (auto found = left.find(Trim(line)); found != left.end() && found->second > 0) --found->second, ++same;
  return same * 4 >= longer * 3;
}

}  // namespace mamc::edit

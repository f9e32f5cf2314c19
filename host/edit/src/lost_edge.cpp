#include "lost_edge.hpp"

#include <algorithm>
#include <vector>

#include "heads.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

// `import x`, `#include <x>`, `const x = require('x')` and their kin.
bool IsImportOfAny(std::string_view line) {
  line = Trim(line);
  for (std::string_view begin :
       {"import ", "from ", "#include", "use ", "using ", "require", "extern crate "})
    if (StartsWith(line, begin)) return true;
  return line.find("= require(") != std::string_view::npos;
}

Lines WrittenOf(std::span<const std::string_view> lines) {
  Lines written;
  for (std::string_view line : lines)
    if (const auto text = Trim(line); !text.empty()) written.push_back(text);
  return written;
}

// One line, before and after a small change: three fifths of the longer one stand in both, at its ends.
bool IsLike(std::string_view line, std::string_view other) {
  const std::size_t shorter = std::min(line.size(), other.size()),
                    longer = std::max(line.size(), other.size());
  if (const auto name = DeclaredName(line); !name.empty() && name == DeclaredName(other)) return true;
  std::size_t same = 0, behind = 0;
  while (same < shorter && line[same] == other[same]) ++same;
  while (same + behind < shorter && line[line.size() - 1 - behind] == other[other.size() - 1 - behind])
    ++behind;
  return (same + behind) * 5 >= longer * 3;
}

bool HasLike(std::string_view line, const Lines& lines) {
  return std::any_of(lines.begin(), lines.end(), [&](std::string_view other) { return IsLike(line, other); });
}

// The lines of both begin at the edge.
bool LosesEdge(const Lines& lost, const Lines& come, bool imports_may_go) {
  constexpr std::size_t kMost = 200;  // more lines are a file that was written anew
  if (lost.size() < 2 || come.empty() || lost.size() > kMost || come.size() > kMost) return false;
  // Imports are put together and sorted; whether one is missing is looked at elsewhere.
  if (IsImportOfAny(come[0])) return false;
  const auto stays =
      std::find_if(lost.begin(), lost.end(), [&](std::string_view line) { return IsLike(line, come[0]); });
  if (stays == lost.end()) return false;
  return std::any_of(lost.begin(), stays, [&](std::string_view line) {
    return !HasLike(line, come) && !(imports_may_go && IsImportOfAny(line));
  });
}

}  // namespace

bool LosesBegin(std::span<const std::string_view> lost, std::span<const std::string_view> come,
                bool imports_may_go) {
  return LosesEdge(WrittenOf(lost), WrittenOf(come), imports_may_go);
}

bool LosesEnd(std::span<const std::string_view> lost, std::span<const std::string_view> come,
              bool imports_may_go) {
  Lines from_end = WrittenOf(lost), come_from_end = WrittenOf(come);
  std::reverse(from_end.begin(), from_end.end());
  std::reverse(come_from_end.begin(), come_from_end.end());
  return LosesEdge(from_end, come_from_end, imports_may_go);
}

}  // namespace mamc::edit

#include "anchors.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "heads.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// Models leave out what stands behind the name: `class Store` for `class Store(Base):`.
bool IsAnchor(std::string_view line, std::string_view anchor) {
  line = Trim(line);
  if (!StartsWith(line, anchor)) return false;
  if (line.size() == anchor.size()) return true;
  const auto next = static_cast<unsigned char>(line[anchor.size()]),
             last = static_cast<unsigned char>(anchor.back());
  const bool goes_on = (std::isalnum(next) != 0 || next == '_') && (std::isalnum(last) != 0 || last == '_');
  return !goes_on;
}

// The nearest line above `below`.
std::size_t LineAbove(std::string_view anchor, const FileText& text, std::size_t below) {
  constexpr std::size_t kMost = 5000;  // lines of a part
  for (std::size_t at = below, seen = 0; at-- > 0 && seen < kMost; ++seen)
    if (IsAnchor(text.lines()[at], anchor)) return at;
  return kNone;
}

// What stands as far to the left as the head of a part and ends it.
bool EndsPart(std::string_view line, std::size_t depth) {
  const std::string_view words = Trim(line);
  if (words.empty() || IndentOf(line).size() > depth) return false;
  const bool bracket = std::string_view("{)]#").find(words[0]) != std::string_view::npos;
  return !bracket && !IsComment(line) && !IsOneOf(words, {"public:", "private:", "protected:"});
}

// Whether line `at` lies in the part whose head is line `head`. Other lines begin no part.
bool HoldsLine(const FileText& text, std::size_t head, std::size_t at) {
  const auto& lines = text.lines();
  if (DeclaredName(lines[head]).empty()) return true;
  const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(head) + 1,
             end = lines.begin() + static_cast<std::ptrdiff_t>(at);
  if (IsTitle(lines[head])) return std::none_of(begin, end + 1, IsTitle);
  const std::size_t depth = IndentOf(lines[head]).size();
  const bool closes = StartsWith(Trim(lines[at]), "}");
  return std::none_of(begin, closes ? end : end + 1, [&](auto line) { return EndsPart(line, depth); });
}

}  // namespace

bool AnchorsDeny(const std::vector<std::string>& anchors, const FileText& text, std::size_t first) {
  std::size_t below = std::min(first + 1, text.lines().size()), inner = first;
  for (auto anchor = anchors.rbegin(); anchor != anchors.rend(); ++anchor) {
    const std::size_t at = LineAbove(*anchor, text, below);
    if (at == kNone || (at < inner && !HoldsLine(text, at, inner))) return true;
    below = inner = at;
  }
  return false;
}

}  // namespace mamc::edit

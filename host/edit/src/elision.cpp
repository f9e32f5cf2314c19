#include "elision.hpp"

#include <algorithm>

#include "heads.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

bool IsBlankLine(const FileText& text, std::ptrdiff_t line) {
  return Trim(text.lines()[static_cast<std::size_t>(line)]).empty();
}
std::size_t LevelOf(const FileText& text, std::ptrdiff_t line) {
  return IndentOf(text.lines()[static_cast<std::size_t>(line)]).size();
}

// `#ifdef` stands at the left whatever it is in.
bool IsDirective(const FileText& text, std::ptrdiff_t line) {
  return StartsWith(text.lines()[static_cast<std::size_t>(line)], "#");
}

bool LeavesLevel(const FileText& text, std::ptrdiff_t before, std::ptrdiff_t behind, std::size_t level) {
  bool deeper = LevelOf(text, before) > level || LevelOf(text, behind) > level, at_level = false;
  for (std::ptrdiff_t line = before + 1; line < behind; ++line) {
    if (LevelOf(text, line) == level && IsTitle(text.lines()[static_cast<std::size_t>(line)])) return true;
    if (IsBlankLine(text, line) || IsDirective(text, line)) continue;
    if (LevelOf(text, line) < level) return true;
    deeper = deeper || LevelOf(text, line) > level;
    at_level = at_level || LevelOf(text, line) == level;
  }
  return deeper && at_level;
}

}  // namespace

bool ElisionCrosses(const Hunk& hunk, const std::vector<OldLine>& olds, const FileText& text,
                    const Alignment& lines) {
  constexpr std::size_t kEnough = 2;
  struct Part {
    std::ptrdiff_t first = kNowhere, last = kNowhere;
    std::size_t telling = 0;
    bool changes = false, named = false;
  };
  std::vector<Part> parts(1);
  std::size_t level = std::string_view::npos, old = 0;
  for (const HunkLine& line : hunk.lines) {
    if (line.sign != '+' && olds[old].elision) parts.emplace_back();
    Part& part = parts.back();
    const bool changed_before = part.changes;
    part.changes = part.changes || line.sign != ' ';
    if (line.sign == '+') continue;
    const std::size_t i = old++;
    if (lines[i] == kNowhere || IsBlankLine(text, lines[i])) continue;
    if (part.first == kNowhere) part.first = lines[i];
    part.last = lines[i];
    level = std::min(level, LevelOf(text, lines[i]));
    if (!LiesAt(olds[i], text, lines[i])) continue;
    part.telling += Speaks(olds[i]);
    part.named = part.named || (!changed_before && !DeclaredName(olds[i].text).empty());
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const Part &before = parts[i - 1], &behind = parts[i];
    if (before.last == kNowhere || behind.first == kNowhere) continue;
    const bool changes_behind = std::any_of(parts.begin() + static_cast<std::ptrdiff_t>(i), parts.end(),
                                            [](auto& p) { return p.changes; });
    const bool told = before.telling >= kEnough && behind.telling >= kEnough;
    if (told && (behind.named || !changes_behind)) continue;
    if (LeavesLevel(text, before.last, behind.first, level)) return true;
  }
  return false;
}

}  // namespace mamc::edit

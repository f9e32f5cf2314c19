// Implementation: a fence with a word behind it opens, so its end is known. One without opens or closes; each
// way to read them all is looked at, and must be the only one that leaves no fence with a blank line within.
#include "fenced.hpp"

#include <algorithm>

#include "apply_patch.hpp"
#include "parse_diff.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

std::size_t NextWritten(const Lines& lines, std::size_t at) {
  while (at < lines.size() && Trim(lines[at]).empty()) ++at;
  return at;
}

bool NamesFile(std::string_view line) {
  return !NamedFile(line).empty() || LooksNamed(BarePath(line));
}

// Blocks or a diff, perhaps below their path.
bool OpensEdits(const Lines& lines, std::size_t at) {
  if (const Fence fence = OpenedBy(lines[at]); IsDiffInfo(fence.info) || !PathInInfo(fence.info).empty())
    return true;
  const std::size_t first = NextWritten(lines, at + 1);
  const auto is_edit = [&](std::size_t i) {
    return i < lines.size() && (IsSearch(lines[i]) || BeginsPatch(lines, i) || IsDiffStart(lines, i));
  };
  return is_edit(first) || is_edit(first + 1);
}

// Where another edit is announced.
std::size_t FindEdit(const Lines& lines, std::size_t at) {
  for (; at < lines.size(); ++at) {
    const std::string_view text = Trim(lines[at]);
    if (text.empty()) continue;
    if (IsFileLine(text) || StartsWith(text, "DELETE:") || IsSearch(text) || BeginsPatch(lines, at) ||
        IsDiffStart(lines, at))
      return at;
    if (OpenedBy(text).sign != 0) {
      if (OpensEdits(lines, at)) return at;
      continue;
    }
    if (!NamesFile(text)) continue;
    const std::size_t next = NextWritten(lines, at + 1);
    if (next < lines.size() && (OpenedBy(lines[next]).sign != 0 || IsSearch(lines[next]))) return at;
  }
  return at;
}

std::size_t NestedClose(const Lines& lines, const Fence& fence, std::size_t at) {
  for (std::size_t depth = 0; at < lines.size(); ++at) {
    const Fence other = OpenedBy(lines[at]);
    if (!SameFence(fence, other)) continue;
    if (!other.info.empty())
      ++depth;
    else if (depth-- == 0)
      return at;
  }
  return at;
}

bool MayOpen(const Lines& lines, std::size_t at) {
  return at + 1 < lines.size() && !Trim(lines[at + 1]).empty();
}

// What is announced above a fence stands in it.
bool MayClose(const Lines& lines, std::size_t at) {
  const std::string_view above = Trim(lines[at - 1]);
  return !above.empty() && above.back() != ':' && !NamesFile(above);
}

}  // namespace

std::size_t FileEnds::NextEdit(std::size_t at) {
  if (!next_edit_ || *next_edit_ < at) next_edit_ = FindEdit(lines_, at);
  return *next_edit_;
}

bool FileEnds::IsPair(std::size_t open, std::size_t close) const {
  return MayOpen(lines_, open) && MayClose(lines_, close);
}

const FileEnds::Bares& FileEnds::BaresBetween(std::size_t first, std::size_t end, const Fence& fence) {
  for (std::size_t i = 0; !looked_ && i < lines_.size(); ++i)
    if (const Fence other = OpenedBy(lines_[i]); other.sign != 0) fences_.emplace_back(i, other);
  looked_ = true;
  const auto [found, is_new] = bares_.try_emplace({fence.sign, fence.length, fence.indent});
  Bares& bares = found->second;
  bool opened = false;
  for (std::size_t i = 0; is_new && i < fences_.size(); ++i) {
    const auto& [line, other] = fences_[i];
    if (!SameFence(fence, other)) continue;
    if (other.info.empty() && !opened) bares.at.push_back(line);
    opened = !other.info.empty();
  }
  if (bares.end == end) return bares;
  bares.end = end;
  bares.count =
      static_cast<std::size_t>(std::lower_bound(bares.at.begin(), bares.at.end(), end) - bares.at.begin());
  bares.pairs = bares.count;
  while (bares.pairs >= 2 && bares.at[bares.pairs - 2] > first &&
         IsPair(bares.at[bares.pairs - 2], bares.at[bares.pairs - 1]))
    bares.pairs -= 2;
  return bares;
}

FileEnd FileEnds::EndOf(const Fence& fence, std::size_t at) {
  const std::size_t first = NestedClose(lines_, fence, at);
  if (first >= lines_.size()) return {first};
  const Bares& bares = BaresBetween(first, NextEdit(first + 1), fence);
  const auto behind_first = std::upper_bound(bares.at.begin(), bares.at.end(), first);
  const auto begin = static_cast<std::size_t>(behind_first - bares.at.begin());
  if (begin >= bares.count) return {first};
  const std::size_t behind = bares.count - begin;
  const std::size_t last = bares.at[bares.count - 1];
  if (behind % 2 == 1) return {last, false};
  // Behind the end fences come in pairs; so they do before it, within the file.
  const std::size_t pairs_behind = std::max(bares.pairs, begin) - begin;
  auto bare = [&](std::size_t i) { return i == 0 ? first : bares.at[begin + i - 1]; };
  std::optional<std::size_t> end;
  for (std::size_t i = 0; i <= behind; i += 2) {
    const bool may_end = i >= pairs_behind && MayClose(lines_, bare(i));
    if (may_end && end) return {last, false};
    if (may_end) end = bare(i);
    if (i < behind && !IsPair(bare(i), bare(i + 1))) break;
  }
  return end ? FileEnd{*end} : FileEnd{last, false};
}

std::string TextOf(const Lines& lines, std::size_t begin, std::size_t end, std::string_view indent) {
  for (std::size_t i = begin; i < end; ++i)
    if (!Trim(lines[i]).empty() && !StartsWith(lines[i], indent)) indent = {};
  std::string text;
  for (std::size_t i = begin; i < end; ++i)
    text.append(lines[i].substr(StartsWith(lines[i], indent) ? indent.size() : 0)).append("\n");
  return text;
}

void Outdent(Lines& lines, const Fence& fence, std::size_t at) {
  const std::size_t end = FirstClose(lines, fence, at);
  for (std::size_t i = at; i < end; ++i)
    if (!Trim(lines[i]).empty() && IndentOf(lines[i]).size() < fence.indent) return;
  for (std::size_t i = at; i < end; ++i) lines[i].remove_prefix(std::min(fence.indent, lines[i].size()));
}

void CheckOneFile(const Lines& lines, std::size_t begin, std::size_t end, const std::string& path,
                  Answer& answer) {
  for (std::size_t i = begin; i < end; ++i) {
    const std::string named = StartsWith(lines[i], "FILE: ") ? NamedFile(lines[i]) : std::string();
    if (!LooksNamed(named) || named == path) continue;
    answer.problems.push_back(
        {i + 1, "another file begins here in the fence of '" + path + "': put each into its own"});
    return;
  }
}

}  // namespace mamc::edit

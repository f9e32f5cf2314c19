#include "whole.hpp"

#include <algorithm>
#include <cctype>
#include <unordered_map>
#include <unordered_set>

#include "file_text.hpp"
#include "heads.hpp"
#include "left_out.hpp"
#include "line_match.hpp"
#include "markers.hpp"
#include "parse_diff.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

// A third of the lines that are there.
bool KeepsShare(const Lines& before, const Lines& after) {
  std::unordered_map<std::string_view, std::size_t> left;
  for (std::string_view line : after)
    if (!Trim(line).empty()) ++left[Trim(line)];
  std::size_t kept = 0;
  for (std::string_view line : before)
    if (auto found = left.find(Trim(line)); found != left.end() && found->second > 0) --found->second, ++kept;
  return kept * 3 >= CountWritten(before);
}

// What stands between two lines that stay: lines [old_begin, old_end) became [begin, end).
struct Gap {
  std::size_t old_begin, old_end, begin, end;
};

std::size_t WrittenIn(const Lines& lines, std::size_t begin, std::size_t end) {
  return CountWritten(std::span(lines).subspan(begin, end - begin));
}

class LeftOutParts {
 public:
  LeftOutParts(const Lines& before, const Lines& after) : before_(before), after_(after) {
    for (std::string_view line : after)
      if (const auto name = DeclaredName(line); !name.empty()) names_.insert(name);
  }

  // The first line of what looks left out rather than changed; the number of lines: nothing does.
  std::size_t First(bool said_removed) const {
    const std::vector<std::ptrdiff_t> matches = MatchLines(before_, after_);
    Gap gap{0, 0, 0, 0};
    for (std::size_t i = 0; i <= after_.size(); ++i) {
      if (i < after_.size() && matches[i] == kNoMatch) continue;
      gap.end = i;
      gap.old_end = i < after_.size() ? static_cast<std::size_t>(matches[i]) : before_.size();
      if (IsLeftOut(gap, said_removed)) return gap.old_begin;
      gap.old_begin = gap.old_end + 1, gap.begin = i + 1;
    }
    return before_.size();
  }

 private:
  // A part of a file that is sent for the whole lacks what stands before it or behind it, or parts in
  // between.
  bool IsLeftOut(const Gap& gap, bool said_removed) const {
    const std::size_t lost = WrittenIn(before_, gap.old_begin, gap.old_end),
                      come = WrittenIn(after_, gap.begin, gap.end);
    if (lost < 2 || lost <= come) return false;
    const bool at_edge = gap.old_begin == 0 || gap.old_end == before_.size();
    if (at_edge) return come == 0 || LosesHead(gap);
    return lost >= come + 2 && !said_removed && LosesHead(gap);
  }

  bool LosesHead(const Gap& gap) const {
    for (std::size_t i = gap.old_begin; i < gap.old_end; ++i)
      if (const auto name = DeclaredName(before_[i]); !name.empty() && names_.count(name) == 0) return true;
    return false;
  }

  const Lines& before_;
  const Lines& after_;
  std::unordered_set<std::string_view> names_;  // of parts of the new text
};

bool HasEnding(const Edit& edit, std::initializer_list<std::string_view> endings) {
  const std::string path = Lower(edit.path);
  return std::any_of(endings.begin(), endings.end(), [&](auto ending) { return EndsWith(path, ending); });
}

// The first line outside of the file's own fences that begins a block or a diff and is not in the file
// already; the number of lines: there is none.
std::size_t FirstOfEdits(const Edit& edit, const Lines& lines,
                         const std::unordered_set<std::string_view>& there) {
  const bool diffs = HasEnding(edit, {".diff", ".patch", ".rej"});
  Fence open;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Fence fence = OpenedBy(lines[i]);
    if (open.sign != 0 ? Closes(open, lines[i]) : fence.sign != 0) open = open.sign != 0 ? Fence() : fence;
    if (open.sign != 0 || there.count(TrimEnd(lines[i])) != 0) continue;
    if (OpensEdit(lines[i]) || (!diffs && (IsDiffStart(lines, i) || StartsWith(lines[i], "@@ -")))) return i;
  }
  return lines.size();
}

// A line that comes in a diff: a plus, and no word of a list behind it.
bool IsAdded(std::string_view line) {
  if (!StartsWith(line, "+") || line.size() < 2) return false;
  const std::string_view text = Trim(line.substr(1));
  const bool item = IndentOf(line.substr(1)) == " ";
  return !item && !text.empty() && text[0] != '+' && std::isdigit(static_cast<unsigned char>(text[0])) == 0;
}

// The first line that bears the sign of a diff; the number of lines: there is none.
std::size_t FirstSigned(const Edit& edit, const Lines& lines,
                        const std::unordered_set<std::string_view>& there) {
  const bool words = HasEnding(edit, {".md", ".rst", ".txt", ".adoc", ".diff", ".patch", ".rej"});
  const bool had = std::any_of(there.begin(), there.end(), [](auto line) { return StartsWith(line, "+"); });
  const bool all = std::all_of(lines.begin(), lines.end(), [](auto line) {
    return Trim(line).empty() || line[0] == ' ' || line[0] == '+' || line[0] == '-';
  });
  constexpr std::size_t kLine = 3;  // a shorter one may be a number
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = TrimEnd(lines[i]);
    if (line.size() < 2 || there.count(line) != 0) continue;
    const bool goes =
        line[0] == '-' && Trim(line.substr(1)).size() >= kLine && there.count(line.substr(1)) != 0;
    if (goes || (IsAdded(line) && !had && (!words || all))) return i;
  }
  return lines.size();
}

}  // namespace

std::string EditsRefusal(const Edit& edit, std::string_view before) {
  const Lines lines = ViewLines(edit.content);
  std::unordered_set<std::string_view> there;
  for (std::string_view line : ViewLines(before)) there.insert(TrimEnd(line));
  const std::size_t first = std::min(FirstOfEdits(edit, lines, there), FirstSigned(edit, lines, there));
  if (first == lines.size()) return {};
  return "'" + std::string(Trim(lines[first]).substr(0, 80)) +
         "' is a line of a diff or a block and would be written into the file: send the file as it is to "
         "be, or a diff or blocks without FILE:, below the file's path";
}

std::string WholeRefusal(const Edit& edit, std::string_view before) {
  const Lines old = ViewLines(before), lines = ViewLines(edit.content);
  if (CountWritten(old) == 0) return {};
  if (CountWritten(lines) == 0)
    return "nothing stands where the whole file should: send the file, or DELETE: and its path to remove it";
  if (std::string left_out = LeftOutOfWhole(edit.path, old, lines); !left_out.empty()) return left_out;
  if (!edit.by_heading || edit.said_whole) return {};
  const std::string advice =
      ": write FILE: before its path when it is the whole file, or send SEARCH/REPLACE blocks";
  if (!KeepsShare(old, lines)) return "what stands below its heading is not like the file" + advice;
  const std::size_t left_out = LeftOutParts(old, lines).First(edit.said_removed);
  if (left_out == old.size()) return {};
  return "what stands below its heading may be a part of the file, for it leaves out lines from line " +
         std::to_string(left_out + 1) + " on" + advice;
}

bool IsUsage(const Edit& edit) {
  const std::string path = Lower(edit.path);
  const std::size_t dot = path.rfind('.'), slash = path.rfind('/');
  if (!IsShell(edit.fence) || dot == std::string::npos || (slash != std::string::npos && dot < slash))
    return false;
  const std::string ending = path.substr(dot + 1);
  for (std::string_view script :
       {"sh", "bash", "zsh", "ksh", "bats", "command", "ps1", "bat", "cmd", "in", "env"})
    if (ending == script) return false;
  return true;
}

std::string WholeContent(const Edit& edit, std::string_view before) {
  const Lines lines = ViewLines(before);
  const bool is_first = !edit.head.empty() && !lines.empty() && Trim(lines[0]) == Trim(edit.head);
  return is_first ? edit.head + "\n" + edit.content : edit.content;
}

}  // namespace mamc::edit

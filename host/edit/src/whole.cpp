#include "whole.hpp"

#include <algorithm>
#include <cctype>
#include <unordered_set>

#include "file_text.hpp"
#include "heading_parts.hpp"
#include "joined.hpp"
#include "languages.hpp"
#include "left_out.hpp"
#include "listing.hpp"
#include "mamc/base/text.hpp"
#include "markers.hpp"
#include "naming.hpp"
#include "parse_diff.hpp"
#include "shorten.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

// The first line outside of the file's own fences that begins a block or a diff and is not in the file
// already; the number of lines: there is none.
std::size_t FirstOfEdits(const Edit& edit, const Lines& lines,
                         const std::unordered_set<std::string_view>& there) {
  const bool diffs = HasEnding(edit.path, {"diff", "patch", "rej"});
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
  const bool words = HasEnding(edit.path, {"md", "rst", "txt", "adoc", "diff", "patch", "rej"});
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

bool IsPathOf(const Edit& edit, std::string_view text) {
  const std::string path = IsFileLine(text) ? NamedFile(text) : BarePath(text);
  return !path.empty() && (MayBeSame(path, edit.path) || MayBeSame(path, edit.other_path));
}

// A line that holds nothing but the file's path. A list of files may hold its own, and as a comment the path
// may stand where the language has such comments and its first line is not for something else.
bool IsLabel(const Edit& edit, std::string_view line, std::string_view next) {
  if (IsFileLine(line)) return IsPathOf(edit, line);
  const std::string_view comment = CommentText(line);
  if (comment.empty()) {
    const bool list =
        HasEnding(edit.path, {"txt", "in", "lst", "list", "csv", "gitignore", "dockerignore", "npmignore"});
    const bool key = EndsWith(line, ":") && HasEnding(edit.path, {"yml", "yaml"});
    return !list && !key && IsPathOf(edit, line);
  }
  const std::string_view sign = line.substr(0, line[0] == '/' || line[0] == '-' ? 2 : 1);
  const bool first_is_taken = StartsWith(next, "#!") || StartsWith(next, "<?");
  return (first_is_taken || IsForeignSign(edit.path, sign)) && IsPathOf(edit, comment);
}

// The bytes of such a line before the content, and of a blank one behind it. What the file begins with is a
// line of it.
std::size_t SizeOfLabel(const Edit& edit, const Lines& before) {
  const std::string_view content = edit.content;
  const std::size_t end = content.find('\n');
  if (end == std::string_view::npos) return 0;
  const std::string_view line = Trim(content.substr(0, end)), behind = content.substr(end + 1);
  const std::string_view next = behind.substr(0, behind.find('\n'));
  if (line.empty() || (!before.empty() && Trim(before[0]) == line) || !IsLabel(edit, line, next)) return 0;
  return end + 1 + (Trim(next).empty() && next.size() < behind.size() ? next.size() + 1 : 0);
}

// What a model writes is UTF-8. Lines that it leaves alone would change too.
std::string EncodingRefusal(std::string_view before) {
  if (IsUtf8(before) && before.find('\0') == std::string_view::npos) return {};
  return "the file is not UTF-8 text, and as a whole it would be written anew as such: send SEARCH/REPLACE "
         "blocks for the lines that change";
}

// Where a file is named by a heading, that a part of it is meant is told by what is gone.
std::string HeadingRefusal(const Edit& edit, const Lines& old, const Lines& lines) {
  if (edit.said_whole && !edit.by_words) return {};
  const std::string advice =
      ": write FILE: before its path when it is the whole file, or send SEARCH/REPLACE blocks";
  if (!KeepsShare(old, lines)) return "what stands below its heading is not like the file" + advice;
  const std::size_t left_out = FirstLeftOut(edit, old, lines);
  if (left_out == old.size() && edit.by_words && !KeepsNearlyAll(old, lines, edit.said_removed))
    return "that what stands below these words is the whole file is not clear, for it keeps too little of "
           "the file" +
           advice;
  if (left_out == old.size()) return {};
  return "what stands below its heading may be a part of the file, for it leaves out lines from line " +
         std::to_string(left_out + 1) + " on" + advice;
}

// Behind FILE: stands the whole file, unless the answer itself says that it does not, or one part stands
// there alone.
std::string PartRefusal(const Edit& edit, const Lines& old, const Lines& lines) {
  constexpr std::string_view kAdvice = ": send a SEARCH/REPLACE block for a part, or all lines of the file";
  if (edit.said_whole) return {};
  if (edit.said_part && (!KeepsShare(old, lines) || FirstLeftOut(edit, old, lines) != old.size()))
    return "the words beside it say that this is a part of the file, and the rest of the file would be lost" +
           std::string(kAdvice);
  if (edit.said_new && !edit.said_all && !KeepsShare(old, lines))
    return "the answer says that the file is new, and there is one with other lines: send SEARCH/REPLACE "
           "blocks, or say that it is rewritten";
  if (!edit.said_all && !edit.said_removed && IsPartAlone(edit.path, old, lines))
    return "this is one part of the file alone, and the rest of the file would be lost" +
           std::string(kAdvice) + ", or say above it that the file is rewritten";
  return {};
}

}  // namespace

std::string EditsRefusal(const Edit& edit, std::string_view before) {
  const Lines lines = ViewLines(edit.content), old = ViewLines(before);
  if (std::string copied = ListingRefusal(old, lines, edit.path); !copied.empty()) return copied;
  if (std::string joined = JoinedRefusal(edit, old, lines); !joined.empty()) return joined;
  std::unordered_set<std::string_view> there;
  for (std::string_view line : old) there.insert(TrimEnd(line));
  const std::size_t first = std::min(FirstOfEdits(edit, lines, there), FirstSigned(edit, lines, there));
  if (first == lines.size()) return {};
  return QuotedLine(lines[first]) +
         " is a line of a diff or a block and would be written into the file: send the file as it is to "
         "be, or a diff or blocks without FILE:, below the file's path";
}

std::string WholeRefusal(const Edit& edit, std::string_view before) {
  const std::string content = WholeContent(edit, before);
  const Lines old = ViewLines(before), lines = ViewLines(content);
  if (CountWritten(old) == 0) return {};
  if (std::string encoding = EncodingRefusal(before); !encoding.empty()) return encoding;
  if (CountWritten(lines) == 0)
    return "nothing stands where the whole file should: send the file, or DELETE: and its path to remove it";
  if (std::string left_out = LeftOutOfWhole(edit.path, old, lines); !left_out.empty()) return left_out;
  return edit.by_heading ? HeadingRefusal(edit, old, lines) : PartRefusal(edit, old, lines);
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
  return is_first ? edit.head + "\n" + edit.content : edit.content.substr(SizeOfLabel(edit, lines));
}

}  // namespace mamc::edit

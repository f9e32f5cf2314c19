#include "unread.hpp"

#include <algorithm>

#include "commands.hpp"
#include "markers.hpp"
#include "parse_diff.hpp"
#include "sentence.hpp"
#include "shorten.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

// `<<<<<<< SEAR`, `<<<<`
bool IsBegunMarker(std::string_view text) {
  const std::size_t signs = std::min(text.find_first_not_of('<'), text.size());
  return signs >= 2 && signs <= 9 && StartsWith("SEARCH", Trim(text.substr(signs)));
}

// `-old` above `+new`, or the other way round.
bool IsChange(const Lines& lines, std::size_t at) {
  return at + 1 < lines.size() && IsSigned(lines[at]) && IsSigned(lines[at + 1]) &&
         lines[at][0] != lines[at + 1][0];
}

// `<file path="a.c">` and the tags around the calls of tools, which agents read.
bool IsForeignTag(std::string_view text) {
  for (std::string_view tag :
       {"<tool_call>", "<function_calls>", "<invoke ", "<write_to_file>", "<write_file>", "<apply_diff>",
        "<replace_in_file>", "<create_file>", "<edit_file>"})
    if (StartsWith(text, tag)) return true;
  const bool file = StartsWith(text, "<file ") || StartsWith(text, "<edit ");
  return file && text.find('=') != std::string_view::npos && EndsWith(text, ">");
}

bool IsIndentedDiff(const Lines& lines, std::size_t at) {
  return !IndentOf(lines[at]).empty() && StartsWith(Trim(lines[at]), "--- ") && at + 1 < lines.size() &&
         StartsWith(Trim(lines[at + 1]), "+++ ");
}

// `{"a.c": "its text"`
bool IsMapOfFiles(std::string_view text) {
  if (!StartsWith(text, "{")) return false;
  text = Trim(text.substr(1));
  const std::size_t end = StartsWith(text, "\"") ? text.find('"', 1) : text.npos;
  if (end == text.npos || !IsFileName(text.substr(1, end - 1))) return false;
  const std::string_view behind = Trim(text.substr(end + 1));
  return StartsWith(behind, ":") && StartsWith(Trim(behind.substr(1)), "\"");
}

}  // namespace

std::string NotReadWords(std::string_view marker) {
  return QuotedLine(marker) +
         " is not read: write <<<<<<< SEARCH, ======= and >>>>>>> REPLACE, each alone on its line, the "
         "file's "
         "path before them";
}

std::string UnreadWords(const Lines& lines, std::size_t at, std::size_t last) {
  const std::string_view text = Trim(lines[at]);
  const bool behind_block = at > 0 && EndsBlock(lines[at - 1]);
  const bool quoted = StartsWith(text, "> ") && OpensEdit(text.substr(2));
  if (IsForeignMarker(text) || IsForeignTag(text) || quoted || (behind_block && IsSigned(lines[at])))
    return NotReadWords(text);
  if (at == last && IsBegunMarker(text)) return "an edit begins here and nothing follows: the answer was cut";
  if (IsMapOfFiles(text))
    return "JSON from paths to texts is not read: write FILE: and the path, and the file in a fence below "
           "it, or "
           "SEARCH/REPLACE blocks";
  if (IsChange(lines, at))
    return QuotedLine(text) +
           " is a line of a diff that has no @@ line: put --- and +++ with the file's path and @@ before it";
  if (IsIndentedDiff(lines, at))
    return "the diff that begins here is indented: begin its lines at the left edge, or put it into a fence";
  return {};
}

ParseProblem EditWithin(const Lines& lines, std::size_t begin, std::size_t end, bool behind_diff) {
  bool inner = false;
  for (std::size_t i = begin; i < end; ++i) {
    if (OpenedBy(lines[i]).sign != 0) inner = !inner;
    if (inner) continue;
    if (behind_diff && IsSigned(lines[i])) return {i + 1, std::string(kDiffGoesOn)};
    if (IsForeignMarker(lines[i]) || IsSearch(lines[i])) return {i + 1, NotReadWords(lines[i])};
    if (std::string command = CommandWords(lines[i]); !command.empty()) return {i + 1, std::move(command)};
    if (IsDiffStart(lines, i))
      return {i + 1, "a diff begins here in the middle of a fence: put nothing before it"};
  }
  return {};
}

bool DiffGoesOn(const Lines& lines, std::size_t end) {
  std::size_t behind = end + 1;
  while (behind < lines.size() && StartsWith(lines[behind], " ")) ++behind;
  return behind < lines.size() && IsSigned(lines[behind]);
}

std::string UnclearFile(const std::string& other) {
  return "which file the change that begins here belongs to is not clear, for '" + other +
         "' is spoken of before it: put the file's path alone on the line before it";
}

std::string TwoNames(const std::string& on_marker, const std::string& above) {
  return "this line names '" + on_marker + "', and one before it '" + above +
         "': name the one file that is meant";
}

std::string NotKnownToBe(const std::string& path) {
  return "the fence that begins here is not known to be the file '" + path +
         "': when it is a part of the file, send a SEARCH/REPLACE block; only when it is the whole file, "
         "write "
         "'FILE: " +
         path + "' on the line before it";
}

Replaces ReplacesBy(const Lines& lines, std::size_t fence) {
  while (fence > 0 && Trim(lines[fence - 1]).empty()) --fence;
  if (fence == 0) return Replaces::kNothing;
  std::string text = Lower(Trim(lines[fence - 1]).substr(0, 400));
  std::erase_if(text, [](char c) { return c == '*' || c == '#' || c == ':' || c == '_'; });
  const std::string_view label = Trim(text);
  if (EndsWith(label, " with") && label.find("replace") != std::string_view::npos) return Replaces::kPart;
  if (label == "replace" || StartsWith(label, "replace this") || StartsWith(label, "replace the following") ||
      IsOneOf(label, {"with this", "with the following"}))
    return Replaces::kPart;
  const bool after =
      IsOneOf(label, {"after", "new", "updated", "new code", "with", "to", "becomes", "change to"});
  return after ? Replaces::kAfter : Replaces::kNothing;
}

}  // namespace mamc::edit

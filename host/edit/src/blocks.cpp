#include "blocks.hpp"

#include <algorithm>

#include "fenced.hpp"
#include "naming.hpp"
#include "prose.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

using Lines = std::vector<std::string_view>;

// In a text a line of = may underline a title of its length; the divider is the only other. 0: there is
// none.
std::size_t DividerAmongTitles(const Lines& lines, std::size_t begin, const std::string& path) {
  const bool text = EndsWith(path, ".rst") || EndsWith(path, ".md") || EndsWith(path, ".txt");
  std::size_t divider = 0;
  for (std::size_t i = begin; text && i < lines.size() && !IsReplace(lines[i]) && !IsSearch(lines[i]); ++i) {
    if (!IsDivider(lines[i]) ||
        (i > begin && lines[i - 1].size() == lines[i].size() && !IsDivider(lines[i - 1])))
      continue;
    if (divider != 0) return 0;
    divider = i;
  }
  return divider;
}

bool IsText(const std::string& path) {
  return path.find('.') == std::string::npos || EndsWith(path, ".rst") || EndsWith(path, ".md") ||
         EndsWith(path, ".mdx") || EndsWith(path, ".txt") || EndsWith(path, ".adoc");
}

std::size_t CountFences(const Lines& lines) {
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(), [](auto line) { return OpenedBy(line).sign != 0; }));
}

// Whether the fence around the block is closed within it, for it closes none of the new lines.
bool ClosesFenceAround(const Edit& edit, const Fence& around) {
  const Lines lines = ViewLines(edit.content);
  if (around.sign == 0 || CountWritten(lines) == 0 || !Closes(around, lines[LastWritten(lines)]))
    return false;
  return CountFences(lines) % 2 == 1 && CountFences(ViewLines(edit.search)) % 2 == 0;
}

// The lines between two fences that are all there is; empty: it is not so.
Lines Between(const std::string& text) {
  const Lines lines = ViewLines(text);
  if (lines.size() < 3 || OpenedBy(lines[0]).sign == 0 || !Closes(OpenedBy(lines[0]), lines.back()) ||
      CountFences(lines) != 2)
    return {};
  return lines;
}

// Some models put fences around the lines of both parts, or of a new file.
void DropFencesWithin(Edit& edit) {
  const Lines search = Between(edit.search), content = Between(edit.content);
  const bool both = !search.empty() && !content.empty() && search[0] == content[0];
  const bool created = edit.search.empty() && !content.empty() && !OpenedBy(content[0]).info.empty();
  if (IsText(edit.path) || (!both && !created)) return;
  if (both) edit.search = TextOf(search, 1, search.size() - 1, {});
  edit.content = TextOf(content, 1, content.size() - 1, {});
}

bool IsItem(std::string_view line) {
  line = Trim(line);
  const std::size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  const std::string_view sign = line.substr(digits, 2);
  return digits > 0 ? sign == ". " || sign == ") " : sign == "- " || sign == "* " || sign == "+ ";
}

// Whether nothing of the text can stand in the line.
bool MayStandBehindEnd(const Lines& lines, std::size_t at, const Fence& around) {
  if (at >= lines.size() || Trim(lines[at]).empty() || IsSearch(lines[at])) return true;
  return (around.sign != 0 && Closes(around, lines[at])) || !BarePath(lines[at]).empty();
}

// The line that ends the block, or the one where another begins; the number of lines: neither is there. An
// end without its word is one when it is alone in the block, behind the divider, and names no other file.
std::size_t EndOfBlock(const Lines& lines, std::size_t begin, const std::string& path, const Fence& around) {
  std::size_t at = begin + 1, wordless = lines.size(), found = 0;
  bool divided = false;
  for (; at < lines.size() && !IsSearch(lines[at]) && !IsReplace(lines[at]); ++at) {
    divided |= IsDivider(lines[at]);
    if (IsWordlessEnd(lines[at])) ++found, wordless = divided ? at : lines.size();
  }
  const bool is_end = (at == lines.size() || IsSearch(lines[at])) && found == 1 && wordless < lines.size();
  if (!is_end || !MayStandBehindEnd(lines, wordless + 1, around)) return at;
  const std::string named = PathOnMarker(lines[wordless]);
  return named.empty() || MayBeSame(named, path) ? wordless : at;
}

// What a list adds to the lines of the block: the indentation of the fence around it, or of the words above
// it. Elsewhere the lines show their indentation themselves.
std::string_view IndentOfList(const Lines& lines, std::size_t begin, std::size_t end, const Fence& around) {
  const std::string_view indent = IndentOf(lines[begin]);
  std::size_t above = begin;
  while (above > 0 && Trim(lines[above - 1]).empty()) --above;
  const bool in_item = above > 0 && !EndsBlock(lines[above - 1]) &&
                       (IndentOf(lines[above - 1]) == indent || IsItem(lines[above - 1]));
  if (around.sign != 0 ? around.indent != indent.size() : !in_item) return {};
  const bool all = std::all_of(lines.begin() + static_cast<std::ptrdiff_t>(begin),
                               lines.begin() + static_cast<std::ptrdiff_t>(end + 1),
                               [&](auto line) { return Trim(line).empty() || StartsWith(line, indent); });
  return all ? indent : std::string_view();
}

}  // namespace

Block ReadBlock(const Lines& lines, std::size_t begin, const std::string& path, const Fence& around) {
  Block block;
  block.edit = {EditKind::kBlock, path, "", "", begin + 1};
  Edit& edit = block.edit;
  const std::size_t end = EndOfBlock(lines, begin, path, around);
  block.end = end;
  if (end >= lines.size() || IsSearch(lines[end])) {
    block.problem = "the block that begins here has no >>>>>>> REPLACE: the answer was cut";
    return block;
  }
  ++block.end;
  const std::size_t title = DividerAmongTitles(lines, begin + 1, path);
  std::size_t dividers = 0, divider = end;
  for (std::size_t at = end; at-- > begin + 1;)
    if (IsDivider(lines[at]) && (title == 0 || at == title)) ++dividers, divider = at;
  const std::string_view listed = IndentOfList(lines, begin, end, around);
  edit.search = TextOf(lines, begin + 1, divider, listed);
  // Lines of a new file have no others to be indented like.
  edit.content =
      TextOf(lines, std::min(divider + 1, end), end, edit.search.empty() ? IndentOf(lines[begin]) : listed);
  if (dividers != 1)
    block.problem =
        "the block that begins here needs exactly one ======= line and has " + std::to_string(dividers);
  else if (path.empty())
    block.problem = "the block that begins here has no path: put the file's path on the line before it";
  else if (const std::string other = PathOnMarker(lines[end]); !other.empty() && !MayBeSame(other, path))
    block.problem = "the block that begins here is of '" + path + "', and its end names '" + other +
                    "': name the one file that is meant";
  else if (ClosesFenceAround(edit, around))
    block.problem = "the fence around the block that begins here ends before >>>>>>> REPLACE: end it behind";
  if (block.problem.empty()) DropFencesWithin(edit);
  return block;
}

}  // namespace mamc::edit

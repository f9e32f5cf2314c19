#include "blocks.hpp"

#include <algorithm>

#include "fenced.hpp"
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

}  // namespace

Block ReadBlock(const Lines& lines, std::size_t begin, const std::string& path, const Fence& around) {
  Block block;
  block.edit = {EditKind::kBlock, path, "", "", begin + 1};
  Edit& edit = block.edit;
  int dividers = 0;
  std::size_t at = begin + 1;
  const std::size_t divider = DividerAmongTitles(lines, at, path);
  for (; at < lines.size() && !IsReplace(lines[at]); ++at) {
    if (IsDivider(lines[at]) && (divider == 0 || at == divider))
      ++dividers;
    else if (IsSearch(lines[at]))
      break;
    else
      (dividers == 0 ? edit.search : edit.content).append(lines[at]).append("\n");
  }
  block.end = at;
  if (at >= lines.size() || IsSearch(lines[at])) {
    block.problem = "the block that begins here has no >>>>>>> REPLACE: the answer was cut";
    return block;
  }
  ++block.end;
  // A new file in a list; lines that are sought show their indentation themselves.
  if (edit.search.empty() && dividers == 1)
    edit.content = TextOf(lines, begin + 2, at, IndentOf(lines[begin]));
  if (dividers != 1)
    block.problem =
        "the block that begins here needs exactly one ======= line and has " + std::to_string(dividers);
  else if (path.empty())
    block.problem = "the block that begins here has no path: put the file's path on the line before it";
  else if (ClosesFenceAround(edit, around))
    block.problem = "the fence around the block that begins here ends before >>>>>>> REPLACE: end it behind";
  if (block.problem.empty()) DropFencesWithin(edit);
  return block;
}

}  // namespace mamc::edit

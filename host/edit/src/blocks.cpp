#include "blocks.hpp"

#include "fenced.hpp"
#include "markers.hpp"
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

}  // namespace

Block ReadBlock(const Lines& lines, std::size_t begin, const std::string& path) {
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
  return block;
}

}  // namespace mamc::edit

#include "counts.hpp"

#include "shorten.hpp"
#include "words.hpp"

namespace mamc::edit {

bool SaysFewerOlds(const Hunk& hunk) {
  if (hunk.block || !hunk.numbered) return false;
  std::size_t olds = 0, news = 0;
  for (const HunkLine& line : hunk.lines) {
    olds += line.sign != '+';
    news += line.sign != '-';
  }
  return olds > hunk.old_count && news == hunk.new_count;
}

std::size_t LostPlus(const FileText& text, const Hunk& hunk, const std::vector<OldLine>& olds,
                     const Alignment& lines) {
  if (!SaysFewerOlds(hunk)) return kNoLine;
  for (std::size_t i = 0, old = 0; i < hunk.lines.size(); ++i) {
    if (hunk.lines[i].sign == '+') continue;
    if (!LiesAt(olds[old], text, lines[old]) && !olds[old].elision) return i;
    ++old;
  }
  return kNoLine;
}

std::string NotAdded(std::string_view line) {
  return "the line " + QuotedLine(line) +
         " has no sign and is not in the file: by the counts behind @@ it is to be added, so put a + before "
         "each line that is to be added";
}

}  // namespace mamc::edit

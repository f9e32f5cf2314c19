#include "byte_order_mark.hpp"

#include <algorithm>

#include "file_text.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

template <class Accepts>
bool AnyLine(const Edit& edit, Accepts accepts) {
  return std::any_of(edit.hunks.begin(), edit.hunks.end(), [&](const Hunk& hunk) {
    return std::any_of(hunk.lines.begin(), hunk.lines.end(), [&](const HunkLine& line) {
      return accepts(line) && StartsWith(line.text, kByteOrderMark);
    });
  });
}

void Strip(std::string& text) {
  if (StartsWith(text, kByteOrderMark)) text.erase(0, kByteOrderMark.size());
}

}  // namespace

bool SaysMark(const Edit& edit) {
  return AnyLine(edit, [](const HunkLine& line) { return line.sign != '+'; });
}

bool BearsMark(const Edit& edit) {
  return StartsWith(edit.search, kByteOrderMark) || StartsWith(edit.content, kByteOrderMark) ||
         AnyLine(edit, [](const HunkLine&) { return true; });
}

Edit WithoutMark(const Edit& edit, bool stated) {
  Edit bare = edit;
  Strip(bare.search);
  Strip(bare.content);
  for (Hunk& hunk : bare.hunks) {
    const auto context = std::find_if(hunk.lines.begin(), hunk.lines.end(),
                                      [](const HunkLine& line) { return line.sign == ' '; });
    const bool may_be_first = !stated || hunk.old_start <= 1;
    for (auto line = hunk.lines.begin(); may_be_first && line != context; ++line) Strip(line->text);
  }
  return bare;
}

}  // namespace mamc::edit

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

Edit WithoutMark(const Edit& edit) {
  Edit bare = edit;
  Strip(bare.search);
  Strip(bare.content);
  for (Hunk& hunk : bare.hunks)
    for (HunkLine& line : hunk.lines) Strip(line.text);
  return bare;
}

}  // namespace mamc::edit

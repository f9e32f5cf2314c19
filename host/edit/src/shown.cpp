#include "shown.hpp"

#include <algorithm>

#include "fenced.hpp"
#include "naming.hpp"
#include "unread.hpp"

namespace mamc::edit {

void Shown::CheckNamed(Answer& answer) const {
  if (answer.edits.empty()) return;  // an answer without any is told of as such
  for (const Lines& fence : named_) {
    const bool edited = std::any_of(answer.edits.begin(), answer.edits.end(), [&](const Edit& edit) {
      return MayBeSame(edit.path, fence.path) || MayBeSame(edit.from, fence.path);
    });
    if (!edited)
      answer.quotes.push_back({fence.fence + 1, fence.path, TextOf(lines_, fence.begin, fence.end, {})});
  }
}

void Shown::Check(Answer& answer) const {
  CheckNamed(answer);
  if (fences_.empty()) return;
  Edited edited(answer);
  for (const Lines& fence : fences_) {
    const std::vector<std::string_view> lines(lines_.begin() + static_cast<std::ptrdiff_t>(fence.begin),
                                              lines_.begin() + static_cast<std::ptrdiff_t>(fence.end));
    const bool any = !edited.Of(fence.path).empty();
    if (any && edited.Hold(fence.path, lines)) continue;
    answer.problems.push_back(
        {fence.fence + 1,
         any ? "what the fence that begins here shows of '" + fence.path +
                   "' is in none of its edits: send it in a SEARCH/REPLACE block, or leave it out"
             : NotKnownToBe(fence.path)});
  }
}

}  // namespace mamc::edit

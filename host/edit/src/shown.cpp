#include "shown.hpp"

#include "unread.hpp"

namespace mamc::edit {

void Shown::Check(Answer& answer) const {
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

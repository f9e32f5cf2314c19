#include "editor.hpp"

#include <algorithm>

#include "words.hpp"

namespace mamc::edit {

void Editor::Try(const Edit& edit, std::vector<Fitted>& fitted, std::vector<Refused>& refused) {
  if (edit.kind == EditKind::kBlock) return TryHunk(edit.path, HunkOfBlock(edit), fitted, refused);
  if (pending_.empty()) {
    if (auto placements = LocateByNumbers(*text_, edit.hunks)) {
      for (std::size_t i = 0; i < placements->size(); ++i) {
        fitted.push_back({edit.path, edit.hunks[i].line, (*placements)[i].first, Grade::kExact, 0});
        Add(std::move((*placements)[i]));
      }
      return;
    }
  }
  for (const Hunk& hunk : edit.hunks) TryHunk(edit.path, hunk, fitted, refused);
}

void Editor::TryHunk(const std::string& path, const Hunk& hunk, std::vector<Fitted>& fitted,
                     std::vector<Refused>& refused) {
  Placement placement = Locate(*text_, hunk, work_);
  if (!pending_.empty() && (!placement.refusal.empty() || Overlaps(placement))) {
    std::string first_refusal = std::move(placement.refusal);
    const std::size_t cost = text_->lines().size() * 4;
    work_.cells_left -= std::min(work_.cells_left, cost);
    if (work_.cells_left > 0) {
      Flush();
      placement = Locate(*text_, hunk, work_);
    }
    if (!placement.refusal.empty() && !first_refusal.empty()) placement.refusal = std::move(first_refusal);
  }
  if (!placement.refusal.empty()) {
    refused.push_back({path, hunk.line, std::move(placement.refusal)});
    return;
  }
  fitted.push_back({path, hunk.line, placement.first, placement.grade, placement.price / double{kWrongLine}});
  Add(std::move(placement));
}

// Two that touch count as overlapping: which comes first is not said.
bool Editor::Overlaps(const Placement& placement) const {
  return std::any_of(placement.splices.begin(), placement.splices.end(), [&](const Splice& splice) {
    auto behind = pending_.lower_bound(splice.at);
    if (behind != pending_.end() && behind->first <= splice.at + splice.remove) return true;
    return behind != pending_.begin() &&
           std::prev(behind)->second.at + std::prev(behind)->second.remove >= splice.at;
  });
}

void Editor::Add(Placement placement) {
  for (Splice& splice : placement.splices) {
    const std::size_t at = splice.at;
    pending_.emplace(at, std::move(splice));
  }
  if (placement.last_newline != LastNewline::kAsBefore) last_newline_ = placement.last_newline;
}

void Editor::Flush() {
  if (pending_.empty()) return;
  text_ = std::make_unique<FileText>(Bytes());
  pending_.clear();
  last_newline_ = LastNewline::kAsBefore;
}

std::string Editor::Bytes() {
  return text_->With(pending_, last_newline_);
}

}  // namespace mamc::edit

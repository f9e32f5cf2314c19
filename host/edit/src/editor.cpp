#include "editor.hpp"

#include <algorithm>

#include "byte_order_mark.hpp"
#include "left_out.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

Insertion InsertionOf(const Hunk& hunk) {
  Insertion insertion;
  const bool stated = hunk.numbered && hunk.old_start > 0;
  std::size_t line = hunk.old_start;
  for (std::size_t i = 0; i < hunk.lines.size(); ++i) {
    const char sign = hunk.lines[i].sign, before = i == 0 ? '-' : hunk.lines[i - 1].sign;
    insertion.before |= sign == '+' && before == ' ';
    insertion.behind |= sign == ' ' && before == '+';
    if (stated && sign == '+' && (i == 0 || before != '+')) insertion.stated.push_back(line);
    line += sign != '+';
  }
  return insertion;
}

// Numbers are often wrong, but two hunks that state different places mean two.
bool MayMeanOnePlace(const Stated& a, const Stated& b) {
  return a.empty() || b.empty() || std::find_first_of(a.begin(), a.end(), b.begin(), b.end()) != a.end();
}

bool OnlyInserts(const Hunk& hunk) {
  auto is = [&](char sign) {
    return std::any_of(hunk.lines.begin(), hunk.lines.end(),
                       [&](const HunkLine& line) { return line.sign == sign; });
  };
  return is('+') && !is('-');
}

std::string NewLinesOf(const Hunk& hunk) {
  std::string lines;
  for (const HunkLine& line : hunk.lines)
    if (line.sign == '+') lines += line.text + "\n";
  return lines;
}

// How often the lines are in the text.
std::size_t TimesIn(std::string_view text, std::string_view lines) {
  std::size_t times = 0;
  for (std::size_t at = text.find(lines); at != std::string_view::npos; at = text.find(lines, at + 1))
    times += at == 0 || text[at - 1] == '\n';
  return times;
}

}  // namespace

void Editor::Try(const Edit& edit, std::vector<Fitted>& fitted, std::vector<Refused>& refused) {
  const bool says = text_->has_mark() && SaysMark(edit);
  if (says != text_->mark_is_text()) {
    if (!MayReread()) return refused.push_back({edit.path, edit.line, std::string(kWorkUsedUp)});
    Reopen(says);
  }
  if (text_->has_mark() && !says && BearsMark(edit)) {
    const bool stated = LocateByNumbers(*text_, edit.hunks).has_value();
    return TryBare(WithoutMark(edit, stated), fitted, refused);
  }
  TryBare(edit, fitted, refused);
}

// What was done before is kept.
void Editor::Reopen(bool mark_is_text) {
  text_ = std::make_unique<FileText>(Bytes(), mark_is_text);
  pending_.clear();
  inserted_.clear();
  moved_on_ = true;
  last_newline_ = LastNewline::kAsBefore;
}

void Editor::TryBare(const Edit& edit, std::vector<Fitted>& fitted, std::vector<Refused>& refused) {
  if (edit.kind == EditKind::kBlock) {
    constexpr std::size_t kFew = 1024;
    const std::size_t cells = CellsOfBlock(edit);
    if (cells > kFew && !work_.Spend(cells))
      return refused.push_back({edit.path, edit.line, std::string(kWorkUsedUp)});
    return TryHunk(edit.path, HunkOfBlock(edit), fitted, refused);
  }
  const bool left_out = std::any_of(edit.hunks.begin(), edit.hunks.end(), [&](const Hunk& hunk) {
    return !LeftOutAmongNew(edit.path, hunk, *text_).empty();
  });
  if (pending_.empty() && !moved_on_ && !left_out) {
    if (auto placements = LocateByNumbers(*text_, edit.hunks)) {
      for (std::size_t i = 0; i < placements->size(); ++i) {
        fitted.push_back({edit.path, edit.hunks[i].line, (*placements)[i].first, Grade::kExact, 0});
        Add(std::move((*placements)[i]), edit.hunks[i]);
      }
      return;
    }
  }
  for (const Hunk& hunk : edit.hunks) {
    const std::optional<Hunk> added = WithBlanksAdded(hunk);
    TryHunk(edit.path, added ? *added : hunk, fitted, refused);
  }
}

void Editor::TryHunk(const std::string& path, const Hunk& hunk, std::vector<Fitted>& fitted,
                     std::vector<Refused>& refused) {
  auto refuse = [&](std::string reason) { refused.push_back({path, hunk.line, std::move(reason)}); };
  if (std::string left_out = LeftOutAmongNew(path, hunk, *text_); !left_out.empty())
    return refuse(std::move(left_out));
  if (moved_on_ && OnlyInserts(hunk)) {
    if (!MayReread()) return refuse(std::string(kWorkUsedUp));
    const Said said = SaidOf(hunk);
    if (said == Said::kBefore) return fitted.push_back({path, hunk.line, 0, Grade::kExact, 0});
    if (said == Said::kUnclear)
      return refuse(
          "whether another edit of this answer has made this insertion, or it belongs to another place, "
          "is not clear: send it once for each place, with the lines that are around that alone");
  }
  Placement placement = Locate(*text_, hunk, work_);
  const std::size_t changes = placement.splices.size();
  if (placement.refusal.empty())
    if (std::string contradicts = DropSaidBefore(hunk, placement); !contradicts.empty())
      return refuse(std::move(contradicts));
  const bool partly = placement.splices.size() < changes;
  if (partly && Overlaps(placement))
    return refuse("part of this change is made by another edit of this answer: send it once");
  if (!pending_.empty() && (!placement.refusal.empty() || Overlaps(placement)))
    placement = InTextSoFar(hunk, std::move(placement));
  if (!placement.refusal.empty()) return refuse(InWordsOfTree(hunk, std::move(placement.refusal)));
  fitted.push_back({path, hunk.line, placement.first, placement.grade, placement.price / double{kWrongLine}});
  Add(std::move(placement), hunk);
}

Placement Editor::InTextSoFar(const Hunk& hunk, Placement before) {
  if (!MayReread()) {
    if (before.refusal.empty()) before.refusal = kWorkUsedUp;
    return before;
  }
  Flush();
  Placement placement = Locate(*text_, hunk, work_);
  if (!placement.refusal.empty() && !before.refusal.empty()) placement.refusal = std::move(before.refusal);
  return placement;
}

std::string Editor::InWordsOfTree(const Hunk& hunk, std::string refusal) {
  if (!moved_on_ || refusal == kWorkUsedUp) return refusal;
  if (!tree_) {
    if (!MayReread()) return refusal;  // nothing near was looked for either
    tree_ = std::make_unique<FileText>(std::string(original_), text_->mark_is_text());
  }
  std::string there = Locate(*tree_, hunk, work_).refusal;
  if (!there.empty()) return there;
  return "other edits of this answer change the lines that it is about: send one edit for all of them, with "
         "the "
         "lines as they are in the file";
}

std::optional<Hunk> Editor::WithBlanksAdded(const Hunk& hunk) {
  std::optional<Hunk> added;
  const std::size_t count = hunk.lines.size();
  for (std::size_t i = 0; i < count;) {
    auto lost = [&](std::size_t at) { return hunk.lines[at].bare && Trim(hunk.lines[at].text).empty(); };
    const std::size_t begin = i;
    while (i < count && lost(i)) ++i;
    const bool beside =
        (begin > 0 && hunk.lines[begin - 1].sign == '+') || (i < count && hunk.lines[i].sign == '+');
    if (i > begin && beside) {
      if (!added) added = hunk;
      for (std::size_t at = begin; at < i; ++at) added->lines[at].sign = '+';
    }
    if (i == begin) ++i;
  }
  auto lies = [&](const Hunk& each, Grade most) {
    const Placement placement = Locate(*text_, each, work_);
    return placement.refusal.empty() && placement.grade <= most;
  };
  if (!added || lies(hunk, Grade::kIndent) || !lies(*added, Grade::kLineEnds)) return std::nullopt;
  return added;
}

Editor::Said Editor::SaidOf(const Hunk& hunk) {
  const Stated stated = InsertionOf(hunk).stated;
  if (!stated.empty()) {
    const auto made = made_.find(NewLinesOf(hunk));
    if (made == made_.end()) return Said::kNot;
    const Stated& places = made->second;
    if (std::find(places.begin(), places.end(), 0) == places.end() && !MayMeanOnePlace(places, stated))
      return Said::kNot;
  }
  std::string result, old;
  for (const HunkLine& line : hunk.lines) {
    result += line.text + "\n";
    if (line.sign != '+') old += line.text + "\n";
  }
  const std::string now = Bytes();
  const std::size_t made = TimesIn(now, result);
  if (made == 0 || TimesIn(original_, result) > 0) return Said::kNot;
  // Where the old lines are once more, that place may be meant.
  const bool everywhere = TimesIn(original_, old) <= made && TimesIn(now, old) == made * TimesIn(result, old);
  return everywhere ? Said::kBefore : Said::kUnclear;
}

std::string Editor::DropSaidBefore(const Hunk& hunk, Placement& placement) const {
  const Insertion insertion = InsertionOf(hunk);
  std::vector<Splice> left;
  for (Splice& splice : placement.splices) {
    const auto said = splice.remove == 0 ? inserted_.find(splice.at) : inserted_.end();
    if (said == inserted_.end()) {
      left.push_back(std::move(splice));
      continue;
    }
    if (pending_.at(splice.at).insert == splice.insert) {
      if (MayMeanOnePlace(said->second.stated, insertion.stated)) continue;
      return "another edit of this answer inserts the same lines at this place, and the numbers of the two "
             "are "
             "of different places: send each with the lines that are around its own place";
    }
    const Insertion& other = said->second;
    if ((other.before && insertion.before) || (other.behind && insertion.behind))
      return "another edit of this answer inserts other lines at the same place: send one edit with all the "
             "lines that belong there";
    left.push_back(std::move(splice));  // one goes behind the line above, the other before the one below
  }
  placement.splices = std::move(left);
  return {};
}

// Where one of two that touch only inserts, which comes first is not said: that counts as overlapping.
bool Editor::Overlaps(const Placement& placement) const {
  const auto collide = [](const Splice& first, const Splice& second) {
    const std::size_t end = first.at + first.remove;
    return end > second.at || (end == second.at && (first.remove == 0 || second.remove == 0));
  };
  return std::any_of(placement.splices.begin(), placement.splices.end(), [&](const Splice& splice) {
    const auto behind = pending_.lower_bound(splice.at);
    if (behind != pending_.end() && collide(splice, behind->second)) return true;
    return behind != pending_.begin() && collide(std::prev(behind)->second, splice);
  });
}

void Editor::Add(Placement placement, const Hunk& hunk) {
  const Insertion insertion = InsertionOf(hunk);
  if (OnlyInserts(hunk)) {
    Stated& places = made_[NewLinesOf(hunk)];
    places.insert(places.end(), insertion.stated.begin(), insertion.stated.end());
    if (insertion.stated.empty()) places.push_back(0);
  }
  for (Splice& splice : placement.splices) {
    const std::size_t at = splice.at;
    if (splice.remove == 0) inserted_[at] = insertion;
    pending_.emplace(at, std::move(splice));
  }
  if (placement.last_newline != LastNewline::kAsBefore) last_newline_ = placement.last_newline;
}

void Editor::Flush() {
  if (pending_.empty()) return;
  text_ = std::make_unique<FileText>(Bytes(), text_->mark_is_text());
  pending_.clear();
  inserted_.clear();
  moved_on_ = true;
  last_newline_ = LastNewline::kAsBefore;
}

std::string Editor::Bytes() const {
  return Joined(text_->With(pending_, last_newline_).On(text_->bytes()));
}

Delta Editor::Changes() const {
  return moved_on_ ? Delta(Bytes()) : text_->With(pending_, last_newline_);
}

}  // namespace mamc::edit

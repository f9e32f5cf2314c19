// Implementation: lines that come take the place of those that go next to them. Where nothing goes, both
// neighbours must lie side by side in the file, or the place is not known to the line.
#include "splices.hpp"

#include <algorithm>
#include <optional>

#include "reindent.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

class Builder {
 public:
  Builder(const FileText& text, const Hunk& hunk, const std::vector<OldLine>& olds, const Alignment& lines)
      : text_(text), hunk_(hunk), olds_(olds), lines_(lines) {}

  Change Build() {
    Learn();
    std::size_t old = 0;
    for (std::size_t i = 0; i < hunk_.lines.size() && change_.refusal.empty();) {
      if (hunk_.lines[i].sign == '+') {
        const std::size_t begin = i;
        while (i < hunk_.lines.size() && hunk_.lines[i].sign == '+') ++i;
        Insert(begin, i, old);
      } else {
        if (olds_[old].removed) Remove(static_cast<std::size_t>(lines_[old]));
        ++old, ++i;
      }
    }
    return std::move(change_);
  }

 private:
  bool Matches(std::size_t old) const {
    return lines_[old] != kNowhere &&
           olds_[old].id ==
               static_cast<std::int64_t>(text_.index().line_ids[static_cast<std::size_t>(lines_[old])]);
  }

  // One rule for all lines that are in both; else none, when the lines that go agree to the byte.
  void Learn() {
    std::vector<std::pair<std::string_view, std::string_view>> all, going;
    bool exact = true, ended = false;
    for (std::size_t i = 0; i < olds_.size(); ++i) {
      if (!Matches(i)) continue;
      const std::string_view line = text_.lines()[static_cast<std::size_t>(lines_[i])];
      exact = exact && line == olds_[i].text;
      ended = ended || text_.ended() || static_cast<std::size_t>(lines_[i]) + 1 < text_.lines().size();
      if (olds_[i].blank) continue;
      all.emplace_back(olds_[i].text, line);
      if (olds_[i].removed) going.push_back(all.back());
    }
    as_is_ = exact && ended;  // a last line without an end does not show how lines end
    rule_ = LostSigns(all) ? Reindent() : Reindent::Learn(all);
    if (!rule_ && !going.empty()) rule_ = Reindent::Learn(going);
    if (!rule_) rule_ = LearnFromNeighbours();
    change_.reindented = !rule_ || !rule_->identity();
  }

  // In a diff, context that misses one space lost its sign, and says nothing about the lines that have
  // theirs.
  bool LostSigns(const std::vector<std::pair<std::string_view, std::string_view>>& pairs) const {
    return !hunk_.block && std::all_of(pairs.begin(), pairs.end(), [](const auto& pair) {
      const std::string_view sent = IndentOf(pair.first), filed = IndentOf(pair.second);
      return sent == filed || (StartsWith(filed, " ") && filed.substr(1) == sent);
    });
  }

  // Lines of context that lost a space and the like: those next to what comes decide.
  std::optional<Reindent> LearnFromNeighbours() const {
    std::vector<std::pair<std::string_view, std::string_view>> near;
    std::size_t old = 0;
    for (std::size_t i = 0; i < hunk_.lines.size(); ++i) {
      if (hunk_.lines[i].sign == '+') continue;
      const bool beside = (i > 0 && hunk_.lines[i - 1].sign == '+') ||
                          (i + 1 < hunk_.lines.size() && hunk_.lines[i + 1].sign == '+');
      if (beside && Matches(old) && !olds_[old].blank)
        near.emplace_back(olds_[old].text, text_.lines()[static_cast<std::size_t>(lines_[old])]);
      ++old;
    }
    return near.empty() ? std::nullopt : Reindent::Learn(near);
  }

  void Remove(std::size_t line) {
    auto& splices = change_.splices;
    const bool joins = !splices.empty() && splices.back().at + splices.back().remove == line;
    if (!joins) splices.push_back({line, 0, {}, as_is_});
    ++splices.back().remove;
  }

  // `next` is the old line behind the lines that come.
  void Insert(std::size_t begin, std::size_t end, std::size_t next) {
    const std::optional<std::size_t> at = PlaceBetween(next);
    if (!at) {
      change_.refusal =
          "the lines around line " + std::to_string(hunk_.line) +
          " of the answer do not lie side by side in the file, so the place of the new lines is not certain";
      return;
    }
    auto& splices = change_.splices;
    const bool joins = !splices.empty() && splices.back().at + splices.back().remove == *at;
    if (!joins) splices.push_back({*at, 0, {}, as_is_});
    for (std::size_t i = begin; i < end; ++i) {
      auto line = rule_ ? rule_->Apply(hunk_.lines[i].text) : std::nullopt;
      if (!line) {
        change_.refusal = "the indentation of the answer differs from the file's in more than one way";
        return;
      }
      splices.back().insert.push_back(std::move(*line));
    }
  }

  std::optional<std::size_t> PlaceBetween(std::size_t next) const {
    std::ptrdiff_t before = static_cast<std::ptrdiff_t>(next) - 1, behind = static_cast<std::ptrdiff_t>(next);
    const std::ptrdiff_t count = static_cast<std::ptrdiff_t>(olds_.size());
    auto missing_blank = [&](std::ptrdiff_t i) { return Old(i).blank && Line(i) == kNowhere; };
    while (before >= 0 && missing_blank(before)) --before;
    while (behind < count && missing_blank(behind)) ++behind;
    if (before >= 0 && Old(before).removed) return static_cast<std::size_t>(Line(before) + 1);
    if (behind < count && Old(behind).removed) return static_cast<std::size_t>(Line(behind));
    const bool sure_before = before >= 0 && Matches(static_cast<std::size_t>(before));
    const bool sure_behind = behind < count && Matches(static_cast<std::size_t>(behind));
    const bool known_before = before >= 0 && Line(before) != kNowhere;
    const bool known_behind = behind < count && Line(behind) != kNowhere;
    if (!sure_before && !sure_behind) return std::nullopt;
    if (known_before && known_behind && Line(before) + 1 != Line(behind)) return std::nullopt;
    return static_cast<std::size_t>(sure_before ? Line(before) + 1 : Line(behind));
  }

  const OldLine& Old(std::ptrdiff_t i) const { return olds_[static_cast<std::size_t>(i)]; }
  std::ptrdiff_t Line(std::ptrdiff_t i) const { return lines_[static_cast<std::size_t>(i)]; }

  const FileText& text_;
  const Hunk& hunk_;
  const std::vector<OldLine>& olds_;
  const Alignment& lines_;
  std::optional<Reindent> rule_;
  bool as_is_ = false;
  Change change_;
};

}  // namespace

Change ChangeOf(const FileText& text, const Hunk& hunk, const std::vector<OldLine>& olds,
                const Alignment& lines) {
  return Builder(text, hunk, olds, lines).Build();
}

bool LostItsEdge(const FileText& text, const Hunk& hunk, const Change& change) {
  if (hunk.block || !hunk.numbered || change.splices.empty()) return false;
  const Splice& first = change.splices.front();
  const Splice& last = change.splices.back();
  const bool at_begin = hunk.lines.front().sign == '+' && first.remove == 0 && first.at > 0;
  const bool at_end = hunk.lines.back().sign == '+' && last.remove == 0 && last.at < text.lines().size();
  return at_begin || at_end;
}

bool SameResult(const FileText& text, const Change& a, const Change& b) {
  std::size_t begin = text.lines().size(), end = 0;
  for (const Change* change : {&a, &b})
    for (const Splice& splice : change->splices) {
      begin = std::min(begin, splice.at);
      end = std::max(end, splice.at + splice.remove);
    }
  auto render = [&](const Change& change) {
    std::vector<std::string_view> lines;
    std::size_t next = begin;
    for (const Splice& splice : change.splices) {
      for (; next < splice.at; ++next) lines.push_back(text.lines()[next]);
      lines.insert(lines.end(), splice.insert.begin(), splice.insert.end());
      next += splice.remove;
    }
    for (; next < end; ++next) lines.push_back(text.lines()[next]);
    return lines;
  };
  return a.refusal.empty() && b.refusal.empty() && render(a) == render(b);
}

LastNewline LastNewlineOf(const Hunk& hunk) {
  bool said = false, missing = false;
  for (const HunkLine& line : hunk.lines) {
    said |= line.unended;
    missing |= line.unended && line.sign != '-';
  }
  if (!said) return LastNewline::kAsBefore;
  return missing ? LastNewline::kMissing : LastNewline::kPresent;
}

}  // namespace mamc::edit

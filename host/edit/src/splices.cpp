// Implementation: lines that come take the place of those that go next to them. Where nothing goes, both
// neighbours must lie side by side in the file, or the place is not known to the line.
#include "splices.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "heads.hpp"
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
    for (std::ptrdiff_t line : lines_)
      change_.end = std::max(change_.end, static_cast<std::size_t>(line + 1));
    if (change_.refusal.empty() && SignsBearASpace()) TakeSpaceOff();
    return std::move(change_);
  }

 private:
  bool Matches(std::size_t old) const { return LiesAt(olds_[old], text_, lines_[old]); }

  // One rule for all lines that are in both; else none, when the lines that go agree to the byte.
  void Learn() {
    Pairs all, going;
    bool exact = true, ended = false;
    for (std::size_t i = 0; i < olds_.size(); ++i) {
      if (!Matches(i)) continue;
      const std::string_view line = text_.lines()[static_cast<std::size_t>(lines_[i])];
      exact = exact && line == olds_[i].text;
      ended = ended || text_.ShowsEnd(static_cast<std::size_t>(lines_[i]));
      if (olds_[i].blank) continue;
      all.emplace_back(olds_[i].text, line);
      if (olds_[i].removed) going.push_back(all.back());
    }
    // A block whose SEARCH has no \r does not show how lines end either.
    as_is_ = exact && ended && !OnlyNewHaveCr();
    rules_ = LostSigns() ? std::vector<Reindent>(1) : Reindent::Learn(all);
    if (NewAreAsInFile(going) || OnlyFirstIsOff(all)) rules_ = std::vector<Reindent>(1);
    if (hunk_.block && rules_.size() == 1) UseUnitOfFile(all);
    change_.uniform = !rules_.empty();
    if (rules_.empty() && !going.empty()) rules_ = Reindent::Learn(going);
    if (rules_.empty()) {
      rules_ = LearnFromNeighbours();
      for (const auto& [sent, filed] : all) exceptions_.emplace_back(IndentOf(sent), IndentOf(filed));
    }
    if (!change_.uniform) CountOdd(all);
    KeepLikely();
  }

  // A SEARCH that lost its indentation, and a REPLACE that has the file's: no line is in both, and all that
  // come are at least as deep as what goes is in the file.
  bool NewAreAsInFile(const Pairs& going) const {
    if (!hunk_.block || going.empty()) return false;
    const std::string_view sent = IndentOf(going[0].first), filed = IndentOf(going[0].second);
    return sent.size() < filed.size() &&
           std::all_of(hunk_.lines.begin(), hunk_.lines.end(), [&](const HunkLine& line) {
             return line.sign == '-' || Trim(line.text).empty() ||
                    (line.sign == '+' && StartsWith(line.text, filed));
           });
  }

  // The first line of a block was copied without the space before it, and the others were not. When the new
  // lines begin in its place, so was theirs.
  bool OnlyFirstIsOff(const Pairs& all) {
    if (!hunk_.block || all.empty() || IndentOf(all[0].first) == IndentOf(all[0].second)) return false;
    if (!IndentOf(all[0].first).empty()) return false;
    const std::string_view filed = IndentOf(all[0].second);
    const bool others = std::all_of(all.begin() + 1, all.end(), [](const auto& pair) {
      return IndentOf(pair.first) == IndentOf(pair.second);
    });
    const bool replaces = hunk_.lines[0].sign != ' ';
    if (!others || (all.size() == 1 && (EndsOpen(all[0].first) || !NewStandAt(filed, replaces))))
      return false;
    if (replaces) first_indent_ = filed;
    return true;
  }

  // Whether the new lines, but for a first one that lost it, have that indentation.
  bool NewStandAt(std::string_view indent, bool first_lost) const {
    bool any = false;
    for (const HunkLine& line : hunk_.lines) {
      if (line.sign != '+' || Trim(line.text).empty()) continue;
      const bool lost = std::exchange(first_lost, false) && IndentOf(line.text).empty();
      if (!lost && !StartsWith(line.text, indent)) return false;
      any = any || !lost;
    }
    return any;
  }

  // Where no line that is in both is indented, the file near it tells whether tabs or spaces are meant.
  void UseUnitOfFile(const Pairs& all) {
    for (const auto& [sent, filed] : all)
      if (!IndentOf(sent).empty() || !IndentOf(filed).empty()) return;
    const std::vector<std::string_view> sent = LinesSent(), near = LinesNear();
    const std::size_t step = StepOf(sent), filed = StepOf(near);
    if (step > 0 && AreIndentedBy(' ', sent) && AreIndentedBy('\t', near))
      rules_[0] = Reindent::ToTabs(step);
    else if (filed > 0 && AreIndentedBy('\t', sent) && AreIndentedBy(' ', near))
      rules_[0] = Reindent::ToSpaces(filed);
  }

  // Some are indented, and all of those by that character alone.
  static bool AreIndentedBy(char sign, const std::vector<std::string_view>& lines) {
    bool any = false;
    for (std::string_view line : lines) {
      const std::string_view indent = Trim(line).empty() ? std::string_view() : IndentOf(line);
      if (indent.find_first_not_of(sign) != std::string_view::npos) return false;
      any = any || !indent.empty();
    }
    return any;
  }

  bool OnlyNewHaveCr() const {
    return hunk_.block && std::none_of(hunk_.lines.begin(), hunk_.lines.end(), [](const HunkLine& line) {
             return line.sign != '+' && EndsWith(line.text, "\r");
           });
  }

  // Lines that the rule for the new ones does not explain.
  void CountOdd(const Pairs& pairs) {
    const Reindent rule = rules_.empty() ? Reindent() : rules_[0];
    for (const auto& [sent, filed] : pairs) {
      const auto made = rule.Apply(sent);
      change_.odd_indents += !made || IndentOf(*made) != IndentOf(filed);
    }
  }

  // Of rules that make different lines, those that make of the answer's step the file's.
  void KeepLikely() {
    if (rules_.size() < 2 || MakeTheSame()) return;
    const std::size_t step = StepOf(LinesSent()), filed = StepOf(LinesNear());
    rules_.erase(std::remove_if(rules_.begin(), rules_.end(),
                                [&](const Reindent& rule) { return !rule.FitsSteps(step, filed); }),
                 rules_.end());
    if (!rules_.empty() && MakeTheSame()) return;
    change_.refusal =
        "the indentation of the answer differs from the file's, and how the new lines are to be indented is "
        "not "
        "certain: send the lines as they are indented in the file";
  }

  // What of the answer shows how it is indented.
  std::vector<std::string_view> LinesSent() const {
    std::vector<std::string_view> sent;
    for (const HunkLine& line : hunk_.lines)
      if (line.sign != '-') sent.push_back(line.text);
    return sent;
  }

  // What of the file shows how it is indented.
  std::vector<std::string_view> LinesNear() const {
    constexpr std::ptrdiff_t kNear = 200;
    const auto found = std::find_if(lines_.begin(), lines_.end(), [](auto line) { return line != kNowhere; });
    const std::ptrdiff_t at = found == lines_.end() ? 0 : *found;
    const auto begin = text_.lines().begin();
    const auto count = static_cast<std::ptrdiff_t>(text_.lines().size());
    return {begin + std::max<std::ptrdiff_t>(0, at - kNear), begin + std::min(count, at + kNear)};
  }

  bool MakeTheSame() const {
    return std::all_of(hunk_.lines.begin(), hunk_.lines.end(), [&](const HunkLine& line) {
      return line.sign != '+' || std::all_of(rules_.begin(), rules_.end(), [&](const Reindent& rule) {
               return rule.Apply(line.text) == rules_[0].Apply(line.text);
             });
    });
  }

  // In a diff, context that misses one space lost its sign, and says nothing about the lines that have
  // theirs.
  bool LostSigns() const {
    if (hunk_.block) return false;
    for (std::size_t i = 0; i < olds_.size(); ++i) {
      if (olds_[i].blank || !Matches(i)) continue;
      const std::string_view sent = IndentOf(olds_[i].text),
                             filed = IndentOf(text_.lines()[static_cast<std::size_t>(lines_[i])]);
      const bool lost = !olds_[i].removed && StartsWith(filed, " ") && filed.substr(1) == sent;
      if (sent != filed && !lost) return false;
    }
    return true;
  }

  // Lines of context that lost a space and the like: those next to what comes decide.
  std::vector<Reindent> LearnFromNeighbours() const {
    Pairs near;
    std::size_t old = 0;
    for (std::size_t i = 0; i < hunk_.lines.size(); ++i) {
      if (hunk_.lines[i].sign == '+') continue;
      const bool beside = (i > 0 && hunk_.lines[i - 1].sign == '+') ||
                          (i + 1 < hunk_.lines.size() && hunk_.lines[i + 1].sign == '+');
      if (beside && Matches(old) && !olds_[old].blank)
        near.emplace_back(olds_[old].text, text_.lines()[static_cast<std::size_t>(lines_[old])]);
      ++old;
    }
    return near.empty() ? std::vector<Reindent>() : Reindent::Learn(near);
  }

  // `+ x`: all new lines are one space beyond the steps of the file, and what is around them is not.
  bool SignsBearASpace() const {
    if (hunk_.block || change_.splices.empty()) return false;
    const std::size_t step = StepOf(LinesNear());
    if (step < 2) return false;
    bool any = false;
    auto off = [&](std::string_view line) { return IndentOf(line).size() % step; };
    for (const Splice& splice : change_.splices) {
      for (std::size_t line = splice.at - std::min<std::size_t>(splice.at, 1);
           line < std::min(splice.at + splice.remove + 1, text_.lines().size()); ++line)
        if (off(text_.lines()[line]) != 0) return false;
      for (const std::string& line : splice.insert) {
        if (Trim(line).empty()) continue;
        if (IndentOf(line).find('\t') != std::string_view::npos || off(line) != 1) return false;
        any = true;
      }
    }
    return any;
  }

  // Where context bears no signs either the space is none of the text.
  void TakeSpaceOff() {
    const bool bare = std::any_of(hunk_.lines.begin(), hunk_.lines.end(),
                                  [](const HunkLine& line) { return line.bare && !Trim(line.text).empty(); });
    if (!bare) {
      change_.refusal =
          "the new lines are indented by one space more than those around them: put their text right behind "
          "the "
          "sign";
      return;
    }
    for (Splice& splice : change_.splices)
      for (std::string& line : splice.insert)
        if (!Trim(line).empty()) line.erase(0, 1);
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
    if (!at || MayBelongBeyond(begin, next)) {
      change_.refusal =
          "the lines around line " + std::to_string(hunk_.line) +
          " of the answer do not lie side by side in the file, so the place of the new lines is not certain";
      return;
    }
    auto& splices = change_.splices;
    const bool joins = !splices.empty() && splices.back().at + splices.back().remove == *at;
    if (!joins) splices.push_back({*at, 0, {}, as_is_});
    for (std::size_t i = begin; i < end; ++i) {
      auto line = rules_.empty() ? std::nullopt : rules_[0].Apply(hunk_.lines[i].text);
      if (!line || IsException(hunk_.lines[i].text, *line)) {
        change_.refusal = "the indentation of the answer differs from the file's in more than one way";
        return;
      }
      if (*line != hunk_.lines[i].text && EndsHereDocument(begin, i)) {
        change_.refusal =
            "the end of a here-document may not be indented: send the lines as they are indented in the file";
        return;
      }
      const bool first = !std::exchange(any_inserted_, true);
      if (first && IndentOf(*line).empty()) line->insert(0, first_indent_);
      splices.back().insert.push_back(std::move(*line));
      splices.back().unended = hunk_.lines[i].unended;
    }
  }

  // `EOF`, below `<<EOF` among the lines from `begin` on.
  bool EndsHereDocument(std::size_t begin, std::size_t at) const {
    const std::string word(Trim(hunk_.lines[at].text));
    if (word.empty() || word.find_first_of(" \t<") != std::string::npos) return false;
    for (; begin < at; ++begin)
      for (const char* quote : {"", "'", "\""})
        if (hunk_.lines[begin].text.find("<<" + (quote + word) + quote) != std::string::npos) return true;
    return false;
  }

  // A line with that indentation is in the file with another than this.
  bool IsException(std::string_view sent, std::string_view made) const {
    return !Trim(sent).empty() && std::any_of(exceptions_.begin(), exceptions_.end(), [&](const auto& pair) {
      return pair.first == IndentOf(sent) && pair.second != IndentOf(made);
    });
  }

  // More comes than goes, and the file has lines beside what goes that the answer does not show: some of what
  // comes may belong behind those. `i` is a line that comes, `next` the old line behind it.
  bool MayBelongBeyond(std::size_t i, std::size_t next) const {
    const std::vector<HunkLine>& lines = hunk_.lines;
    std::size_t begin = i, end = i, first = next, behind = next, comes = 0;
    for (; begin > 0 && lines[begin - 1].sign != ' '; --begin) first -= lines[begin - 1].sign == '-';
    for (; end < lines.size() && lines[end].sign != ' '; ++end) behind += lines[end].sign == '-';
    for (std::size_t k = begin; k < end; ++k) comes += lines[k].sign == '+';
    if (first == behind || comes <= behind - first) return false;
    auto apart = [&](std::size_t a, std::size_t b) {
      return lines_[a] != kNowhere && lines_[b] != kNowhere && lines_[a] + 1 != lines_[b];
    };
    return (first > 0 && apart(first - 1, first)) || (behind < olds_.size() && apart(behind - 1, behind));
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
  std::vector<Reindent> rules_;  // the first is used; they make the same lines
  // (as sent, in the file) of all lines, when no rule explains them all.
  Pairs exceptions_;
  std::string_view first_indent_;  // of the first new line, when it was lost
  bool any_inserted_ = false;
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

bool NumbersAgree(const Hunk& hunk, std::size_t first) {
  if (!hunk.numbered || hunk.old_start != first + 1) return false;
  auto is_not = [&](char sign) {
    return std::count_if(hunk.lines.begin(), hunk.lines.end(),
                         [&](const HunkLine& line) { return line.sign != sign; });
  };
  return static_cast<std::size_t>(is_not('+')) == hunk.old_count &&
         static_cast<std::size_t>(is_not('-')) == hunk.new_count;
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

bool HoldsCr(const Hunk& hunk) {
  return std::any_of(hunk.lines.begin(), hunk.lines.end(),
                     [](const HunkLine& line) { return EndsWith(line.text, "\r"); });
}

LastNewline LastNewlineOf(const FileText& text, const Hunk& hunk, const Change& change) {
  std::size_t end = change.end;
  for (const Splice& splice : change.splices) end = std::max(end, splice.at + splice.remove);
  if (end < text.lines().size()) return LastNewline::kAsBefore;
  bool before = false, after = false;
  for (const HunkLine& line : hunk.lines) {
    if (line.sign != '+') before = line.unended;
    if (line.sign != '-') after = line.unended;
  }
  if (before == after) return LastNewline::kAsBefore;
  return after ? LastNewline::kMissing : LastNewline::kPresent;
}

}  // namespace mamc::edit

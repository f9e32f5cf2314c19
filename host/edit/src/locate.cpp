// Implementation: first the lines in one piece, sought from the rarest of them; then with the prices of
// align.hpp; last the removed lines alone, when they are there only once.
#include "locate.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include "splices.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

// What may be wrong, in hundredths of all lines that are not blank: beyond it is refused.
constexpr int kThreshold = 30;
constexpr int kAnchorPrice = 200;
constexpr std::size_t kAnchorLetters = 16;

using Places = std::vector<std::size_t>;

// Knuth, Morris and Pratt over whole lines: linear whatever the lines repeat.
template <class Line>
Places FindAll(const std::vector<Line>& text, const std::vector<Line>& wanted) {
  Places places;
  std::vector<std::size_t> fallback(wanted.size(), 0);
  for (std::size_t i = 1, k = 0; i < wanted.size(); ++i) {
    while (k > 0 && wanted[i] != wanted[k]) k = fallback[k - 1];
    if (wanted[i] == wanted[k]) ++k;
    fallback[i] = k;
  }
  for (std::size_t i = 0, k = 0; i < text.size(); ++i) {
    while (k > 0 && text[i] != wanted[k]) k = fallback[k - 1];
    if (text[i] == wanted[k]) ++k;
    if (k < wanted.size()) continue;
    places.push_back(i + 1 - k);
    k = fallback[k - 1];
  }
  return places;
}

Places FindFromRarest(const FileText::Index& index, const std::vector<OldLine>& olds, std::size_t rarest) {
  Places places;
  const auto id = static_cast<std::size_t>(olds[rarest].id);
  for (std::uint32_t i = index.first[id]; i < index.first[id + 1]; ++i) {
    const std::size_t line = index.places[i];
    if (line < rarest || line - rarest + olds.size() > index.line_ids.size()) continue;
    const std::size_t first = line - rarest;
    bool same = true;
    for (std::size_t k = 0; same && k < olds.size(); ++k) same = index.line_ids[first + k] == olds[k].id;
    if (same) places.push_back(first);
  }
  return places;
}

// Whether to compare all lines at each of so many places costs no more than to go through the file.
bool IsCheapToCompare(std::size_t places, const FileText& text, const std::vector<OldLine>& olds) {
  return places * olds.size() <= 4 * (text.lines().size() + olds.size());
}

// Where all lines follow each other, but for the space around them.
Places Contiguous(const FileText& text, const std::vector<OldLine>& olds) {
  const FileText::Index& index = text.index();
  std::size_t rarest = 0;
  auto count = [&](std::size_t i) { return index.Count(static_cast<std::uint32_t>(olds[i].id)); };
  for (std::size_t i = 0; i < olds.size(); ++i) {
    if (olds[i].id < 0) return {};
    if (count(i) < count(rarest)) rarest = i;
  }
  if (!IsCheapToCompare(count(rarest), text, olds)) {
    std::vector<std::uint32_t> ids;
    for (const OldLine& old : olds) ids.push_back(static_cast<std::uint32_t>(old.id));
    return FindAll(index.line_ids, ids);
  }
  return FindFromRarest(index, olds, rarest);
}

Alignment InOnePiece(std::size_t first, std::size_t count) {
  Alignment lines(count);
  for (std::size_t i = 0; i < count; ++i) lines[i] = static_cast<std::ptrdiff_t>(first + i);
  return lines;
}

Grade GradeAt(const FileText& text, const std::vector<OldLine>& olds, std::size_t first) {
  Grade grade = Grade::kExact;
  for (std::size_t i = 0; i < olds.size(); ++i) {
    const std::string_view line = text.lines()[first + i];
    if (WithoutCr(line) == WithoutCr(olds[i].text)) continue;
    if (TrimEnd(line) != TrimEnd(olds[i].text)) return Grade::kIndent;
    grade = Grade::kLineEnds;
  }
  return grade;
}

// Those of the places of Contiguous where the lines are alike to that grade.
Places OfGrade(const Places& all, Grade grade, const FileText& text, const std::vector<OldLine>& olds) {
  if (grade == Grade::kIndent) return all;
  Places places;
  if (IsCheapToCompare(all.size(), text, olds)) {
    for (std::size_t place : all)
      if (GradeAt(text, olds, place) <= grade) places.push_back(place);
    return places;
  }
  auto alike = [grade](std::string_view line) {
    return grade == Grade::kExact ? WithoutCr(line) : TrimEnd(line);
  };
  std::vector<std::string_view> lines, wanted;
  for (std::string_view line : text.lines()) lines.push_back(alike(line));
  for (const OldLine& old : olds) wanted.push_back(alike(old.text));
  return FindAll(lines, wanted);
}

std::string Numbers(const Places& places) {
  std::string list;
  for (std::size_t i = 0; i < std::min<std::size_t>(places.size(), 8); ++i)
    list += (i == 0 ? "" : ", ") + std::to_string(places[i] + 1);
  return places.size() > 8 ? list + ", ..." : list;
}

Placement Refuse(std::string why) {
  Placement placement;
  placement.refusal = std::move(why);
  return placement;
}

Placement Ambiguous(const Places& places) {
  return Refuse("the lines are in the file " + std::to_string(places.size()) + " times, at lines " +
                Numbers(places) + ": add lines around them until they are there once");
}

Placement Made(const FileText& text, Change change, const Hunk& hunk, Grade grade, int price,
               std::size_t first) {
  if (change.refusal.empty() && LostItsEdge(text, hunk, change))
    change.refusal = "the new lines have context on one side only: put the lines on their other side as well";
  Placement placement;
  placement.refusal = std::move(change.refusal);
  placement.splices = std::move(change.splices);
  placement.last_newline = LastNewlineOf(hunk);
  placement.grade = grade;
  placement.price = price;
  placement.first = first + 1;
  return placement;
}

class Search {
 public:
  Search(const FileText& text, const Hunk& hunk, AlignWork& work)
      : text_(text), hunk_(hunk), work_(work), olds_(OldLinesOf(hunk, text)) {}

  Placement Run() {
    if (std::string lazy = LeftOut(); !lazy.empty()) return Refuse(std::move(lazy));
    const bool telling =
        std::any_of(olds_.begin(), olds_.end(), [](const OldLine& old) { return !old.blank; });
    if (!telling && text_.lines().size() > olds_.size())
      return Refuse("it holds no line of the file to find its place by: put some before and behind it");
    for (const OldLine& old : olds_)
      if (old.removed && old.id < 0)
        return Refuse(NotThere("the line '" + std::string(old.key.substr(0, 120)) +
                               "' is to be replaced or removed and is not in the file"));
    for (auto way : {&Search::OnePiece, &Search::Cheapest, &Search::ByAnchor})
      if (auto found = (this->*way)()) return std::move(*found);
    return Refuse(NotThere("the lines are not in the file"));
  }

 private:
  // Code that was left out cannot be written.
  std::string LeftOut() const {
    for (const HunkLine& line : hunk_.lines) {
      if (line.sign != '+' || !IsLazyComment(line.text) || text_.index().ids.count(Trim(line.text)) > 0)
        continue;
      return "'" + std::string(Trim(line.text)) + "' stands for code that was left out: send the code itself";
    }
    return {};
  }

  std::optional<Placement> OnePiece() {
    const Places all = Contiguous(text_, olds_);
    for (Grade grade : {Grade::kExact, Grade::kLineEnds, Grade::kIndent}) {
      const Places places = OfGrade(all, grade, text_, olds_);
      if (places.empty()) continue;
      Change change = ChangeAt(places[0]);
      if (grade == Grade::kIndent && !change.refusal.empty()) return std::nullopt;
      for (std::size_t i = 1; i < places.size(); ++i)
        if (i > 16 || !SameResult(text_, change, ChangeAt(places[i]))) return Ambiguous(places);
      const int price = grade == Grade::kExact ? 0 : grade == Grade::kLineEnds ? 1 : kOffIndent;
      return Made(text_, std::move(change), hunk_, grade, price, places[0]);
    }
    return std::nullopt;
  }

  Change ChangeAt(std::size_t first) const {
    return ChangeOf(text_, hunk_, olds_, InOnePiece(first, olds_.size()));
  }

  int Budget() const {
    int lines = 0, elided = 0;
    for (const OldLine& old : olds_) {
      lines += !old.blank && !old.elision;
      elided += old.elision;
    }
    return lines * kThreshold + elided * kElidedPart;
  }

  std::optional<Placement> Cheapest() {
    const Layings layings = Align(olds_, text_, Budget(), work_);
    if (layings.too_many) return Refuse("lines like these are in the file many times: add lines around them");
    if (layings.ways.empty()) return std::nullopt;
    const Laid& best = layings.ways[0];
    if (!IsEvidence(best.lines)) return std::nullopt;
    Change change = ChangeOf(text_, hunk_, olds_, best.lines);
    if (!change.refusal.empty()) return Refuse(std::move(change.refusal));
    Places places = {FirstOf(best.lines)};
    bool other_results = false;
    for (const Laid& other : layings.ways) {
      if (SameResult(text_, change, ChangeOf(text_, hunk_, olds_, other.lines))) continue;
      other_results = true;
      places.push_back(FirstOf(other.lines));
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    if (places.size() > 1)
      return Refuse("lines like these are in the file at more than one place, from lines " + Numbers(places) +
                    ": send them as they are in the file, with more lines around them");
    if (other_results)
      return Refuse("the lines fit the file in more than one way near line " + std::to_string(places[0] + 1) +
                    ": send them as they are in the file");
    return Made(text_, std::move(change), hunk_, GradeOf(best), best.price, places[0]);
  }

  // A brace and a blank line are everywhere.
  bool IsEvidence(const Alignment& lines) const {
    std::size_t telling = 0, all = 0;
    for (std::size_t i = 0; i < olds_.size(); ++i) {
      const bool speaks = std::count_if(olds_[i].key.begin(), olds_[i].key.end(),
                                        [](unsigned char c) { return std::isalnum(c) != 0; }) >= 3;
      all += speaks;
      telling += speaks && lines[i] != kNowhere &&
                 text_.index().line_ids[static_cast<std::size_t>(lines[i])] == olds_[i].id;
    }
    return telling >= 1 && (telling >= 2 || all == 1);
  }

  static std::size_t FirstOf(const Alignment& lines) {
    for (std::ptrdiff_t line : lines)
      if (line != kNowhere) return static_cast<std::size_t>(line);
    return 0;
  }

  Grade GradeOf(const Laid& laid) const {
    if (std::any_of(olds_.begin(), olds_.end(), [](const OldLine& old) { return old.elision; }))
      return Grade::kElided;
    return laid.price >= kWrongLine ? Grade::kContext : Grade::kBlank;
  }

  // All context may be wrong when what goes is one run of lines that is nowhere else.
  std::optional<Placement> ByAnchor() {
    Hunk bare;
    bare.line = hunk_.line;
    bool ended = false;
    for (const HunkLine& line : hunk_.lines) {
      if (line.sign == ' ') {
        ended = !bare.lines.empty();
        continue;
      }
      if (ended) return std::nullopt;
      bare.lines.push_back(line);
    }
    const std::vector<OldLine> going = OldLinesOf(bare, text_);
    std::size_t letters = 0;
    for (const OldLine& old : going)
      letters += static_cast<std::size_t>(std::count_if(
          old.key.begin(), old.key.end(), [](unsigned char c) { return std::isalnum(c) != 0; }));
    if (letters < kAnchorLetters) return std::nullopt;
    const Places places = Contiguous(text_, going);
    if (places.size() != 1 || GradeAt(text_, going, places[0]) > Grade::kLineEnds) return std::nullopt;
    return Made(text_, ChangeOf(text_, bare, going, InOnePiece(places[0], going.size())), bare,
                Grade::kAnchor, kAnchorPrice, places[0]);
  }

  std::string NotThere(std::string reason) const {
    if (AlreadyThere()) return reason + "; the file already holds the lines as they were to become";
    const std::string nearest = NearestLines(text_, hunk_);
    return nearest.empty() ? reason + ", and nothing like them"
                           : reason + "; the nearest lines are\n" + nearest;
  }

  bool AlreadyThere() const {
    Hunk after;
    std::size_t telling = 0;
    for (const HunkLine& line : hunk_.lines) {
      if (line.sign == '-') continue;
      after.lines.push_back({' ', line.text});
      telling += line.sign == '+' && !Trim(line.text).empty();
    }
    return telling > 0 && !Contiguous(text_, OldLinesOf(after, text_)).empty();
  }

  const FileText& text_;
  const Hunk& hunk_;
  AlignWork& work_;
  std::vector<OldLine> olds_;
};

// The changes of one hunk that lies at `first` to the byte; nothing when it does not.
std::optional<Change> ChangeAtStated(const FileText& text, const Hunk& hunk, std::size_t first) {
  Change change;
  std::size_t line = first;
  for (const HunkLine& each : hunk.lines) {
    auto& splices = change.splices;
    const bool joins = !splices.empty() && splices.back().at + splices.back().remove == line;
    if (each.sign != ' ' && !joins) splices.push_back({line, 0, {}, true});
    if (each.sign == '+') {
      splices.back().insert.push_back(each.text);
      continue;
    }
    if (line >= text.lines().size() || text.lines()[line] != each.text) return std::nullopt;
    if (each.sign == '-') ++splices.back().remove;
    ++line;
  }
  return change;
}

}  // namespace

Placement Locate(const FileText& text, const Hunk& hunk, AlignWork& work) {
  return Search(text, hunk, work).Run();
}

std::optional<std::vector<Placement>> LocateByNumbers(const FileText& text, const std::vector<Hunk>& hunks) {
  std::vector<Placement> placements;
  std::size_t delta_old = 0, delta_new = 0, behind = 0;
  for (const Hunk& hunk : hunks) {
    std::size_t olds = 0, news = 0;
    for (const HunkLine& line : hunk.lines) {
      olds += line.sign != '+';
      news += line.sign != '-';
    }
    const bool counts = hunk.numbered && olds > 0 && olds == hunk.old_count && news == hunk.new_count;
    if (!counts || hunk.old_start == 0 || hunk.old_start <= behind) return std::nullopt;
    const std::size_t new_start = hunk.new_start + (news == 0 ? 1 : 0);
    if (hunk.old_start + delta_new != new_start + delta_old) return std::nullopt;
    auto change = ChangeAtStated(text, hunk, hunk.old_start - 1);
    if (!change || LostItsEdge(text, hunk, *change)) return std::nullopt;
    placements.push_back(Made(text, std::move(*change), hunk, Grade::kExact, 0, hunk.old_start - 1));
    delta_old += olds, delta_new += news;
    behind = hunk.old_start + olds - 1;
  }
  return placements;
}

std::string NearestLines(const FileText& text, const Hunk& hunk) {
  constexpr std::size_t kTooCommon = 50, kShown = 12, kWidth = 200;
  const std::vector<OldLine> olds = OldLinesOf(hunk, text);
  const FileText::Index& index = text.index();
  std::map<std::ptrdiff_t, int> votes;  // by where the first line would lie
  for (std::size_t i = 0; i < olds.size(); ++i) {
    if (olds[i].id < 0 || olds[i].blank) continue;
    const auto id = static_cast<std::uint32_t>(olds[i].id);
    if (index.Count(id) > kTooCommon) continue;
    for (std::uint32_t k = index.first[id]; k < index.first[id + 1]; ++k)
      ++votes[static_cast<std::ptrdiff_t>(index.places[k]) - static_cast<std::ptrdiff_t>(i)];
  }
  if (votes.empty()) return {};
  auto best =
      std::max_element(votes.begin(), votes.end(), [](auto& a, auto& b) { return a.second < b.second; });
  const std::size_t first = static_cast<std::size_t>(std::max<std::ptrdiff_t>(best->first, 0));
  std::string shown;
  for (std::size_t i = first; i < std::min({first + olds.size() + 2, text.lines().size(), first + kShown});
       ++i)
    shown += std::to_string(i + 1) + "| " + std::string(WithoutCr(text.lines()[i]).substr(0, kWidth)) + "\n";
  return shown;
}

}  // namespace mamc::edit

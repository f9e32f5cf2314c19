// Implementation: first the lines in one piece, sought from the rarest of them; then with the prices of
// align.hpp; last the removed lines alone, when they are there only once.
#include "locate.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include "anchors.hpp"
#include "contiguous.hpp"
#include "counts.hpp"
#include "elision.hpp"
#include "heads.hpp"
#include "nearest.hpp"
#include "shorten.hpp"
#include "splices.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

// What may be wrong, in hundredths of all lines that are not blank: beyond it is refused.
constexpr int kThreshold = 30;
constexpr int kAnchorPrice = 200;
constexpr std::size_t kAnchorLetters = 16;
// How often a place in one piece is looked at, in lines of the text.
constexpr std::size_t kLookedAt = 8;

Alignment InOnePiece(std::size_t first, std::size_t count) {
  Alignment lines(count);
  for (std::size_t i = 0; i < count; ++i) lines[i] = static_cast<std::ptrdiff_t>(first + i);
  return lines;
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
  const bool stated = grade <= Grade::kLineEnds && NumbersAgree(hunk, first);
  if (change.refusal.empty() && !stated && LostItsEdge(text, hunk, change))
    change.refusal = "the new lines have context on one side only: put the lines on their other side as well";
  Placement placement;
  placement.last_newline = LastNewlineOf(text, hunk, change);
  placement.refusal = std::move(change.refusal);
  placement.splices = std::move(change.splices);
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
    if (olds_.empty() && text_.lines().empty()) return IntoEmpty();
    const bool telling =
        std::any_of(olds_.begin(), olds_.end(), [](const OldLine& old) { return !old.blank; });
    if (!telling && text_.lines().size() > olds_.size())
      return Refuse("it holds no line of the file to find its place by: put some before and behind it");
    for (const OldLine& old : olds_)
      if (old.removed && old.id < 0)
        return Refuse(NotThere("the line " + QuotedLine(old.key) +
                               " is to be replaced or removed and is not in the file"));
    if (!MaySearch()) return Refuse(std::string(kWorkUsedUp));
    for (auto way : {&Search::OnePiece, &Search::Cheapest, &Search::ByAnchor})
      if (auto found = (this->*way)()) return BelowAnchors(std::move(*found));
    return Refuse(NotThere("the lines are not in the file"));
  }

 private:
  // False: to go through the text once more is more than the answer has left.
  bool MaySearch() const { return work_.Spend(text_.lines().size() + olds_.size()); }

  // A text without lines has one place.
  Placement IntoEmpty() const {
    Change change;
    change.splices.push_back({});
    for (const HunkLine& line : hunk_.lines) change.splices[0].insert.push_back(line.text);
    return Made(text_, std::move(change), hunk_, Grade::kExact, 0, 0);
  }

  std::optional<Placement> OnePiece() {
    const Places all = Contiguous(text_, olds_);
    if (!work_.Spend(all.size() * kLookedAt)) return Refuse(std::string(kWorkUsedUp));
    for (Grade grade : {Grade::kExact, Grade::kLineEnds, Grade::kIndent}) {
      const Places places = ByAnchors(ByHeading(OfGrade(all, grade, text_, olds_)));
      if (places.empty()) continue;
      Change change = ChangeAt(places[0]);
      if (grade == Grade::kIndent && (!change.refusal.empty() || !change.uniform)) return std::nullopt;
      for (std::size_t i = 1; i < places.size(); ++i)
        if (i > 16 || !SameResult(text_, change, ChangeAt(places[i]))) return Ambiguous(places);
      const int price = grade == Grade::kExact ? 0 : grade == Grade::kLineEnds ? 1 : kOffIndent;
      return Made(text_, std::move(change), hunk_, grade, price, places[0]);
    }
    return std::nullopt;
  }

  // Of places that are equally good those that git's heading allows, unless the numbers mean another.
  Places ByHeading(Places places) const {
    if (places.size() < 2 || hunk_.heading.empty()) return places;
    Places allowed;
    const std::vector<bool> denied = HeadingDenies(hunk_.heading, text_, places);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (denied[i] && hunk_.numbered && places[i] + 1 == hunk_.old_start) return places;
      if (!denied[i]) allowed.push_back(places[i]);
    }
    return allowed.empty() ? places : allowed;
  }

  // The same for the lines that a patch puts above the hunk.
  Places ByAnchors(Places places) const {
    constexpr std::size_t kMost = 64;  // more lines are not told apart by them
    if (hunk_.anchors.empty() || places.size() < 2 || places.size() > kMost) return places;
    Places allowed;
    std::copy_if(places.begin(), places.end(), std::back_inserter(allowed),
                 [&](std::size_t place) { return !AnchorsDeny(hunk_.anchors, text_, place); });
    return allowed.empty() ? places : allowed;
  }

  // Where the lines are there once only they hold as well: those that are meant may read otherwise.
  Placement BelowAnchors(Placement placement) const {
    if (!placement.refusal.empty() || !AnchorsDeny(hunk_.anchors, text_, placement.first - 1))
      return placement;
    return Refuse("the lines are at line " + std::to_string(placement.first) +
                  " of the file, which is not within " + QuotedLine(hunk_.anchors.back()) +
                  ", as the line behind @@ says: send both as they are in the file");
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
    Layings layings = Align(olds_, text_, Budget(), work_);
    if (layings.used_up) return Refuse(std::string(kWorkUsedUp));
    if (layings.too_many) return Refuse("lines like these are in the file many times: add lines around them");
    if (layings.ways.empty()) return std::nullopt;
    auto crosses = [&](const Laid& laid) { return ElisionCrosses(hunk_, olds_, text_, laid.lines); };
    layings.ways.erase(std::remove_if(layings.ways.begin(), layings.ways.end(), crosses), layings.ways.end());
    if (layings.ways.empty() || layings.ways[0].price > Budget())
      return Refuse(
          "what '...' would leave out reaches into another part of the file: send the lines themselves");
    auto misnamed = [&](const Laid& laid) { return Misnamed(olds_, text_, laid.lines) < olds_.size(); };
    const Laid cheapest = layings.ways[0];
    layings.ways.erase(std::remove_if(layings.ways.begin(), layings.ways.end(), misnamed),
                       layings.ways.end());
    if (layings.ways.empty() || layings.ways[0].price > Budget())
      return Refuse(NamesAnother(olds_[Misnamed(olds_, text_, cheapest.lines)], cheapest));
    const Laid& best = layings.ways[0];
    if (!IsEvidence(best.lines)) return std::nullopt;
    const std::size_t lost = LostPlus(text_, hunk_, olds_, best.lines);
    if (lost != kNoLine) return Refuse(NotAdded(hunk_.lines[lost].text));
    if (const std::ptrdiff_t head = UnknownHead(hunk_, olds_, text_, best.lines); head != kNowhere)
      return Refuse(ReachesInto(head));
    Change change = ChangeOf(text_, hunk_, olds_, best.lines);
    if (!change.refusal.empty()) return Refuse(std::move(change.refusal));
    const int price = best.price + static_cast<int>(change.odd_indents) * kWrongLine;
    if (price > Budget())
      return Refuse("the lines are near line " + std::to_string(FirstOf(best.lines) + 1) +
                    ", but not indented so: send them as they are indented in the file");
    Places places = {FirstOf(best.lines)};
    bool other_results = false;
    for (const Laid& other : layings.ways) {
      if (SameAs(change, other)) continue;
      other_results = true;
      places.push_back(FirstOf(other.lines));
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    if (places.size() > 1)
      return Refuse("lines like these are in the file at more than one place, from lines " + Numbers(places) +
                    ": send them as they are in the file, with more lines around them");
    for (const Laid& rival : layings.rivals)
      if (const std::size_t old = TellsOf(rival, best); old < olds_.size() && !SameAs(change, rival))
        return Refuse("the line " + QuotedLine(olds_[old].key) + " is at line " +
                      std::to_string(rival.lines[old] + 1) +
                      " of the file, but more of the others are near line " + std::to_string(places[0] + 1) +
                      ": send them as they are in the file");
    if (other_results)
      return Refuse("the lines fit the file in more than one way near line " + std::to_string(places[0] + 1) +
                    ": send them as they are in the file");
    // A line that is there next to one that was left out may be laid on that as well.
    auto tells = [&](const Laid& laid) {
      return laid.price > best.price || TellsAnother(laid.lines) < olds_.size();
    };
    if (std::all_of(layings.ways.begin(), layings.ways.end(), tells))
      return Refuse(NamesAnother(olds_[TellsAnother(best.lines)], best));
    if (const std::size_t old = OtherValue(olds_, text_, best.lines); old < olds_.size())
      return Refuse(NamesAnother(olds_[old], best));
    return Made(text_, std::move(change), hunk_, GradeOf(best), price, places[0]);
  }

  // The first line that tells of another place though it has no name: what changes stands within it, or it is
  // elsewhere in the file and no line above it names the part, or it is the comment above lines that nothing
  // holds. `olds_.size()`: there is none.
  std::size_t TellsAnother(const Alignment& lines) const {
    const std::vector<bool> encloses = EnclosesChange(hunk_);
    const bool flat = std::find(encloses.begin(), encloses.end(), true) == encloses.end();
    bool named = false, first = true;
    std::size_t i = 0;
    for (; i < olds_.size(); ++i) {
      const OldLine& old = olds_[i];
      if (old.elision || !Speaks(old)) continue;
      const bool title = std::exchange(first, false) && flat && IsComment(old.text);
      const bool names = !DeclaredName(old.text).empty();
      if (LiesAt(old, text_, lines[i]))
        named = named || (names && text_.index().Count(static_cast<std::uint32_t>(old.id)) == 1);
      else if (!old.removed && (title || encloses[i] ? !names || old.id >= 0 : old.id >= 0 && !named))
        break;
    }
    return i;
  }

  std::string NamesAnother(const OldLine& old, const Laid& laid) const {
    std::string reason =
        "the line " + QuotedLine(old.key) + " names what is to be changed, and is not where ";
    reason += "the other lines are, near line " + std::to_string(FirstOf(laid.lines) + 1);
    return old.id < 0 ? NotThere(std::move(reason) + " (nor anywhere in the file)")
                      : reason + ", but elsewhere in the file: send the lines as they are there";
  }

  std::string ReachesInto(std::ptrdiff_t head) const {
    const auto line = static_cast<std::size_t>(head);
    return "the lines reach into another part of the file, " + QuotedLine(text_.lines()[line]) + " at line " +
           std::to_string(line + 1) + ", which is not among them: send the lines as they are in the file";
  }

  bool SameAs(const Change& change, const Laid& other) const {
    return SameResult(text_, change, ChangeOf(text_, hunk_, olds_, other.lines));
  }

  // A telling line that is there in the one laying and wrong in the other; `olds_.size()`: there is none.
  std::size_t TellsOf(const Laid& one, const Laid& other) const {
    std::size_t i = 0;
    while (i < olds_.size() && !(Speaks(olds_[i]) && LiesAt(olds_[i], text_, one.lines[i]) &&
                                 !LiesAt(olds_[i], text_, other.lines[i])))
      ++i;
    return i;
  }

  bool IsEvidence(const Alignment& lines) const {
    std::size_t telling = 0, all = 0;
    for (std::size_t i = 0; i < olds_.size(); ++i) {
      const bool speaks = Speaks(olds_[i]);
      all += speaks;
      telling += speaks && LiesAt(olds_[i], text_, lines[i]);
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
    if (letters < kAnchorLetters || !MaySearch()) return std::nullopt;
    const Places places = Contiguous(text_, going);
    if (places.size() != 1 || GradeAt(text_, going, places[0]) > Grade::kLineEnds) return std::nullopt;
    if (SaysFewerOlds(hunk_)) return std::nullopt;
    if (ContextIsElsewhere(places[0], places[0] + going.size())) return std::nullopt;
    if (NamesNoPart(hunk_.heading, text_) || HeadingDenies(hunk_.heading, text_, places[0]))
      return std::nullopt;
    std::size_t old = Misnamed(olds_, text_, OnlyRemoved(places[0]));
    if (old == olds_.size()) old = HeadThatIsNowhere();
    if (old < olds_.size()) return Refuse(NamesAnother(olds_[old], {OnlyRemoved(places[0]), kAnchorPrice}));
    return Made(text_, ChangeOf(text_, bare, going, InOnePiece(places[0], going.size())), bare,
                Grade::kAnchor, kAnchorPrice, places[0]);
  }

  // A line that holds what changes, and that the file does not have.
  std::size_t HeadThatIsNowhere() const {
    const std::vector<bool> encloses = EnclosesChange(hunk_);
    std::size_t i = 0;
    auto is_head = [&](const OldLine& old) { return !old.removed && old.id < 0 && OpensPart(old.text); };
    while (i < olds_.size() && !(encloses[i] && is_head(olds_[i]))) ++i;
    return i;
  }

  // The lines that go lie at `first`, and those around them nowhere.
  Alignment OnlyRemoved(std::size_t first) const {
    Alignment lines(olds_.size(), kNowhere);
    for (std::size_t i = 0; i < olds_.size(); ++i)
      if (olds_[i].removed) lines[i] = static_cast<std::ptrdiff_t>(first++);
    return lines;
  }

  // A line of context that the file has, but not on its side of the lines [begin, end) and near them: the
  // hunk means another place.
  bool ContextIsElsewhere(std::size_t begin, std::size_t end) const {
    const FileText::Index& index = text_.index();
    bool behind = false;
    for (const OldLine& old : olds_) {
      behind = behind || old.removed;
      if (old.removed || old.id < 0 || !Speaks(old)) continue;
      const auto id = static_cast<std::uint32_t>(old.id);
      const auto first = index.places.begin() + index.first[id],
                 last = index.places.begin() + index.first[id + 1];
      const std::size_t near = 2 * olds_.size();
      const std::size_t from = behind ? end : begin - std::min(begin, near);
      const auto found = std::lower_bound(first, last, from);
      if (found == last || *found >= (behind ? end + near : begin)) return true;
    }
    return false;
  }

  std::string NotThere(std::string reason) const {
    if (AlreadyThere()) return reason + "; the file already holds the lines as they were to become";
    const std::string nearest = NearestLines(text_, hunk_, work_);
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
    return telling > 0 && MaySearch() && !Contiguous(text_, OldLinesOf(after, text_)).empty();
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
  bool ended = false;
  for (const HunkLine& each : hunk.lines) {
    auto& splices = change.splices;
    const bool joins = !splices.empty() && splices.back().at + splices.back().remove == line;
    if (each.sign != ' ' && !joins) splices.push_back({line, 0, {}});
    if (each.sign == '+') {
      splices.back().insert.push_back(each.text);
      splices.back().unended = each.unended;
      continue;
    }
    if (line >= text.lines().size() || text.lines()[line] != each.text) return std::nullopt;
    if (each.sign == '-') ++splices.back().remove;
    ended = ended || text.ShowsEnd(line) || (each.unended && HoldsCr(hunk));
    ++line;
  }
  for (Splice& splice : change.splices) splice.as_is = ended;
  change.end = line;
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
    if (HeadingDenies(hunk.heading, text, hunk.old_start - 1)) return std::nullopt;
    placements.push_back(Made(text, std::move(*change), hunk, Grade::kExact, 0, hunk.old_start - 1));
    delta_old += olds, delta_new += news;
    behind = hunk.old_start + olds - 1;
  }
  return placements;
}

}  // namespace mamc::edit

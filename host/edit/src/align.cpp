// Implementation: dynamic programming over (old line, file line); a laying may begin and end anywhere in the
// file. The best moves of every cell are kept, so that equally cheap layings can be told apart.
#include "align.hpp"

#include <algorithm>
#include <cstdint>

#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr int kNever = 1 << 28;
constexpr std::size_t kMaxCells = 32u << 20;
constexpr std::size_t kMaxWays = 32;
enum Move : std::uint8_t { kPair = 1, kSkipOld = 2, kSkipFile = 4 };

class Aligner {
 public:
  Aligner(const std::vector<OldLine>& olds, const FileText& text)
      : olds_(olds),
        lines_(text.lines()),
        index_(text.index()),
        rows_(olds.size() + 1),
        within_removed_(WithinRemoved(olds)) {
    auto blank = index_.ids.find(std::string_view());
    blank_id_ = blank == index_.ids.end() ? -1 : static_cast<std::int64_t>(blank->second);
  }

  Layings Run(int budget) {
    Fill();
    return Collect(budget);
  }

 private:
  int PairPrice(std::size_t old, std::size_t line) const {
    const OldLine& mine = olds_[old];
    if (mine.elision) return kNever;
    const std::int64_t id = index_.line_ids[line];
    if (mine.id == id) return mine.blank || IndentOf(mine.text) == IndentOf(lines_[line]) ? 0 : kOffIndent;
    if (mine.removed || mine.blank || id == blank_id_) return kNever;
    return kWrongLine;
  }
  int SkipOldPrice(std::size_t old) const {
    const OldLine& mine = olds_[old];
    if (mine.removed) return kNever;
    return mine.elision ? kElidedPart : mine.blank ? kBlankLine : kWrongLine;
  }
  // A line of the file lies behind `old` and is not in the hunk.
  int SkipFilePrice(std::size_t old, std::size_t line) const {
    if (olds_[old].elision) return 0;
    if (index_.line_ids[line] == blank_id_) return kBlankLine;
    return within_removed_[old] ? kNever : kWrongLine;
  }

  // For each old line, whether it lies between two that go, blank context aside: a line of the file that is
  // there and not named may have to go as well.
  static std::vector<bool> WithinRemoved(const std::vector<OldLine>& olds) {
    std::vector<bool> within(olds.size());
    std::size_t removed = olds.size();  // the last that goes, if only blank context came behind it
    for (std::size_t i = 0; i < olds.size(); ++i) {
      if (olds[i].removed) {
        for (std::size_t k = removed; k < i; ++k) within[k] = true;
        removed = i;
      } else if (!olds[i].blank) {
        removed = olds.size();
      }
    }
    return within;
  }

  void Fill() {
    moves_.assign(rows_ * (lines_.size() + 1), 0);
    std::vector<int> before(rows_, kNever), now(rows_, kNever);
    before[0] = 0;
    for (std::size_t i = 1; i < rows_; ++i)
      Set(0, i, before, {{before[i - 1] + SkipOldPrice(i - 1), kSkipOld}});
    ends_.push_back(before.back());
    for (std::size_t line = 0; line < lines_.size(); ++line) {
      now[0] = 0;
      for (std::size_t i = 1; i < rows_; ++i) {
        const bool last = i + 1 == rows_;
        Set(line + 1, i, now,
            {{before[i - 1] + PairPrice(i - 1, line), kPair},
             {now[i - 1] + SkipOldPrice(i - 1), kSkipOld},
             {last ? kNever : before[i] + SkipFilePrice(i - 1, line), kSkipFile}});
      }
      ends_.push_back(now.back());
      before.swap(now);
    }
  }

  void Set(std::size_t column, std::size_t row, std::vector<int>& prices,
           std::initializer_list<std::pair<int, Move>> choices) {
    int best = kNever;
    for (const auto& choice : choices) best = std::min(best, choice.first);
    std::uint8_t moves = 0;
    for (const auto& choice : choices)
      if (choice.first == best) moves = static_cast<std::uint8_t>(moves | choice.second);
    prices[row] = best;
    moves_[column * rows_ + row] = moves;
  }

  Layings Collect(int budget) const {
    Layings layings;
    const int best = *std::min_element(ends_.begin(), ends_.end());
    if (best > budget) return layings;
    const int margin = best < kWrongLine ? kWrongLine : kWrongLine + 1;
    std::vector<std::size_t> columns, rivals;
    for (std::size_t column = 0; column < ends_.size(); ++column) {
      if (ends_[column] < best + margin)
        columns.push_back(column);
      else if (ends_[column] <= best + 2 * kWrongLine && rivals.size() < kMaxWays)
        rivals.push_back(column);
    }
    layings.too_many = columns.size() > kMaxWays;
    if (layings.too_many) return layings;
    std::stable_sort(columns.begin(), columns.end(),
                     [&](std::size_t a, std::size_t b) { return ends_[a] < ends_[b]; });
    layings.ways = Traced(columns);
    layings.rivals = Traced(rivals);
    return layings;
  }

  std::vector<Laid> Traced(const std::vector<std::size_t>& columns) const {
    std::vector<Laid> ways;
    for (std::size_t column : columns) {
      ways.push_back({Trace(column, {kPair, kSkipOld, kSkipFile}), ends_[column]});
      ways.push_back({Trace(column, {kSkipFile, kSkipOld, kPair}), ends_[column]});
    }
    return ways;
  }

  Alignment Trace(std::size_t column, std::initializer_list<Move> preference) const {
    Alignment lines(olds_.size(), kNowhere);
    for (std::size_t row = olds_.size(); row > 0;) {
      const std::uint8_t moves = moves_[column * rows_ + row];
      Move move = kSkipOld;
      for (Move each : preference)
        if (moves & each) {
          move = each;
          break;
        }
      if (move == kPair) lines[row - 1] = static_cast<std::ptrdiff_t>(column - 1);
      if (move != kSkipFile) --row;
      if (move != kSkipOld) --column;
    }
    return lines;
  }

  const std::vector<OldLine>& olds_;
  const std::vector<std::string_view>& lines_;
  const FileText::Index& index_;
  std::size_t rows_;
  std::vector<bool> within_removed_;
  std::int64_t blank_id_;
  std::vector<std::uint8_t> moves_;  // by file line, then by old line
  std::vector<int> ends_;            // the price of a laying that ends before this line
};

}  // namespace

bool AlignWork::Spend(std::size_t cells) {
  const bool enough = cells < cells_left;
  cells_left = enough ? cells_left - cells : 0;
  return enough;
}

Layings Align(const std::vector<OldLine>& olds, const FileText& text, int budget, AlignWork& work) {
  const std::size_t cells = (olds.size() + 1) * (text.lines().size() + 1);
  if (olds.empty() || cells > kMaxCells) return {};
  if (!work.Spend(cells)) {
    Layings none;
    none.used_up = true;
    return none;
  }
  return Aligner(olds, text).Run(budget);
}

}  // namespace mamc::edit

#include "nearest.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <unordered_map>

#include "pattern.hpp"
#include "shorten.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::size_t kShown = 12;

// Where the first line of the hunk would lie.
using First = std::optional<std::ptrdiff_t>;

First WhereMostAre(const FileText& text, const std::vector<OldLine>& olds, AlignWork& work) {
  constexpr std::size_t kTooCommon = 50, kMostLines = 2000;
  const FileText::Index& index = text.index();
  std::map<std::ptrdiff_t, int> votes;
  for (std::size_t i = 0; i < std::min(olds.size(), kMostLines); ++i) {
    if (olds[i].id < 0 || olds[i].blank) continue;
    const auto id = static_cast<std::uint32_t>(olds[i].id);
    if (index.Count(id) > kTooCommon) continue;
    if (!work.Spend(index.Count(id) * 16)) return std::nullopt;
    for (std::uint32_t k = index.first[id]; k < index.first[id + 1]; ++k)
      ++votes[static_cast<std::ptrdiff_t>(index.places[k]) - static_cast<std::ptrdiff_t>(i)];
  }
  if (votes.empty()) return std::nullopt;
  return std::max_element(votes.begin(), votes.end(), [](auto& a, auto& b) { return a.second < b.second; })
      ->first;
}

std::vector<std::string_view> IdentifiersOf(std::string_view line) {
  constexpr std::size_t kWidth = 400;
  line = line.substr(0, kWidth);
  auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  std::vector<std::string_view> words;
  for (auto at = line.begin(); at != line.end();) {
    const auto begin = std::find_if(at, line.end(), is_part);
    at = std::find_if_not(begin, line.end(), is_part);
    if (begin != at)
      words.push_back(
          line.substr(static_cast<std::size_t>(begin - line.begin()), static_cast<std::size_t>(at - begin)));
  }
  return words;
}

// A line that is sought by its words.
struct Sought {
  std::size_t old;
  std::size_t words;
  std::unordered_map<std::string_view, std::size_t> count;
};

// In hundredths; 0 when too little is alike.
std::size_t Likeness(const Sought& sought, const std::vector<std::string_view>& words) {
  constexpr std::size_t kHalf = 50;
  std::size_t common = 0;
  for (std::string_view word : words) common += sought.count.count(word);
  common = std::min(common, sought.words);
  const std::size_t likeness = words.empty() ? 0 : 200 * common / (words.size() + sought.words);
  return likeness >= kHalf && (common >= 2 || words.size() == 1) ? likeness : 0;
}

First WhereWordsAre(const FileText& text, const std::vector<OldLine>& olds, AlignWork& work) {
  constexpr std::size_t kMostSought = 4;
  std::vector<Sought> soughts;
  for (std::size_t i = 0; i < olds.size() && soughts.size() < kMostSought; ++i) {
    if (!Speaks(olds[i])) continue;
    const std::vector<std::string_view> words = IdentifiersOf(olds[i].key);
    soughts.push_back({i, words.size(), {}});
    for (std::string_view word : words) ++soughts.back().count[word];
  }
  const std::size_t cost = text.lines().size() * 8 * (soughts.size() + 1);
  if (cost > work.cells_left) return std::nullopt;
  work.cells_left -= cost;
  std::size_t best = 0;
  First first;
  for (std::size_t line = 0; line < text.lines().size(); ++line) {
    const std::vector<std::string_view> words = IdentifiersOf(text.lines()[line]);
    for (const Sought& sought : soughts) {
      const std::size_t likeness = Likeness(sought, words);
      if (likeness <= best) continue;
      best = likeness;
      first = static_cast<std::ptrdiff_t>(line) - static_cast<std::ptrdiff_t>(sought.old);
    }
  }
  return first;
}

// A few lines above the first that differs, where all of them are too many to show. `first` is where the
// first line of the hunk would lie.
std::size_t FirstShown(const FileText& text, const std::vector<OldLine>& olds, std::ptrdiff_t first) {
  constexpr std::ptrdiff_t kAbove = 4;
  const auto begin = std::max<std::ptrdiff_t>(first, 0);
  if (olds.size() <= kShown) return static_cast<std::size_t>(begin);
  const auto count = static_cast<std::ptrdiff_t>(text.lines().size());
  std::ptrdiff_t line = begin;
  while (line < count && line - first < static_cast<std::ptrdiff_t>(olds.size()) &&
         LiesAt(olds[static_cast<std::size_t>(line - first)], text, line))
    ++line;
  return static_cast<std::size_t>(std::max(begin, line - kAbove));
}

}  // namespace

std::string NearestLines(const FileText& text, const Hunk& hunk, AlignWork& work) {
  constexpr std::size_t kWidth = 200;
  const std::vector<OldLine> olds = OldLinesOf(hunk, text);
  First found = WhereMostAre(text, olds, work);
  if (!found) found = WhereWordsAre(text, olds, work);
  if (!found) return {};
  const std::size_t first = FirstShown(text, olds, *found);
  const auto behind = static_cast<std::size_t>(
      std::max<std::ptrdiff_t>(*found + static_cast<std::ptrdiff_t>(olds.size()) + 2, 0));
  const std::size_t end = std::min({behind, text.lines().size(), first + kShown});
  std::string shown;
  for (std::size_t i = first; i < end; ++i)
    shown += std::to_string(i + 1) + "| " + std::string(CutText(WithoutCr(text.lines()[i]), kWidth)) + "\n";
  return shown;
}

}  // namespace mamc::edit

// Implementation: lines that are once in both texts hold the rest in place; between them the longest common
// subsequence, where that is cheap. So the whole is linear but for a logarithm.
#include "line_match.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::size_t kMostCells = 65536;

using Ids = std::vector<std::uint32_t>;

// Two parts that lie in the same place.
struct Part {
  std::size_t old_begin, old_end, begin, end;
};

class Matcher {
 public:
  Matcher(const std::vector<std::string_view>& old, const std::vector<std::string_view>& wanted)
      : matches_(wanted.size(), kNoMatch) {
    std::unordered_map<std::string_view, std::uint32_t> ids;
    auto number = [&](const std::vector<std::string_view>& lines, Ids& numbers) {
      for (std::string_view line : lines)
        numbers.push_back(ids.emplace(WithoutCr(line), static_cast<std::uint32_t>(ids.size())).first->second);
    };
    number(old, old_);
    number(wanted, wanted_);
    count_ = ids.size();
  }

  std::vector<std::ptrdiff_t> Run() {
    const Part whole = WithoutEnds({0, old_.size(), 0, wanted_.size()});
    std::size_t old_begin = whole.old_begin, begin = whole.begin;
    for (const auto& [i, j] : Anchors(whole)) {
      Fill({old_begin, i, begin, j});
      Match(i, j);
      old_begin = i + 1, begin = j + 1;
    }
    Fill({old_begin, whole.old_end, begin, whole.end});
    return std::move(matches_);
  }

 private:
  void Match(std::size_t i, std::size_t j) { matches_[j] = static_cast<std::ptrdiff_t>(i); }

  // Matches the equal lines at the begin and the end.
  Part WithoutEnds(Part part) {
    auto left = [&] { return part.old_begin < part.old_end && part.begin < part.end; };
    while (left() && old_[part.old_begin] == wanted_[part.begin]) Match(part.old_begin++, part.begin++);
    while (left() && old_[part.old_end - 1] == wanted_[part.end - 1]) Match(--part.old_end, --part.end);
    return part;
  }

  // Of the pairs of lines that are once in both, the most that stand in the same order.
  std::vector<std::pair<std::size_t, std::size_t>> Anchors(const Part& part) const {
    struct Seen {
      std::size_t old_times = 0, times = 0, old_at = 0;
    };
    std::vector<Seen> seen(count_);
    for (std::size_t i = part.old_begin; i < part.old_end; ++i)
      ++seen[old_[i]].old_times, seen[old_[i]].old_at = i;
    for (std::size_t j = part.begin; j < part.end; ++j) ++seen[wanted_[j]].times;
    struct Link {
      std::size_t i, j;
      std::ptrdiff_t before;  // the link it goes on from
    };
    std::vector<Link> links;
    std::vector<std::ptrdiff_t> ends;  // by length, the link with the smallest i that ends such a row
    for (std::size_t j = part.begin; j < part.end; ++j) {
      const Seen& line = seen[wanted_[j]];
      if (line.times != 1 || line.old_times != 1) continue;
      const auto at = std::lower_bound(
          ends.begin(), ends.end(), line.old_at,
          [&](std::ptrdiff_t link, std::size_t i) { return links[static_cast<std::size_t>(link)].i < i; });
      links.push_back({line.old_at, j, at == ends.begin() ? -1 : *(at - 1)});
      const auto link = static_cast<std::ptrdiff_t>(links.size()) - 1;
      if (at == ends.end())
        ends.push_back(link);
      else
        *at = link;
    }
    std::vector<std::pair<std::size_t, std::size_t>> anchors;
    for (std::ptrdiff_t link = ends.empty() ? -1 : ends.back(); link >= 0;
         link = links[static_cast<std::size_t>(link)].before)
      anchors.emplace_back(links[static_cast<std::size_t>(link)].i, links[static_cast<std::size_t>(link)].j);
    std::reverse(anchors.begin(), anchors.end());
    return anchors;
  }

  // The longest common subsequence of a small part.
  void Fill(Part part) {
    part = WithoutEnds(part);
    const std::size_t olds = part.old_end - part.old_begin, news = part.end - part.begin;
    if (olds == 0 || news == 0 || olds > kMostCells / news) return;
    enum : std::uint8_t { kBoth, kOld, kNew };  // which side goes on
    std::vector<std::uint8_t> ways(olds * news);
    std::vector<std::uint32_t> below(news + 1, 0), row(news + 1, 0);
    for (std::size_t i = olds; i-- > 0;) {
      for (std::size_t j = news; j-- > 0;) {
        const bool same = old_[part.old_begin + i] == wanted_[part.begin + j];
        ways[i * news + j] = same ? kBoth : below[j] >= row[j + 1] ? kOld : kNew;
        row[j] = same ? below[j + 1] + 1 : std::max(below[j], row[j + 1]);
      }
      std::swap(below, row);
    }
    for (std::size_t i = 0, j = 0; i < olds && j < news;) {
      const std::uint8_t way = ways[i * news + j];
      if (way == kBoth) Match(part.old_begin + i, part.begin + j);
      i += way != kNew;
      j += way != kOld;
    }
  }

  Ids old_, wanted_;
  std::size_t count_ = 0;
  std::vector<std::ptrdiff_t> matches_;
};

}  // namespace

std::vector<std::ptrdiff_t> MatchLines(const std::vector<std::string_view>& old,
                                       const std::vector<std::string_view>& wanted) {
  return Matcher(old, wanted).Run();
}

}  // namespace mamc::edit

// Implementation: the longest common subsequence of what is left between the common begin and end.
#include "line_match.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::size_t kMostCells = std::size_t{16} << 20;

// Lines as numbers, the same for the same text.
class Ids {
 public:
  std::vector<std::uint32_t> Of(const std::vector<std::string_view>& lines, std::size_t begin,
                                std::size_t end) {
    std::vector<std::uint32_t> ids;
    for (std::size_t i = begin; i < end; ++i)
      ids.push_back(ids_.emplace(WithoutCr(lines[i]), static_cast<std::uint32_t>(ids_.size())).first->second);
    return ids;
  }

 private:
  std::unordered_map<std::string_view, std::uint32_t> ids_;
};

// Calls match(i, j) for each pair, from the begin to the end.
template <class Match>
void Longest(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b, Match match) {
  enum : std::uint8_t { kBoth, kFirst, kSecond };  // which side goes on
  std::vector<std::uint8_t> ways(a.size() * b.size());
  std::vector<std::uint32_t> below(b.size() + 1, 0), row(b.size() + 1, 0);
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      const bool first = below[j] >= row[j + 1];
      ways[i * b.size() + j] = a[i] == b[j] ? kBoth : first ? kFirst : kSecond;
      row[j] = a[i] == b[j] ? below[j + 1] + 1 : std::max(below[j], row[j + 1]);
    }
    std::swap(below, row);
  }
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const std::uint8_t way = ways[i * b.size() + j];
    if (way == kBoth) match(i, j);
    i += way != kSecond;
    j += way != kFirst;
  }
}

}  // namespace

std::vector<std::ptrdiff_t> MatchLines(const std::vector<std::string_view>& old,
                                       const std::vector<std::string_view>& wanted) {
  std::vector<std::ptrdiff_t> matches(wanted.size(), kNoMatch);
  std::size_t head = 0, tail = 0;
  const std::size_t shorter = std::min(old.size(), wanted.size());
  auto same = [&](std::size_t i, std::size_t j) { return WithoutCr(old[i]) == WithoutCr(wanted[j]); };
  while (head < shorter && same(head, head)) ++head;
  while (tail < shorter - head && same(old.size() - 1 - tail, wanted.size() - 1 - tail)) ++tail;
  for (std::size_t i = 0; i < head; ++i) matches[i] = static_cast<std::ptrdiff_t>(i);
  for (std::size_t i = 1; i <= tail; ++i)
    matches[wanted.size() - i] = static_cast<std::ptrdiff_t>(old.size() - i);
  const std::size_t olds = old.size() - head - tail, news = wanted.size() - head - tail;
  if (olds == 0 || news == 0 || olds > kMostCells / news) return matches;
  Ids ids;
  Longest(ids.Of(old, head, head + olds), ids.Of(wanted, head, head + news),
          [&](std::size_t i, std::size_t j) { matches[head + j] = static_cast<std::ptrdiff_t>(head + i); });
  return matches;
}

}  // namespace mamc::edit

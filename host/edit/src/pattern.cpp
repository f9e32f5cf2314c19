#include "pattern.hpp"

#include <algorithm>
#include <cctype>

#include "left_out.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

// Larger blocks are taken as removed and added whole.
constexpr std::size_t kMaxCells = 4u << 20;

using Views = std::vector<std::string_view>;

void Add(Hunk& hunk, char sign, const Views& lines, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) hunk.lines.push_back({sign, std::string(lines[i])});
}

// The longest common subsequence of two small ranges, as context.
void AddDifference(Hunk& hunk, const Views& from, const Views& to, std::size_t head, std::size_t tail) {
  const std::size_t rows = from.size() - head - tail, columns = to.size() - head - tail;
  if (rows * columns > kMaxCells) {
    Add(hunk, '-', from, head, head + rows);
    Add(hunk, '+', to, head, head + columns);
    return;
  }
  std::vector<std::uint32_t> longest((rows + 1) * (columns + 1), 0);
  auto at = [&](std::size_t i, std::size_t k) -> std::uint32_t& { return longest[i * (columns + 1) + k]; };
  for (std::size_t i = rows; i-- > 0;)
    for (std::size_t k = columns; k-- > 0;)
      at(i, k) = from[head + i] == to[head + k] ? at(i + 1, k + 1) + 1 : std::max(at(i + 1, k), at(i, k + 1));
  std::size_t i = 0, k = 0;
  while (i < rows || k < columns) {
    if (i < rows && k < columns && from[head + i] == to[head + k]) {
      hunk.lines.push_back({' ', std::string(from[head + i])});
      ++i, ++k;
    } else if (i < rows && (k == columns || at(i + 1, k) >= at(i, k + 1))) {
      hunk.lines.push_back({'-', std::string(from[head + i++])});
    } else {
      hunk.lines.push_back({'+', std::string(to[head + k++])});
    }
  }
}

}  // namespace

std::vector<OldLine> OldLinesOf(const Hunk& hunk, const FileText& text) {
  std::vector<OldLine> olds;
  const FileText::Index& index = text.index();
  for (const HunkLine& line : hunk.lines) {
    if (line.sign == '+') continue;
    OldLine old;
    old.removed = line.sign == '-';
    old.text = line.text;
    old.key = Trim(line.text);
    old.blank = old.key.empty();
    if (auto found = index.ids.find(old.key); found != index.ids.end()) old.id = found->second;
    old.elision = !old.removed && old.id < 0 && IsElision(old.text);
    olds.push_back(old);
  }
  return olds;
}

bool Speaks(const OldLine& old) {
  return std::count_if(old.key.begin(), old.key.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0; }) >= 3;
}

Hunk HunkOfBlock(const Edit& block) {
  Hunk hunk;
  hunk.line = block.line;
  hunk.block = true;
  const Views from = ViewLines(block.search), to = ViewLines(block.content);
  const std::size_t shorter = std::min(from.size(), to.size());
  std::size_t head = 0, tail = 0;
  while (head < shorter && from[head] == to[head]) ++head;
  while (tail < shorter - head && from[from.size() - 1 - tail] == to[to.size() - 1 - tail]) ++tail;
  Add(hunk, ' ', from, 0, head);
  AddDifference(hunk, from, to, head, tail);
  Add(hunk, ' ', from, from.size() - tail, from.size());
  return hunk;
}

std::size_t CellsOfBlock(const Edit& block) {
  const auto lines = [](const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  };
  return std::min(lines(block.search) * lines(block.content), kMaxCells);
}

}  // namespace mamc::edit

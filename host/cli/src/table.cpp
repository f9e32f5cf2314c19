#include "mamc/cli/table.hpp"

#include <ostream>

#include "mamc/base/text.hpp"

namespace mamc::cli {
namespace {

// Columns on a terminal, near enough: one per code point.
std::size_t Width(std::string_view text) {
  return CodePoints(text);
}

void PrintRow(std::ostream& out, const std::vector<std::string>& cells,
              const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string cell = Printable(cells[i]);
    line += cell;
    bool last = i + 1 == cells.size();
    if (!last) line.append(widths[i] - Width(cell) + 2, ' ');
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  out << line << '\n';
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char c = static_cast<unsigned char>(text[i]);
    bool c1_control =
        c == 0xC2 && i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xE0) == 0x80;
    if (c1_control) ++i;
    safe += c < 0x20 || c == 0x7F || c1_control ? ' ' : text[i];
  }
  return safe;
}

void Table::Print(std::ostream& out) const {
  if (rows_.empty()) return;
  std::vector<std::size_t> widths(head_.size());
  auto widen = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i)
      widths[i] = std::max(widths[i], Width(Printable(cells[i])));
  };
  widen(head_);
  for (const auto& row : rows_) widen(row);
  PrintRow(out, head_, widths);
  for (const auto& row : rows_) PrintRow(out, row, widths);
}

void PrintJson(std::ostream& out, const Json& value) {
  out << value.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace mamc::cli

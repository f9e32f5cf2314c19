#include "mamc/cli/table.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <iostream>

#include "mamc/base/text.hpp"

namespace mamc::cli {
namespace {

// Columns on a terminal, near enough: one per code point.
std::size_t Width(std::string_view text) {
  return CodePoints(text);
}

// What has no room ends with dots.
std::string Cut(const std::string& cell, std::size_t columns) {
  if (Width(cell) <= columns) return cell;
  std::string cut;
  std::size_t taken = 0;
  for (char c : cell) {
    bool begins = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (begins && ++taken + 3 > columns) break;
    cut += c;
  }
  return cut + "...";
}

// Only the last column may be cut, and not below kLeastColumns.
void PrintRow(std::ostream& out, const std::vector<std::string>& cells,
              const std::vector<std::size_t>& widths, std::size_t columns) {
  constexpr std::size_t kLeastColumns = 10;
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string cell = Printable(cells[i]);
    if (i + 1 == cells.size() && columns > 0) {
      const std::size_t before = Width(line);
      cell = Cut(cell, std::max(kLeastColumns, columns - std::min(columns, before)));
    }
    line += cell;
    bool last = i + 1 == cells.size();
    if (!last) line.append(widths[i] - Width(cell) + 2, ' ');
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  out << line << '\n';
}

}  // namespace

std::size_t TerminalColumns(const std::ostream& out) {
  const int fd = &out == &std::cout ? STDOUT_FILENO : &out == &std::cerr ? STDERR_FILENO : -1;
  winsize size{};
  return fd >= 0 && ::isatty(fd) != 0 && ::ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

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

void PrintLines(std::ostream& out, std::string_view text, std::string_view indent) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string line = Printable(text.substr(0, end));
    out << (line.empty() ? "" : indent) << line << '\n';
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::string LocalTime(std::int64_t unix_ms) {
  if (unix_ms == 0) return "";
  std::time_t seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  return text;
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
  const std::size_t columns = TerminalColumns(out);
  PrintRow(out, head_, widths, columns);
  for (const auto& row : rows_) PrintRow(out, row, widths, columns);
}

void PrintJson(std::ostream& out, const Json& value) {
  out << value.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace mamc::cli

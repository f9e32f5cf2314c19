#include "report.hpp"

#include <algorithm>
#include <array>
#include <iomanip>
#include <ostream>
#include <sstream>

namespace mamc::bench {
namespace {

std::string Number(double value) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(2) << value;
  return text.str();
}

std::string Target(const Row& row) {
  if (row.at_least) return ">= " + Number(*row.at_least);
  if (row.at_most) return "<= " + Number(*row.at_most);
  return "-";
}

std::string Verdict(const Row& row) {
  if (!row.at_least && !row.at_most) return "-";
  return row.missed() ? "MISSED" : "met";
}

}  // namespace

double Median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

bool Row::missed() const {
  return (at_least && !(ratio >= *at_least)) || (at_most && !(ratio <= *at_most));
}

void Print(std::ostream& out, const std::vector<Row>& rows) {
  using Cells = std::array<std::string, 6>;
  std::vector<Cells> lines = {{"case", "measured", "beside", "ratio", "target", ""}};
  for (const Row& row : rows)
    lines.push_back({row.name, row.measured, row.beside, Number(row.ratio), Target(row), Verdict(row)});
  std::array<std::size_t, 6> width{};
  for (const Cells& cells : lines)
    for (std::size_t i = 0; i < cells.size(); ++i) width[i] = std::max(width[i], cells[i].size());
  for (const Cells& cells : lines) {
    for (std::size_t i = 0; i < cells.size(); ++i)
      out << std::left << std::setw(static_cast<int>(width[i]) + 2) << cells[i];
    out << '\n';
  }
}

}  // namespace mamc::bench

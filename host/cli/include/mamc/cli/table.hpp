// Listings for people: aligned columns, no control characters from data.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/base/json.hpp"

namespace mamc::cli {

// The text on one line, without what a terminal would obey.
std::string Printable(std::string_view text);
// Several lines, each of them printable and behind `indent`.
void PrintLines(std::ostream& out, std::string_view text, std::string_view indent);

// Of the terminal that the stream writes to; 0 when it writes elsewhere.
std::size_t TerminalColumns(const std::ostream& out);

// Year to second where this machine is; empty for 0, which is never.
std::string LocalTime(std::int64_t unix_ms);

class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Head and rows; nothing when there are no rows. On a terminal the last column is cut where that ends.
  void Print(std::ostream& out) const;

 private:
  std::vector<std::string> head_;
  std::vector<std::vector<std::string>> rows_;
};

// Indented JSON with a final newline, also for bytes that are not UTF-8.
void PrintJson(std::ostream& out, const Json& value);

}  // namespace mamc::cli

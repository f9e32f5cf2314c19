// Listings for people: aligned columns, no control characters from data.
#pragma once
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/base/json.hpp"

namespace mamc::cli {

// The text on one line, without what a terminal would obey.
std::string Printable(std::string_view text);

class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Head and rows; nothing when there are no rows.
  void Print(std::ostream& out) const;

 private:
  std::vector<std::string> head_;
  std::vector<std::vector<std::string>> rows_;
};

// Indented JSON with a final newline, also for bytes that are not UTF-8.
void PrintJson(std::ostream& out, const Json& value);

}  // namespace mamc::cli

// What the benchmark measured, beside what it is measured against.
#pragma once
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace mamc::bench {

double Median(std::vector<double> values);  // REQUIRES: not empty

struct Row {
  std::string name;
  std::string measured;
  std::string beside;  // floor or peer
  double ratio = 0;
  // At most one is set; with neither the row is only for information.
  std::optional<double> at_least = {};
  std::optional<double> at_most = {};

  bool missed() const;
};

void Print(std::ostream& out, const std::vector<Row>& rows);

}  // namespace mamc::bench

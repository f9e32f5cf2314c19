// What is wrong with a change, in the form of a reviewer's finding.
#pragma once
#include <string>
#include <vector>

namespace change {

struct Finding {
  std::string rule;
  std::string file;      // empty: the change as a whole
  std::size_t line = 0;  // of the file as it is now; 0: none
  std::string text;      // what is wrong and what to do, as a sentence for whoever wrote it
  bool is_blocking = true;
};

using Findings = std::vector<Finding>;

}  // namespace change

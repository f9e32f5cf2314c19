// Which files the edits of an answer are of, as its words may call them, and the lines that they hold.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

class Edited {
 public:
  // The answer outlives it and does not change.
  explicit Edited(const Answer& answer);

  // The edits of the file, or of one whose path ends so; those that take it away or rename it as well.
  const std::vector<std::size_t>& Of(const std::string& path) const;
  // Whether they hold all these lines, be it old or new ones. Blank lines and mere signs are in any file.
  bool Hold(const std::string& path, const std::vector<std::string_view>& lines);

 private:
  const std::unordered_set<std::string_view>& LinesOf(const std::string& path);

  const Answer& answer_;
  std::unordered_map<std::string_view, std::vector<std::size_t>> edits_;  // by the ends of their paths
  std::unordered_map<std::string, std::unordered_set<std::string_view>> lines_;
};

}  // namespace mamc::edit

// The reasoning in one answer: passed over where its parser meets it, and told of where it may be answer.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "mamc/edit/parse.hpp"
#include "thinking.hpp"

namespace mamc::edit {

class Reasoning {
 public:
  // Both outlive it. What stands behind the end of reasoning in its line becomes that line.
  Reasoning(std::vector<std::string_view>& lines, Answer& answer) : lines_(lines), answer_(answer) {}
  // REQUIRES: before anything else, when the lines are those of the answer.
  void Begin() { ends_in_words_ = BehindEndsInWords(lines_); }

  // Moves `at` behind reasoning that opens in its line; false: none does. `found`: edits stand before it.
  bool Skip(std::size_t& at, bool found);
  // The same of reasoning that ends in the line and that nothing opened: some servers drop the opening tag.
  bool SkipUnopened(std::size_t& at, bool found);
  // Reasoning that opens behind other words of line `at`.
  void CheckBehindWords(std::size_t at);
  // Reasoning that was cut into by its own fence, when nothing told that it is one.
  void CheckWithin(std::size_t begin, std::size_t end);

 private:
  void Leave(std::size_t& at, std::size_t column);
  void Unclear(std::size_t line) { answer_.problems.push_back({line + 1, std::string(kUnclearThought)}); }

  std::vector<std::string_view>& lines_;
  Answer& answer_;
  std::size_t ends_in_words_ = 0;  // a line
  bool passed_ = false;            // some was passed over
  bool looked_behind_words_ = false;
};

}  // namespace mamc::edit

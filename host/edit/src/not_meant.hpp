// Edits that the answer's own words take back: some that are not to be applied, and some of which one is to
// be chosen.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

class NotMeant {
 public:
  // A line of words, or a heading.
  void Hear(std::string_view text, std::size_t line);
  // Adds the problems. REQUIRES: all edits of the answer were read.
  void Check(Answer& answer) const;

 private:
  struct Choice {
    std::string kind;   // "option"
    std::string label;  // "a"
    std::size_t line;
  };
  void CheckWarnings(const std::vector<std::size_t>& edits, Answer& answer) const;
  void CheckChoices(const std::vector<std::size_t>& edits, Answer& answer) const;

  std::vector<std::size_t> warnings_;  // lines that say that what follows is not to be applied
  std::vector<Choice> choices_;
};

}  // namespace mamc::edit

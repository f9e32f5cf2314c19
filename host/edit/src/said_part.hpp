// What the words of an answer say of the whole files beside them: that these are parts of the files.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// What a line says is a part, and which file it may mean.
enum class Portion {
  kNone,
  kNext,   // `FILE: a.c (excerpt)`, `Only this function changes:`: the one that follows
  kAdded,  // `Append to README.md:`: the same, right below it
  kRest,   // `The rest of the file is unchanged.`: the one before as well
  kAll,    // `FILE: a.c (rewritten)`: it is no part, however little of the file it keeps
};
Portion SaysPart(std::string_view line);

class SaidParts {
 public:
  void Hear(std::string_view text, std::size_t line) {
    if (const Portion part = SaysPart(text); part != Portion::kNone) said_.push_back({part, line});
  }
  // REQUIRES: all edits of the answer were read.
  void Mark(Answer& answer) const;

 private:
  struct Said {
    Portion part;
    std::size_t line;
  };
  std::vector<Said> said_;
};

}  // namespace mamc::edit

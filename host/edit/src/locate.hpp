// Finds the one place of a hunk in a file, or says why there is none.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "align.hpp"
#include "file_text.hpp"
#include "mamc/edit/grade.hpp"
#include "mamc/edit/parse.hpp"

namespace mamc::edit {

struct Placement {
  std::string refusal;  // empty: found
  std::vector<Splice> splices;
  LastNewline last_newline = LastNewline::kAsBefore;
  Grade grade = Grade::kExact;
  int price = 0;          // see align.hpp
  std::size_t first = 0;  // line of the file, from 1
};

Placement Locate(const FileText& text, const Hunk& hunk, AlignWork& work);

// The places that the hunks of a diff state, when all of them are there to the byte and all numbers and
// counts agree with each other: then a program made the diff of this very file. Nothing otherwise.
std::optional<std::vector<Placement>> LocateByNumbers(const FileText& text, const std::vector<Hunk>& hunks);

}  // namespace mamc::edit

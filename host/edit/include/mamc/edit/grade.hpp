// How an edit's place was found, from the surest to the least sure.
#pragma once
#include <string_view>

namespace mamc::edit {

enum class Grade {
  kWhole,     // no place needed: a whole file, a deletion, a rename
  kExact,     // every line is there to the byte (but for \r)
  kLineEnds,  // but for the space at line ends
  kIndent,    // but for an indentation that is off uniformly
  kBlank,     // but for blank lines
  kContext,   // but for a few lines of context
  kElided,    // with parts left out as `...`
  kAnchor,    // only the removed lines are there, and nowhere else
};

constexpr std::string_view GradeName(Grade grade) {
  switch (grade) {
    case Grade::kWhole:
      return "whole";
    case Grade::kExact:
      return "exact";
    case Grade::kLineEnds:
      return "line-ends";
    case Grade::kIndent:
      return "indent";
    case Grade::kBlank:
      return "blank";
    case Grade::kContext:
      return "context";
    case Grade::kElided:
      return "elided";
    case Grade::kAnchor:
      return "anchor";
  }
  return "unknown";
}

}  // namespace mamc::edit

// An answer of a model, read and applied to a folder.
#pragma once
#include <catch2/catch.hpp>

#include "mamc/edit/apply.hpp"
#include "support/temp_dir.hpp"

namespace mamc::edit {

inline Report Try(const test::TempDir& dir, const std::string& answer, const Policy& policy = {}) {
  auto report = Apply(ParseAnswer(answer), dir.path(), policy);
  INFO((report.ok() ? "" : report.status().message()));
  REQUIRE(report.ok());
  return *report;
}

// What is told first of an answer that has an edit of `a.py` before the text; empty: nothing is.
inline std::string ProblemBehindAnEdit(const std::string& text) {
  const Answer answer =
      ParseAnswer("a.py\n<<<<<<< SEARCH\na = first()\n=======\na = third()\n>>>>>>> REPLACE\n\n" + text);
  return answer.problems.empty() ? "" : answer.problems[0].text;
}

}  // namespace mamc::edit

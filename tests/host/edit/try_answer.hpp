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

}  // namespace mamc::edit

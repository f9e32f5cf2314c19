#include "mamc/edit/format.hpp"

#include <catch2/catch.hpp>

#include "mamc/edit/parse.hpp"

using namespace mamc::edit;

TEST_CASE("the example in the instructions of each form is read as edits of that form") {
  const auto [format, kind] = GENERATE(table<Format, EditKind>({
      {Format::kBlocks, EditKind::kBlock},
      {Format::kWhole, EditKind::kWhole},
      {Format::kDiff, EditKind::kDiff},
      {Format::kJson, EditKind::kWhole},
  }));
  CAPTURE(FormatName(format));
  const Answer answer = ParseAnswer(FormatInstructions(format));
  CHECK(answer.problems.empty());
  REQUIRE_FALSE(answer.edits.empty());
  CHECK(answer.edits[0].kind == kind);
  CHECK(answer.edits[0].path == "path/to/file");
}

TEST_CASE("a form is found by its name") {
  for (Format format : {Format::kBlocks, Format::kWhole, Format::kDiff, Format::kJson})
    CHECK(FormatNamed(FormatName(format)) == format);
  CHECK_FALSE(FormatNamed("search/replace"));
}

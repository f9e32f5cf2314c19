// Edits of one answer that say the same: one that is repeated is made once, two of different places are two.
#include <catch2/catch.hpp>

#include "mamc/edit/apply.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

std::string DiffOf(const std::string& hunks) {
  return "```diff\n--- a/a.c\n+++ b/a.c\n" + hunks + "```\n";
}

// The file's text afterwards.
std::string After(const std::string& before, const std::string& answer) {
  test::TempDir dir;
  dir.Write("a.c", before);
  auto report = Apply(ParseAnswer(answer), dir.path(), {});
  REQUIRE(report.ok());
  if (report->ok()) return dir.Read("a.c");
  CHECK(dir.Read("a.c") == before);
  return "refused";
}

}  // namespace

TEST_CASE("equal hunks that state different lines change both of them") {
  const std::string before = "f() {\n  one();\n}\n\ng() {\n  one();\n}\n";
  const std::string lines = "-  one();\n+  two();\n }\n";
  CHECK(After(before, DiffOf("@@ -2,2 +2,2 @@\n" + lines) + DiffOf("@@ -6,2 +6,2 @@\n" + lines)) ==
        "f() {\n  two();\n}\n\ng() {\n  two();\n}\n");
  CHECK(After(before, DiffOf("@@ -2,2 +2,2 @@\n" + lines + "@@ -6,2 +6,2 @@\n" + lines)) ==
        "f() {\n  two();\n}\n\ng() {\n  two();\n}\n");
}

TEST_CASE("a hunk that is repeated with its line is made once") {
  const std::string before = "f() {\n  one();\n}\n\ng() {\n  one();\n}\n";
  const std::string hunk = "@@ -2,2 +2,2 @@\n-  one();\n+  two();\n }\n";
  CHECK(After(before, DiffOf(hunk) + "In short:\n" + DiffOf(hunk)) ==
        "f() {\n  two();\n}\n\ng() {\n  one();\n}\n");
}

TEST_CASE("lines that are inserted at two stated places are not dropped at one of them") {
  const std::string hunk = " one();\n+two();\n three();\n";
  const std::string first = DiffOf("@@ -1,2 +1,3 @@\n" + hunk), second = DiffOf("@@ -7,2 +8,3 @@\n" + hunk);
  const std::string between =
      "\n" + DiffOf("@@ -4 +5 @@\n-four();\n+five();\n") + DiffOf("@@ @@\n-five();\n+six();\n");
  // The place that the second states does not have the lines.
  CHECK(After("one();\nthree();\n\nfour();\n\n\nseven();\n", first + second) == "refused");
  CHECK(After("one();\nthree();\n\nfour();\n\n\nseven();\n", first + between + second) == "refused");
  // It has them.
  const std::string both = "one();\nthree();\n\nfour();\n\n\none();\nthree();\n";
  CHECK(After(both, first + second) == "one();\ntwo();\nthree();\n\nfour();\n\n\none();\ntwo();\nthree();\n");
  CHECK(After(both, first + between + second) ==
        "one();\ntwo();\nthree();\n\nsix();\n\n\none();\ntwo();\nthree();\n");
  // The same place, said with more around it.
  CHECK(After("zero();\none();\nthree();\n",
              DiffOf("@@ -2,2 +2,3 @@\n" + hunk) + DiffOf("@@ -1,3 +1,4 @@\n zero();\n" + hunk)) ==
        "zero();\none();\ntwo();\nthree();\n");
}

TEST_CASE("an insertion into a second place is not taken for the first said again") {
  auto block = [](const std::string& old, const std::string& now) {
    return "a.c\n<<<<<<< SEARCH\n" + old + "=======\n" + now + ">>>>>>> REPLACE\n\n";
  };
  const std::string moved = block("end\n", "last\n") + block("last\n", "very last\n");
  const std::string before = "f() {\n  one();\n}\n\ng() {\n  one();\n}\nend\n";
  const std::string first = block("f() {\n  one();\n", "f() {\n  one();\n  two();\n");
  const std::string any = block("  one();\n", "  one();\n  two();\n");
  CHECK(After(before, first + moved + any) == "refused");
  // The second place has changed since, or is the only one.
  CHECK(After(before, first + moved + block("g() {\n  one();\n", "g() {\n  three();\n") + any) == "refused");
  CHECK(After(before, first + moved + block("g() {\n  one();\n", "g() {\n  one();\n  two();\n")) ==
        "f() {\n  one();\n  two();\n}\n\ng() {\n  one();\n  two();\n}\nvery last\n");
  CHECK(After("f() {\n  one();\n}\nend\n", first + moved + any) ==
        "f() {\n  one();\n  two();\n}\nvery last\n");
}

// Files that begin with a byte order mark, and edits that bear it.
#include <catch2/catch.hpp>

#include "mamc/edit/apply.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

const std::string kMark = "\xEF\xBB\xBF";

std::string After(const std::string& before, const std::string& answer) {
  test::TempDir dir;
  dir.Write("a.cs", before);
  auto report = Apply(ParseAnswer(answer), dir.path(), {});
  REQUIRE(report.ok());
  INFO(report->feedback);
  CHECK(report->ok());
  return dir.Read("a.cs");
}

std::string DiffOf(const std::string& hunks) {
  return "```diff\n--- a/a.cs\n+++ b/a.cs\n" + hunks + "```\n";
}

std::string BlockOf(const std::string& search, const std::string& content) {
  return "a.cs\n<<<<<<< SEARCH\n" + search + "=======\n" + content + ">>>>>>> REPLACE\n";
}

}  // namespace

TEST_CASE("a byte order mark that an edit bears is the one of its file") {
  const std::string before = kMark + "using A;\nclass B {}\n", after = kMark + "using Z;\nclass B {}\n";
  CHECK(After(before, "FILE: a.cs\n```\n" + after + "```\n") == after);
  CHECK(After(before, "FILE: a.cs\n```\nusing Z;\nclass B {}\n```\n") == after);
  CHECK(After(before,
              "{\"ops\":[{\"action\":\"upsert\",\"path\":\"a.cs\",\"content\":\"\\ufeffusing "
              "Z;\\nclass B {}\\n\"}]}") == after);
  for (const std::string first : {"", kMark.c_str()})
    for (const std::string second : {"", kMark.c_str()})
      CHECK(After(before, BlockOf(first + "using A;\n", second + "using Z;\n")) == after);
}

TEST_CASE("a diff that shows a byte order mark keeps it or takes it away as it says") {
  const std::string before = kMark + "using A;\nclass B {}\n", after = kMark + "using Z;\nclass B {}\n";
  for (const std::string numbers : {"@@ -1,2 +1,2 @@\n", "@@ -7,3 +7,9 @@\n", "@@\n"}) {
    CHECK(After(before, DiffOf(numbers + "-" + kMark + "using A;\n+" + kMark + "using Z;\n class B {}\n")) ==
          after);
    CHECK(After(before, DiffOf(numbers + "-using A;\n+using Z;\n class B {}\n")) == after);
    CHECK(After(before, DiffOf(numbers + "-using A;\n+" + kMark + "using Z;\n class B {}\n")) == after);
    CHECK(After(before, DiffOf(numbers + " " + kMark + "using A;\n-class B {}\n+class C {}\n")) ==
          kMark + "using A;\nclass C {}\n");
    CHECK(After(before, DiffOf(numbers + "-" + kMark + "using A;\n+using A;\n class B {}\n")) ==
          "using A;\nclass B {}\n");
    CHECK(After("using A;\nclass B {}\n",
                DiffOf(numbers + "-using A;\n+" + kMark + "using A;\n class B {}\n")) ==
          kMark + "using A;\nclass B {}\n");
  }
}

TEST_CASE("edits with and without the byte order mark come together") {
  const std::string diff =
      DiffOf("@@ -1,2 +1,2 @@\n-" + kMark + "using A;\n+" + kMark + "using Z;\n class B {}\n");
  const std::string block = BlockOf("using Z;\nclass B {}\n", "using Y;\nclass B {}\n");
  const std::string other = BlockOf("class B {}\n", "class C {}\n");
  CHECK(After(kMark + "using A;\nclass B {}\n",
              other + DiffOf("@@ -1,2 +1,2 @@\n " + kMark + "using A;\n-class C {}\n+class D {}\n")) ==
        kMark + "using A;\nclass D {}\n");
  CHECK(After(kMark + "using A;\nclass B {}\n", diff + block) == kMark + "using Y;\nclass B {}\n");
}

TEST_CASE("a byte order mark before an answer is no part of its first line") {
  const Answer answer = ParseAnswer(kMark + "FILE: a.c\n```\nint q;\n```\n");
  REQUIRE(answer.edits.size() == 1);
  CHECK(answer.edits[0].path == "a.c");
  CHECK_FALSE(ParseAnswer(kMark + "<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n").problems.empty());
}

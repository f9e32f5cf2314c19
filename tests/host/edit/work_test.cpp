// Answers that need more searching than one may, and what an editor does with texts that hold no line.
#include <catch2/catch.hpp>

#include "support/cpu_time.hpp"
#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

std::string Block(const std::string& search, const std::string& replace) {
  return "a.txt\n<<<<<<< SEARCH\n" + search + "=======\n" + replace + ">>>>>>> REPLACE\n";
}

std::string DiffOf(const std::string& hunks) {
  return "```diff\n--- a/a.txt\n+++ b/a.txt\n" + hunks + "```\n";
}

}  // namespace

TEST_CASE("a hunk that comes when all searching is used up is refused") {
  constexpr int kInsertions = 200;
  test::TempDir dir;
  std::string before, insertions;
  for (int i = 0; i < kInsertions; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    before += line;
    insertions += Block(line, line + "new\n");
  }
  before += "first\nlast\n" + std::string(500000, '\n');
  dir.Write("a.txt", before);
  // Once an edit lies on what another made, each insertion is looked for in the whole text.
  const std::string moved = Block("first\n", "second\n") + Block("second\n", "third\n");
  const Report report = Try(dir, moved + insertions + Block("not there\n", "changed\n"));
  REQUIRE_FALSE(report.ok());
  REQUIRE(report.refused.size() > 1);
  CHECK(report.refused.front().reason.find("send fewer at once") != std::string::npos);
  CHECK(report.refused.back().reason.find("not in the file") != std::string::npos);
  CHECK(dir.Read("a.txt") == before);
}

TEST_CASE("lines without any of the file before them go into a text without lines") {
  test::TempDir dir;
  const std::string mark = "\xEF\xBB\xBF";
  dir.Write("a.txt", mark);
  CHECK(Try(dir, DiffOf("@@ @@\n+one\n+two\n")).ok());
  CHECK(dir.Read("a.txt") == mark + "one\ntwo\n");
  // An edit before may have taken all lines away.
  dir.Write("a.txt", "one\ntwo\n");
  CHECK(Try(dir, DiffOf("@@ @@\n-one\n-two\n@@ @@\n+three\n")).ok());
  CHECK(dir.Read("a.txt") == "three\n");
  dir.Write("a.txt", "one\ntwo\n");
  CHECK_FALSE(Try(dir, DiffOf("@@ @@\n+three\n")).ok());
}

TEST_CASE("the head behind the numbers of a hunk is looked for once and not at each of its places") {
  constexpr int kHunks = 2, kParts = 8, kLines = 1500;
  test::TempDir dir;
  std::string part = "void f() {\n";
  for (int i = 0; i < kLines; ++i) part += "  x = 1;\n";
  std::string before;
  for (int i = 0; i < kParts; ++i) before += part + "}\n";
  dir.Write("a.txt", before);
  const auto seconds = [&](const std::string& heading) {
    std::string hunks;
    for (int i = 0; i < kHunks; ++i)
      hunks += "@@ -900000,2 +900000,2 @@ " + heading +
               "\n   x = 1;\n-  x = 1;\n+  x = " + std::to_string(i) + ";\n";
    return test::CpuSeconds([&] { CHECK_FALSE(Try(dir, DiffOf(hunks)).ok()); });
  };
  const double without = seconds("");
  CHECK(seconds("void f() {") < without * 8);
  CHECK(seconds("void g() {") < without * 8);
}

// Where hunks and blocks are laid, and where they are refused because a place would be a guess.
#include <catch2/catch.hpp>

#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

std::string DiffOf(const std::string& hunks) {
  return "```diff\n--- a/a.c\n+++ b/a.c\n" + hunks + "```\n";
}

}  // namespace

TEST_CASE("a marker of no newline counts only at the line that becomes the last of the file") {
  test::TempDir dir;
  const std::string marker = "\\ No newline at end of file\n";
  dir.Write("a.c", "one\ntwo\nthree\nfour\n");
  // Written by habit in the middle of the file, then on a line that stays as it is.
  REQUIRE(Try(dir, DiffOf("@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n" + marker)).ok());
  CHECK(dir.Read("a.c") == "one\n2\nthree\nfour\n");
  REQUIRE(Try(dir, DiffOf("@@ -3,2 +3,2 @@\n-three\n+3\n four\n" + marker)).ok());
  CHECK(dir.Read("a.c") == "one\n2\n3\nfour\n");
  REQUIRE(Try(dir, DiffOf("@@ -1,2 +1,2 @@\n-one\n+1\n" + marker + " 2\n")).ok());
  CHECK(dir.Read("a.c") == "1\n2\n3\nfour\n");
  REQUIRE(Try(dir, DiffOf("@@ -1,2 +1,2 @@\n 1\n-2\n+two\n" + marker)).ok());
  CHECK(dir.Read("a.c") == "1\ntwo\n3\nfour\n");
  REQUIRE(Try(dir, DiffOf("@@ -3,2 +3,2 @@\n 3\n-four\n+4\n" + marker)).ok());
  CHECK(dir.Read("a.c") == "1\ntwo\n3\n4");
  REQUIRE(Try(dir, DiffOf("@@ -3,2 +3,2 @@\n 3\n-4\n" + marker + "+5\n")).ok());
  CHECK(dir.Read("a.c") == "1\ntwo\n3\n5\n");
}

TEST_CASE("a file with CRLF that loses its last newline keeps no part of it") {
  test::TempDir dir;
  dir.Write("a.c", "one\r\ntwo\r\n");
  REQUIRE(Try(dir, DiffOf("@@ -1,2 +1,2 @@\n one\n-two\n+2\n\\ No newline at end of file\n")).ok());
  CHECK(dir.Read("a.c") == "one\r\n2");
}

TEST_CASE("lines behind the last one of a file with CRLF that has no last newline end as the others") {
  test::TempDir dir;
  auto after = [&](const std::string& before, const std::string& answer) {
    dir.Write("a.c", before);
    REQUIRE(Try(dir, answer).ok());
    return dir.Read("a.c");
  };
  const std::string block = "a.c\n<<<<<<< SEARCH\ntwo\n=======\ntwo\nthree\n>>>>>>> REPLACE\n";
  CHECK(after("one\r\ntwo", block) == "one\r\ntwo\r\nthree");
  CHECK(after("one\ntwo", block) == "one\ntwo\nthree");
  CHECK(after("two", block) == "two\nthree");
  CHECK(after("two", DiffOf("@@ -1 +1,2 @@\n+one\r\n two\n\\ No newline at end of file\n")) == "one\r\ntwo");
  CHECK(after("one\r\ntwo", DiffOf("@@ -2 +2,2 @@\n-two\n+2\n+3\n")) == "one\r\n2\r\n3");
  CHECK(after("one\r\ntwo", DiffOf("@@ -2 +2,2 @@\n two\n+three\n")) == "one\r\ntwo\r\nthree");
  CHECK(after("one\r\ntwo\r\nthree", DiffOf("@@ -1 +1 @@\n-one\n+1\n")) == "1\r\ntwo\r\nthree");
  CHECK(after("one\r\ntwo", "FILE: a.c\n```\none\ntwo\nthree\n```\n") == "one\r\ntwo\r\nthree");
}

TEST_CASE("what dots leave out ends where the function ends") {
  test::TempDir dir;
  const std::string before = "int f() {\n  load();\n  return 0;\n}\n\nint g() {\n  return 1;\n}\n";
  dir.Write("a.c", before);
  auto block = [](const std::string& last, const std::string& to) {
    return "a.c\n```\n<<<<<<< SEARCH\nint f() {\n...\n  " + last + "\n}\n=======\nint f() {\n...\n  " + to +
           "\n}\n>>>>>>> REPLACE\n```\n";
  };
  Report report = Try(dir, block("return 1;", "return 2;"));
  CHECK_FALSE(report.ok());
  CHECK(dir.Read("a.c") == before);
  REQUIRE(Try(dir, block("return 0;", "return 2;")).ok());
  CHECK(dir.Read("a.c") == "int f() {\n  load();\n  return 2;\n}\n\nint g() {\n  return 1;\n}\n");
}

TEST_CASE("lines that go are not found by themselves when their context is elsewhere") {
  test::TempDir dir;
  const std::string before =
      "void first(void)\n{\n  prepare_everything(now);\n}\n\n\nint between;\n\n\nvoid second(void)\n{\n  "
      "other();\n}\n";
  dir.Write("a.c", before);
  auto diff = [](const std::string& function) {
    return DiffOf("@@ -7,3 +7,3 @@\n" + function +
                  " {\n-  prepare_everything(now);\n+  prepare(later);\n }\n");
  };
  CHECK_FALSE(Try(dir, diff(" void second(void)\n")).ok());
  CHECK(dir.Read("a.c") == before);
  CHECK(Try(dir, diff(" /* quite another comment */\n")).ok());
  // Lines that name no part tell of their place as well.
  const std::string plain =
      "one one\n  prepare_everything(now);\ntwo two\n" + std::string(8, '\n') + "six six\n";
  dir.Write("a.c", plain);
  auto below = [](const std::string& line) {
    return DiffOf("@@ @@\n " + line + "\n-  prepare_everything(now);\n+  prepare(later);\n seven seven\n");
  };
  CHECK_FALSE(Try(dir, below("six six")).ok());
  CHECK(dir.Read("a.c") == plain);
  CHECK(Try(dir, below("five five")).ok());
}

TEST_CASE("a sign that took the place of a space does not shorten the lines") {
  test::TempDir dir;
  dir.Write("a.c", "def total(xs):\n    result = 0\n    for x in xs:\n        result += x\n");
  REQUIRE(Try(dir, "```diff\n--- a/a.c\n+++ b/a.c\n@@ @@\n-   result = 0\n+   result = 0.0\n```\n").ok());
  CHECK(dir.Read("a.c") == "def total(xs):\n    result = 0.0\n    for x in xs:\n        result += x\n");
}

TEST_CASE("a line of the file between lines that go and that the answer does not name is refused") {
  test::TempDir dir;
  const std::string before =
      "int f() {\n  a = load();\n  check(a);\n  b = parse(a);\n  return b;\n}\nint x;\nint y;\n";
  dir.Write("a.c", before);
  CHECK_FALSE(
      Try(dir, DiffOf("@@ -1,5 +1,4 @@\n int f() {\n-  a = load();\n-  b = parse(a);\n+  b = parse(load());\n"
                      "   return b;\n }\n int x;\n int y;\n"))
          .ok());
  CHECK(dir.Read("a.c") == before);
}

TEST_CASE("a diff that deletes a file by its path alone does not take one of another folder") {
  test::TempDir dir;
  dir.Write("foo.c", "int foo;\n");
  CHECK_FALSE(Try(dir, "diff --git src/foo.c src/foo.c\ndeleted file mode 100644\n").ok());
  CHECK_FALSE(Try(dir, "diff --git src/foo.c src/foo.c\nold mode 100644\nnew mode 100755\n").ok());
  CHECK(dir.Read("foo.c") == "int foo;\n");
}

TEST_CASE("counts that say that a line lost its plus refuse the hunk") {
  test::TempDir dir;
  dir.Write("a.c", "int f(int a)\n{\n  int x = load(a);\n  check(x);\n  return x;\n}\n");
  const std::string lines =
      " {\n   int x = load(a);\n+  if (x < 0)\n     return -1;\n   check(x);\n   return x;\n";
  const Report report = Try(dir, DiffOf("@@ -2,4 +2,6 @@\n" + lines));
  REQUIRE_FALSE(report.ok());
  CHECK(report.refused[0].reason.find("'return -1;' has no sign") != std::string::npos);
  CHECK(report.refused[0].reason.find("put a + before each line") != std::string::npos);
  // Counts that say nothing of the kind, and lines that fit whatever the counts say, are as before.
  CHECK(Try(dir, DiffOf("@@ -2,5 +2,6 @@\n" + lines)).ok());
  CHECK(Try(dir, DiffOf("@@ -2,2 +2,4 @@\n {\n   int x = load(a);\n+  log(x);\n   if (x < 0)\n")).ok());
}

TEST_CASE("more than three wrong lines of ten are refused") {
  test::TempDir dir;
  std::string file, right;
  for (const char* line : {"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota"}) {
    file += std::string(line) + " = load()\n";
    right += " " + std::string(line) + " = load()\n";
  }
  file += "stop()\n";
  dir.Write("a.c", file);
  auto hunk = [&](int wrong) {
    std::string lines = right;
    for (int i = 0, at = 1; i < wrong;
         ++i, at = static_cast<int>(lines.find('\n', static_cast<std::size_t>(at))) + 2)
      lines.insert(static_cast<std::size_t>(at), "quite_other_");
    return DiffOf("@@ @@\n" + lines + "-stop()\n+go()\n");
  };
  CHECK_FALSE(Try(dir, hunk(4)).ok());
  CHECK(dir.Read("a.c") == file);
  CHECK(Try(dir, hunk(3)).ok());
}

TEST_CASE("lines that go are found by themselves only when they are long enough to be no other's") {
  test::TempDir dir;
  const std::string before = "one one\n  stop(now);\ntwo two\n  release_everything(now);\n";
  dir.Write("a.c", before);
  auto hunk = [](const std::string& line) {
    return DiffOf("@@ @@\n three three\n-" + line + "\n+  go();\n four four\n");
  };
  CHECK_FALSE(Try(dir, hunk("  stop(now);")).ok());
  CHECK(dir.Read("a.c") == before);
  CHECK(Try(dir, hunk("  release_everything(now);")).ok());
  CHECK(dir.Read("a.c") == "one one\n  stop(now);\ntwo two\n  go();\n");
}

TEST_CASE("a place that is dearer by less than a wrong line makes both uncertain") {
  test::TempDir dir;
  const std::string hunk = DiffOf("@@ @@\n one = 1\n \n two = 2\n three = 3\n four = 4\n-stop()\n+go()\n");
  // The hunk has a blank line too many everywhere; at the second place lines are indented otherwise as well.
  const std::string first = "one = 1\ntwo = 2\nthree = 3\nfour = 4\nstop()\n";
  const std::string nearly = "one = 1\ntwo = 2\n  three = 3\n  four = 4\nstop()\n";
  dir.Write("a.c", first + "between\n" + nearly);
  CHECK_FALSE(Try(dir, hunk).ok());
  // A wrong line there and nothing that only it has: the first is meant.
  const std::string wrong = "one = 1\ntwo = 2\nother = 30\nfour = 4\nstop()\n";
  dir.Write("a.c", first + "between\n" + wrong);
  CHECK(Try(dir, hunk).ok());
  CHECK(dir.Read("a.c") == "one = 1\ntwo = 2\nthree = 3\nfour = 4\ngo()\nbetween\n" + wrong);
}

TEST_CASE("a place with two wrong lines makes one with a single wrong line uncertain") {
  test::TempDir dir;
  const std::string hunk =
      DiffOf("@@ @@\n zero = 0\n one = 1\n two = 2\n three = 3\n four = 4\n five = 5\n-stop()\n+go()\n");
  const std::string first = "none = 9\none = 1\ntwo = 2\nthree = 3\nfour = 4\nfive = 5\nstop()\n";
  const std::string second = "none = 8\none = 1\ntwo = 2\nother = 30\nfour = 4\nfive = 5\nstop()\n";
  const std::string third = "none = 8\none = 1\ntwo = 2\nother = 30\n\nfour = 4\nfive = 5\nstop()\n";
  dir.Write("a.c", first + "between\n" + second);
  CHECK_FALSE(Try(dir, hunk).ok());
  dir.Write("a.c", first + "between\n" + third);
  CHECK(Try(dir, hunk).ok());
}

// What the lines above the hunks of a diff say.
#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

std::string GitCopy(const std::string& from, const std::string& to) {
  return "diff --git a/" + from + " b/" + to + "\nsimilarity index 100%\ncopy from " + from + "\ncopy to " +
         to + "\n";
}

std::string GitRename(const std::string& from, const std::string& to, const std::string& behind = "") {
  return "diff --git a/" + from + " b/" + to + "\nsimilarity index 100%\nrename from " + from +
         "\nrename to " + to + "\n" + behind;
}

std::string GitChange(const std::string& path) {
  return "diff --git a/" + path + " b/" + path + "\n--- a/" + path + "\n+++ b/" + path +
         "\n@@ -1,2 +1,2 @@\n-one\n+ONE\n two\n";
}

// The paths of the edits that the diff holds, or "refused".
std::string PathsIn(const std::string& diff) {
  const Answer answer = ParseAnswer(diff);
  if (!answer.problems.empty()) return "refused";
  std::string paths;
  for (const Edit& edit : answer.edits)
    paths += (paths.empty() ? "" : " ") + std::string(edit.deletes ? "-" : "") + edit.path;
  return paths;
}

}  // namespace

TEST_CASE("a copy in a diff is of the file as it was before the answer") {
  for (const std::string& diff : std::vector<std::string>{GitChange("a.c") + GitCopy("a.c", "b.c"),
                                                          GitCopy("a.c", "b.c") + GitChange("a.c")}) {
    test::TempDir dir;
    dir.Write("a.c", "one\ntwo\n");
    REQUIRE(Try(dir, diff).ok());
    CHECK(dir.Read("a.c") == "ONE\ntwo\n");
    CHECK(dir.Read("b.c") == "one\ntwo\n");
  }
  test::TempDir dir;
  dir.Write("a.c", "one\ntwo\n");
  REQUIRE(Try(dir, GitRename("a.c", "c.c") + GitCopy("a.c", "b.c")).ok());
  CHECK(dir.Read("b.c") == "one\ntwo\n");
  // A file that the answer made is copied as it made it.
  REQUIRE(Try(dir, "FILE: n.c\n```\nnew\n```\n" + GitCopy("n.c", "m.c")).ok());
  CHECK(dir.Read("m.c") == "new\n");
}

TEST_CASE("a diff that changes a file and then renames it is refused and one that renames first is not") {
  test::TempDir dir;
  dir.Write("a.c", "one\ntwo\n");
  CHECK_THAT(Try(dir, GitChange("a.c") + GitRename("a.c", "b.c")).feedback,
             Catch::Contains("changes 'a.c' before it is renamed"));
  CHECK(dir.Read("a.c") == "one\ntwo\n");
  REQUIRE(Try(dir, GitRename("a.c", "b.c") + GitChange("b.c")).ok());
  CHECK(dir.Read("b.c") == "ONE\ntwo\n");
}

TEST_CASE("copies that are larger together than an answer may be are not made in memory") {
  test::TempDir dir;
  dir.Write("a.c", std::string(1000, 'x') + "\n");
  Policy policy;
  policy.max_total_bytes = 4500;
  std::string diff;
  for (int i = 0; i < 3; ++i) diff += GitCopy("a.c", "b" + std::to_string(i) + ".c");
  CHECK(Explain(ParseAnswer(diff), dir.path(), policy)->ok());
  for (int i = 3; i < 9; ++i) diff += GitCopy("a.c", "b" + std::to_string(i) + ".c");
  auto report = Explain(ParseAnswer(diff), dir.path(), policy);
  REQUIRE(report.ok());
  REQUIRE(report->refused.size() == 6);  // five copies, and the source with the others
  CHECK_THAT(report->refused[0].reason, Catch::Contains("larger than 4500 bytes together"));
}

TEST_CASE("prefixes of files that a diff makes are those that it shows anywhere") {
  const std::string made = "new file mode 100644\nindex 0000000..6178079\n--- /dev/null\n+++ ";
  const std::string hunk = "\n@@ -0,0 +1 @@\n+x\n";
  CHECK(PathsIn("diff --git c/src/g i/src/g\n" + made + "i/src/g" + hunk) == "src/g");
  CHECK(PathsIn("diff --git src/g src/g\n" + made + "src/g" + hunk) == "src/g");
  CHECK(PathsIn("diff -ruN proj-1.0/x proj-1.1/x\n--- /dev/null\n+++ proj-1.1/x" + hunk) == "x");
  const std::string shows = "--- old/f\n+++ new/f\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n";
  const std::string bare = "--- /dev/null\n+++ new/src/g" + hunk, gone = "--- old/q\n+++ /dev/null\n";
  CHECK(PathsIn(bare + shows) == "src/g f");
  CHECK(PathsIn("```diff\n" + shows + bare + gone + "```\n") == "f src/g -q");
  // Nothing shows it, or it is another.
  CHECK(PathsIn(bare) == "new/src/g");
  CHECK(PathsIn("--- /dev/null\n+++ lib/g" + hunk + shows) == "lib/g f");
}

TEST_CASE("a header that names a folder names no file") {
  const std::string other = "--- a/f.txt\n+++ b/f.txt\n@@ -1 +1 @@\n-x\n+y\n";
  const Answer answer = ParseAnswer(other + "--- /dev/null\n+++ b/\n@@ -0,0 +1 @@\n+new\n");
  REQUIRE(answer.problems.size() == 1);
  CHECK(answer.problems[0].text.find("names no file") != std::string::npos);
  CHECK(answer.problems[0].line == 6);
}

TEST_CASE("a file of no lines whose time is the first of all is none") {
  const std::string never = "\t1970-01-01 01:00:00.000000000 +0100\n", west = "\t1969-12-31 19:00:00 -0500\n",
                    now = "\t2024-02-03 04:05:06.0 +0100\n";
  test::TempDir dir;
  dir.Write("gone", "z\ny\n");
  REQUIRE(Try(dir, "diff -ruN o/gone w/gone\n--- o/gone" + now + "+++ w/gone" + never +
                       "@@ -1,2 +0,0 @@\n-z\n-y\ndiff -ruN o/s/n w/s/n\n--- o/s/n" + west + "+++ w/s/n" +
                       now + "@@ -0,0 +1 @@\n+q\n")
              .ok());
  CHECK_FALSE(std::filesystem::exists(dir / "gone"));
  CHECK(dir.Read("s/n") == "q\n");
  // A file that loses its lines is still there.
  dir.Write("empty", "z\n");
  REQUIRE(Try(dir, "--- o/empty" + now + "+++ w/empty" + now + "@@ -1 +0,0 @@\n-z\n").ok());
  CHECK(dir.Read("empty").empty());
  // One that keeps lines is no file that goes, whatever its time.
  dir.Write("old", "1\n2\n");
  REQUIRE(Try(dir, "--- o/old" + never + "+++ w/old" + never + "@@ -1,2 +1 @@\n 1\n-2\n").ok());
  CHECK(dir.Read("old") == "1\n");
}

TEST_CASE("a head of git that was cut is refused") {
  const std::string git = "diff --git a/n.sh b/n.sh\n", made = git + "new file mode 100755\n";
  const std::string moves = "diff --git a/u.py b/tools.py\n",
                    moved = "rename from u.py\nrename to tools.py\n";
  for (const std::string& diff : std::vector<std::string>{
           git + "new file mode 1", made + "index 0000000..3333333", made + "index 000",
           made + "--- /dev/null\n+++ b/n.sh", made + "index 0000000..3333333\n--- /dev/null\n+++ b/n",
           moves + "similarity index 60%\n" + moved, moves + moved + "index 11..22 100644\n",
           moves + "similarity index 100%\nrename from u.py\nrename to tools",
           moves + moved + "--- a/u.py\n+++ b/tools.py\n",
           "diff --git a/x b/x\nold mode 100644\nnew mode 100755\nindex 11..22\n--- a/x\n+++ b/x\n",
           git + "--- a/n.sh\n+++ b/m.sh\n@@ -1 +1 @@\n-a\n+b\n"}) {
    INFO(diff);
    CHECK(PathsIn(diff) == "refused");
  }
  CHECK(PathsIn(made + "index 0000000..e69de29\n") == "n.sh");
  CHECK(PathsIn(made + "index 0000000..e69de29\n--- /dev/null\n+++ b/n.sh") == "n.sh");
  CHECK(PathsIn(made) == "n.sh");
  CHECK(PathsIn(moves + "similarity index 100%\n" + moved) == "tools.py");
  CHECK(PathsIn(moves + "index 11..11 100644\n" + moved) == "tools.py");
  CHECK(PathsIn("diff --git a/x b/x\nold mode 100644\nnew mode 100755\n") == "x");
  CHECK(PathsIn("diff --git a/my file.c b/my file.c\n--- a/my file.c\t\n+++ b/my file.c\t\n@@ -1 +1 "
                "@@\n-a\n+b\n") == "my file.c");
  CHECK(PathsIn("diff --git x.c x.c\n--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n") == "x.c");
}

TEST_CASE("what a header cannot do is told of once and does not stand among what fits") {
  test::TempDir dir;
  dir.Write("t.c", "one\ntwo\n");
  const std::string sound = GitChange("t.c");
  for (const std::string& broken : std::vector<std::string>{
           "diff --git a/x.bin b/x.bin\nindex 11..22 100644\nBinary files a/x.bin and b/x.bin differ\n",
           "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n",
           "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1,3 @@\n"}) {
    INFO(broken);
    const Report report = Try(dir, sound + broken);
    CHECK(report.refused.size() == 1);
    REQUIRE(report.fitted.size() == 1);
    CHECK(report.fitted[0].path == "t.c");
  }
}

TEST_CASE("names in a header bear words and days, and sides of a named file bear none") {
  const std::string hunk = "@@ -1,2 +1,2 @@\n a\n-b\n+c\n";
  for (const std::string& header :
       std::vector<std::string>{"--- app.py (original)\n+++ app.py (modified)\n",
                                "--- a/app.py 2024-01-01\n+++ b/app.py 2024-01-02\n", "--- old\n+++ new\n",
                                "--- before\n+++ after\n"}) {
    INFO(header);
    CHECK(PathsIn("Changes to `app.py`:\n\n```diff\n" + header + hunk + "```\n") == "app.py");
  }
  CHECK(PathsIn("```diff\n--- old\n+++ new\n" + hunk + "```\n") == "refused");
  // A program puts a tab behind a name with spaces.
  CHECK(PathsIn("--- a/log 2024-01-01\t\n+++ b/log 2024-01-01\t\n" + hunk) == "log 2024-01-01");
  // Lines that go and come, and are words of comments.
  const Answer answer = ParseAnswer("q.sql\n```diff\n a\n--- old\n+++ new\n b\n```\n");
  REQUIRE(answer.edits.size() == 1);
  CHECK(answer.edits[0].hunks.at(0).lines.size() == 4);
}

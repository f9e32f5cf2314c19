// Hunks whose signs, edges or ends are not quite as they should be, and what a refusal tells of the file.
#include "mamc/base/json.hpp"
#include "mamc/edit/report_json.hpp"
#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

const std::string kTwoFunctions =
    "import os\nimport sys\n\n\ndef f():\n    x = 1\n    return x\n\n\ndef g():\n    if os:\n        return "
    "2\n";

// a.py with `before`, the diff's hunk applied: what it holds then, or why it was refused.
std::string Hunked(const std::string& before, const std::string& hunk) {
  test::TempDir dir;
  dir.Write("a.py", before);
  const Report report = Try(dir, "```diff\n--- a/a.py\n+++ b/a.py\n" + hunk + "```\n");
  return report.ok() ? dir.Read("a.py") : report.refused.at(0).reason;
}

std::string Edited(const std::string& search, const std::string& replace) {
  return "a.py\n<<<<<<< SEARCH\n" + search + "=======\n" + replace + ">>>>>>> REPLACE\n";
}

std::string Numbered(int count) {
  std::string lines;
  for (int i = 1; i <= count; ++i) lines += "line number " + std::to_string(i) + "\n";
  return lines;
}

bool IsText(const std::string& text) {
  const Json json = text;
  return json.dump(-1, ' ', false, Json::error_handler_t::ignore) ==
         json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

TEST_CASE("a space between the sign and the new lines is not written into the file") {
  const std::string once = "import os\nimport json\nimport sys\n" + kTwoFunctions.substr(21);
  CHECK(Hunked(kTwoFunctions, "@@ @@\nimport os\n+ import json\nimport sys\n") == once);
  CHECK_THAT(Hunked(kTwoFunctions, "@@ -1,3 +1,4 @@\n import os\n+ import json\n import sys\n"),
             Catch::Contains("one space more"));
  CHECK(Hunked(kTwoFunctions, "@@ -1,2 +1,3 @@\n import os\n+import json\n import sys\n") == once);
  // A diff whose numbers are all right is a program's.
  CHECK_THAT(Hunked(kTwoFunctions, "@@ -1,2 +1,3 @@\n import os\n+ import json\n import sys\n"),
             Catch::Contains("os\n import json\n"));
  // Lines that are aligned so, as comments are.
  const std::string comment = "/*\n * one\n */\nvoid f() {\n    g();\n    if (a)\n        h();\n}\n";
  CHECK(Hunked(comment, "@@ -1,3 +1,4 @@\n /*\n  * one\n+ * two\n  */\n") ==
        "/*\n * one\n * two\n */\nvoid f() {\n    g();\n    if (a)\n        h();\n}\n");
}

TEST_CASE(
    "blank lines among new ones that lost their plus are added when only so the hunk lies in the file") {
  const std::string head = "@@ -6,2 +6,9 @@\n     x = 1\n     return x\n \n \n+def a():\n+    pass\n";
  const std::string lost = head + "\n\n+def b():\n+    pass\n\n\n def g():\n     if os:\n";
  const std::string result = Hunked(kTwoFunctions, lost);
  CHECK_THAT(result, Catch::Contains("\n\n\ndef a():\n    pass\n\n\ndef b():\n    pass\n\n\ndef g():\n"));
  // Those that the file has are context.
  CHECK_THAT(Hunked(kTwoFunctions, "@@ @@\n     x = 1\n-    return x\n+    return -x\n\n\n def g():\n"),
             Catch::Contains("return -x\n\n\ndef g():\n"));
}

TEST_CASE(
    "new lines with context on one side go where right numbers say and are refused where wrong ones do") {
  const std::string hunk = " import os\n import sys\n+import json\n";
  CHECK(Hunked(kTwoFunctions, "@@ -1,2 +1,3 @@\n" + hunk) ==
        "import os\nimport sys\nimport json\n" + kTwoFunctions.substr(21));
  for (const char* numbers : {"@@ -2,2 +2,3 @@\n", "@@ -1,3 +1,4 @@\n", "@@ -1,2 +1,4 @@\n"})
    CHECK_THAT(Hunked(kTwoFunctions, numbers + hunk), Catch::Contains("on one side only"));
}

TEST_CASE("a carriage return before the end of a file is kept as an exact diff shows it") {
  const std::string none = "\\ No newline at end of file\n";
  CHECK(Hunked("a\rb\rc\r", "@@ -1 +1 @@\n-a\rb\rc\r\n" + none + "+a\rB\rc\r\n" + none) == "a\rB\rc\r");
  CHECK(Hunked("1\n2\n3", "@@ -3 +3 @@\n-3\n" + none + "+3\r\n") == "1\n2\n3\r\n");
  // The end of the other lines is given to one that has none.
  CHECK(Hunked("1\r\n2", "@@ -2 +2 @@\n-2\n+3\n") == "1\r\n3");
  CHECK(Hunked("1\r\n2\r\n", "@@ -1,2 +1,2 @@\n 1\r\n-2\r\n+3\r\n" + none) == "1\r\n3\r");
}

TEST_CASE("a byte order mark among the lines of a diff is text and at the beginning is the file's") {
  const std::string mark = "\xEF\xBB\xBF";
  CHECK(Hunked(mark + "1\n2\n3\n4\n5\n", "@@ @@\n 3\n-4\n+" + mark + "four\n 5\n") ==
        mark + "1\n2\n3\n" + mark + "four\n5\n");
  CHECK(Hunked(mark + "1\n2\n3\n4\n5\n", "@@ -3,3 +3,3 @@\n 3\n-4\n+" + mark + "four\n 5\n") ==
        mark + "1\n2\n3\n" + mark + "four\n5\n");
  CHECK(Hunked(mark + "1\n2\n3\n4\n5\n", "@@ -4,2 +4,2 @@\n-4\n+" + mark + "four\n 5\n") ==
        mark + "1\n2\n3\n" + mark + "four\n5\n");
  CHECK(Hunked(mark + "1\n2\n", "@@ -1,2 +1,2 @@\n-1\n+" + mark + "one\n 2\n") == mark + "one\n2\n");
}

TEST_CASE("a refusal behind edits that lie on each other tells of the lines of the file as it is") {
  test::TempDir dir;
  dir.Write("a.py", Numbered(30));
  const std::string moved =
      Edited("line number 2\n", "one\ntwo\nthree\n") + Edited("three\nline number 3\n", "four\nfive\n");
  Report report = Try(dir, moved + Edited("line number 20\nline nummer 21\nline number 22\n", "x\n"));
  REQUIRE(report.refused.size() == 1);
  CHECK_THAT(report.refused[0].reason, Catch::Contains("20| line number 20\n21| line number 21\n"));
  report = Try(dir, moved + Edited("line number 3\nline number 4\n", "x\n"));
  REQUIRE(report.refused.size() == 1);
  CHECK_THAT(report.refused[0].reason, Catch::Contains("send one edit for all of them"));
}

TEST_CASE("the nearest lines are shown around the first that differs") {
  test::TempDir dir;
  dir.Write("a.py", Numbered(60));
  std::string search = Numbered(40);
  search.replace(search.find("line number 30\n"), 4, "lime");
  CHECK_THAT(Try(dir, Edited(search, "x\n")).refused.at(0).reason,
             Catch::Contains("26| line number 26\n") && Catch::Contains("30| line number 30\n") &&
                 !Catch::Contains("25| "));
  // A short one is shown from its first line on.
  CHECK_THAT(Try(dir, Edited("line number 1\nline number 2\nlime number 3\n", "x\n")).refused.at(0).reason,
             Catch::Contains("1| line number 1\n"));
}

TEST_CASE("feedback shortens names and words and cuts between letters") {
  test::TempDir dir;
  dir.Write("a.py", "int a;\n" + std::string(199, 'x') + "\xC3\xA9\xC3\xA9\nint b;\nint c;\n");
  std::string answer = Edited("int a;\nint zz;\nint b;\nint d;\n", "x\n") +
                       Edited(std::string(119, 'y') + "\xC3\xA9\xC3\xA9\n", "x\n");
  for (int i = 0; i < 19; ++i)
    answer += "--- a/" + std::string(5000, 'q') + std::to_string(i) + "\n+++ b/" + std::string(5000, 'z') +
              "\n@@ -1 +1 @@\n-x\n+y\n";
  answer += "FILE: ../" + std::string(5000, 'p') + ".c\n```\nx\n```\n";
  const Report report = Try(dir, answer);
  REQUIRE(report.refused.size() == 22);
  CHECK(report.feedback.size() < 20 * 1000);
  CHECK(IsText(report.feedback));
  CHECK_THAT(report.feedback, Catch::Contains("'rename from' and 'rename to'"));
  CHECK(RefusalJson(report).dump(-1, ' ', false, Json::error_handler_t::ignore).size() < 40 * 1000);
}

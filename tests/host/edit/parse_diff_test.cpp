#include <algorithm>
#include <catch2/catch.hpp>

#include "mamc/edit/parse.hpp"
#include "support/cpu_time.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

const std::string kHunk = "@@ -1,2 +1,2 @@\n a\n-b\n+c\n";
const std::string kDiff = "--- a/src/x.c\n+++ b/src/x.c\n" + kHunk;

std::string Signs(const Hunk& hunk) {
  std::string signs;
  for (const HunkLine& line : hunk.lines) signs += line.sign;
  return signs;
}

Edit Only(const std::string& text) {
  INFO(text);
  Answer answer = ParseAnswer(text);
  for (const ParseProblem& problem : answer.problems) UNSCOPED_INFO(problem.text);
  REQUIRE(answer.problems.empty());
  REQUIRE(answer.edits.size() == 1);
  REQUIRE(answer.edits[0].kind == EditKind::kDiff);
  return answer.edits[0];
}

}  // namespace

TEST_CASE("a diff is found bare and in a fence and with a path above it") {
  for (const std::string& text : std::vector<std::string>{
           kDiff, "Here:\n" + kDiff + "\nThat is all.\n", "```diff\n" + kDiff + "```\n",
           "```\n" + kDiff + "```\n- a point\n", "src/x.c\n```diff\n" + kHunk + "```\n",
           "```diff path=src/x.c\n" + kHunk + "```\n", "`src/x.c`:\n```diff\n a\n-b\n+c\n```\n",
           "diff --git a/src/x.c b/src/x.c\nindex 12..34 100644\n" + kDiff,
           "--- src/x.c\t2020-01-01\n+++ src/x.c\t2020-01-02\n" + kHunk,
           "--- a/src/x.c 2020-01-01 10:00:00\n+++ b/src/x.c 2020-01-02 10:00:00\n" + kHunk}) {
    Edit edit = Only(text);
    CHECK(edit.path == "src/x.c");
    REQUIRE(edit.hunks.size() == 1);
    CHECK(Signs(edit.hunks[0]) == " -+");
  }
}

TEST_CASE("two files in one fence are two files") {
  Answer answer = ParseAnswer("```diff\n" + kDiff + "--- a/y.c\n+++ b/y.c\n@@ @@\n-q\n+r\n```\n");
  REQUIRE(answer.edits.size() == 2);
  CHECK(answer.edits[0].path == "src/x.c");
  CHECK(answer.edits[1].path == "y.c");
  CHECK(Signs(answer.edits[1].hunks[0]) == "-+");
}

TEST_CASE("counts that are wrong or missing do not move the end of a hunk") {
  for (const std::string& header :
       std::vector<std::string>{"@@ -1,9 +1,9 @@", "@@ -1 +1 @@", "@@ ... @@", "@@"}) {
    Edit edit = Only("```diff\n--- a/x.c\n+++ b/x.c\n" + header +
                     "\n a\n-b\n+c\n d\n@@ -20,1 +20,2 @@\n e\n+f\n```\n");
    REQUIRE(edit.hunks.size() == 2);
    CHECK(Signs(edit.hunks[0]) == " -+ ");
    CHECK(Signs(edit.hunks[1]) == " +");
  }
}

TEST_CASE("a removed line that begins with dashes is no file header") {
  Edit edit = Only("--- a/q.sql\n+++ b/q.sql\n@@ -1,3 +1,3 @@\n a\n--- old words\n+++ new words\n b\n");
  REQUIRE(edit.hunks.size() == 1);
  CHECK(Signs(edit.hunks[0]) == " -+ ");
  CHECK(edit.hunks[0].lines[1].text == "-- old words");
  edit = Only(
      "```diff\n--- a/q.sql\n+++ b/q.sql\n@@ -1,9 +1,9 @@\n a\n--- old\n@@ -4,9 +4,9 @@\n c\n-d\n+e\n```\n");
  REQUIRE(edit.hunks.size() == 2);
  CHECK(Signs(edit.hunks[0]) == " -");
}

TEST_CASE("creation and deletion and renaming and modes are read") {
  Edit made =
      Only("diff --git a/n.sh b/n.sh\nnew file mode 100755\n--- /dev/null\n+++ b/n.sh\n@@ -0,0 +1 @@\n+x\n");
  CHECK(made.creates);
  CHECK(made.executable == true);
  Edit gone = Only("--- a/o.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n");
  CHECK(gone.deletes);
  CHECK(gone.path == "o.c");
  Edit moved = Only("diff --git a/o.c b/d/n.c\nsimilarity index 100%\nrename from o.c\nrename to d/n.c\n");
  CHECK(moved.from == "o.c");
  CHECK(moved.path == "d/n.c");
  Edit mode = Only("diff --git a/s b/s\nold mode 100644\nnew mode 100755\n");
  CHECK(mode.executable == true);
  CHECK(Only("diff --git \"a/\\303\\274\" \"b/\\303\\274\"\nold mode 100755\nnew mode 100644\n").path == "ü");
}

TEST_CASE("links and binary files and two names are problems") {
  for (const std::string& text : std::vector<std::string>{
           "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n",
           "diff --git a/l b/l\nBinary files a/l and b/l differ\n", "--- a/x.c\n+++ b/y.c\n" + kHunk,
           "```diff\n" + kHunk + "```\n"}) {
    INFO(text);
    CHECK_FALSE(ParseAnswer(text).problems.empty());
  }
}

TEST_CASE("a diff that was cut is a problem") {
  for (const std::string& text :
       std::vector<std::string>{"```diff\n" + kDiff, "--- a/x.c\n+++ b/x.c\n@@ -1,5 +1,5 @@\n a\n-b\n+c\n",
                                "{\"ops\": [{\"action\": \"upsert\", \"path\": \"a\", \"content\": \"x"}) {
    INFO(text);
    CHECK_FALSE(ParseAnswer(text).problems.empty());
  }
  CHECK_FALSE(ParseAnswer(kDiff, FinishOf("length")).problems.empty());
  CHECK(ParseAnswer(kDiff, FinishOf("stop")).problems.empty());
  for (const char* word :
       {"MAX_TOKENS", "Length", "max_tokens", "contextLengthReached", "model_context_window_exceeded",
        "model_length", "incomplete", "insufficient_system_resource", "abort", "SAFETY",
        "FINISH_REASON_MAX_TOKENS", "error", "userStopped", "a word of tomorrow"})
    CHECK(FinishOf(word) == Finish::kCut);
  for (const char* word : {"", "STOP", "end_turn", "tool_calls", "FINISH_REASON_STOP", "eosFound"})
    CHECK(FinishOf(word) == Finish::kWhole);
}

TEST_CASE("a hunk whose counts ask for more does not go on over the begin of another edit") {
  const std::string hunk = "--- a/x.c\n+++ b/x.c\n@@ -1,6 +1,6 @@\n a\n-b\n+c\n d\n";
  for (const char* edit :
       {"y.c\n<<<<<<< SEARCH\ne\n=======\nf\n>>>>>>> REPLACE\n", "FILE: y.c\n```\ne\nf\n```\n"}) {
    INFO(edit);
    const Answer answer = ParseAnswer(hunk + "\n" + edit);
    const bool read = std::any_of(answer.edits.begin(), answer.edits.end(),
                                  [](const Edit& each) { return each.path == "y.c"; });
    CHECK((read || !answer.problems.empty()));
    for (const Edit& each : answer.edits)
      for (const Hunk& made : each.hunks) CHECK(made.lines.size() <= 5);
  }
}

TEST_CASE("operations in JSON are edits in a fence and bare") {
  const std::string ops =
      R"({"summary": "{", "ops": [{"action": "upsert", "path": "a.c", "content": "x\n"},
{"action": "delete", "path": "b.c"},
{"action": "upsert", "path": "c.c", "hunks": [{"oldStart": 1, "oldCount": 1, "newStart": 1, "newCount": 1, "lines": ["-p", "+q"]}]}]})";
  for (const std::string& text :
       std::vector<std::string>{ops, "Done:\n" + ops + "\nEnd.\n", "```json\n" + ops + "\n```\n"}) {
    INFO(text);
    Answer answer = ParseAnswer(text);
    REQUIRE(answer.problems.empty());
    REQUIRE(answer.edits.size() == 3);
    CHECK(answer.edits[0].content == "x\n");
    CHECK(answer.edits[1].kind == EditKind::kDelete);
    CHECK(Signs(answer.edits[2].hunks.at(0)) == "-+");
  }
  CHECK_FALSE(ParseAnswer(R"({"ops": [{"action": "move", "path": "a"}]})").problems.empty());
  CHECK(ParseAnswer("FILE: a.json\n```json\n{\"ops\": []}\n```\n").edits.at(0).kind == EditKind::kWhole);
}

TEST_CASE("a diff within JSON is read") {
  Edit edit = Only("{\"status\": \"ok\", \"diff\": \"--- a/x.c\\n+++ b/x.c\\n@@ -1 +1 @@\\n-a\\n+b\\n\"}");
  CHECK(edit.path == "x.c");
}

TEST_CASE("what stands behind the reasoning on its last line counts") {
  Answer answer = ParseAnswer("<think>no</think>{\"ops\": [{\"action\": \"delete\", \"path\": \"a\"}]}\n");
  REQUIRE(answer.edits.size() == 1);
  CHECK(ParseAnswer("<think>\n" + kDiff + "</think>\nNothing.\n").edits.empty());
}

TEST_CASE("a diff that names its file only behind the pluses has the prefix taken off") {
  CHECK(Only("```diff\n+++ b/src/n.c\n@@ -0,0 +1,2 @@\n+a\n+b\n```\n").path == "src/n.c");
}

TEST_CASE("lines in JSON are single lines and a content that is escaped twice is a problem") {
  auto ops = [](const std::string& members) {
    return ParseAnswer("{\"ops\":[{\"action\":\"upsert\",\"path\":\"a.c\"," + members + "}]}");
  };
  CHECK(ops(R"("hunks":[{"lines":[" a","+x\n"]}])").edits.at(0).hunks.at(0).lines.at(1).text == "x");
  CHECK_FALSE(ops(R"("hunks":[{"lines":[" a","+x\n+y"]}])").problems.empty());
  CHECK_FALSE(ops(R"("content":"int x;\\nint y;\\n")").problems.empty());
  CHECK(ops(R"("content":"puts(\"a\\n\");\n")").problems.empty());
}

TEST_CASE("an operation alone and a list of operations are read") {
  const std::string op = R"({"action": "delete", "path": "b.c"})";
  for (const std::string& text : std::vector<std::string>{
           op, "[" + op + "]", "[\n" + op + "\n]", "```json\n[" + op + "]\n```\n", "Done:\n" + op + "\n"}) {
    INFO(text);
    Answer answer = ParseAnswer(text);
    CHECK(answer.problems.empty());
    REQUIRE(answer.edits.size() == 1);
    CHECK(answer.edits[0].kind == EditKind::kDelete);
  }
  CHECK(ParseAnswer("```json\n{\"action\": \"opened\", \"path\": \"b.c\"}\n```\n").problems.empty());
}

TEST_CASE("line ends in texts of JSON and commas behind the last are read") {
  Answer answer = ParseAnswer(
      "{\"ops\": [{\"action\": \"upsert\", \"path\": \"a.c\", \"content\": \"one\n\ttwo, ]\n\",},]}");
  CHECK(answer.problems.empty());
  CHECK(answer.edits.at(0).content == "one\n\ttwo, ]\n");
  CHECK_FALSE(
      ParseAnswer(R"({"ops": [{"action": "upsert", "path": "a.c", "content": "x" "y"}]})").problems.empty());
}

TEST_CASE("objects that cannot be read are looked through within bounds") {
  auto seconds = [](std::size_t levels) {
    std::string text = "{\"output\": x,\n";
    for (std::size_t i = 0; i < levels; ++i) text += "{\n";
    text += "\"result\": 1\n";
    for (std::size_t i = 0; i <= levels; ++i) text += "}\n";
    return test::CpuSeconds([&] { CHECK(ParseAnswer(text).edits.empty()); });
  };
  // Looking through each of them would take 64 times as long.
  CHECK(seconds(32000) < seconds(4000) * 24);
}

TEST_CASE("a hunk of which a half is there is refused whatever blank lines stand behind it") {
  for (const char* end : {"", "\n", "\n\n  \n"})
    CHECK_FALSE(ParseAnswer(std::string("--- a/x.c\n+++ b/x.c\n@@ -3,6 +3,9 @@\n a\n b\n-c\n+d\n") + end)
                    .problems.empty());
}

TEST_CASE("words in a list behind a diff are no lines of it") {
  for (const std::string sign : {"+", "-"})
    CHECK_FALSE(ParseAnswer("--- a/x.c\n+++ b/x.c\n@@ @@\n a\n-b\n+c\n d\n\n" + sign + " Changed b\n")
                    .problems.empty());
  // In a fence all is diff, and lines with more than words are, too.
  CHECK(Only("```diff\n--- a/x.c\n+++ b/x.c\n@@ @@\n a\n-b\n+c\n\n+ d\n```\n").hunks.at(0).lines.size() == 5);
  CHECK(Only("--- a/x.c\n+++ b/x.c\n@@ @@\n a\n-b\n+c\n\n+d\n e\n").hunks.at(0).lines.size() == 6);
}

TEST_CASE("prefixes of a header that a renaming repeats are taken off") {
  Edit moved = Only("diff --git a/o.c b/n.c\nsimilarity index 100%\nrename from a/o.c\nrename to b/n.c\n");
  CHECK(moved.from == "o.c");
  CHECK(moved.path == "n.c");
  CHECK(Only("diff --git a/a/o.c b/b/n.c\nrename from a/o.c\nrename to b/n.c\n").from == "a/o.c");
}

TEST_CASE("context of a bare diff that lost its space goes on as far as the counts say") {
  const std::string head = "--- a/x.py\n+++ b/x.py\n@@ -1,5 +1,6 @@\n-import os\n+import io\nimport sys\n";
  const Edit edit = Only(head + "\nVERSION = 1\n+DEBUG = 1\nNAME = 2\n\nThat is it.\n");
  CHECK(Signs(edit.hunks.at(0)) == "-+   + ");
  // Where the counts do not fit, nothing tells where it ends.
  for (const std::string& rest :
       std::vector<std::string>{"\nVERSION = 1\n+DEBUG = 1\n+TRACE = 1\nNAME = 2\n\nThat is it.\n",
                                "\n+DEBUG = 1\n+TRACE = 1\nNAME = 2\n\nThat is it.\n"})
    CHECK_FALSE(ParseAnswer(head + rest).problems.empty());
  // Words behind a hunk whose counts are too high are words.
  const std::string few = "--- a/x.py\n+++ b/x.py\n@@ -1,5 +1,5 @@\n a\n-b\n+c\n d\n\n";
  CHECK(Signs(Only(few + "Done.\n").hunks.at(0)) == " -+ ");
  CHECK(Signs(Only(few + "Notes:\n- a point\n").hunks.at(0)) == " -+ ");
  CHECK_FALSE(ParseAnswer(few + "Notes:\n-NAME = 1\n").problems.empty());
}

TEST_CASE("blank lines of a file that a diff makes need no sign") {
  const std::string head = "```diff\n--- /dev/null\n+++ b/u.py\n@@ -0,0 +1,4 @@\n";
  CHECK(Signs(Only(head + "+def f():\n\n\n+    pass\n```\n").hunks.at(0)) == "++++");
  CHECK(Signs(Only(head + "+def f():\nwords\n\n+    pass\n```\n").hunks.at(0)) == "+  +");
}

TEST_CASE(
    "a blank line between a diff and the words behind it is not the diff's though a count takes it in") {
  const std::string head = "--- a/m.py\n+++ b/m.py\n";
  for (const std::string hunk : {"@@ -1,3 +1,4 @@\n a\n b\n+c\n", "@@ -1,3 +1,3 @@\n a\n-b\n+c\n"})
    for (const std::string behind : {"\nDone.\n", "\n", ""}) {
      INFO(hunk + behind);
      const Answer answer = ParseAnswer(head + hunk + behind);
      REQUIRE(answer.edits.size() == 1);
      REQUIRE(answer.edits[0].hunks.size() == 1);
      CHECK(answer.edits[0].hunks[0].lines.size() == 3);
    }
  const Answer two =
      ParseAnswer(head + "@@ -1,3 +1,4 @@\n a\n+b\n c\n\n@@ -9,2 +10,3 @@\n x\n+y\n z\n\nDone.\n");
  REQUIRE(two.edits.size() == 1);
  REQUIRE(two.edits[0].hunks.size() == 2);
  CHECK(two.edits[0].hunks[0].lines.size() == 4);
  CHECK(two.edits[0].hunks[1].lines.size() == 3);
}

// Every edit that an answer holds is read, or a problem tells of it.
#include <catch2/catch.hpp>

#include "mamc/edit/parse.hpp"

using namespace mamc::edit;

namespace {

const std::string kBlock = "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n";
const std::string kOp = R"({"action": "delete", "path": "b.c"})";

std::string ProblemOf(const std::string& text) {
  const Answer answer = ParseAnswer(text);
  return answer.problems.empty() ? "" : answer.problems[0].text;
}

bool Says(const std::string& text, const std::string& words) {
  return ProblemOf(text).find(words) != std::string::npos;
}

std::string Upsert(const std::string& members) {
  return R"({"ops": [{"action": "upsert", "path": "a.c", )" + members + "}]}";
}

std::vector<std::string> DeletedBy(const std::string& text) {
  const Answer answer = ParseAnswer(text);
  INFO(text);
  for (const ParseProblem& problem : answer.problems) UNSCOPED_INFO(problem.text);
  CHECK(answer.problems.empty());
  std::vector<std::string> paths;
  for (const Edit& edit : answer.edits)
    if (edit.kind == EditKind::kDelete) paths.push_back(edit.path);
  return paths;
}

}  // namespace

TEST_CASE("a diff in a fence that names no file is a problem") {
  for (const char* lines : {"-b\n+c\n", " a\n-b\n+c\n", "+c\n", "# Changes\n\n- b\n+ c\n"}) {
    INFO(lines);
    CHECK(Says("```diff\n" + std::string(lines) + "```\n", "names no file"));
    CHECK(Says("```diff\n" + std::string(lines) + "```\na.c\n" + kBlock, "names no file"));
  }
}

TEST_CASE("a fence that is marked as a diff and holds none is a problem") {
  for (const char* lines : {"", "src/x.c\nint x;\n", " a\n b\n", "FILE: a.c\nint x;\n"}) {
    INFO(lines);
    CHECK(Says("```diff\n" + std::string(lines) + "```\n", "no line to add or remove"));
  }
}

TEST_CASE("a deletion in a fence is made or is a problem") {
  const std::vector<std::string> b = {"b.c"};
  CHECK(DeletedBy("```\na.c\n" + kBlock + "DELETE: b.c\n```\n") == b);
  CHECK(DeletedBy("```\nDelete: `b.c`\n```\n") == b);
  CHECK(Says("```diff\n--- a/a.c\n+++ b/a.c\n@@ @@\n a\n-b\n+c\nDELETE: b.c\n```\n", "a deletion stands"));
  CHECK(Says("```diff\nDELETE: b.c\n```\n", "a deletion stands"));
  CHECK(Says("FILE: a.c\n```\nint a;\nDELETE: b.c\n```\n", "a deletion stands"));
  CHECK(Says("```\nDELETE:\n```\n", "not followed by one path"));
  // Words of examples and of files are none.
  CHECK(DeletedBy("```yaml\ndelete: b.yml\nkeep: c.yml\n```\n").empty());
  CHECK(DeletedBy("FILE: api.md\n```\nGET: /b.c\nDELETE: /b.c\n```\n").empty());
}

TEST_CASE("a sentence that begins with a word of deletion deletes nothing") {
  for (const char* words : {"- Delete: `b.c` would break the build, so it stays.",
                            "Delete: `b.c` is not possible.", "* **Delete:** `b.c` came to mind first."}) {
    INFO(words);
    CHECK(DeletedBy("a.c\n" + kBlock + words + "\n").empty());
  }
  CHECK(Says("a.c\n" + kBlock + "DELETE: `b.c` would break the build.\n", "not followed by one path"));
  const std::vector<std::string> b = {"b.c"};
  for (const char* words :
       {"- Delete: `b.c` (unused)", "DELETE: `b.c` - nothing needs it", "Delete: `b.c`."}) {
    INFO(words);
    CHECK(DeletedBy("a.c\n" + kBlock + words + "\n") == b);
  }
}

TEST_CASE("a list of files to delete is not lost") {
  for (const char* head :
       {"Files to delete:", "**Delete these files:**", "### Deleted files", "Remove the following files:"}) {
    const std::string list = std::string(head) + "\n\n- b.c\n- `c.c` (unused)\n\n";
    INFO(list);
    CHECK(Says(list + "a.c\n" + kBlock, "'b.c' is to be deleted"));
    CHECK(ParseAnswer("a.c\n" + kBlock + list + "Done.\n").problems.size() == 2);
    CHECK(DeletedBy(list + "DELETE: b.c\nDELETE: c.c\n").size() == 2);
  }
  CHECK(ProblemOf("Files to change:\n- a.c\n\na.c\n" + kBlock).empty());
  CHECK(ProblemOf("a.c\n" + kBlock + "Removed:\n- the old loop\n").empty());
}

TEST_CASE("a deletion of several files and a renaming in words are problems") {
  for (const char* words :
       {"Delete b.c and c.c.", "You can safely delete `b.c`.", "Remove the files `b.c` and `c.c`.",
        "- Delete: `b.c`, `c.c`", "DELETE: `b.c` and `c.c`"}) {
    INFO(words);
    CHECK_FALSE(ProblemOf("a.c\n" + kBlock + words + "\n").empty());
  }
  for (const char* words : {"RENAME: b.c -> c.c", "- RENAME: `b.c` to `c.c`", "```\nRENAME: b.c c.c\n```",
                            "Rename `b.c` to `c.c`.", "Move the file b.c to src/b.c",
                            "FILE: d.c\n```\nint d;\nRENAME: b.c -> c.c\n```"}) {
    INFO(words);
    CHECK_FALSE(ProblemOf("a.c\n" + kBlock + words + "\n").empty());
  }
  // One is told of and made; others are of no file.
  CHECK(ProblemOf(
            "Rename `b.c` to `c.c`:\n```diff\ndiff --git a/b.c b/c.c\nrename from b.c\nrename to c.c\n```\n")
            .empty());
  CHECK(ProblemOf("Move `b.c` to `c.c`.\nDELETE: b.c\nFILE: c.c\n```\nint c;\n```\n").empty());
  for (const char* words :
       {"Rename `x` to `y` in a.c.", "Move the helper from b.c to c.c.", "Remove the call of f."})
    CHECK(ProblemOf("a.c\n" + kBlock + words + "\n").empty());
}

TEST_CASE("lines and hunks of JSON that cannot be read are problems") {
  for (const char* members :
       {R"("hunks": [{"lines": ["-p", {"text": "+q"}]}])", R"("hunks": [{"lines": {"1": "-p", "2": "+q"}}])",
        R"("hunks": [{"lines": ["-p"]}, "@@ @@\n-q\n+r"])",
        R"("hunks": ["@@ @@\n-q\n+r", {"lines": ["-p"]}])", R"("hunks": "replace p with q")",
        R"("hunks": {"lines": ["-p"]})", R"("content": ["int p;", "int q;"])",
        R"("content": "int p;\n", "hunks": [{"lines": ["-p", "+q"]}])"}) {
    INFO(members);
    CHECK_FALSE(ProblemOf(Upsert(members)).empty());
  }
  CHECK(Says(R"({"action": "delete", "path": "a.c", "content": "int p;\n"})", "is a deletion"));
  CHECK(ProblemOf(R"({"action": "delete", "path": "a.c", "content": "", "hunks": []})").empty());
  CHECK(ParseAnswer(Upsert(R"("content": "", "hunks": [{"lines": ["-p", "+q"]}])")).edits.at(0).kind ==
        EditKind::kDiff);
}

TEST_CASE("operations that create and update and comments in JSON are read") {
  for (const char* action : {"create", "update"}) {
    const std::string op = std::string(R"({"action": ")") + action + R"(", "path": "b.c", "content": "x\n"})";
    for (const std::string& text :
         {"{\"ops\": [" + op + "]}", op, "{\"ops\": [\n // the change\n " + op + "] // done\n}"}) {
      INFO(text);
      const Answer answer = ParseAnswer(text);
      CHECK(answer.problems.empty());
      CHECK(answer.edits.at(0).content == "x\n");
    }
  }
  CHECK(ProblemOf(R"({"action": "create", "path": "/users"})").empty());
  CHECK(Says(R"({"ops": [{"action": "append", "path": "b.c", "content": "x"}]})", "has the action 'append'"));
}

TEST_CASE("operations in JSON of another shape are problems") {
  for (const std::string& text : std::vector<std::string>{
           R"([{"ops": [)" + kOp + "]}]", R"({"result": {"ops": [)" + kOp + "]}}", R"({"ops": )" + kOp + "}",
           R"({"action": "delete", "path": ["b.c"]})",
           "{\"output\": \"{\\\"action\\\": \\\"delete\\\", \\\"path\\\": \\\"b.c\\\"}\"}",
           "Done: {\"ops\": [" + kOp + "]}",
           "{\n  \"plan\": {\"ops\": [\n    {\"action\": \"delete\",\n    \"path\": \"b.c\"}\n]}}"}) {
    INFO(text);
    CHECK_FALSE(ProblemOf(text).empty());
    CHECK_FALSE(ProblemOf("a.c\n" + kBlock + text + "\n").empty());
  }
  CHECK(ProblemOf("Send `" + kOp + "` to delete it.\n").empty());
}

TEST_CASE("operations beside others in JSON that are not read are problems") {
  for (const std::string& text : std::vector<std::string>{
           "{\"ops\": [" + kOp + "], \"more\": [" + kOp + "]}",
           "{\"ops\": [" + kOp + "], \"last\": " + kOp + "}",
           "{\"ops\": [], \"deletes\": {\"ops\": [" + kOp + "]}}", "[" + kOp + ", {\"ops\": [" + kOp + "]}]",
           R"({"action": "delete", "path": "a.c", "then": )" + kOp + "}",
           "{\"ops\": [" + kOp + "], \"ops\": [" + kOp + "]}",
           Upsert(R"("hunks": [{"lines": ["-p", "+q"]}], "hunks": [{"lines": ["-r", "+s"]}])"),
           R"({"ops": [{"action": "delete", "path": "a.c", "then": [)" + kOp + "]}]}"}) {
    INFO(text);
    CHECK_FALSE(ProblemOf(text).empty());
  }
  CHECK(ProblemOf("{\"ops\": [" + kOp +
                  R"(], "summary": "the \"action\" \"delete\" of a \"path\"", "files": ["b.c"]})")
            .empty());
}

TEST_CASE("what stands behind an object of JSON on its line is read") {
  const std::vector<std::string> both = {"b.c", "c.c"};
  const std::string other = R"({"action": "delete", "path": "c.c"})";
  CHECK(DeletedBy(kOp + " " + other + "\n") == both);
  CHECK(DeletedBy(kOp + ", " + other + ".\n") == both);
  CHECK(DeletedBy(kOp + ",\n" + other + "\n") == both);
}

TEST_CASE("a diff beside operations in JSON is read and one of another shape is a problem") {
  const std::string diff = R"("diff": "--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n")";
  CHECK(ParseAnswer("{\"ops\": [" + kOp + "], " + diff + "}").edits.size() == 2);
  CHECK_FALSE(ProblemOf("{\"diffs\": [{\"path\": \"x.c\", " + diff + "}]}").empty());
  CHECK_FALSE(ProblemOf("{" + diff.substr(0, diff.size() - 1)).empty());
  // With raw line ends in its text.
  const Answer answer = ParseAnswer("{\"diff\": \"--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n\"}");
  CHECK(answer.problems.empty());
  REQUIRE(answer.edits.size() == 1);
  CHECK(answer.edits[0].hunks.at(0).lines.back().text == "b");
}

TEST_CASE("edits in JSON are of the answer's line where it begins") {
  const Answer answer = ParseAnswer("Done:\n\n" + Upsert(R"("hunks": "@@ @@\n p\n-q\n+r")") + "\n");
  CHECK(answer.edits.at(0).line == 3);
  CHECK(answer.edits.at(0).hunks.at(0).line == 3);
}

TEST_CASE("a hunk without a line to add or remove is a problem") {
  const std::string head = "--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n";
  const std::string says = "has no line to add or remove";
  CHECK(Says("```diff\n" + head + "@@ -8,2 +8,2 @@\n d\n e\n```\n", says));
  CHECK(Says("```diff\n--- a/a.c\n+++ b/a.c\n@@ @@\n d\n e\n@@ @@\n a\n-b\n+c\n```\n", says));
  CHECK(Says(head + "@@ -8,2 +8,2 @@\n d\n e\n", says));
  CHECK(Says(Upsert(R"("hunks": [{"lines": ["-p", "+q"]}, {"lines": [" r", " s"]}])"),
             "without a line to add"));
}

TEST_CASE("a diff of a text with fences that its own fence cuts is a problem") {
  const std::string head = "```diff\n--- a/R.md\n+++ b/R.md\n@@ -1,7 +1,7 @@\n # T\n-old\n+new\n";
  const std::string says = "the diff goes on behind";
  CHECK(Says(head + "```\nmake\n```\n \n-x\n+y\n```\n", says));
  CHECK(Says(head + "```\n make\n run\n-x\n+y\n```\n", says));
  CHECK(ProblemOf(head + "```\n\nThen run:\n```\nmake\n```\n").empty());
  CHECK(ProblemOf(head + "```\n`b.c`:\n```\n@@ @@\n-x\n+y\n```\n").empty());
  CHECK(ProblemOf("````diff\n" + head.substr(8) + "```\nmake\n```\n \n-x\n+y\n````\n").empty());
}

TEST_CASE("lines behind the blank one at which the counts of a hunk end are not lost") {
  const std::string hunk = "--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n";
  const Answer answer = ParseAnswer(hunk + "\n d\n-e\n+f\n");
  CHECK(answer.problems.empty());
  CHECK(answer.edits.at(0).hunks.at(0).lines.size() == 7);
  // Words behind it are words.
  for (const char* words : {"- Changed b\n", "+ Changed b\n", " d\n", "Done.\n-e\n"})
    CHECK(ParseAnswer(hunk + "\n" + words).edits.at(0).hunks.at(0).lines.size() == 3);
}

TEST_CASE("a removed line of one dash is no signature") {
  for (const char* behind : {"\n d\n", " d\n", "\n+d\n"}) {
    INFO(behind);
    const Answer answer =
        ParseAnswer(std::string("```diff\n--- a/a.c\n+++ b/a.c\n@@ @@\n a\n--\n") + behind + "```\n");
    CHECK(answer.problems.empty());
    CHECK(answer.edits.at(0).hunks.at(0).lines.at(1).text == "-");
  }
  for (const char* behind : {"-- \n2.39.5\n", "--\n2.39.5\n\n", "-- \n"})
    for (const char* end : {"", "```\n"}) {
      const std::string fence = *end == 0 ? "" : "```diff\n";
      const Answer answer =
          ParseAnswer(fence + "--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n" + behind + end);
      CHECK(answer.problems.empty());
      REQUIRE(answer.edits.size() == 1);
      REQUIRE(answer.edits[0].hunks.size() == 1);
      CHECK(answer.edits[0].hunks[0].lines.size() == 3);
    }
}

TEST_CASE("lines of a diff beside a block in its fence are a problem") {
  const std::string says = "a line of a diff stands beside a block";
  for (const char* lines :
       {"-b\n+c\n", "+c\n", "@@ -1 +1 @@\n-b\n+c\n", "--- a/c.c\n+++ b/c.c\n@@ @@\n-b\n+c\n"})
    CHECK(Says("```\na.c\n" + kBlock + lines + "```\n", says));
  CHECK_FALSE(ProblemOf("a.c\n" + kBlock + "-b\n+c\n").empty());
  CHECK(ProblemOf("```\na.c\n" + kBlock + "- `b.c`\n" + kBlock + "```\n").empty());
}

TEST_CASE("a file that is announced and stands outside of a fence is not lost whatever follows") {
  const std::string says = "is announced here and no file follows";
  for (const std::string& text : std::vector<std::string>{
           "FILE: b.c\nlong b;\n\na.c\n" + kBlock, "FILE: b.c\nlong b;\n\nDELETE: c.c\n",
           "FILE: a.c\nlong a;\n\n" + kOp + "\n", "FILE: b.md\n# Title\nText.\n\nDELETE: c.c\n",
           "FILE: b.c\nlong b;\n\n```diff\n--- a/a.c\n+++ b/a.c\n@@ @@\n-a\n+b\n```\n",
           "FILE: b.c\nlong b;\n\nFILE: a.c\n```\nint a;\n```\n",
           "FILE: b.md\n# Title\nText.\n\n## More\nText.\n",
           "```\na.c\n" + kBlock + "FILE: b.c\nlong b;\n```\n"}) {
    INFO(text);
    CHECK(Says(text, says));
  }
  CHECK(ProblemOf("FILE: b.c\n```\nint b;\n```\nFILE: a.c\n" + kBlock + "FILE: c.c\n```\nint c;\n```\n")
            .empty());
  CHECK(ProblemOf("FILE: b.c\n```\nint b;\n```\nFILE: b.c is done.\n").empty());
  CHECK(ProblemOf("FILE: src/b.c\n```diff\n--- old/p/src/b.c\n+++ new/p/src/b.c\n@@ @@\n-a\n+b\n```\n")
            .empty());
  CHECK(
      ProblemOf("FILE: b.c\n```diff\ndiff --git a/b.c b/c.c\nrename from b.c\nrename to c.c\n```\n").empty());
  // What was thought before the answer is no part of it.
  CHECK(ProblemOf("You can delete c.c.\nFILE: b.c\nlong b;\n</think>\na.c\n" + kBlock).empty());
}

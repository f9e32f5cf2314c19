// Files in fences that hold fences themselves, and fences in lists.
#include <catch2/catch.hpp>

#include "mamc/edit/parse.hpp"

using namespace mamc::edit;

namespace {

std::string ContentOf(const std::string& text) {
  const Answer answer = ParseAnswer(text);
  INFO(text);
  CHECK(answer.problems.empty());
  REQUIRE(answer.edits.size() == 1);
  return answer.edits[0].content;
}

std::string ProblemOf(const std::string& text) {
  const Answer answer = ParseAnswer(text);
  return answer.problems.empty() ? "" : answer.problems[0].text;
}

}  // namespace

TEST_CASE("a file keeps its inner fences where they can only be inner ones") {
  const std::string worded = "# T\n```sh\nmake\n```\nmore\n";
  CHECK(ContentOf("```markdown path=README.md\n" + worded + "```\n") == worded);
  const std::string bare = "# T\n\n```\nmake\n```\n\nmore\n";
  for (const std::string head : {"FILE: README.md\n```\n", "FILE: README\n```\n"}) {
    CHECK(ContentOf(head + bare + "```\n") == bare);
    CHECK(ContentOf(head + bare + "```\nNow run it.\n") == bare);
    CHECK(ContentOf(head + bare + "```\n\nNow run it:\n\n```\nninja\n```\n") == bare);
  }
  const std::string prompt = "P = \"\"\"\nReply so:\n```\ntext\n```\n\"\"\"\nA = 2\n";
  CHECK(ContentOf("FILE: p.py\n```python\n" + prompt + "```\n") == prompt);
}

TEST_CASE("examples behind a file are no part of it") {
  CHECK(ContentOf("FILE: README.md\n```markdown\n# T\n```\n\nThen run:\n\n```\nmake\n```\n") == "# T\n");
  CHECK(ContentOf("FILE: README.md\n```\n# T\n```\nThen run:\n```\nmake\n```\n") == "# T\n");
  CHECK(ContentOf("FILE: a.c\n```c\nint x;\n```\nRun:\n```\nmake\n```\n") == "int x;\n");
  CHECK(ContentOf("FILE: a.md\n```\n# T\n```\nRun:\n```sh\nmake\n```\n") == "# T\n");
}

TEST_CASE("a file ends before the next one however that is announced") {
  for (const std::string next : {"### b.md", "File: b.md", "FILE: b.md", "## File: b.md"}) {
    const Answer answer = ParseAnswer("### docs/a.md\n```\n# A\n```\n\n" + next + "\n```\n# B\n```\n");
    CHECK(answer.problems.empty());
    REQUIRE(answer.edits.size() == 2);
    CHECK(answer.edits[0].content == "# A\n");
    CHECK(answer.edits[1].path == "b.md");
    CHECK(answer.edits[1].content == "# B\n");
  }
  const Answer blocks = ParseAnswer(
      "FILE: a.md\n```\n# A\n```\n\n```\nb.c\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n```\n");
  CHECK(blocks.problems.empty());
  REQUIRE(blocks.edits.size() == 2);
  CHECK(blocks.edits[0].content == "# A\n");
}

TEST_CASE("a file whose end is not clear is refused") {
  for (const char* text :
       {"FILE: README.md\n```\n# T\n```\nmake\n```\nmore\n```\n",
        "FILE: p.py\n```python\nP = \"\"\"\n```\nx\n```\n\"\"\"\n```\n",
        "FILE: README.md\n```\n# T\n\n### main.py\n```\nx\n```\n### b.py\n```\ny\n```\n```\n"})
    CHECK(ProblemOf(text).find("is not clear") != std::string::npos);
}

TEST_CASE("a diff in a list does not keep the indentation of its fence") {
  const Answer answer = ParseAnswer(
      "1. Change `m.py`:\n\n   ```diff\n   --- a/m.py\n   +++ b/m.py\n   @@ -1,3 +1,3 @@\n    def a():\n   - "
      "   x = 1\n"
      "   +    x = 2\n        return x\n   ```\n");
  CHECK(answer.problems.empty());
  REQUIRE(answer.edits.size() == 1);
  CHECK(answer.edits[0].path == "m.py");
  REQUIRE(answer.edits[0].hunks.size() == 1);
  CHECK(answer.edits[0].hunks[0].lines[3].text == "    return x");
  // Only the fence is indented.
  const Answer flat =
      ParseAnswer("  ```diff\n--- a/m.py\n+++ b/m.py\n@@ @@\n   x = 1\n-  y = 1\n+  y = 2\n  ```\n");
  REQUIRE(flat.edits.size() == 1);
  CHECK(flat.edits[0].hunks[0].lines[0].text == "  x = 1");
}

TEST_CASE("a file in a list does not keep the indentation of its fence") {
  CHECK(ContentOf("1. Change it:\n\n   FILE: a.py\n   ```python\n   def f():\n\n       return 2\n   ```\n") ==
        "def f():\n\n    return 2\n");
  CHECK(ContentOf("1. Make it:\n\n   n.py\n   ```\n   <<<<<<< SEARCH\n   =======\n   def f():\n       return "
                  "2\n   >>>>>>> REPLACE\n   ```\n") == "def f():\n    return 2\n");
  // Only the fence is indented.
  CHECK(ContentOf("1. Change it:\n\n   FILE: a.py\n   ```\ndef f():\n    return 2\n   ```\n") ==
        "def f():\n    return 2\n");
}

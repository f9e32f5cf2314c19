// Which file a block belongs to, as the words before it say.
#include <catch2/catch.hpp>

#include "mamc/edit/apply.hpp"
#include "support/temp_dir.hpp"
#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

const std::string kBlock =
    "```python\n<<<<<<< SEARCH\nimport os\n=======\nimport os\nimport re\n>>>>>>> REPLACE\n```\n";

Answer Second(const std::string& words) {
  return ParseAnswer("a.py\n" + kBlock + "\n" + words + "\n" + kBlock);
}

// Of the second block; empty: it is refused.
std::string PathBelow(const std::string& words) {
  const Answer answer = Second(words);
  if (!answer.problems.empty()) return "";
  REQUIRE(answer.edits.size() == 2);
  return answer.edits[1].path;
}

}  // namespace

TEST_CASE("a file is named in the forms that models use") {
  for (const char* words : {"### 2. `b.py`",
                            "2. `b.py`:",
                            "In `b.py`:",
                            "Update b.py:",
                            "- `b.py`",
                            "**b.py** (import):",
                            "Path: b.py",
                            "**File 2:** `b.py`",
                            "Here is the change for b.py:",
                            "`b.py` \xE2\x80\x93 add the import",
                            "// b.py",
                            "<file>b.py</file>",
                            "# b.py",
                            "Then, in `b.py`, add the import:",
                            "Update `b.py` to import it.",
                            "#### Step 2: edit `b.py`\n\nThe same import:",
                            "<!-- b.py -->",
                            "* **`b.py`**: add the import",
                            "(2) b.py",
                            "`./b.py`",
                            "./b.py",
                            "b.py's import:",
                            "b.py:4",
                            "`b.py:4-9`:",
                            "filepath: b.py",
                            "**Step 2: b.py**",
                            "=== b.py ===",
                            "1. FILE: b.py",
                            "Next, `b.py`:"}) {
    INFO(words);
    CHECK(PathBelow(words) == "b.py");
    const Answer first = ParseAnswer(std::string(words) + "\n" + kBlock);
    CHECK(first.problems.empty());
    CHECK(first.edits.at(0).path == "b.py");
  }
  CHECK(PathBelow("gradlew") == "gradlew");
  CHECK(PathBelow("`my b.py`") == "my b.py");
  CHECK(PathBelow("In `p/__init__.py`:") == "p/__init__.py");
  CHECK(PathBelow("__init__.py (the same):") == "__init__.py");
  CHECK(PathBelow("Update `bin/tool`:") == "bin/tool");
  CHECK(PathBelow("Update `process_data`:") == "a.py");
}

TEST_CASE("a block does not go to the file before when another is spoken of") {
  for (const char* words :
       {"my b.py", "The same is needed in b.py, which imports it.",
        "This is imported by `b.py`:", "In `b.py` nothing changes, but here:", "Files:\n- b.py\n- c.py",
        "Both `b.py` and `c.py` need it:", "b.py's import is missing.",
        "In `b.py`, the import is missing.\n\nAdd it:", "It is `src/b.py` that fails.", "See b.py."}) {
    INFO(words);
    const Answer answer = Second(words);
    REQUIRE_FALSE(answer.problems.empty());
    CHECK(answer.problems[0].text.find("put the file's path alone on the line before it") !=
          std::string::npos);
  }
}

TEST_CASE("a block goes to the file before when nothing else is spoken of") {
  for (const char* words :
       {"And also:", "Then replace the call of `os.path.join`:",
        "Next, `x.append()` and node.js as e.g. in v2.0:", "In `a.py` again:",
        "The same in a.py, further below, and/or here:", "Step 2:", "Use https://x.org/a.html here:"}) {
    INFO(words);
    CHECK(PathBelow(words) == "a.py");
  }
  const Edit shorter = ParseAnswer("src/a.py\n" + kBlock + "In `a.py`:\n" + kBlock).edits.at(1);
  CHECK(shorter.path == "a.py");
  CHECK(shorter.other_path == "src/a.py");
  // The heading counts, whatever the words below it speak of.
  CHECK(PathBelow("### b.py\n\nImport it from `c.py`:") == "b.py");
}

TEST_CASE("a path is taken as it is said and its namesake in a folder only when it is not there") {
  const std::string hunk = "```diff\n@@ -1 +1 @@\n-import os\n+import re\n```\n";
  for (const std::string& edit : {kBlock, hunk})
    for (const char* words : {"a.py", "In `a.py`:", "In `a.py`, add the import as well:", "### a.py"}) {
      INFO(words);
      const Answer answer = ParseAnswer("src/a.py\n" + kBlock + words + "\n" + edit + "And also:\n" + edit);
      CHECK(answer.problems.empty());
      REQUIRE(answer.edits.size() == 3);
      for (std::size_t i : {1u, 2u}) {
        CHECK(answer.edits[i].path == "a.py");
        CHECK(answer.edits[i].other_path == "src/a.py");
      }
    }
  CHECK(ParseAnswer("a.py\n" + kBlock + "In `src/a.py`, add it as well:\n" + kBlock).edits.at(1).path ==
        "src/a.py");
  CHECK_FALSE(ParseAnswer("### a.py\nIn `src/a.py`, add it:\n" + kBlock).problems.empty());
  CHECK(ParseAnswer("### src/a.py\nIn `a.py`, add it:\n" + kBlock).edits.at(0).path == "src/a.py");

  test::TempDir dir;
  dir.Write("src/a.py", "import os\n");
  const Answer both = ParseAnswer("src/a.py\n" + kBlock +
                                  "a.py\n<<<<<<< SEARCH\nimport os\n=======\nimport ast\n>>>>>>> REPLACE\n");
  REQUIRE(Apply(both, dir.path(), {})->ok());
  CHECK(dir.Read("src/a.py") == "import ast\nimport re\n");
  dir.Write("src/a.py", "import os\n");
  dir.Write("a.py", "import os\n");
  REQUIRE(Apply(both, dir.path(), {})->ok());
  CHECK(dir.Read("src/a.py") == "import os\nimport re\n");
  CHECK(dir.Read("a.py") == "import ast\n");
}

TEST_CASE("a refusal tells of the namesake that was named before") {
  test::TempDir dir;
  dir.Write("src/a.py", "import os\n");
  dir.Write("a.py", "import ast\n");
  const auto report = Apply(ParseAnswer("src/a.py\n" + kBlock + "a.py\n" + kBlock), dir.path(), {});
  REQUIRE(report->refused.size() == 1);
  CHECK(report->refused[0].path == "a.py");
  CHECK(report->refused[0].reason.find("f 'src/a.py' is meant, write that path") != std::string::npos);
}

TEST_CASE("a hunk without a header does not go to the file before either") {
  const std::string hunk = "```diff\n@@ -1 +1 @@\n-a\n+b\n```\n";
  CHECK_FALSE(ParseAnswer("a.py\n" + hunk + "The same in b.py, too.\n" + hunk).problems.empty());
  const Answer answer = ParseAnswer("a.py\n" + hunk + "In `b.py`:\n" + hunk);
  CHECK(answer.problems.empty());
  REQUIRE(answer.edits.size() == 2);
  CHECK(answer.edits[1].path == "b.py");
  // One that says its file itself needs no words.
  CHECK(ParseAnswer("a.py\n" + hunk + "See c.py.\n```diff\n--- a/b.py\n+++ b/b.py\n@@ @@\n-a\n+b\n```\n")
            .problems.empty());
}

TEST_CASE("a path alone before a hunk begins the next file of a diff") {
  for (const char* path : {"b.py", "# b.py", "`b.py`:", "FILE: b.py"}) {
    INFO(path);
    const Answer answer = ParseAnswer(std::string("```diff\na.py\n@@ ... @@\n x\n-y\n+A\n z\n") + path +
                                      "\n@@ ... @@\n p\n-q\n+B\n r\n```\n");
    CHECK(answer.problems.empty());
    REQUIRE(answer.edits.size() == 2);
    CHECK(answer.edits[0].path == "a.py");
    CHECK(answer.edits[0].hunks.at(0).lines.size() == 4);
    CHECK(answer.edits[1].path == "b.py");
  }
}

TEST_CASE("deletions are read however they are written") {
  for (const char* words : {"DELETE: b.py", "- DELETE: b.py", "**DELETE:** b.py", "Delete: b.py",
                            "**DELETE: b.py**", "### DELETE: `b.py`", "```\nDELETE: b.py\n```"}) {
    INFO(words);
    const Answer answer = ParseAnswer("a.py\n" + kBlock + words + "\n");
    CHECK(answer.problems.empty());
    REQUIRE(answer.edits.size() == 2);
    CHECK(answer.edits[1].kind == EditKind::kDelete);
    CHECK(answer.edits[1].path == "b.py");
  }
  CHECK(ParseAnswer("a.py\n" + kBlock + "Delete: the old loop is gone\n").edits.size() == 1);
}

TEST_CASE("a file is named by the first line of its fence or behind the fence") {
  for (const char* head : {"```python\n# b.py\n", "```python\nFILE: b.py\n", "```python:b.py\n",
                           "```python title=\"b.py\"\n", "### 2. `b.py`\n```python\n"}) {
    INFO(head);
    const Answer answer = ParseAnswer("a.py\n" + kBlock + head + "import os\n```\n");
    CHECK(answer.problems.empty());
    REQUIRE(answer.edits.size() == 2);
    CHECK(answer.edits[1].kind == EditKind::kWhole);
    CHECK(answer.edits[1].path == "b.py");
    CHECK(answer.edits[1].content == "import os\n");
  }
  // A snippet of a file that is edited is an example, before the edit and behind it.
  CHECK(ParseAnswer("```python\n# a.py\nimport os\n```\na.py\n" + kBlock).edits.size() == 1);
  CHECK(ParseAnswer("a.py\n" + kBlock + "```python\n# a.py\nimport os\n```\n").edits.size() == 1);
}

TEST_CASE("blocks may be marked with dashes and pluses") {
  const Answer answer = ParseAnswer("b.py\n------- SEARCH\ny = 1\n=======\ny = 2\n+++++++ REPLACE\n");
  CHECK(answer.problems.empty());
  CHECK(answer.edits.at(0).search == "y = 1\n");
}

TEST_CASE("a title that is underlined like a divider is text") {
  const Answer answer = ParseAnswer(
      "R.rst\n<<<<<<< SEARCH\nInstall\n=======\n\nold\n=======\nInstall\n=======\n\nnew\n>>>>>>> REPLACE\n");
  CHECK(answer.problems.empty());
  REQUIRE(answer.edits.size() == 1);
  CHECK(answer.edits[0].search == "Install\n=======\n\nold\n");
  CHECK(answer.edits[0].content == "Install\n=======\n\nnew\n");
}

TEST_CASE("full-width signs, particles and leading words around a path do not hide it") {
  const std::string block = "```\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n```\n";
  for (const char* line :
       {"`b.py`：", "文件：`b.py`", "修改 b.py：", "接下来修改 `b.py`：",
        "`b.py`을 수정합니다:", "Fichier `b.py` :", "Let's update `b.py`:", "Now let's modify `b.py`:",
        "Similarly, in `b.py`:", "First, we need to update `b.py`:", "To fix this, edit `b.py`:"}) {
    INFO(line);
    const Answer answer = ParseAnswer("a.py\n" + block + "\n" + line + "\n\n" + block);
    CHECK(answer.problems.empty());
    REQUIRE(answer.edits.size() == 2);
    CHECK(answer.edits[1].path == "b.py");
  }
}

TEST_CASE("words for another file that give no path make it doubtful what the block below is for") {
  const std::string block = "<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n";
  for (const std::string words :
       {"In the other file:", "## Second file", "**The next file**", "Module `b`:", "### The last module:"}) {
    INFO(words);
    CHECK(ProblemBehindAnEdit(words + "\n\n" + block).find("which file the change") == 0);
    // A path behind them, and words that only speak of it, tell.
    CHECK(ProblemBehindAnEdit(words + "\n\n`b.py`\n" + block) == "");
  }
  for (const std::string words : {"Module `a`:", "Function `b`:", "The other files stay as they are.",
                                  "In the same file:", "## Second change", "The second block:"}) {
    INFO(words);
    CHECK(ProblemBehindAnEdit(words + "\n\n" + block) == "");
  }
}

TEST_CASE("paths one below the other above a block do not name its file") {
  const std::string block = "<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n";
  CHECK(!ParseAnswer("a.py\nb.py\n" + block).problems.empty());
  CHECK(!ParseAnswer("`a.py`\n`b.py`\n```python\n" + block + "```\n").problems.empty());
  CHECK(!ParseAnswer("a.py\nb.py\nc.py\n\n" + block).problems.empty());
  CHECK(ParseAnswer("a.py\nb.py\n\nb.py\n" + block).problems.empty());
  CHECK(ParseAnswer("src/a.py\na.py\n" + block).problems.empty());
  CHECK(ParseAnswer("a.py\n" + block + "b.py\n" + block).problems.empty());
}

TEST_CASE("a sentence that says where its block belongs names the file") {
  for (const char* words :
       {"Now the port in b.py:", "Now the same import in `b.py`:", "Then fix the import (b.py):",
        "Finally, the module needs to be registered in b.py:", "We add the route to `b.py`:",
        "The import inside the b.py file:"}) {
    INFO(words);
    CHECK(PathBelow(words) == "b.py");
    CHECK(ParseAnswer(std::string(words) + "\n\n" + kBlock).edits.at(0).path == "b.py");
  }
  const std::string hunk = "```diff\n@@ -1 +1 @@\n-import os\n+import re\n```\n";
  CHECK(ParseAnswer("a.py\n" + kBlock + "Now the port in b.py:\n" + hunk).edits.at(1).path == "b.py");
}

TEST_CASE("a sentence that speaks of a file for what it has does not name it") {
  for (const char* words :
       {"Use the port in b.py:", "It is imported like in b.py:", "The port that is set in b.py:",
        "The import of b.py:", "As seen in b.py:", "Nothing changes in b.py:",
        "Now the port in b.py or c.py:", "Now the port in b.py.", "Now the port in b.py:\n\nIt was wrong.",
        "In c.py, the port of b.py:"}) {
    INFO(words);
    CHECK_FALSE(Second(words).problems.empty());
  }
  // A path on a line of its own counts, whatever the words below it speak of.
  CHECK(PathBelow("### c.py\n\nNow the port in b.py:") == "c.py");
}

TEST_CASE("a block that fits the file before as well as the one of its sentence is refused") {
  const std::string block = "<<<<<<< SEARCH\nport = 80\n=======\nport = 90\n>>>>>>> REPLACE\n",
                    other = "<<<<<<< SEARCH\nhost = x\n=======\nhost = y\n>>>>>>> REPLACE\n";
  const auto changed = [&](const std::string& answer, const std::string& first, const std::string& second) {
    test::TempDir dir;
    dir.Write("a.ini", "port = 80\nhost = x\n");
    dir.Write("b.ini", "port = 80\n");
    const Report report = Try(dir, answer);
    INFO(report.feedback);
    return dir.Read("a.ini") == first && dir.Read("b.ini") == second;
  };
  CHECK(changed("a.ini\n" + other + "\nNow the port in b.ini:\n\n" + block, "port = 80\nhost = x\n",
                "port = 80\n"));
  CHECK(changed("a.ini\n" + block + "\nNow the port in b.ini:\n\n" + block, "port = 90\nhost = x\n",
                "port = 90\n"));
  CHECK(changed("a.ini\n" + other + "\nb.ini\n" + block, "port = 80\nhost = y\n", "port = 90\n"));
}

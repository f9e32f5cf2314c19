// Several files where one is expected: in one fence, in one name; and lines that were copied with what stands
// before them.
#include <catch2/catch.hpp>

#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

constexpr const char* kSmallModule = "import os\nx = 1\n\n\ndef f():\n    return x\n";

std::string InFence(const std::string& text, const std::string& word = "python") {
  return "```" + word + "\n" + text + "```\n";
}

// The reason why the answer is refused in a folder with a.py, b.py and src/util.c; empty: it is applied.
std::string ReasonAgainst(const std::string& answer) {
  test::TempDir dir;
  dir.Write("a.py", kSmallModule);
  dir.Write("b.py", kSmallModule);
  dir.Write("src/util.c", "int a;\nint b;\nint c;\nint d;\nint e;\nint f;\n");
  const Report report = Try(dir, answer);
  if (report.ok()) return {};
  CHECK(dir.Read("a.py") == kSmallModule);
  REQUIRE(!report.refused.empty());
  return report.refused[0].reason;
}

}  // namespace

TEST_CASE("a line that is nothing but the path of another file is not written into a file") {
  const std::string file = "import os\nx = 2\n\n\ndef f():\n    return x\n";
  for (const std::string between :
       {"# util.py", "# File: util.py", "# FILE: lib/util.py", "# ---- util.py ----",
        "=== util.py ===", "**util.py**", "**`util.py`**"}) {
    INFO(between);
    for (const std::string begin :
         {"FILE: a.py\n```python\n", "```python\n# a.py\n", "### a.py\n```python\n"})
      CHECK(ReasonAgainst(begin + file + "\n" + between + "\ny = 1\n```\n").find("another file, '") == 0);
    CHECK(ReasonAgainst("FILE: new.py\n" + InFence(file + between + "\ny = 1\n")).find("another file, '") ==
          0);
  }
  CHECK(ReasonAgainst("FILE: app.js\n" + InFence("// app.js\nf();\n\n// lib/db.js\ng();\n", "js")) != "");
}

TEST_CASE("a path in a file that is its own, is there already, or stands in words is written") {
  for (const std::string line : {"# a.py", "# src/a.py", "# like b.py does", "# os.path", "    # b.py",
                                 "# see b.py", "# v1.2", "#!b.py"}) {
    INFO(line);
    CHECK(ReasonAgainst("FILE: a.py\n" + InFence("import os\n" + line + "\nx = 2\n")) == "");
  }
  CHECK(ReasonAgainst("FILE: N.md\n" + InFence("# T\n\n## b.py\n\n**a.py**\n", "markdown")) == "");
  CHECK(ReasonAgainst("FILE: .gitignore\n" + InFence("# a.py\nbuild\n# b.py\n", "")) == "");
  test::TempDir dir;
  dir.Write("a.py", "x = 1\n\n# b.py\ny = 1\n");
  CHECK(Try(dir, "FILE: a.py\n" + InFence("x = 2\n\n# b.py\ny = 1\n")).ok());
}

TEST_CASE("a fence or a first line that names another file than FILE: does not replace that one") {
  CHECK(ReasonAgainst("FILE: a.py\n" + InFence("import os\nx = 2\n", "python:b.py")).find("names 'b.py'") !=
        std::string::npos);
  CHECK(ReasonAgainst("### a.py\n" + InFence(kSmallModule, "python title=\"b.py\"")) != "");
  CHECK(ReasonAgainst("FILE: a.py\n" + InFence("# b.py\nimport os\nx = 2\n")).find("its first line") == 0);
  CHECK(ReasonAgainst("FILE: a.py\n" + InFence("import os\nx = 2\n", "python:a.py")) == "");
  CHECK(ReasonAgainst("FILE: src/a.py\n" + InFence("import os\nx = 2\n", "python:a.py")) == "");
}

TEST_CASE(
    "a file whose lines all have the numbers of a listing in any form, or a sign of a quote, is refused") {
  auto numbered = [](const std::string& behind, const std::string& before = "") {
    std::string text;
    int number = 4;
    for (const char* line : {"import os", "x = 2", "", "def f():", "    return x"})
      text += before + std::to_string(++number) + behind + line + "\n";
    return text;
  };
  for (const std::string& text : {numbered(": "), numbered("  ", "   "), numbered("\t", "     "),
                                  numbered(" | "), numbered("| "), numbered("  | ", " ")})
    for (const std::string path : {"a.py", "n.py"}) {
      INFO(text);
      CHECK(ReasonAgainst("FILE: " + path + "\n" + InFence(text)).find("number of a line") !=
            std::string::npos);
    }
  CHECK(ReasonAgainst("FILE: n.py\n" + InFence("> import os\n>\n> x = 2\n")).find("begins with >") !=
        std::string::npos);
  // Not one by one, not all of them, or files that have such lines.
  CHECK(ReasonAgainst("FILE: n.py\n" + InFence("5: x\n7: y\n9: z\n")) == "");
  CHECK(ReasonAgainst("FILE: n.c\n" + InFence("5  x\n6  y\nz\n", "c")) == "");
  CHECK(ReasonAgainst("FILE: n.yml\n" + InFence("1: x\n2: y\n3: z\n", "yaml")) == "");
  CHECK(ReasonAgainst("FILE: n.csv\n" + InFence("1\tx\n2\ty\n3\tz\n", "")) == "");
  CHECK(ReasonAgainst("FILE: n.md\n" + InFence("> a\n> b\n", "markdown")) == "");
}

TEST_CASE("a name that holds two files or the number of a line makes no file") {
  for (const std::string name :
       {"a.py and b.py", "a.py, b.py", "a.py -> c.py", "c.py & d.py", "a.py:1", "c.py:3-9"}) {
    INFO(name);
    CHECK(ReasonAgainst("FILE: " + name + "\n" + InFence("import os\nx = 2\n")) != "");
  }
  for (const std::string name : {"rock and roll.py", "src/c.py", "notes, old.txt", "c.py (new)"}) {
    INFO(name);
    CHECK(ReasonAgainst("FILE: " + name + "\n" + InFence("import os\nx = 2\n")) == "");
  }
}

TEST_CASE("a new text of a file whose path is given in part or in other letters makes no second one") {
  const std::string text = "int a;\nint b;\nint c;\nint d;\nint e;\nint g;\n";
  CHECK(ReasonAgainst("FILE: util.c\n" + InFence(text, "c")).find("there is 'src/util.c'") == 0);
  CHECK(ReasonAgainst("FILE: A.py\n" + InFence("x = 2\n")).find("there is 'a.py'") == 0);
  CHECK(ReasonAgainst("FILE: SRC/util.c\n" + InFence(text, "c")).find("there is 'src/util.c'") == 0);
  // Another of the name, one elsewhere, and one that takes the old one's place.
  CHECK(ReasonAgainst("FILE: util.c\n" + InFence("int main() {\n  return 0;\n}\n", "c")) == "");
  CHECK(ReasonAgainst("FILE: lib/util.c\n" + InFence(text, "c")) == "");
  CHECK(ReasonAgainst("FILE: util.c\n" + InFence(text, "c") + "\nDELETE: src/util.c\n") == "");
  test::TempDir dir;
  dir.Write("App.js", "f();\n");
  CHECK(Try(dir, "DELETE: App.js\n\nFILE: app.js\n" + InFence("f();\n", "js")).ok());
}

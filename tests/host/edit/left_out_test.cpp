// Lines of nothing but dots: left-out code, or a statement or parameter of the language.
#include <catch2/catch.hpp>

#include "mamc/edit/apply.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

bool Takes(const std::string& path, const std::string& before, const std::string& answer) {
  test::TempDir dir;
  dir.Write(path, before);
  auto report = Apply(ParseAnswer(answer), dir.path(), {});
  REQUIRE(report.ok());
  if (report->ok()) return true;
  INFO(report->feedback);
  CHECK(report->refused.at(0).reason.find("stands for code that was left out") != std::string::npos);
  CHECK(dir.Read(path) == before);
  return false;
}

bool TakesWhole(const std::string& path, const std::string& content) {
  return Takes(path, "old 1\nold 2\n", "FILE: " + path + "\n```\n" + content + "```\n");
}

bool TakesBlock(const std::string& path, const std::string& content) {
  return Takes(path, "before\n  one(x)\n  two(x)\nbehind\n",
               path + "\n<<<<<<< SEARCH\n  one(x)\n  two(x)\n=======\n" + content + ">>>>>>> REPLACE\n");
}

}  // namespace

TEST_CASE("dots that stand for code are not written as code") {
  for (const char* path : {"a.c", "a.py", "src/a.rs", "a.TS"}) {
    INFO(path);
    CHECK_FALSE(TakesWhole(path, "f(1)\n\n...\n"));
    CHECK_FALSE(TakesWhole(path, "f(1)\n  \xE2\x80\xA6\ng(1)\n"));
    CHECK_FALSE(TakesBlock(path, "  three(x)\n  ...\n  two(x)\n"));
    CHECK_FALSE(Takes(path, "one\ntwo\nthree\n",
                      "```diff\n--- a/" + std::string(path) + "\n+++ b/" + path +
                          "\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n+...\n three\n```\n"));
  }
  CHECK_FALSE(TakesWhole("a.py", "def f():\n    ...\n    return 1\n"));
  CHECK_FALSE(TakesWhole("a.c", "enum e {\n  a,\n  ...\n};\n"));
}

TEST_CASE("dots among lines that replace others are left-out code in every language") {
  for (const char* path : {"a.html", "a.yaml", "a.md", "CMakeLists.txt", "Makefile", "a.js"})
    for (const char* dots :
         {"...", "# ...", "<!-- ... -->", "// ...", "[...]", "# rest of the code unchanged"}) {
      INFO(path << " " << dots);
      CHECK_FALSE(TakesBlock(path, std::string("  three(x)\n") + dots + "\n  two(x)\n"));
      CHECK(Takes(path, "one\n" + std::string(dots) + "\nthree\n",
                  std::string(path) + "\n<<<<<<< SEARCH\none\n" + dots + "\nthree\n=======\n1\n" + dots +
                      "\nthree\n>>>>>>> REPLACE\n"));
    }
}

TEST_CASE("words that stand for code are not written although the numbers of the diff are right") {
  for (const char* words : {"...", "// ... existing code ...", "# rest of the code unchanged", "[...]"}) {
    INFO(words);
    const std::string head = "```diff\n--- a/a.c\n+++ b/a.c\n";
    const std::string hunk = "@@ -1,3 +1,4 @@\n one\n-two\n+2\n+" + std::string(words) + "\n three\n";
    CHECK_FALSE(Takes("a.c", "one\ntwo\nthree\nfour\nfive\n", head + hunk + "```\n"));
    CHECK_FALSE(Takes("a.c", "one\ntwo\nthree\nfour\nfive\n", head + hunk + "@@ -5 +6 @@\n-five\n+5\n```\n"));
  }
}

TEST_CASE("words and dots in the place of a body are not written for it") {
  CHECK_FALSE(TakesBlock("a.py", "def f():\n    pass  # unchanged\n"));
  CHECK_FALSE(TakesBlock("a.js", "render() { /* existing code */ }\n  two(x)\n  three(x)\n"));
  CHECK_FALSE(TakesBlock("a.js", "render() { ... }\n  two(x)\n  three(x)\n"));
  CHECK_FALSE(TakesWhole("a.ts", "render() { ... }\nmore();\nmore();\n"));
  CHECK_FALSE(TakesWhole("a.py", "def f():\n    return  # same as before\n"));
  CHECK(TakesBlock(
      "a.js", "const all = { ...one };\ncatch (e) { /* the file may not be there */ }\n// gives { ... }\n"));
  CHECK(TakesBlock("a.py", "except KeyError:\n    pass  # the key is optional\n"));
  CHECK(TakesBlock("a.sh", "echo ${...}\n  two(x)\n"));
}

TEST_CASE("dots that are code are written") {
  CHECK(TakesWhole("a.py",
                   "class P(Protocol):\n    def f(self) -> int:\n        ...\n\n    def g(self):\n"
                   "        \"\"\"Says so.\"\"\"\n        ...\n\n\ndef h(): pass\n"));
  CHECK(TakesWhole("a.pyi", "T = tuple[\n    int,\n    ...\n]\n"));
  CHECK(TakesWhole("a.py", "def f():\n    # later\n    ...\n"));
  CHECK(TakesBlock("a.py", "    ...\n"));
  CHECK(TakesWhole("a.c", "void log(const char* format,\n         ...\n);\n"));
  CHECK(TakesWhole("a.yml", "a: 1\n...\n"));
  CHECK(TakesWhole("a.md", "And so on\n\n...\n"));
  CHECK(TakesWhole("Makefile", "a:\n...\n"));
  CHECK(Takes("a.c", "a\n...\nb\n", "FILE: a.c\n```\na\n...\nc\n```\n"));  // had them before
}

TEST_CASE("comments that say in words what was left out count when lines are gone as well") {
  for (const char* words :
       {"implementation unchanged", "existing implementation", "(existing code)", "original code here",
        "Previous functions here", "[Previous helper functions here]", "All other functions as above",
        "(no changes to the functions below)", "leave everything else as is"}) {
    INFO(words);
    CHECK_FALSE(TakesBlock("a.py", std::string("  # ") + words + "\n"));
    CHECK_FALSE(Takes("a.js", "one();\ntwo();\nthree();\nfour();\n",
                      "FILE: a.js\n```\none(1);\n// " + std::string(words) + "\n```\n"));
  }
}

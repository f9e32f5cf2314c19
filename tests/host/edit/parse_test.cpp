#include "mamc/edit/parse.hpp"

#include <catch2/catch.hpp>

using namespace mamc::edit;

namespace {
const std::string kBlock = "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n";
}

TEST_CASE("a path stands before the fence or first in it or before bare blocks") {
  for (const std::string& text : std::vector<std::string>{
           "src/a.c\n```c\n" + kBlock + "```\n", "```c\nsrc/a.c\n" + kBlock + "```\n", "src/a.c\n" + kBlock,
           "Now **`src/a.c`**:\n\n`src/a.c`:\n```\n" + kBlock + "```\n",
           "### src/a.c\n\n```\n" + kBlock + "```\n", "```c path=src/a.c\n" + kBlock + "```\n",
           "FILE: src/a.c\n" + kBlock}) {
    INFO(text);
    Answer answer = ParseAnswer(text);
    CHECK(answer.problems.empty());
    REQUIRE(answer.edits.size() == 1);
    CHECK(answer.edits[0].path == "src/a.c");
    CHECK(answer.edits[0].search == "a\n");
    CHECK(answer.edits[0].content == "b\n");
  }
}

TEST_CASE("several blocks of one file share its path") {
  Answer answer = ParseAnswer("a.c\n```\n" + kBlock + "\n" + kBlock + "```\nand also\n```\n" + kBlock +
                              "```\nb.c\n" + kBlock);
  REQUIRE(answer.edits.size() == 4);
  CHECK(answer.edits[2].path == "a.c");
  CHECK(answer.edits[3].path == "b.c");
}

TEST_CASE("blocks of several files may stand in one fence") {
  Answer answer = ParseAnswer("```\na.c\n" + kBlock + "\nb.c\n" + kBlock + "FILE: c.c\n" + kBlock + "```\n");
  CHECK(answer.problems.empty());
  REQUIRE(answer.edits.size() == 3);
  CHECK(answer.edits[0].path == "a.c");
  CHECK(answer.edits[1].path == "b.c");
  CHECK(answer.edits[2].path == "c.c");
}

TEST_CASE("fences in the text of a block end nothing") {
  Answer answer = ParseAnswer(
      "README.md\n```\n<<<<<<< SEARCH\n```sh\nmake\n```\n=======\n```sh\nninja\n```\n>>>>>>> REPLACE\n```\n");
  CHECK(answer.problems.empty());
  REQUIRE(answer.edits.size() == 1);
  CHECK(answer.edits[0].content == "```sh\nninja\n```\n");
}

TEST_CASE("a whole file keeps inner fences of a longer outer fence") {
  Answer answer = ParseAnswer("FILE: docs/my file.md\n````markdown\n# T\n```\ncode\n```\n````\n");
  REQUIRE(answer.edits.size() == 1);
  CHECK(answer.edits[0].kind == EditKind::kWhole);
  CHECK(answer.edits[0].path == "docs/my file.md");
  CHECK(answer.edits[0].content == "# T\n```\ncode\n```\n");
  // No file of prose, where the last fence would count in any case.
  answer = ParseAnswer("FILE: gen.py\n````\nprint(\"\"\"\n```\n\"\"\")\n````\n");
  REQUIRE(answer.edits.size() == 1);
  CHECK(answer.edits[0].content == "print(\"\"\"\n```\n\"\"\")\n");
}

TEST_CASE("examples without a path are passed over") {
  Answer answer = ParseAnswer("Run this:\n```sh\nrm -rf /\n```\nDone.\n");
  CHECK(answer.edits.empty());
  CHECK(answer.problems.empty());
}

TEST_CASE("reasoning is never searched for edits") {
  CHECK(ParseAnswer("<think>\na.c\n" + kBlock + "</think>\nNo change.\n").edits.empty());
  CHECK(ParseAnswer("a.c\n" + kBlock + "</think>\nNo change.\n").edits.empty());
  CHECK_FALSE(ParseAnswer("<think>\na.c\n" + kBlock).problems.empty());
}

TEST_CASE("what was cut is a problem") {
  for (const std::string& text :
       std::vector<std::string>{"a.c\n<<<<<<< SEARCH\na\n", "a.c\n<<<<<<< SEARCH\na\n=======\nb\n",
                                "FILE: a.c\n```\nint x;\n", "a.c\n```\n" + kBlock}) {
    INFO(text);
    CHECK_FALSE(ParseAnswer(text).problems.empty());
  }
}

TEST_CASE("a block without a path or with two dividers is a problem") {
  CHECK_FALSE(ParseAnswer(kBlock).problems.empty());
  CHECK_FALSE(
      ParseAnswer("a.c\n<<<<<<< SEARCH\na\n=======\nb\n=======\nc\n>>>>>>> REPLACE\n").problems.empty());
}

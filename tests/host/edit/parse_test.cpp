#include "mamc/edit/parse.hpp"

#include <catch2/catch.hpp>

#include "support/cpu_time.hpp"

using namespace mamc;
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

TEST_CASE("a fence that ends before its block does is never written into the file") {
  const std::string cut = "b.c\n```c\n<<<<<<< SEARCH\nx\n=======\ny\n```\n>>>>>>> REPLACE\n";
  for (const std::string& behind : {std::string(), std::string("```\n"), "\nc.c\n```\n" + kBlock + "```\n"}) {
    INFO(behind);
    const Answer answer = ParseAnswer(cut + behind);
    REQUIRE_FALSE(answer.problems.empty());
    CHECK_THAT(answer.problems[0].text, Catch::Contains("ends before >>>>>>> REPLACE"));
  }
  // The end of a fence that the file has, or that a longer one is around, is text.
  CHECK(ParseAnswer("R.md\n```\n<<<<<<< SEARCH\nx\n```\n=======\ny\n```\n>>>>>>> REPLACE\n```\n")
            .problems.empty());
  CHECK(ParseAnswer("R.md\n````\n<<<<<<< SEARCH\nx\n=======\ny\n```\n>>>>>>> REPLACE\n````\n")
            .edits.at(0)
            .content == "y\n```\n");
}

TEST_CASE("fences around the lines within a block are no lines of the file") {
  const std::string fenced = "<<<<<<< SEARCH\n```c\nx\n```\n=======\n```c\ny\n```\n>>>>>>> REPLACE\n";
  const Edit edit = ParseAnswer("b.c\n" + fenced).edits.at(0);
  CHECK(edit.search == "x\n");
  CHECK(edit.content == "y\n");
  CHECK(ParseAnswer("b.c\n<<<<<<< SEARCH\n=======\n```c\ny\n```\n>>>>>>> REPLACE\n").edits.at(0).content ==
        "y\n");
  CHECK(ParseAnswer("b.md\n" + fenced).edits.at(0).content == "```c\ny\n```\n");
  CHECK(ParseAnswer("b.c\n<<<<<<< SEARCH\nx\n=======\n```c\ny\n```\n>>>>>>> REPLACE\n").edits.at(0).content ==
        "```c\ny\n```\n");
}

TEST_CASE("the end of a fence behind a block that opened none is passed over at the end") {
  CHECK(ParseAnswer("a.c\n" + kBlock + "```\n").problems.empty());
  CHECK_FALSE(ParseAnswer("a.c\n" + kBlock + "```c\n").problems.empty());
  CHECK_FALSE(ParseAnswer("a.c\n" + kBlock + "And:\n```\n").problems.empty());
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
  CHECK_FALSE(ParseAnswer("<think>\na.c\n" + kBlock).problems.empty());
  const std::string real = "\nb.c\n" + kBlock;
  for (const std::string& thought : std::vector<std::string>{
           "[THINK]\na.c\n" + kBlock + "[/THINK]", "<thought>\na.c\n" + kBlock + "</thought>",
           "<reasoning>a.c\n" + kBlock + "</reasoning>", "\n\n<thinking>\na.c\n" + kBlock + "</thinking>",
           "<think>\n<think>\na.c\n" + kBlock + "</think>\na.c\n" + kBlock + "</think>",
           "<think>\na.c\n" + kBlock + "The tag `</think>` ends it.\n</think>",
           "<|channel|>analysis<|message|>a.c\n" + kBlock +
               "<|end|><|start|>assistant<|channel|>final<|message|>",
           "<analysis>\na.c\n" + kBlock + "</analysis>", "<scratchpad>\na.c\n" + kBlock + "</scratchpad>",
           "<reflection>\na.c\n" + kBlock + "</reflection>",
           "<|START_THINKING|>a.c\n" + kBlock + "<|END_THINKING|>",
           "\xE2\x97\x81think\xE2\x96\xB7\na.c\n" + kBlock + "\xE2\x97\x81/think\xE2\x96\xB7",
           "analysis\na.c\n" + kBlock + "assistantfinal",
           "\nanalysisMaybe:\na.c\n" + kBlock + "No.assistantfinal", "<Think>\na.c\n" + kBlock + "</Think>",
           "Thinking...\na.c\n" + kBlock + "...done thinking.\n", "The file is a.c.\n</think>"}) {
    INFO(thought);
    Answer answer = ParseAnswer(thought + real);
    CHECK(answer.problems.empty());
    REQUIRE(answer.edits.size() == 1);
    CHECK(answer.edits[0].path == "b.c");
  }
}

TEST_CASE("a tag of reasoning that words speak of drops no edit") {
  for (const char* words : {"The parser now stops at </think> tags.", "Done with a. <think>now b</think>",
                            "It handles `<think>` and \"</think>\".", "A <think> in the middle.",
                            "<think>\nNow the other file.\n</think>",
                            "analysis\nThen assistantfinal:", "The tag <analysis> is read."}) {
    INFO(words);
    Answer answer = ParseAnswer("a.c\n" + kBlock + words + "\n\nb.c\n" + kBlock);
    CHECK(answer.problems.empty());
    CHECK(answer.edits.size() == 2);
  }
}

TEST_CASE("an answer that does not tell its reasoning from its edits is refused") {
  for (const std::string& text :
       std::vector<std::string>{"b.c\n" + kBlock + "no, rather a.</think>\na.c\n" + kBlock,
                                "b.c\n" + kBlock + "</think>\na.c\n" + kBlock,
                                "b.c\n" + kBlock + "No, wrong.</think>Here it is:\n\na.c\n" + kBlock,
                                "Hmm. <think>maybe\nb.c\n" + kBlock + "No.</think> So:\na.c\n" + kBlock,
                                "Hmm. <think>maybe\nb.c\n" + kBlock + "or </think> a.c:\n\na.c\n" + kBlock,
                                "b.c\n" + kBlock + "...done thinking.\na.c\n" + kBlock,
                                "b.c\n" + kBlock + "<think>\nc.c\n" + kBlock + "</think>\na.c\n" + kBlock,
                                "```diff\n--- a/a.c\n+++ b/a.c\n@@ @@\n a\n-b\n+no\n c\nno "
                                "wait\n</think>\n```diff\n--- a/a.c\n+++ "
                                "b/a.c\n@@ @@\n d\n-e\n+f\n g\n```\n"}) {
    INFO(text);
    CHECK_FALSE(ParseAnswer(text).problems.empty());
  }
}

TEST_CASE("a path alone above a fence names a whole file that is to be like the one that is there") {
  for (const char* line : {"src/a.c", "**src/a.c**", "`src/a.c`", "`src/a.c`:", "**`src/a.c`**\n"}) {
    INFO(line);
    const Answer answer = ParseAnswer(std::string(line) + "\n```c\nint x;\n```\n");
    CHECK(answer.problems.empty());
    REQUIRE(answer.edits.size() == 1);
    CHECK(answer.edits[0].kind == EditKind::kWhole);
    CHECK(answer.edits[0].path == "src/a.c");
    CHECK(answer.edits[0].by_heading);
  }
  // What stands behind its edit is an example.
  const Answer behind = ParseAnswer("a.c\n" + kBlock + "\na.c\n```c\nint x;\n```\n");
  CHECK(behind.edits.size() == 1);
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

TEST_CASE("a tag of reasoning in the text of a file ends nothing") {
  const std::string tag = "<<<<<<< SEARCH\nx\n</think>\n=======\nz\n</think>\n>>>>>>> REPLACE\n";
  CHECK(ParseAnswer("a.c\n" + kBlock + "b.txt\n" + tag + "c.c\n" + kBlock).edits.size() == 3);
  CHECK(ParseAnswer("a.c\n" + kBlock + "The tag `</think>` goes.\n").edits.size() == 1);
}

TEST_CASE("markers in small letters or with a colon are read") {
  for (const std::string text : {"b.c\n```\n<<<<<<< SEARCH:\na\n=======\nX\n>>>>>>> REPLACE:\n```\n",
                                 "b.c\n```\n<<<<<<< search\na\n=======\nX\n>>>>>>> replace\n```\n",
                                 "FILE: b.c\n```\n<<<<<<< SEARCH:\na\n=======\nX\n>>>>>>> REPLACE\n```\n",
                                 "b.c\n<<<<<<< Search\na\n=======\nX\n>>>>>>> Replace\n"}) {
    INFO(text);
    const Answer answer = ParseAnswer("a.c\n" + kBlock + "\n" + text);
    CHECK(answer.problems.empty());
    REQUIRE(answer.edits.size() == 2);
    CHECK(answer.edits[1].path == "b.c");
    CHECK(answer.edits[1].search == "a\n");
  }
}

TEST_CASE("what looks like an edit and is not read is a problem beside edits that are") {
  for (const std::string& text : std::vector<std::string>{
           "b.c\n<<<<<<< ORIGINAL\na\n=======\nX\n>>>>>>> UPDATED\n",
           "And then:\n<<<<<<< ORIGINAL\na\n=======\nX\n>>>>>>> UPDATED\n",
           "*** Update File: b.c\n@@\n-a\n+X\n*** End Patch\n",
           "FILE: b.c\nHere is the updated file:\n```c\nlong b;\n```\n", "FILE: b.c\nlong b;\n",
           "### b.c\n\nThe new file:\n```c\nlong b;\n```\n",
           "```json\n{'ops':[{'action':'upsert','path':'b.c','content':'x'}]}\n```\n",
           "b.c\n<<<<<<<\na\n=======\nX\n>>>>>>>\n", "Update `b.c`:\n```c\nlong b;\n```\n", "### b.c\n",
           "b.c\n", "```\nDELETE: b.c\nint x;\n```\n", "Remove the file `b.c`.\n", "@@ -1 +1 @@\nwords\n-a\n",
           "FILE: b.c\n```c\nint b;\nFILE: c.c\nint c;\n```\n",
           "```diff\n--- a/b.md\n+++ b/b.md\n@@ -1,3 +1,3 @@\n # T\n-old\n+new\n```\n-make\n+make "
           "all\n```\n"}) {
    INFO(text);
    CHECK_FALSE(ParseAnswer("a.c\n" + kBlock + "\n" + text).problems.empty());
  }
}

TEST_CASE("examples and words about a file that is edited are no problem") {
  for (const std::string& text : std::vector<std::string>{
           "### a.c\nIt did this:\n```c\nint a;\n```\n", "Run:\n```sh\nmake\n```\n",
           "````\na.c\n```\n<<<<<<< SEARCH\n```\n````\n", "## **How to test**\n```bash\nmake test\n```\n"}) {
    INFO(text);
    Answer answer = ParseAnswer("a.c\n" + kBlock + "\n" + text);
    for (const ParseProblem& problem : answer.problems) UNSCOPED_INFO(problem.text);
    CHECK(answer.problems.empty());
    CHECK(answer.edits.size() == 1);
  }
}

TEST_CASE("headings of prose name no file") {
  for (const char* heading : {"### **Explanation**", "### `check()`", "## v2.0", "### 1.1", "# `make test`",
                              "file: the main one"}) {
    INFO(heading);
    Answer answer = ParseAnswer(std::string(heading) + "\n```\nx\n```\n");
    CHECK(answer.edits.empty());
  }
}

TEST_CASE("a path is read without what stands around it") {
  for (const char* line : {"FILE: a.c (modified)", "FILE: a.c:", "FILE: \"a.c\"",
                           "FILE: `a.c` - the fixed version", "**FILE: a.c**", "FILE: ./a.c", "**FILE:** a.c",
                           "\xEF\xBB\xBF"
                           "FILE: a.c",
                           "### `a.c` (new)"}) {
    INFO(line);
    Answer answer = ParseAnswer(std::string(line) + "\n```c\nint x;\n```\n");
    CHECK(answer.problems.empty());
    REQUIRE(answer.edits.size() == 1);
    CHECK(answer.edits[0].path == "a.c");
  }
  CHECK(ParseAnswer("FILE: docs/my (old) file.md\n```\nx\n```\n").edits.at(0).path ==
        "docs/my (old) file.md");
}

TEST_CASE("a path within a sentence takes no blocks") {
  CHECK_FALSE(ParseAnswer("The helper in\n`b.c`\nstays as it is.\n\n" + kBlock).problems.empty());
}

TEST_CASE("objects within objects that hold no edit are looked through once") {
  auto seconds = [](int levels) {
    std::string text;
    for (int i = 0; i < levels; ++i) text += "{ \"a\": 1,\n";
    text += std::string(static_cast<std::size_t>(levels), '}') + "\n";
    return test::CpuSeconds([&] { CHECK(ParseAnswer(text).edits.empty()); });
  };
  // A look at each of them again would take 64 times as long.
  CHECK(seconds(16000) < seconds(2000) * 24);
}

TEST_CASE("objects within objects that cannot be read end the answer before all are looked through again") {
  auto problem = [](std::size_t levels) {
    std::string text = "a.c\n" + kBlock;
    for (std::size_t i = 0; i < levels; ++i) text += "{ \"result\":\n";
    const Answer answer = ParseAnswer(text + "1" + std::string(levels, '}') + "\n");
    CHECK(answer.edits.size() == 1);
    return answer.problems.empty() ? "" : answer.problems[0].text;
  };
  CHECK(problem(20).empty());
  CHECK_THAT(problem(2000), Catch::Contains("too many objects that cannot be read"));
}

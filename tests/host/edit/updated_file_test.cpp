// A fence below a sentence that says that it holds a file as it is to be: "Here's the updated `a.py`:".
#include <catch2/catch.hpp>

#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

const std::string kLoader =
    "import os\nimport sys\n\n\ndef load(path):\n    with open(path) as f:\n        return f.read()\n\n\n"
    "def main():\n    print(load(sys.argv[1]))\n    print(os.getcwd())\n\n\n"
    "if __name__ == \"__main__\":\n    main()\n";

std::string WithReplaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

const std::string kStripping = WithReplaced(kLoader, "f.read()", "f.read().strip()");

std::string BelowWords(const std::string& words, const std::string& content,
                       const std::string& info = "python") {
  return "I looked.\n\n" + words + "\n\n```" + info + "\n" + content + "```\n\nIt strips now.\n";
}

// The text of `a.py` afterwards; "refused" when it is as before for that reason.
std::string AfterUpdate(const std::string& answer, const std::string& before = kLoader) {
  test::TempDir dir;
  dir.Write("a.py", before);
  const Report report = Try(dir, answer);
  CHECK((report.ok() || dir.Read("a.py") == before));
  return report.ok() ? dir.Read("a.py") : "refused";
}

}  // namespace

TEST_CASE("a whole file stands below a sentence that says that it is the updated one") {
  for (const std::string words :
       {"Here's the updated `a.py`:", "Here is the updated a.py:", "Here's the complete updated `a.py`:",
        "Updated `a.py`:", "The full `a.py`:", "Here's the corrected version of `a.py`:",
        "Here is the updated code for `a.py`:", "Below is the full `a.py` with the fix:",
        "I fixed the bug. Here is the updated `a.py` file:", "Sure! Here's the modified `a.py`:",
        "The updated `a.py` should look like this:", "**Updated `a.py`:**",
        "`a.py` (updated):", "`a.py` (full file):"}) {
    INFO(words);
    CHECK(AfterUpdate(BelowWords(words, kStripping)) == kStripping);
  }
  CHECK(AfterUpdate(BelowWords("Here's the updated `a.py`:", kStripping, "")) == kStripping);
  const std::string shorter = WithReplaced(kStripping, "    print(os.getcwd())\n", "");
  CHECK(AfterUpdate(BelowWords("The import of `os` was removed.\n\nHere's the updated `a.py`:",
                               WithReplaced(shorter, "import os\n", ""))) ==
        WithReplaced(shorter, "import os\n", ""));
}

TEST_CASE("a part of a file below a sentence that speaks of the updated file does not replace it") {
  const std::string begin = kStripping.substr(0, kStripping.find("def main")),
                    function = begin.substr(begin.find("def load")),
                    end = kLoader.substr(kLoader.find("if __name__"));
  for (const std::string words : {"Here's the updated `a.py`:", "Here is the complete `a.py`:",
                                  "Here's the full updated version of `a.py`:"})
    for (const std::string& part :
         {begin, function, end, begin + end, function + end, begin + "# ...\n", std::string("x = 1\n"),
          kStripping.substr(kStripping.find("import sys")),
          kStripping.substr(0, kStripping.rfind("    main")),
          WithReplaced(kStripping, "def main():\n    print(load(sys.argv[1]))\n    print(os.getcwd())\n",
                       "")}) {
      INFO(words << "\n" << part);
      CHECK(AfterUpdate(BelowWords(words, part)) == "refused");
    }
  // Without such lines there is no telling a part from a file.
  CHECK(AfterUpdate(BelowWords("Here's the updated `a.py`:", "x = 2\n"), "x = 1\n") == "refused");
  CHECK(AfterUpdate(BelowWords("Here's the updated `a.py`:", "a = 1\nb = 2\nc = 3\n"),
                    "a = 1\nb = 2\nc = 3\nd = 4\n") == "refused");
}

TEST_CASE("what a sentence says of a part of a file, of its use or of another file is not the whole file") {
  for (const std::string words :
       {"Here's the updated `load` function in `a.py`:", "The updated part of `a.py`:",
        "Here is the current `a.py`:", "Here's the original `a.py` before the updated one:",
        "Use the updated `a.py` like this:", "Here's how to use the updated `a.py`:",
        "The updated `a.py` is not:", "Here's the updated `a.py` and `b.py`:",
        "Here is `a.py`, unchanged:"}) {
    INFO(words);
    CHECK(AfterUpdate(BelowWords(words, kStripping)) == "refused");
  }
  CHECK(AfterUpdate(BelowWords("Here's the updated `a.py`:", kStripping, "bash")) == "refused");
}

TEST_CASE("a sentence about an updated file makes none") {
  test::TempDir dir;
  dir.Write("a.py", kLoader);
  const Report report = Try(dir, BelowWords("Here's the updated `src/b.py`:", kStripping));
  REQUIRE(report.refused.size() == 1);
  CHECK(report.refused[0].reason.find("there is no such file") == 0);
  CHECK_FALSE(std::filesystem::exists(dir.path() / "src"));
}

TEST_CASE("JSON of edits below a sentence about the updated file is read as such") {
  const std::string json =
      R"({"ops": [{"action": "upsert", "path": "a.py", "content": "x = 1\n"}]})" + std::string("\n");
  CHECK(AfterUpdate(BelowWords("Here's the updated `a.py`:", json, "json")) == "x = 1\n");
}

TEST_CASE("a file that was edited is shown below such a sentence and not changed twice") {
  const std::string block =
      "a.py\n<<<<<<< SEARCH\n        return f.read()\n=======\n        return f.read().strip()\n"
      ">>>>>>> REPLACE\n\n";
  const std::string changed = "        return f.read().strip()\n";
  for (const std::string words :
       {"The updated `a.py` should look like this:", "I updated `a.py` like this:"}) {
    INFO(words);
    CHECK(AfterUpdate(block + BelowWords(words, changed)) == kStripping);
    CHECK(AfterUpdate(BelowWords(words, changed) + block) == kStripping);
    CHECK(AfterUpdate(BelowWords(words, "        return None\n") + block) == "refused");
  }
}

// Edits that an answer's own words take back.
#include <catch2/catch.hpp>

#include "mamc/edit/parse.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

const std::string kOneWay = "```\na.c\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n```\n";
const std::string kOtherWay = "```\na.c\n<<<<<<< SEARCH\nx\n=======\nz\n>>>>>>> REPLACE\n```\n";

std::string ProblemWithWords(const std::string& text) {
  const Answer answer = ParseAnswer(text);
  return answer.problems.empty() ? "" : answer.problems.front().text;
}

}  // namespace

TEST_CASE("edits below words that say not to apply them are refused") {
  for (const char* words :
       {"Do NOT apply this:", "For reference only, the old way:", "**Don't apply these yet:**",
        "This is what I tried first (do not use this):", "Not to be applied:"}) {
    INFO(words);
    CHECK(ProblemWithWords(std::string(words) + "\n\n" + kOneWay).find("is not to be applied") !=
          std::string::npos);
  }
}

TEST_CASE("words that warn of something else keep no edit from being applied") {
  for (const char* words :
       {"Do not apply the migration before the backup.\n\nThe change itself:\n\nIn `a.c`:\n",
        "I do not copy the buffer any more, as it is not needed.\n\nSo it is shorter.\n\n\n",
        "Apply this:\n"}) {
    INFO(words);
    CHECK(ProblemWithWords(words + kOneWay).empty());
  }
  CHECK(ProblemWithWords(kOneWay + "\nDo not apply this on a Friday.\n").empty());
}

TEST_CASE("edits of which one is to be chosen are refused together") {
  for (const auto& [first, second] : std::initializer_list<std::pair<const char*, const char*>>{
           {"### Option A: a flag\n", "### Option B: a field\n"},
           {"**Option 1** - short\n", "**Option 2** - longer\n"},
           {"Alternative 1:\n", "Alternative 2:\n"},
           {"Approach A (simple)\n", "Approach B (fast)\n"}}) {
    INFO(first);
    CHECK(ProblemWithWords(std::string(first) + "\n" + kOneWay + "\n" + second + "\n" + kOtherWay)
              .find("one is to be chosen") != std::string::npos);
  }
}

TEST_CASE("a choice that was made and steps that are counted are applied") {
  CHECK(
      ProblemWithWords("Option A would be a flag, option B a field. I take option B:\n\n" + kOneWay).empty());
  CHECK(ProblemWithWords("Option A: a flag. Rejected.\n\nOption B: a field.\n\n" + kOneWay).empty());
  CHECK(ProblemWithWords("### Option parsing\n\n" + kOneWay + "\n### Options\n").empty());
  CHECK(ProblemWithWords("Step 1:\n\n" + kOneWay +
                         "\nStep 2:\n\n```\nb.c\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n```\n")
            .empty());
}

// What looks like an edit and is read as none refuses the answer: applied without it, it would leave a wrong
// tree.
#include <catch2/catch.hpp>

#include "mamc/edit/parse.hpp"

using namespace mamc::edit;

namespace {

std::string ProblemBehindAnEdit(const std::string& text) {
  const Answer answer =
      ParseAnswer("a.py\n<<<<<<< SEARCH\na = first()\n=======\na = third()\n>>>>>>> REPLACE\n\n" + text);
  return answer.problems.empty() ? "" : answer.problems[0].text;
}

}  // namespace

TEST_CASE("an answer that was cut where an edit begins is refused") {
  for (const char* text :
       {"b.py\n<<<<<<< SEAR", "b.py\n<<<<", "b.py\n<<<<<<<", "{\"ops\": [{\"action\": \"upsert\", \"pa"}) {
    INFO(text);
    CHECK_THAT(ProblemBehindAnEdit(text), Catch::Contains("cut") || Catch::Contains("is not read"));
  }
}

TEST_CASE("edits in other spellings are told of") {
  for (const char* text : {"b.py\n<<<< SEARCH\nb\n====\nc\n>>>> REPLACE\n",
                           "b.py\n<<<<<<< FIND\nb\n=======\nc\n>>>>>>> REPLACE\n",
                           "b.py\n<search>\nb\n</search>\n<replace>\nc\n</replace>\n",
                           "> b.py\n> <<<<<<< SEARCH\n> b\n> =======\n> c\n> >>>>>>> REPLACE\n"}) {
    INFO(text);
    CHECK_THAT(ProblemBehindAnEdit(text), Catch::Contains("is not read: write <<<<<<< SEARCH"));
  }
  CHECK_THAT(ProblemBehindAnEdit("b.py\n-b = second()\n+b = third()\n"), Catch::Contains("has no @@ line"));
  CHECK_THAT(ProblemBehindAnEdit("  --- a/b.py\n  +++ b/b.py\n  @@ -1 +1 @@\n  -b\n  +c\n"),
             Catch::Contains("is indented"));
  CHECK_THAT(ProblemBehindAnEdit("```json\n{\"files\": [{\"path\": \"b.py\", \"content\": \"c\"}]}\n```\n"),
             Catch::Contains("the JSON that begins here is not read"));
}

TEST_CASE("what is to stand in the place of something else is told of behind an edit") {
  const std::string part = "```python\ndef load():\n    return 2\n```\n";
  CHECK_THAT(ProblemBehindAnEdit("And replace the function `load` in `a.py` with:\n\n" + part),
             Catch::Contains("SEARCH/REPLACE"));
  CHECK_THAT(ProblemBehindAnEdit("In `b.py`:\n\nBefore:\n" + part + "\n**After:**\n" + part),
             Catch::Contains("SEARCH/REPLACE"));
  // These show what was done.
  CHECK(ProblemBehindAnEdit("Before:\n" + part + "\nAfter:\n" + part).empty());
  CHECK(ProblemBehindAnEdit("It prints now:\n" + part).empty());
}

TEST_CASE("commands of git that would change files are told of") {
  CHECK_THAT(ProblemBehindAnEdit("```bash\ngit rm b.py\n```\n"), Catch::Contains("write 'DELETE: path'"));
  CHECK_THAT(ProblemBehindAnEdit("```sh\n$ git mv b.py c.py\n```\n"), Catch::Contains("rename from"));
  CHECK(ProblemBehindAnEdit("```bash\ngit diff\nmake test\n```\n").empty());
}

TEST_CASE("a deletion in a sentence that gives its reason is told of") {
  for (const char* text : {"Delete the file `b.py`, it is no longer needed.\n",
                           "`b.py` is no longer needed and should be deleted.\n"}) {
    INFO(text);
    CHECK_THAT(ProblemBehindAnEdit(text), Catch::Contains("DELETE: b.py"));
  }
  CHECK(ProblemBehindAnEdit("The old helper in b.py was deleted upstream.\n").empty());
}

TEST_CASE("a heading with a path and words below it that it goes are told of") {
  for (const char* text : {"### b.py\n\nDelete this file.\n",
                           "**b.py**\n\nThis file is no longer needed and should be removed.\n",
                           "### `b.py` (deleted)\n", "### Deleted: b.py\n", "### b.py\n\nDeleted.\n"}) {
    INFO(text);
    CHECK_THAT(ProblemBehindAnEdit(text), Catch::Contains("DELETE: b.py"));
  }
  CHECK(ProblemBehindAnEdit("### a.py\n\nRemove the old code.\n").empty());
  CHECK(ProblemBehindAnEdit("### Notes\n\nDelete this file when you have read it.\n").empty());
}

// What looks like an edit and is read as none refuses the answer: applied without it, it would leave a wrong
// tree.
#include "try_answer.hpp"

using namespace mamc::edit;

TEST_CASE("an answer that was cut where an edit begins is refused") {
  for (const char* text :
       {"b.py\n<<<<<<< SEAR", "b.py\n<<<<", "b.py\n<<<<<<<", "{\"ops\": [{\"action\": \"upsert\", \"pa"}) {
    INFO(text);
    CHECK_THAT(ProblemBehindAnEdit(text), Catch::Contains("cut") || Catch::Contains("is not read"));
  }
}

TEST_CASE("an answer whose last words announce more was cut") {
  for (const char* text :
       {"Next, I'll create `new.py` with the following content:", "Then the tests, which now read:\n\n",
        "**And the callers:**", "\xE6\x8E\xA5\xE4\xB8\x8B\xE6\x9D\xA5\xE4\xBF\xAE\xE6\x94\xB9\xEF\xBC\x9A"}) {
    INFO(text);
    CHECK_THAT(ProblemBehindAnEdit(text), Catch::Contains("the answer was cut"));
  }
  for (const char* text : {"Note: it runs twice.", "Run it with:\n```\nmake test\n```\n"}) {
    INFO(text);
    CHECK(ProblemBehindAnEdit(text) == "");
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

TEST_CASE("edits in the forms of other programs are told of") {
  for (const char* text :
       {"<file path=\"b.py\">\nx = 2\n</file>\n",
        "<tool_call>\n{\"name\": \"write_file\", \"arguments\": {\"path\": \"b.py\", \"content\": "
        "\"x\"}}\n</tool_call>\n",
        "```json\n{\"edits\": [{\"path\": \"b.py\", \"search\": \"x\", \"replace\": \"y\"}]}\n```\n",
        "{\"file_path\": \"b.py\", \"old_string\": \"x\", \"new_string\": \"y\"}\n",
        "==> b.py <==\nx = 2\n"}) {
    INFO(text);
    CHECK_FALSE(ProblemBehindAnEdit(text).empty());
  }
  for (const char* text : {"The tag `<tool_call>` is read now.\n", "<file>\n", "=== Summary ===\n",
                           "```json\n{\"path\": \"/api\", \"search\": \"x\"}\n```\n"}) {
    INFO(text);
    CHECK(ProblemBehindAnEdit(text).empty());
  }
}

TEST_CASE("lines behind the last block of a fence are told of") {
  const std::string block = "b.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n";
  for (const char* lines : {"\ndef g():\n    return 2\n", "c.py\nx = 2\n"}) {
    INFO(lines);
    CHECK_THAT(ProblemBehindAnEdit("```\n" + block + lines + "```\n"), Catch::Contains("belongs to none"));
  }
  CHECK(ProblemBehindAnEdit("```\n" + block + "\n...\n```\n").empty());
  CHECK(ProblemBehindAnEdit("```\n" + block + "and\n" + block + "\n```\n").empty());
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
  for (const char* text : {"Remove `b.py`, which was replaced by `c.py`.\n",
                           "Also delete the old module `b.py` from the project.\n",
                           "Please delete `b.py` after applying the patch.\n", "- Deleted `b.py`\n",
                           "Don't forget to remove `b.py` because nothing uses it.\n",
                           "Delete the file `b.py`, it is no longer needed.\n",
                           "`b.py` is no longer needed and should be deleted.\n"}) {
    INFO(text);
    CHECK_THAT(ProblemBehindAnEdit(text), Catch::Contains("DELETE: b.py"));
  }
  for (const char* text :
       {"The old helper in b.py was deleted upstream.\n", "Remove `b.py`'s import of it.\n",
        "Remove `b.py` from the list in `c.py`.\n", "Do not delete `b.py`, which is used.\n",
        "Remove the code in `b.py`, which is unused.\n", "You can remove `b.py` if you like.\n",
        "Remove `b.py` and `c.py` imports.\n", "- Deleted `a.py`\n"}) {
    INFO(text);
    CHECK(ProblemBehindAnEdit(text).empty());
  }
  CHECK(ProblemBehindAnEdit("- Deleted `b.py`\n\nDELETE: src/b.py\n").empty());
  CHECK_THAT(ProblemBehindAnEdit("`b.py` has been renamed to `c.py`.\n"), Catch::Contains("rename from"));
  CHECK(ProblemBehindAnEdit("`b.py` was renamed to `c.py` by somebody else.\n").empty());
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

TEST_CASE("JSON from paths to texts is told to be sent as files") {
  for (const char* map : {"{\"app.py\": \"x = 2\\n\"}", "{ \"src/app.py\": \"x = 2\",\n  \"b.py\": \"\"}"}) {
    const Answer answer = ParseAnswer(std::string(map) + "\n");
    REQUIRE_FALSE(answer.problems.empty());
    CHECK_THAT(answer.problems[0].text, Catch::Contains("JSON from paths to texts is not read"));
  }
}

// Code below words that name a file which no edit is of, and changes that only words ask for.
#include <catch2/catch.hpp>

#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

// Whether an answer with an edit of a.py before the text is refused.
bool IsLost(const std::string& text) {
  test::TempDir dir;
  dir.Write("a.py", "a = first()\n");
  dir.Write("server.js", "const PORT = 3000;\nstart(PORT);\n");
  const Report report =
      Try(dir, "a.py\n<<<<<<< SEARCH\na = first()\n=======\na = third()\n>>>>>>> REPLACE\n\n" + text);
  CHECK(dir.Read("a.py") == (report.ok() ? "a = third()\n" : "a = first()\n"));
  return !report.ok();
}

std::string CodeBelow(const std::string& text, const std::string& word) {
  return "\n\n```" + word + "\n" + text + "\n```\n";
}

}  // namespace

TEST_CASE("code below a sentence that names a file which no edit is of is not dropped") {
  for (const std::string words :
       {"The test goes in `tests/test_a.py`:", "And a test in tests/test_a.py",
        "Here is a test for it, `tests/test_a.py`.", "A test (in `tests/test_a.py`) covers it:",
        "You will want tests/conftest.py as well", "Server side, server.js"}) {
    INFO(words);
    CHECK(IsLost(words + CodeBelow("def test_a():\n    assert third() == 3", "python")));
  }
  CHECK(IsLost("Then in your `Makefile` you need this target:" + CodeBelow("test:\n\tpytest", "make")));
  CHECK(IsLost("And `config.json` has to know the port." + CodeBelow("{\"port\": 8080}", "json")));
  CHECK(IsLost("Last, `requirements.txt` (new):" + CodeBelow("flask", "")));
}

TEST_CASE("code that shows a file as it is, its use, its tests or what they print loses nothing") {
  const std::string code = CodeBelow("start(8080);", "js");
  for (const std::string words :
       {"You can then call it in `main.js`:", "It is used in `main.js` like this:", "Run it with `main.js`:",
        "For example, in `main.js`:", "`server.js` stays unchanged:", "This was `server.js` before:",
        "The result:"}) {
    INFO(words);
    CHECK(!IsLost(words + code));
  }
  CHECK(!IsLost("The port of `server.js` comes from here:" +
                CodeBelow("const PORT = 3000;\n\nstart(PORT);", "js")));
  CHECK(!IsLost("The tests of `server.js` say:" + CodeBelow("2 passed", "text")));
  CHECK(!IsLost("Start server.js as before:" + CodeBelow("node server.js", "sh")));
  CHECK(!IsLost("The new a.py holds:" + CodeBelow("a = third()", "python")));
}

TEST_CASE("a change of a file that only words ask for is not dropped") {
  for (const std::string words :
       {"In `server.js`, replace `3000` with `8080`.",
        "#### server.js\n\nChange line 1 to `const PORT = 8080;`.", "### 2. server.js\n\nSet `PORT` to 8080.",
        "Then change `3000` to `8080` in `server.js`."}) {
    INFO(words);
    CHECK(IsLost(words + "\n"));
  }
  for (const std::string words :
       {"You can replace `3000` with `8080` in `server.js`.", "In `a.py`, replace `first` with `third`.",
        "Do not change `3000` to `8080` in `server.js`.", "Replace `3000` with your port.",
        "This changes `first` to `third`.", "`server.js` sets `PORT` to `3000`."}) {
    INFO(words);
    CHECK(!IsLost(words + "\n"));
  }
  const std::string block = "<<<<<<< SEARCH\nstart(PORT);\n=======\nstart(8080);\n>>>>>>> REPLACE\n";
  CHECK(!IsLost("In `server.js`, replace `PORT` with `8080`:\n\n" + block));
}

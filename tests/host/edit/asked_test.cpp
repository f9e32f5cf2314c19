// Fences that are taken for no edit, below words that ask for one: what they show is made, is told of, or is
// what the edits of the answer do.
#include <catch2/catch.hpp>

#include "support/cpu_time.hpp"
#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

const std::string kEdit =
    "app.py\n```python\n<<<<<<< SEARCH\nVERSION = \"1.0\"\n=======\nVERSION = \"1.1\"\n>>>>>>> "
    "REPLACE\n```\n\n";

std::string Fence(const std::string& content, const std::string& word = "python") {
  return "```" + word + "\n" + content + "```\n";
}

std::string ProblemBehind(const std::string& text) {
  const Answer answer = ParseAnswer(kEdit + text);
  return answer.problems.empty() ? "" : answer.problems[0].text;
}

}  // namespace

TEST_CASE("a fence below a sentence that asks to change a file is told of when it is no edit") {
  const std::string code = Fence("x = 2\ny = 2\n"), bare = Fence("flask\nrequests\n", "");
  for (const auto& [words, path] : std::vector<std::pair<std::string, std::string>>{
           {"Update `run.sh` so that it uses four jobs:\n\n" + Fence("#!/bin/sh\nmake -j4\n", "bash"),
            "run.sh"},
           {"In `Dockerfile`, bump the version:\n" + bare, "Dockerfile"},
           {"Then change `requirements.txt` to include requests:\n" + bare, "requirements.txt"},
           {"Your `requirements.txt` should look like this:\n" + bare, "requirements.txt"},
           {"`b.py` now looks like this:\n" + code, "b.py"},
           {"2. **Bump x in `b.py`**:\n" + code, "b.py"},
           {"Update `go.mod` accordingly:\n" + Fence("module x\n", ""), "go.mod"},
           {"Add the following to your `.gitignore`:\n" + Fence("build/\n", "bash"), ".gitignore"},
           {"Don't forget to register it in `urls.py`:\n" + code, "urls.py"},
           {"It works now. Also, I updated the\nroutes in `urls.py`:\n" + code, "urls.py"},
           {"Add an example to `README.md`:\n" + code, "README.md"}}) {
    INFO(words);
    CHECK_THAT(ProblemBehind(words), Catch::Contains("'FILE: " + path + "'"));
  }
}

TEST_CASE("a path with a colon above a fence, and an order without a path, ask for what the fence holds") {
  const std::string code = Fence("x = 2\ny = 2\n");
  for (const char* words : {"Then there is `c.py`:\n", "Do the same in `c.py`:\n"}) {
    INFO(words);
    CHECK_FALSE(ProblemBehind(words + code).empty());
  }
  for (const char* words : {"Also add the import at the top:\n", "Update the `f` function as follows:\n"}) {
    INFO(words);
    CHECK_THAT(ProblemBehind(words + code), Catch::Contains("is in none of its edits"));
  }
  for (const char* words :
       {"**Original `c.py`:**\n", "Consider adding an index in `c.py`:\n", "The idea is this:\n"}) {
    INFO(words);
    CHECK(ProblemBehind(words + code).empty());
  }
}

TEST_CASE("a fence that shows how something is used or what it gives is an example") {
  for (const std::string& text : std::vector<std::string>{
           "Update `app.py` so that it prints:\n" + Fence("1.1\n", ""),
           "With this change `app.py` gives:\n" + Fence("1.1\n", "text"),
           "Run the updated `run.sh`:\n" + Fence("./run.sh -j4\n", "bash"),
           "After the update, run `run.sh`:\n" + Fence("./run.sh\n", "bash"),
           "Add `requests` to `requirements.txt` and install it:\n" +
               Fence("pip install -r requirements.txt\n", "bash"),
           "Add it to `requirements.txt` with:\n" + Fence("pip install requests\n", "sh"),
           "For example, to change `config.json` at run time:\n" + Fence("set_config('a')\n"),
           "It is this change to `b.py` that I had in mind:\n" + Fence("f()\n"),
           "Nothing in `b.py` has to change, it is still:\n" + Fence("x = 1\n"),
           "Both `b.py` and `c.py` call it, so I update it here:\n" + Fence("f()\n"),
           "If you use another file, add this to `b.py`:\n" + Fence("x = 3\n"),
           "Add this to your `.env`:\n" + Fence("A=1\n", ""),
           "Add this to your `~/.bashrc`:\n" + Fence("export A=1\n"), "It prints:\n" + Fence("x\n")}) {
    INFO(text);
    CHECK(ProblemBehind(text).empty());
  }
}

TEST_CASE("a fence may show what the edits of its file do before or behind them") {
  const std::string shown = Fence("VERSION = \"1.1\"\n"), other = Fence("VERSION = \"1.2\"\n");
  for (const char* words : {"I updated `app.py` like this:\n", "`app.py` now looks like this:\n"}) {
    CHECK(ParseAnswer(kEdit + words + shown).problems.empty());
    CHECK(ParseAnswer(words + shown + kEdit).problems.empty());
    CHECK_FALSE(ParseAnswer(kEdit + words + other).problems.empty());
    CHECK_FALSE(ParseAnswer(words + other + kEdit).problems.empty());
  }
}

TEST_CASE("a fence that is named for an edited file is told of unless its edits hold its lines") {
  for (const std::string head : {"```python\n# app.py\n", "```python title=\"app.py\"\n",
                                 "```python:app.py\n", "```app.py\n", "```python [app.py]\n"}) {
    INFO(head);
    const std::string more = head + "def extra():\n    return 3\n```\n";
    CHECK_THAT(ProblemBehind("Then add:\n" + more), Catch::Contains("is in none of its edits"));
    CHECK_FALSE(ParseAnswer(more + "\n" + kEdit).problems.empty());
    CHECK(ProblemBehind("So:\n" + head + "VERSION = \"1.1\"\n```\n").empty());
    CHECK(ProblemBehind("Usage:\n" + more).empty());
  }
}

TEST_CASE("what is to be inserted into the file at hand is told of") {
  for (const char* words : {"And add this at the end of the file:", "Then insert this after `load`:",
                            "Finally, append the following:", "Replace this:", "Replace:", "with this:"}) {
    INFO(words);
    CHECK_THAT(ProblemBehind(std::string(words) + "\n\n" + Fence("def helper():\n    return 42\n")),
               Catch::Contains("SEARCH/REPLACE"));
  }
  for (const char* words : {"I added this check:", "The loop adds this:", "Before:", "This is the result:"})
    CHECK(ProblemBehind(std::string(words) + "\n\n" + Fence("def helper():\n    return 42\n")).empty());
}

TEST_CASE("a file is made where the words say that it is new and there is none of its name") {
  const std::string code = Fence("x = 1\n");
  for (const char* words : {"Create a new file `utils.py`:", "And add `utils.py`:", "### `utils.py` (new)",
                            "Create `utils.py` with the following content:", "New file: `utils.py`"}) {
    INFO(words);
    test::TempDir dir;
    REQUIRE(Try(dir, std::string(words) + "\n\n" + code).ok());
    CHECK(dir.Read("utils.py") == "x = 1\n");
    // Another of its name may be meant.
    test::TempDir other;
    other.Write("src/utils.py", "y = 1\n");
    CHECK_FALSE(Try(other, std::string(words) + "\n\n" + code).ok());
  }
  for (const char* words : {"### `utils.py`", "Update `utils.py`:", "Add to `utils.py`:", "In `utils.py`:",
                            "Create `utils.py` by running this:"}) {
    INFO(words);
    test::TempDir dir;
    CHECK_FALSE(Try(dir, std::string(words) + "\n\n" + code).ok());
  }
  // One that is there is replaced by what is like it only.
  test::TempDir dir;
  dir.Write("utils.py", "a = 1\nb = 1\nc = 1\nd = 1\n");
  CHECK_FALSE(Try(dir, "Create a new file `utils.py`:\n" + code).ok());
}

TEST_CASE("a file that is said to be empty is made") {
  for (const char* words :
       {"### `pkg/__init__.py`\n\n(empty file)", "- `pkg/__init__.py` (empty)",
        "Create an empty file `pkg/__init__.py`.", "`pkg/__init__.py`:\n\n*Empty file.*"}) {
    INFO(words);
    test::TempDir dir;
    dir.Write("app.py", "VERSION = \"1.0\"\n");
    REQUIRE(Try(dir, kEdit + words + "\n").ok());
    CHECK(dir.Read("pkg/__init__.py").empty());
    // One with lines is not emptied.
    dir.Write("app.py", "VERSION = \"1.0\"\n");
    dir.Write("pkg/__init__.py", "x = 1\n");
    CHECK_FALSE(Try(dir, kEdit + words + "\n").ok());
  }
  CHECK(ParseAnswer(kEdit + "The list in `b.py` is empty then.\n").edits.size() == 1);
  CHECK(ParseAnswer(kEdit + "`b.py` must not be empty.\n").edits.size() == 1);
}

TEST_CASE("a label above a snippet replaces no file") {
  const std::string before = "import os\n\n\ndef load(p):\n    return open(p)\n\n\ndef save(p):\n    pass\n";
  const std::string part = Fence("def load(p):\n    return open(p, encoding=\"utf-8\")\n");
  const std::string whole = Fence(
      "import os\n\n\ndef load(p):\n    return open(p, encoding=\"utf-8\")\n\n\ndef save(p):\n    pass\n");
  for (const char* label :
       {"**File: `m.py`**", "File: `m.py`", "### File: `m.py`", "File: m.py", "file: m.py", "=== m.py ==="}) {
    INFO(label);
    test::TempDir dir;
    dir.Write("m.py", before);
    CHECK_FALSE(Try(dir, std::string(label) + "\n" + part).ok());
    CHECK(dir.Read("m.py") == before);
    CHECK_FALSE(Try(dir, "```python\n" + std::string(label) + "\n" + part.substr(10)).ok());
    REQUIRE(Try(dir, std::string(label) + "\n" + whole).ok());
    CHECK_THAT(dir.Read("m.py"), Catch::Contains("utf-8"));
  }
  for (const char* label : {"FILE: m.py", "**FILE: m.py**", "1. FILE: m.py", "### FILE: m.py"}) {
    INFO(label);
    test::TempDir dir;
    dir.Write("m.py", before);
    REQUIRE(Try(dir, std::string(label) + "\n" + part).ok());
    CHECK_THAT(dir.Read("m.py"), Catch::StartsWith("def load"));
  }
}

TEST_CASE("the path behind a fence or alone in its first line names the file") {
  const std::string before = "a = 1\nb = 1\nc = 1\n", after = "a = 2\nb = 1\nc = 1\n";
  for (const std::string head : {"```src/b.py\n", "```python\nsrc/b.py\n",
                                 "**Step 2: src/b.py**\n```python\n", "```python [src/b.py]\n"}) {
    INFO(head);
    test::TempDir dir;
    dir.Write("src/b.py", before);
    REQUIRE(Try(dir, head + after + "```\n").ok());
    CHECK(dir.Read("src/b.py") == after);
    CHECK_FALSE(Try(dir, head + "q = 2\n```\n").ok());
  }
  // Languages and lists of files name none.
  for (const std::string text :
       {"```Dockerfile\nFROM x\n```\n", "```asp.net\nx\n```\n", "```\nsrc/b.py\nx\n```\n",
        "```python\nsrc/b.py\nsrc/c.py\n```\n", "```text\nsrc/b.py\nx\n```\n"}) {
    INFO(text);
    const Answer answer = ParseAnswer(kEdit + text);
    CHECK(answer.problems.empty());
    CHECK(answer.edits.size() == 1);
  }
  CHECK(ParseAnswer(kEdit + "```bash\n# r.sh\necho 2\n```\n").edits.size() == 2);
  CHECK(ParseAnswer(kEdit + "```bash\n# b.py\necho 2\n```\n").edits.size() == 1);
  CHECK(ParseAnswer(kEdit + "Example usage:\n```python\n# example.py\nimport app\n```\n").edits.size() == 1);
}

TEST_CASE("many fences below many sentences are compared with the edits once") {
  auto seconds = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      const std::string path = "d/e/f" + std::to_string(i % 50) + ".py";
      text += path + "\n<<<<<<< SEARCH\na" + std::to_string(i) +
              "\n=======\nb\n>>>>>>> REPLACE\n\nI updated `" + path + "` so:\n" + Fence("b\n");
    }
    return test::CpuSeconds([&] { CHECK(ParseAnswer(text).problems.empty()); });
  };
  // Each with each would take 64 times as long.
  CHECK(seconds(8000) < seconds(1000) * 24);
}

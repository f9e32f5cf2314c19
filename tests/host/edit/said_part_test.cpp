// Behind FILE: stands the whole file: an answer that says otherwise would wipe the rest of it.
#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

constexpr const char* kShop =
    "import os\nimport sys\n\nTAX = 0.2\n\n\ndef load(path):\n    return open(path).read()\n\n\n"
    "def total(items):\n    result = 0\n    for item in items:\n        result += item.price\n"
    "    return result\n\n\ndef main():\n    print(total([]))\n";
constexpr const char* kTotal = "def total(items):\n    return sum(i.price for i in items)\n";

std::string InFence(const std::string& text) {
  return "```python\n" + text + "```\n";
}

// The reason of the refusal; empty: it was applied.
std::string PartRefusalOf(const std::string& answer, const std::string& before = kShop) {
  test::TempDir dir;
  dir.Write("app.py", before);
  const Report report = Try(dir, answer);
  if (report.ok()) return {};
  CHECK(dir.Read("app.py") == before);
  return report.refused.at(0).reason;
}

std::string ChangedShop() {
  std::string text = kShop;
  return text.replace(text.find("0.2"), 3, "0.25");
}

}  // namespace

TEST_CASE("a file that its own line says is a part does not replace the file") {
  for (const char* note :
       {" (excerpt)", " (partial)", " (lines 1-2)", " (function total)", " (append)", " - add the function h",
        " \xE2\x80\x94 changed lines only", " (only the new part)"}) {
    INFO(note);
    CHECK_THAT(PartRefusalOf("FILE: app.py" + std::string(note) + "\n" + InFence("def h():\n    pass\n")),
               Catch::Contains("is a part of the file"));
    CHECK(PartRefusalOf("FILE: app.py" + std::string(note) + "\n" +
                        InFence(ChangedShop() + "\n\ndef h():\n    pass\n"))
              .empty());
  }
}

TEST_CASE("a file that the words beside it say is a part does not replace the file") {
  const std::string file = "FILE: app.py\n" + InFence("def h():\n    pass\n");
  for (const char* words : {"Only this function changes:", "The rest of the file is unchanged.",
                            "Everything else stays as it is.", "Append to app.py:", "Add a helper:"}) {
    INFO(words);
    CHECK_THAT(PartRefusalOf(words + ("\n\n" + file)),
               Catch::Contains("send a SEARCH/REPLACE block for a part"));
    CHECK(PartRefusalOf(words + ("\n\nFILE: app.py\n" + InFence(ChangedShop()))).empty());
  }
  for (const char* words : {"The rest of the file is unchanged.", "Everything else stays as it is."})
    CHECK_THAT(PartRefusalOf(file + "\n" + words + "\n"), Catch::Contains("is a part of the file"));
  const std::string json =
      R"({"ops": [{"action": "upsert", "path": "app.py", "content": "def h():\n    pass\n"}]})";
  CHECK_THAT(PartRefusalOf("Only this function changes:\n\n" + json + "\n"),
             Catch::Contains("is a part of the file"));
  CHECK_THAT(PartRefusalOf("Only this function changes:\n\n```python path=app.py\ndef h():\n    pass\n```\n"),
             Catch::Contains("is a part of the file"));
  CHECK(PartRefusalOf("Here is the whole file, the rest is unchanged:\n\n" + file).empty() == false);
  CHECK(PartRefusalOf("I add a helper now.\n\n" + file).empty());
}

TEST_CASE("one part of a larger file alone does not replace it") {
  for (const char* named :
       {"FILE: app.py\n```python\n", "**FILE: app.py**\n```python\n", "```python path=app.py\n"})
    CHECK_THAT(PartRefusalOf(named + std::string(kTotal) + "```\n"),
               Catch::Contains("one part of the file alone"));
  CHECK_THAT(PartRefusalOf(
                 R"({"ops": [{"action": "upsert", "path": "app.py", "content": "def total(x):\n    y\n"}]})"),
             Catch::Contains("one part of the file alone"));
  // It begins as the file does, is another one, said to be all, or the file is small.
  for (const char* words :
       {"Here is the whole file:", "I rewrite it from scratch:", "The function `main` is removed:"})
    CHECK(PartRefusalOf(words + ("\n\nFILE: app.py\n" + InFence(kTotal))).empty());
  CHECK(PartRefusalOf("FILE: app.py\n" + InFence("import os\n\n" + std::string(kTotal))).empty());
  CHECK(PartRefusalOf("FILE: app.py\n" + InFence("from shop import total\n")).empty());
  CHECK(PartRefusalOf("FILE: app.py\n" + InFence(kTotal), "def total(items):\n    return 0\n\nx = 1\n")
            .empty());
}

TEST_CASE("a fence that may be a file is not told to go behind FILE: when it is a part") {
  const std::string reason = PartRefusalOf("Here is the updated `total` in `app.py`:\n\n" + InFence(kTotal));
  CHECK_THAT(reason, Catch::Contains("when it is a part of the file, send a SEARCH/REPLACE block") &&
                         Catch::Contains("only when it is the whole file, write 'FILE: app.py'"));
}

TEST_CASE("a file that is said to be new does not replace another") {
  const std::string file = InFence("def h():\n    pass\n");
  CHECK_THAT(PartRefusalOf("FILE: app.py (new)\n" + file), Catch::Contains("says that the file is new"));
  CHECK(PartRefusalOf("FILE: app.py (new)\n" + InFence(ChangedShop())).empty());
  CHECK(PartRefusalOf("FILE: app.py\n" + file).empty());
  CHECK(PartRefusalOf("I rewrite it:\n\nFILE: app.py (new)\n" + file).empty());
  CHECK(PartRefusalOf("FILE: lib.py (new)\n" + file).empty());
}

TEST_CASE("a path with numbers of lines behind it makes no file") {
  for (const char* path : {"app.py:1", "app.py:3-7"})
    CHECK_THAT(PartRefusalOf("FILE: " + std::string(path) + "\n" + InFence("import re\n")),
               Catch::Contains("SEARCH/REPLACE"));
}

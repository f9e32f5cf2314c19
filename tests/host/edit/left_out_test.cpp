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

TEST_CASE("dots before a name are code in languages that spread values") {
  for (const char* code :
       {"      {...rest}\n    >\n", "    ...rest\n  } = props;\n", "    ...existing,\n    ...other,\n",
        "  <A {...props} />\n", "  [...remaining, item],\n", "  ...args: string[]\n"}) {
    INFO(code);
    CHECK(TakesBlock("a.jsx", code));
    CHECK(TakesWhole("a.ts", std::string(code) + "more();\n"));
  }
  for (const char* words :
       {"...existing code", "...rest of the code...", "{ ... }", "[... rest]", "...existing..."}) {
    INFO(words);
    CHECK_FALSE(TakesBlock("a.jsx", std::string("  three(x)\n  ") + words + "\n"));
  }
  CHECK_FALSE(TakesBlock("a.py", "  three(x)\n  ...rest\n"));
}

TEST_CASE("dots behind other words of a comment or in a string tell of what the program does") {
  for (const char* words :
       {"# wait for other threads...", "# later: handle the rest...", "# Loads more code ...", "# loading...",
        "# existing users see the same page as before"}) {
    INFO(words);
    CHECK(TakesBlock("a.py", std::string("  ") + words + "\n  one(x)\n  two(x)\n"));
    CHECK(TakesBlock("a.py", std::string("  one(x)\n  two(x)\n\n  ") + words + "\n  three(x)\n"));
    if (words != std::string("# loading..."))
      CHECK_FALSE(TakesBlock("a.py", std::string("  ") + words + "\n"));
  }
  CHECK(TakesBlock("a.py", "  # loading...\n  three(x)\n"));
  CHECK(TakesBlock("a.py", "  one(x)\n  print(\n    \"... rest omitted\"\n  )\n"));
  CHECK_FALSE(TakesBlock("a.json", "  \"one\"\n  \"... rest omitted\"\n"));
  for (const char* words : {"# rest of the code...", "# existing checks...", "# more handlers here...",
                            "# imports...", "# ... wait for other threads"}) {
    INFO(words);
    CHECK_FALSE(TakesBlock("a.py", std::string("  ") + words + "\n  one(x)\n  two(x)\n"));
  }
  CHECK(TakesBlock("a.hpp", "  call(\n      f(x)\n      )...\n"));
  CHECK(TakesBlock("a.py", "class Base: ...\nclass Method(Base): ...\n"));
  CHECK(TakesBlock("a.md", "## Existing files\n"));
  CHECK_FALSE(TakesBlock("a.md", "# Existing files unchanged\n"));
}

TEST_CASE("a comment right above code in a part that loses no line tells what the code does") {
  for (const char* words :
       {"Keep existing files", "leave the other fields unchanged", "Keep all existing entries",
        "keep the original file", "all other cases are skipped", "everything else is kept"}) {
    INFO(words);
    const std::string comment = std::string("  # ") + words + "\n", check = "  if three(x):\n    return\n";
    CHECK(TakesBlock("a.py", comment + check + "  one(x)\n  two(x)\n"));
    CHECK(TakesBlock("a.py", comment + check + "  one(x, 1)\n  two(x)\n"));
    // A line is gone, or nothing stands right below.
    CHECK_FALSE(TakesBlock("a.py", comment + check + "  two(x)\n"));
    CHECK_FALSE(TakesBlock("a.py", check + comment + "\n  one(x)\n  two(x)\n"));
    CHECK_FALSE(TakesBlock("a.py", "  one(x)\n  two(x)\n" + check + comment));
    CHECK(TakesWhole("a.py", "old 1\nold 2\n" + comment + check));
    CHECK_FALSE(TakesWhole("a.py", "old 1\n" + comment));
  }
  CHECK_FALSE(TakesBlock("a.py", "  # Keep existing code\n  three(x)\n  one(x)\n  two(x)\n"));
}

TEST_CASE("words of other languages that say that the rest stays are not written for it") {
  const std::string before = "one();\ntwo();\nthree();\nfour();\n";
  for (const char* words : {"其余代码保持不变",
                            "... 其余代码不变 ...",
                            "...（其余代码与原来相同）",
                            "其他代码不变",
                            "省略",
                            "以下省略",
                            "変更なし",
                            "以下は変更なし",
                            "残りのコードは同じです",
                            "le reste du code est inchangé",
                            "Le reste ne change pas",
                            "Rest unverändert",
                            "Der restliche Code bleibt gleich",
                            "resto sin cambios",
                            "El resto del código permanece igual",
                            "sem alterações",
                            "o restante do código permanece inalterado",
                            "остальной код без изменений",
                            "Остальное без изменений",
                            "no changes below this point",
                            "Store and main are identical to the original",
                            "same as original",
                            "etc."}) {
    INFO(words);
    CHECK_FALSE(Takes("a.py", before, "FILE: a.py\n```\none(1)\n\n# " + std::string(words) + "\n```\n"));
    CHECK_FALSE(TakesBlock("a.py", "  # " + std::string(words) + "\n"));
  }
  for (const char* words : {"文件名不变时返回", "le même fichier", "die Größe bleibt", "mismo valor",
                            "тот же файл", "igual a cero", "identical keys", "waits etc. for the original"}) {
    INFO(words);
    CHECK(TakesBlock("a.py", "  # " + std::string(words) + "\n  three(x)\n"));
  }
}

TEST_CASE("words for code that stays are refused when a line is lost, however much comes") {
  const std::string before = "function add(item) {\n  items.add(item);\n}\n";
  const auto block = [](const std::string& come) {
    return "a.js\n<<<<<<< SEARCH\n  items.add(item);\n=======\n" + come + ">>>>>>> REPLACE\n";
  };
  CHECK_FALSE(Takes("a.js", before, block("  if (!item) return;\n  // existing code\n")));
  CHECK_FALSE(Takes("a.js", before, block("  if (!item) return;\n  // 原有代码\n")));
  CHECK(Takes("a.js", before, block("  if (!item) return;\n  items.add(item);  // as before\n")));
  std::string file;
  for (int i = 0; i < 20; ++i) file += "line(" + std::to_string(i) + ");\n";
  const auto whole = [](const std::string& text) { return "FILE: a.js\n```\n" + text + "```\n"; };
  const std::string most = file.substr(0, file.rfind("line("));
  CHECK_FALSE(Takes("a.js", file, whole(most + "// rest of the file\n")));
  CHECK_FALSE(Takes("package.json", "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
                    "FILE: package.json\n```\n{\n  \"a\": 3,\n  // existing dependencies\n}\n```\n"));
}

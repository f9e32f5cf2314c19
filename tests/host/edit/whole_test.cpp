// Whether what is given for a whole file is one: text that was left out, and examples below headings.
#include <catch2/catch.hpp>
#include <random>

#include "mamc/edit/apply.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

std::string Functions(int count, const std::string& more = "") {
  std::string text;
  for (int i = 0; i < count; ++i)
    text +=
        "def f" + std::to_string(i) + "():\n    return " + std::to_string(i) + "\n\n" + (i == 0 ? more : "");
  return text;
}

// The file's text afterwards.
std::string After(const std::string& before, const std::string& answer, const std::string& path = "m.py") {
  test::TempDir dir;
  if (!before.empty()) dir.Write(path, before);
  auto report = Apply(ParseAnswer(answer), dir.path(), {});
  REQUIRE(report.ok());
  if (!report->ok()) {
    INFO(report->feedback);
    CHECK((before.empty() ? !std::filesystem::exists(dir.path() / path) : dir.Read(path) == before));
    return "refused";
  }
  return dir.Read(path);
}

std::string Fence(const std::string& content, const std::string& word = "python") {
  return "```" + word + "\n" + content + "```\n";
}

}  // namespace

TEST_CASE("a whole file of which a part is left out is refused in whatever words") {
  const std::string before = Functions(12);
  for (const std::string words : {"... rest of the code ...",
                                  "...rest of the code remains the same...",
                                  "[rest of the file unchanged]",
                                  "# [rest of file remains the same]",
                                  "# [Previous code remains unchanged]",
                                  "# Other functions remain unchanged",
                                  "# The rest is unchanged",
                                  "# unchanged",
                                  "# same as before",
                                  "# Keep existing code",
                                  "# [...]",
                                  "# (...)",
                                  "# ... (f1 - f11)",
                                  "# -- snip --",
                                  "<!-- rest unchanged -->",
                                  "# (remaining functions unchanged)",
                                  "...",
                                  "# All other functions stay as they are",
                                  "// existing implementation",
                                  "# The remaining code is kept as is",
                                  "/* everything below omitted for brevity */",
                                  "{/* other handlers unchanged */}",
                                  "(rest omitted)"}) {
    INFO(words);
    CHECK(After(before, "FILE: m.py\n" + Fence("def f0():\n    return 100\n\n" + words + "\n")) == "refused");
    CHECK(After(before,
                "{\"ops\": [{\"action\": \"upsert\", \"path\": \"m.py\", \"content\": \"def f0(): 1\\n" +
                    words + "\\n\"}]}") == "refused");
    // A comment that the file has is a line of it.
    CHECK(After(words + "\n" + before, "FILE: m.py\n" + Fence(words + "\n" + Functions(9))) ==
          words + "\n" + Functions(9));
  }
  CHECK(After(before, "FILE: m.py\n```python\n```\n") == "refused");
  CHECK(After(before, "FILE: m.py\n```python\n\n```\n") == "refused");
  // Dots within a line of the file are not the line.
  CHECK(After("print('wait...')\n" + before, "FILE: m.py\n" + Fence("print('wait...')\n\n...\n")) ==
        "refused");
}

TEST_CASE("comments of a whole file that speak of what is kept are written") {
  const std::string before = Functions(12);
  for (const std::string words :
       {"# Keep the users that were there before the migration", "# The rest is sorted",
        "# skip existing entries", "# the same order as before", "# Other imports", "x = [...]",
        "# remaining time in ms", "print(\"...\")", "# unchanged"}) {
    INFO(words);
    const std::string after = Functions(12, words + "\n");
    CHECK(After(before, "FILE: m.py\n" + Fence(after)) == after);
  }
}

TEST_CASE("what stands below a mere heading replaces a file only when it is like it") {
  const std::string before = Functions(12), after = Functions(12, "x = 1\n");
  CHECK(After(before, "### m.py\n" + Fence("python m.py --help\n", "bash")) == "refused");
  CHECK(After(before, "### m.py\n" + Fence("3\n", "")) == "refused");
  CHECK(After("a = 1\nb = 2\nc = 3\n", "### m.py\n" + Fence("import m\nm.run(1)\nprint(m.a)\n")) ==
        "refused");
  CHECK(After(before, "### m.py\n" + Fence("def f3():\n    return 33\n")) == "refused");
  CHECK(After(before, "### src/m.py\n" + Fence("$ m.py\n", "console"), "src/m.py") == "refused");
  CHECK(After("", "### src/m.py\n" + Fence("$ m.py\n", "console"), "src/m.py") == "refused");
  CHECK(After(before, Fence("def f3():\n    return 33\n", "python:m.py")) == "refused");
  CHECK(After(before, Fence("# m.py\ndef f3():\n    return 33\n")) == "refused");

  CHECK(After(before, "### m.py\n" + Fence(after)) == after);
  CHECK(After(before, "### 1. `m.py`\n" + Fence(after)) == after);
  CHECK(After(before, Fence(after, "python:m.py")) == after);
  CHECK(After(before, Fence("# m.py\n" + after)) == after);
  CHECK(After("# m.py\n" + before, Fence("# m.py\n" + after)) == "# m.py\n" + after);
  CHECK(After(before, "### m.py (complete file)\n" + Fence("y = 2\n")) == "y = 2\n");
  CHECK(After(before, "FILE: m.py\n" + Fence("y = 2\n")) == "y = 2\n");
  CHECK(After("", "### src/m.py\n" + Fence(after), "src/m.py") == after);
}

TEST_CASE("what stands below a mere heading and may be a part of the file does not replace it") {
  const std::string package =
      "{\n  \"name\": \"x\",\n  \"version\": \"1.0.0\",\n  \"scripts\": {\n    \"test\": \"jest\"\n  }\n}\n";
  const std::string scripts =
      "{\n  \"scripts\": {\n    \"test\": \"jest\",\n    \"lint\": \"eslint .\"\n  }\n}\n";
  CHECK(After(package, Fence(scripts, "json title=\"package.json\""), "package.json") == "refused");
  CHECK(After(package, "FILE: package.json\n" + Fence(scripts, "json"), "package.json") == scripts);
  const std::string services =
      "name: x\nservices:\n  web:\n    image: a\n    ports: [80]\n  db:\n    image: b\n";
  const std::string web = "services:\n  web:\n    image: a:2\n    ports: [80]\n";
  CHECK(After(services, "Only `web` changes:\n\n#### c.yml\n" + Fence(web, "yaml"), "c.yml") == "refused");
  const std::string renamed =
      "name: y\nservices:\n  web:\n    image: a:2\n    ports: [80, 443]\n  db:\n    image: b\n";
  CHECK(After(services, "#### c.yml\n" + Fence(renamed, "yaml"), "c.yml") == renamed);
}

TEST_CASE("a part below a heading does not replace the file though its last lines are new") {
  const std::string package =
      "{\n  \"name\": \"x\",\n  \"scripts\": {\n    \"test\": \"jest\"\n  },\n  \"dependencies\": {\n    "
      "\"a\": \"1\"\n  }\n}\n";
  CHECK(
      After(package,
            "### package.json\n" +
                Fence("{\n  \"name\": \"x\",\n  \"scripts\": {\n    \"test\": \"vitest\"\n  }\n}\n", "json"),
            "package.json") == "refused");
  const std::string module =
      "import a from 'a';\n\nexport function f() {\n  return a();\n}\n\nexport function g() {\n  return "
      "b();\n}\n";
  CHECK(After(module,
              Fence("// m.js\nimport a from 'a';\n\nexport function f() {\n  return a() + 1;\n}\n", "js"),
              "m.js") == "refused");
  const std::string cargo =
      "[package]\nname = \"x\"\n\n[dependencies]\ntokio = \"1\"\n\n[profile.release]\nlto = true\n";
  CHECK(After(cargo,
              "### Cargo.toml\n" +
                  Fence("[package]\nname = \"x\"\n\n[dependencies]\ntokio = \"1\"\nanyhow = \"1\"\n", "toml"),
              "Cargo.toml") == "refused");
}

TEST_CASE("a part goes from a file below a heading when the answer says that something goes") {
  const std::string before =
      "import sys\n\n\ndef unused(x):\n    y = x + 1\n    return y\n\n\ndef main():\n    print(sys.argv)\n";
  const std::string after = "import sys\n\n\ndef main():\n    print(sys.argv)\n";
  CHECK(After(before, "### m.py\n" + Fence(after)) == "refused");
  CHECK(After(before, "I deleted the unused function.\n\n### m.py\n" + Fence(after)) == after);
  // Lines within a part go without a word.
  const std::string shorter =
      "import sys\n\n\ndef unused(x):\n    return x + 1\n\n\ndef main():\n    print(sys.argv)\n";
  CHECK(After(before, "### m.py\n" + Fence(shorter)) == shorter);
}

TEST_CASE("a whole file changes no line end of a line that stays") {
  const std::string mixed = "a\nb\r\nc\nd\r\ne\n";
  CHECK(After(mixed, "FILE: m.txt\n" + Fence("A\nb\nc\nd\nE\n", ""), "m.txt") == "A\nb\r\nc\nd\r\nE\n");
  CHECK(After(mixed, "FILE: m.txt\n" + Fence("a\nb\nnew\nd\ne\n", ""), "m.txt") == "a\nb\r\nnew\nd\r\ne\n");
  CHECK(After(mixed, "FILE: m.txt\n" + Fence("d\ne\n", ""), "m.txt") == "d\r\ne\n");
  // b moves: the longer row of lines stays where it is.
  CHECK(After("b\r\nc\nd\r\ne\n", "FILE: m.txt\n" + Fence("c\nd\nb\ne\n", ""), "m.txt") ==
        "c\nd\r\nb\r\ne\n");
}

TEST_CASE("a whole file of any lines becomes what was sent but for line ends") {
  std::mt19937 random(7);
  auto text = [&](bool mixed) {
    std::string lines;
    for (std::size_t i = 0, n = 1 + random() % 40; i < n; ++i)
      lines += std::string(1, "abcdefghij{}"[random() % 12]) + (mixed && random() % 2 == 0 ? "\r\n" : "\n");
    return lines;
  };
  for (int round = 0; round < 200; ++round) {
    const std::string before = text(true), wanted = text(false);
    std::string after = After(before, "FILE: m.txt\n" + Fence(wanted, ""), "m.txt");
    std::erase(after, '\r');
    INFO(before << "->\n" << wanted);
    CHECK(after == wanted);
  }
}

TEST_CASE("a later version of a whole file is not dropped as an example") {
  const std::string first = Functions(6), later = Functions(6, "x = 1\n");
  const std::string named = Fence(first, "python:m.py");
  for (const std::string& file : {named, "FILE: m.py\n" + Fence(first), Fence("# m.py\n" + first)}) {
    for (const std::string& again : {Fence(later, "python:m.py"), Fence("# m.py\n" + later),
                                     Fence(later, "python title=\"m.py\""), Fence(later)}) {
      INFO(file + again);
      CHECK(After(first, file + "\nThe corrected file:\n\n" + again) == "refused");
    }
    // The same again, how it is called, and a part of it are no versions.
    for (const std::string& again : {named, Fence("import m\nm.f1()\n", "python:m.py"),
                                     Fence("# m.py\nprint(f0())\n"), Fence("def f3():\n    return 3\n")}) {
      INFO(file + again);
      CHECK(ParseAnswer(file + "\nSo:\n\n" + again).problems.empty());
    }
  }
}

TEST_CASE("edits that stand where a whole file should are not written into the file") {
  const std::string before = "int a;\nint b;\nint c;\nint d;\n";
  const std::string block = "<<<<<<< SEARCH\nint b;\n=======\nlong b;\n>>>>>>> REPLACE\n";
  for (const std::string& edits : std::vector<std::string>{
           "int a;\n\n\n" + block,
           "int a;\n// the change\n\n<<<<<<< ORIGINAL\nint b;\n=======\nlong b;\n>>>>>>> UPDATED\n",
           "// m.c\n\n// the change\n--- a/m.c\n+++ b/m.c\n@@ -1,2 +1,2 @@\n int a;\n-int b;\n+long b;\n",
           "int a;\n// the change\n@@ -1,2 +1,2 @@\n int a;\n-int b;\n+long b;\n",
           " int a;\n-int b;\n+long b;\n int c;\n int d;\n", "int a;\n-int b;\n+long b;\nint c;\nint d;\n",
           "int a;\n-int b;\nint c;\nint d;\n", "int a;\nint b;\n+#include <x>\nint c;\nint d;\n",
           "int a;\nint b;\n+    long e;\nint c;\nint d;\n"}) {
    INFO(edits);
    CHECK(After(before, "FILE: m.c\n" + Fence(edits, "c"), "m.c") == "refused");
    CHECK(After("", "FILE: m.c\n" + Fence(edits.substr(0, 5) == "int a" ? edits + "+int e;\n" : edits, "c"),
                "m.c") == "refused");
  }
  const std::string json = R"({"action": "upsert", "path": "m.c", "content": "int a;\n-int b;\n+long b;\n"})";
  CHECK(After(before, json, "m.c") == "refused");
  // Lists, documents that show such lines, and files that have them are written.
  CHECK(After("name: a\n", "FILE: m.yml\n" + Fence("- name: a\n- name: b\n", "yaml"), "m.yml") ==
        "- name: a\n- name: b\n");
  CHECK(After("# T\n", "FILE: m.md\n" + Fence("# T\n\n+ one\n+ two\n- three\n", ""), "m.md") ==
        "# T\n\n+ one\n+ two\n- three\n");
  const std::string document = "# T\n\n```\n" + block + "```\nand\n```diff\n-a\n+b\n```\nend\n";
  CHECK(After("# T\n", "FILE: m.md\n````markdown\n" + document + "````\n", "m.md") == document);
  CHECK(After("5\n6\n", "FILE: m.csv\n" + Fence("-5\n6\n", ""), "m.csv") == "-5\n6\n");
  CHECK(After("a\n+b\n", "FILE: m.c\n" + Fence("a\n+b\n+c\n", ""), "m.c") == "a\n+b\n+c\n");
}

TEST_CASE("an insertion that is said twice is made once") {
  const std::string before = "1\n2\n3\n4\n5\n6\n";
  auto block = [](const std::string& old, const std::string& now) {
    return "m.py\n<<<<<<< SEARCH\n" + old + "=======\n" + now + ">>>>>>> REPLACE\n\n";
  };
  const std::string once = "1\n2\n3\nx\n4\n5\n6\n";
  CHECK(After(before, block("3\n", "3\nx\n") + "In short:\n\n" + block("2\n3\n", "2\n3\nx\n")) == once);
  CHECK(After(before, block("3\n", "3\nx\n") + block("3\n4\n", "3\nx\n4\n")) == once);
  CHECK(After(before, block("3\n", "3\nx\n") + "Corrected:\n\n" + block("3\n", "3\ny\n")) == "refused");
  CHECK(After(before, block("3\n", "3\nx\n") + block("2\n3\n", "2\n3\ny\n")) == "refused");
  // After another edit has been made of what the first made.
  CHECK(After(before, block("3\n", "3\nx\n") + block("x\n4\n", "x\nfour\n") + block("2\n3\n", "2\n3\nx\n")) ==
        "1\n2\n3\nx\nfour\n5\n6\n");
  // Both are meant: one behind the line above, the other before the line below, or behind what the first
  // made.
  CHECK(After(before, block("3\n", "3\nx\n") + block("4\n", "y\n4\n")) == "1\n2\n3\nx\ny\n4\n5\n6\n");
  CHECK(After(before, block("3\n", "3\nx\n") + block("3\nx\n", "3\nx\ny\n")) == "1\n2\n3\nx\ny\n4\n5\n6\n");
}

TEST_CASE("a whole file does not take the place of an edit that was made before the file was copied") {
  const std::string block = "m.py\n<<<<<<< SEARCH\na()\n=======\none()\n>>>>>>> REPLACE\n";
  const std::string copy =
      "diff --git a/m.py b/n.py\nsimilarity index 100%\ncopy from m.py\ncopy to n.py\n\n";
  CHECK(After("a()\nb()\n", block + copy + "FILE: m.py\n" + Fence("a()\nb()\nc()\n")) == "refused");
  CHECK(After("a()\nb()\n", block + copy) == "one()\nb()\n");
  CHECK(After("a()\nb()\n", copy + "FILE: m.py\n" + Fence("a()\nb()\nc()\n")) == "a()\nb()\nc()\n");
}

TEST_CASE("a whole file does not take the place of one that was renamed to its path") {
  test::TempDir dir;
  dir.Write("m.py", "a()\n");
  dir.Write("n.py", "b()\n");
  const std::string renamed =
      "DELETE: m.py\n\ndiff --git a/n.py b/m.py\nsimilarity index 100%\nrename from n.py\nrename to m.py\n\n";
  auto apply = [&](const std::string& answer) { return Apply(ParseAnswer(answer), dir.path(), {})->ok(); };
  CHECK_FALSE(apply(renamed + "FILE: m.py\n" + Fence("a()\nc()\n")));
  CHECK(dir.Read("m.py") == "a()\n");
  CHECK(apply(renamed));
  CHECK(dir.Read("m.py") == "b()\n");
}

TEST_CASE("only words that plainly say that the whole file follows make a part of it the file") {
  const std::string before = Functions(12), part = "### `m.py`\n\n" + Fence("def f3():\n    return 33\n");
  for (const std::string words :
       {"You do not need to replace the entire file; only `f3` changes.",
        "Here is the complete code of the new `f3`:", "I have not repeated the full file, just the function:",
        "This is the full code for the changed functions.", "The full file is too long to show here.",
        "Rather than the whole file, here is what changes:", "Here is the complete code:",
        "The whole file stays as it is but for this.", "The complete file path is m.py.",
        "Here is the complete file:\n\nNo, only the parts of the full file that change:"}) {
    INFO(words);
    CHECK(After(before, words + "\n\n" + part) == "refused");
  }
  std::string far = "Here is the complete file.\n\n";
  for (int i = 0; i < 12; ++i) far += "- This is changed as well\n";
  CHECK(After(before, far + "\n" + part) == "refused");
  for (const std::string words :
       {"Here is the complete file:", "Here's the full updated `m.py`:", "The complete content of m.py:",
        "Replace the entire file with this:", "**Full file**", "Below is the whole file, with the fix:",
        "The complete updated code for `m.py` is below.", "`m.py` (full source)"}) {
    INFO(words);
    CHECK(After(before, words + "\n\n" + part) == "def f3():\n    return 33\n");
  }
}

TEST_CASE("only words that say that a part of a file goes let one go without FILE:") {
  const std::string before =
      "import sys\n\n\ndef unused(x):\n    y = x + 1\n    return y\n\n\ndef main():\n    print(sys.argv)\n";
  const std::string after = "import sys\n\n\ndef main():\n    print(sys.argv)\n";
  for (const std::string words :
       {"I added `.strip()` so that line ends are dropped.", "It removes the blank lines.",
        "Old files are deleted after a day.", "I did not remove the function.", "The unused space goes.",
        "This strips the text."}) {
    INFO(words);
    CHECK(After(before, words + "\n\n### m.py\n" + Fence(after)) == "refused");
  }
  for (const std::string words :
       {"I removed the unused Store class.", "- Removed `unused`", "The `unused` function was deleted.",
        "`unused` is no longer needed.", "Got rid of the dead code.", "Dropped: the helper",
        "I removed the unused lines from it."}) {
    INFO(words);
    CHECK(After(before, words + "\n\n### m.py\n" + Fence(after)) == after);
  }
}

TEST_CASE("some lines of a file without parts do not replace it below a heading") {
  const std::string config =
      "import os\n\nDEBUG = True\nHOST = \"localhost\"\nPORT = 80\nUSER = \"u\"\nTIMEOUT = 5\nRETRIES = "
      "3\nLOG = "
      "\"x.log\"\nTMP = \"/tmp\"\n";
  const std::string some = "import os\n\nDEBUG = False\nHOST = \"localhost\"\nPORT = 8080\nTMP = \"/tmp\"\n";
  CHECK(After(config, "### m.py\n" + Fence(some)) == "refused");
  CHECK(After(config, "FILE: m.py\n" + Fence(some)) == some);
  CHECK(After(config, "The constants `USER` to `LOG` are gone, removed the constants.\n\n### m.py\n" +
                          Fence(some)) == some);
  // Most lines stay.
  const std::string shorter =
      "import os\n\nDEBUG = True\nHOST = \"localhost\"\nPORT = 80\nUSER = \"u\"\nTIMEOUT = 50\nTMP = "
      "\"/tmp\"\n";
  CHECK(After(config, "### m.py\n" + Fence(shorter)) == shorter);
  const std::string changed =
      "import os\n\nDEBUG = False\nHOST = \"0.0.0.0\"\nPORT = 8080\nUSER = \"v\"\nTIMEOUT = 9\nRETRIES = "
      "3\nLOG = "
      "\"x.log\"\nTMP = \"/tmp\"\n";
  CHECK(After(config, "### m.py\n" + Fence(changed)) == changed);

  const std::string pins = "flask==2.0\nrequests==2.30\nnumpy==1.24\npandas==2.0\nscipy==1.10\npytest==7.0\n";
  CHECK(After(pins, "### requirements.txt\n" + Fence("flask==2.0\nrequests==2.31\npytest==7.0\n", ""),
              "requirements.txt") == "refused");
  CHECK(After(pins, "### requirements.txt\n" + Fence("flask==2.0\nnumpy==1.24\nscipy==1.10\n", ""),
              "requirements.txt") == "refused");
  const std::string image =
      "FROM python:3.11\nWORKDIR /app\nCOPY r.txt .\nRUN pip install -r r.txt\nENV A=1\nENV B=2\nCOPY . "
      ".\nEXPOSE 80\n";
  CHECK(
      After(image,
            "### Dockerfile\n" + Fence("FROM python:3.12\nWORKDIR /app\nCOPY . .\nEXPOSE 80\n", "dockerfile"),
            "Dockerfile") == "refused");
}

TEST_CASE("a file below a heading keeps the imports that it uses and its interpreter") {
  const std::string before = "import os\nimport sys\n\n" + Functions(6) + "print(os.name, sys.argv)\n";
  const std::string lost = "import json\n\n" + Functions(6) + "print(os.name, sys.argv)\n";
  CHECK(After(before, "### m.py\n" + Fence(lost)) == "refused");
  CHECK(After(before, "FILE: m.py\n" + Fence(lost)) == lost);
  for (const char* imports : {"import sys, os\n", "from x import sys\nimport os\n"}) {
    const std::string after = std::string(imports) + "\n" + Functions(6) + "print(os.name, sys.argv)\n";
    CHECK(After(before, "### m.py\n" + Fence(after)) == after);
  }
  const std::string unused = "import os\n\n" + Functions(6) + "print(os.name)\n";
  CHECK(After(before, "### m.py\n" + Fence(unused)) == unused);

  const std::string script = "#!/bin/sh\nset -e\necho a\nmake\nmake install\necho done\n";
  const std::string bare = "set -e\necho a\nmake -j4\nmake install\necho done\n";
  CHECK(After(script, "### run.sh\n" + Fence(bare, "sh"), "run.sh") == "refused");
  CHECK(After(script, "### run.sh\n" + Fence("#!/bin/bash\n" + bare, "sh"), "run.sh") ==
        "#!/bin/bash\n" + bare);
}

TEST_CASE("a first line that only repeats the path above a file is not written") {
  const std::string before = Functions(4), after = Functions(4, "x = 1\n"), path = "src/m.py";
  for (const std::string label :
       {"src/m.py\n", "`src/m.py`\n", "FILE: src/m.py\n", "./src/m.py\n\n", "// src/m.py\n"}) {
    INFO(label);
    for (const std::string named : {"FILE: src/m.py\n", "### `src/m.py`\n", "src/m.py\n"}) {
      CHECK(After(before, named + Fence(label + after), path) == after);
      CHECK(After("", named + Fence(label + after), path) == after);
    }
    CHECK(After(label + before, "FILE: src/m.py\n" + Fence(label + after), path) == label + after);
  }
  CHECK(After(before, "FILE: src/m.py\n" + Fence("# src/m.py\n" + after), path) == "# src/m.py\n" + after);
  CHECK(After(before, "FILE: src/m.py\n" + Fence("other.py\n" + after), path) == "other.py\n" + after);
  CHECK(After("", "FILE: .gitignore\n" + Fence(".gitignore\nbuild\n", ""), ".gitignore") ==
        ".gitignore\nbuild\n");

  const std::string package = "{\n  \"a\": 1,\n  \"b\": 2\n}\n", changed = "{\n  \"a\": 1,\n  \"b\": 3\n}\n";
  for (const std::string label :
       {"// package.json\n", "package.json\n", "# package.json\n", "/* package.json */\n"})
    for (const std::string named : {"FILE: package.json\n", "### package.json\n"})
      CHECK(After(package, named + Fence(label + changed, "json"), "package.json") == changed);
  const std::string page = "<?php\necho 1;\n", script = "#!/bin/sh\necho a\necho b\n";
  CHECK(After(page, "FILE: i.php\n" + Fence("// i.php\n" + page + "echo 2;\n", "php"), "i.php") ==
        page + "echo 2;\n");
  CHECK(After(script, "### run.sh\n" + Fence("# run.sh\n" + script + "echo c\n", "sh"), "run.sh") ==
        script + "echo c\n");
}

TEST_CASE("lines that were copied with the numbers of a listing are refused") {
  const std::string before = "import os\nx = 1\nz = 3\n";
  auto block = [](const std::string& now) {
    return "m.py\n<<<<<<< SEARCH\nx = 1\n=======\n" + now + ">>>>>>> REPLACE\n";
  };
  CHECK(After(before, "FILE: m.py\n" + Fence("1| import os\n2| x = 2\n3|\n4| z = 3\n")) == "refused");
  CHECK(After("", "FILE: m.py\n" + Fence("1| import os\n2| x = 2\n")) == "refused");
  CHECK(After(before, block("2| x = 2\n")) == "refused");
  CHECK(After(before, block("   2| x = 2\n   3| y = 2\n")) == "refused");
  CHECK(After(before, "```diff\n--- a/m.py\n+++ b/m.py\n@@ -2 +2 @@\n-x = 1\n+2| x = 2\n```\n") == "refused");
  // Not all of them, or the file has such lines.
  CHECK(After(before, block("2| x = 2\ny\n")) == "import os\n2| x = 2\ny\nz = 3\n");
  CHECK(After(before, block("1|2\n")) == "import os\n1|2\nz = 3\n");
  CHECK(After("1| a\n", "FILE: m.py\n" + Fence("1| a\n2| b\n")) == "1| a\n2| b\n");
  CHECK(After("x = 1\n1| a\n", "m.py\n<<<<<<< SEARCH\n1| a\n=======\n1| b\n>>>>>>> REPLACE\n") ==
        "x = 1\n1| b\n");
}

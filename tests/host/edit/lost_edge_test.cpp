// What stands below a mere heading and lacks the begin, the end or a key of the file.
#include <catch2/catch.hpp>

#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

const std::string kProgram =
    "#include <stdio.h>\n#include \"util.h\"\n\nstatic int counter = 0;\n\nint add(int a, int b)\n{\n    "
    "return a "
    "+ b;\n}\n\nint sub(int a, int b)\n{\n    return a - b;\n}\n";
const std::string kServer =
    "const express = require('express');\nconst app = express();\n\nconst PORT = 3000;\n\napp.get('/', (req, "
    "res) "
    "=> {\n  res.send('hello');\n});\n\nstart(PORT);\n\nmodule.exports = { app, start };\n";
const std::string kShop =
    "\"\"\"A small shop.\"\"\"\nimport os\nimport sys\n\nTAX = 0.2\n\n\ndef load(path):\n    return "
    "open(path).read()\n\n\ndef tax(items):\n    result = sum(items)\n    return result * TAX\n\n\ndef "
    "main():\n    "
    "print(tax([1]))\n\n\nmain()\n";
const std::string kRules =
    "CC = gcc\nCFLAGS = -O2\n\nall: util\n\nutil: util.c\n\t$(CC) $(CFLAGS) -o util util.c\n\nclean:\n\trm "
    "-f util\n";
const std::string kSettings = "{\n  \"name\": \"shop\",\n  \"port\": 3000,\n  \"debug\": false\n}\n";
const std::string kCompose =
    "services:\n  web:\n    image: nginx:1.19\n    environment:\n      DEBUG: \"0\"\n  db:\n    image: pg\n  "
    "  "
    "environment:\n      DEBUG: \"0\"\n";

std::string Changed(std::string text, const std::string& old, const std::string& now) {
  const std::size_t at = text.find(old);
  REQUIRE(at != std::string::npos);
  return text.replace(at, old.size(), now);
}

std::string From(const std::string& text, const std::string& begin) {
  const std::size_t at = text.find(begin);
  REQUIRE(at != std::string::npos);
  return text.substr(at);
}

// Whether the text becomes the file below a heading.
bool Replaces(const std::string& path, const std::string& before, const std::string& after,
              const std::string& words = "") {
  test::TempDir dir;
  dir.Write(path, before);
  const Report report = Try(dir, words + "**" + path + "**\n```\n" + after + "```\n");
  const bool replaced = dir.Read(path) == after;
  CHECK(report.ok() == replaced);
  return replaced;
}

}  // namespace

TEST_CASE("a file below a heading that begins behind the old begin is refused though its first line is new") {
  CHECK(!Replaces("util.c", kProgram, From(Changed(kProgram, "counter = 0", "counter = 1"), "static int")));
  CHECK(!Replaces("server.js", kServer, From(Changed(kServer, "3000", "8080"), "const PORT")));
  CHECK(!Replaces("app.py", kShop, From(Changed(kShop, "0.2", "0.25"), "TAX")));
  CHECK(!Replaces("Makefile", kRules, From(Changed(kRules, "all: util", "all: util test"), "all:")));
  CHECK(!Replaces(
      "server.js", kServer,
      Changed(Changed(kServer, "start(PORT)", "start(8080)"), "\nmodule.exports = { app, start };\n", "")));
}

TEST_CASE("a file below a heading whose first and last lines are changed replaces the old one") {
  CHECK(Replaces("util.c", kProgram, Changed(kProgram, "<stdio.h>", "<stdlib.h>")));
  CHECK(Replaces("util.c", kProgram, "#define NEW 1\n" + Changed(kProgram, "counter = 0", "counter = 1")));
  CHECK(Replaces("server.js", kServer, Changed(kServer, "const express", "'use strict';\nconst express")));
  CHECK(Replaces("server.js", kServer, Changed(kServer, "{ app, start }", "{ app }")));
  CHECK(Replaces("app.py", kShop, Changed(kShop, "import os\nimport sys\n", "import os, sys\n")));
  CHECK(Replaces("app.py", kShop,
                 Changed(kShop, "\"\"\"A small shop.\"\"\"\nimport os", "\"\"\"A shop.\"\"\"\nimport re")));
  CHECK(Replaces("Makefile", kRules, Changed(kRules, "CC = gcc", "CC ?= clang")));
  CHECK(Replaces("Makefile", kRules, Changed(kRules, "rm -f util", "rm -f util *.o\n\ntest:\n\t./util")));
  const std::string imports = "import os\nimport sys\n\nTAX = 0.2\nprint(TAX)\nprint(TAX * 2)\n";
  CHECK(Replaces("m.py", imports, "TAX = 0.25\nprint(TAX)\nprint(TAX * 2)\n",
                 "I removed the unused imports.\n\n"));
  CHECK(!Replaces("m.py", imports, "TAX = 0.25\nprint(TAX)\nprint(TAX * 2)\n"));
}

TEST_CASE("a file of data below a heading that lacks a key is refused unless the words say that it goes") {
  const std::string settings = Changed(kSettings, "3000,\n  \"debug\": false", "8080");
  CHECK(!Replaces("config.json", kSettings, settings));
  CHECK(Replaces("config.json", kSettings, settings, "I removed the key `debug`.\n\n"));
  CHECK(Replaces("config.json", kSettings,
                 Changed(kSettings, "3000,\n  \"debug\": false", "8080,\n  \"debug\": true")));
  // The other service keeps the key.
  const std::string services =
      Changed(Changed(kCompose, "1.19", "1.25"), "    environment:\n      DEBUG: \"0\"\n", "");
  CHECK(!Replaces("compose.yml", kCompose, services));
  CHECK(Replaces("compose.yml", kCompose, Changed(kCompose, "1.19", "1.25")));
}

TEST_CASE("an import that is said to go takes no function with it") {
  const std::string shorter =
      Changed(Changed(kShop, "import os\n", ""), "def load(path):\n    return open(path).read()\n\n\n", "");
  const std::string part =
      Changed(Changed(kShop, "import os\n", ""),
           "def tax(items):\n    result = sum(items)\n    return result * TAX\n\n\n", "");
  CHECK(!Replaces("app.py", kShop, part, "I removed the unused `os` import.\n\n"));
  CHECK(Replaces("app.py", kShop, shorter, "I removed the unused `os` import.\n\n- Removed `load`\n\n"));
  CHECK(
      Replaces("app.py", kShop, Changed(kShop, "import os\n", ""), "I removed the unused `os` import.\n\n"));
}

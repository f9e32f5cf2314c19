// Code that is left out and named where it was, beside comments of that kind that the program has itself.
#include <catch2/catch.hpp>

#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

constexpr const char* kScript =
    "const app = express();\n\nconst port = 3000;\n\nfunction start(port) {\n  app.listen(port, () => {\n"
    "    log(port);\n  });\n}\n\nfunction stop() {\n  app.close();\n}\n\nstart(port);\n";
constexpr const char* kModule =
    "import os\n\n\ndef load(path):\n    with open(path) as f:\n        return f.read()\n\n\n"
    "class Cart:\n    def __init__(self):\n        self.items = []\n\n    def add(self, item):\n"
    "        self.items.append(item)\n\n    def total(self):\n        return sum(self.items)\n";
constexpr const char* kServices =
    "services:\n  web:\n    image: nginx:1.19\n  db:\n    image: postgres:12\n    ports:\n      - 5432\n"
    "volumes:\n  data: {}\n";

bool TakesNamed(const std::string& path, const std::string& before, const std::string& answer) {
  test::TempDir dir;
  dir.Write(path, before);
  const Report report = Try(dir, answer);
  if (report.ok()) return true;
  INFO(report.feedback);
  CHECK(report.refused.at(0).reason.find("stands for code that was left out") != std::string::npos);
  CHECK(dir.Read(path) == before);
  return false;
}

std::string With(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// The whole file, and a block, in which `to` takes the place of `from`.
bool TakesInEither(const std::string& path, const std::string& before, const std::string& from,
                   const std::string& to) {
  const bool whole = TakesNamed(path, before, "FILE: " + path + "\n```\n" + With(before, from, to) + "```\n");
  const bool block =
      TakesNamed(path, before, path + "\n<<<<<<< SEARCH\n" + from + "=======\n" + to + ">>>>>>> REPLACE\n");
  CHECK(whole == block);
  return whole || block;
}

constexpr const char* kStart =
    "function start(port) {\n  app.listen(port, () => {\n    log(port);\n  });\n}\n";
constexpr const char* kFirstMethods =
    "    def __init__(self):\n        self.items = []\n\n    def add(self, item):\n"
    "        self.items.append(item)\n\n";
constexpr const char* kLoad = "def load(path):\n    with open(path) as f:\n        return f.read()\n";
constexpr const char* kDb = "  db:\n    image: postgres:12\n    ports:\n      - 5432\n";

}  // namespace

TEST_CASE("a comment that names what it leaves out is not written for it") {
  for (const char* words :
       {"// start() unchanged", "// start unchanged", "/* start() unchanged */", "// unchanged: start()",
        "// start() stays the same", "// start() remains as is", "// start() - no changes",
        "// start(): unchanged", "// (start unchanged)", "// function start unchanged",
        "// start is not shown", "// function start(port) { ... }", "function start(port) { // unchanged\n}",
        "function start(port) {\n  // app.listen unchanged\n}",
        "function start(port) {\n  // listen as before\n}", "function start(port) {\n  /* see original */\n}",
        "function start(port) {\n  // your code here\n}"}) {
    INFO(words);
    CHECK_FALSE(TakesInEither("a.js", kScript, kStart, std::string(words) + "\n"));
  }
  for (const char* words : {"    # __init__ unchanged\n\n", "    # __init__ and add unchanged\n\n",
                            "    # __init__, add: unchanged\n\n", "    # add() as before\n\n"}) {
    INFO(words);
    CHECK_FALSE(TakesInEither("a.py", kModule, kFirstMethods, words));
  }
  for (const char* words : {"  # db unchanged\n", "  # db service unchanged\n", "  db: # unchanged\n",
                            "  # (db stays as it is)\n"}) {
    INFO(words);
    CHECK_FALSE(TakesInEither("a.yml", kServices, kDb, words));
  }
  CHECK_FALSE(TakesInEither("a.py", kModule, kLoad, "def load(path):\n    pass  # load unchanged\n"));
}

TEST_CASE("a comment in the place of a body of Python needs no name that is there") {
  for (const char* words : {"main() unchanged", "(main unchanged)", "main as is", "no change", "not shown",
                            "see above", "do not change", "implementation here", "this part is not changed",
                            "old body", "copy from above", "nothing changes below"}) {
    INFO(words);
    CHECK_FALSE(TakesInEither("a.py", kModule, kLoad, "def load(path):\n    # " + std::string(words) + "\n"));
  }
}

TEST_CASE("a comment that names code stays where none is lost or the file has it") {
  const std::string marked = With(kScript, kStart, "// start() unchanged\n" + std::string(kStart));
  CHECK(TakesNamed("a.js", kScript, "FILE: a.js\n```\n" + With(marked, "3000", "8080") + "```\n"));
  const std::string had = With(kScript, kStart, "// start() unchanged\n");
  CHECK(TakesNamed("a.js", had, "FILE: a.js\n```\n" + With(had, "  app.close();\n", "") + "```\n"));
  CHECK(TakesInEither("a.yml", kServices, "  db:\n    image: postgres:12\n    ports:\n      - 5432\n",
                      "  db: # unchanged\n    image: postgres:12\n"));
}

TEST_CASE("a comment that says what the code below it does stays although lines go") {
  for (const char* words : {"port remains the same", "log is not shown to users", "keep the port",
                            "app and stop use the same port"}) {
    INFO(words);
    CHECK(TakesInEither("a.js", kScript, "  app.listen(port, () => {\n    log(port);\n  });\n",
                        "  // " + std::string(words) + "\n  app.listen(port);\n"));
  }
}

TEST_CASE("dots do not take the place of a body of Python that was there") {
  for (const char* dots :
       {"def load(path):\n    ...\n", "def load(path, mode='r'):\n    ...\n", "def load(path): ...\n",
        "def load(path):\n    \"\"\"Reads it.\"\"\"\n    ...\n"}) {
    INFO(dots);
    CHECK_FALSE(TakesInEither("a.py", kModule, kLoad, dots));
  }
  CHECK_FALSE(
      TakesNamed("a.py", kModule,
                 "```diff\n--- a/a.py\n+++ b/a.py\n@@ -4,3 +4,2 @@\n-def load(path):\n"
                 "-    with open(path) as f:\n-        return f.read()\n+def load(path):\n+    ...\n```\n"));
  // Declarations, and what had none.
  CHECK(TakesInEither("a.py", kModule, kLoad, "@overload\ndef load(path):\n    ...\n"));
  CHECK(TakesInEither("a.py", kModule, "    def add(self, item):\n        self.items.append(item)\n",
                      "    @abstractmethod\n    def add(self, item):\n        ...\n"));
  CHECK(TakesInEither("a.py", "class Error(Exception):\n    pass\n", "class Error(Exception):\n    pass\n",
                      "class Error(Exception):\n    ...\n"));
  CHECK(TakesInEither("a.py", kModule, "import os\n", "class Later(Exception): ...\n"));
}

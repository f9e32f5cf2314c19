// The indentation of what comes, when a block has another than the file.
#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

std::string BlockOf(const std::string& path, const std::string& search, const std::string& replace) {
  return path + "\n<<<<<<< SEARCH\n" + search + "=======\n" + replace + ">>>>>>> REPLACE\n";
}

// The text behind the block, or the refusal's reason.
std::string After(const std::string& path, const std::string& before, const std::string& search,
                  const std::string& replace) {
  test::TempDir dir;
  dir.Write(path, before);
  const Report report = Try(dir, BlockOf(path, search, replace));
  return report.ok() ? dir.Read(path) : report.refused.at(0).reason;
}

const std::string kClass =
    "class A:\n    def f(self, r):\n        self.r = r\n        go(r)\n\n    def g(self):\n        pass\n";

std::string ClassWith(const std::string& old, const std::string& now) {
  std::string text = kClass;
  return text.replace(text.find(old), old.size(), now);
}

}  // namespace

TEST_CASE("new lines that are indented as in the file are not indented again") {
  CHECK(After("a.py", kClass, "self.r = r\n", "        self.r = str(r)\n        self.c = {}\n") ==
        ClassWith("        self.r = r\n", "        self.r = str(r)\n        self.c = {}\n"));
  CHECK(After("a.py", kClass, "self.r = r\n", "self.r = r\n        self.c = {}\n") ==
        ClassWith("        self.r = r\n", "        self.r = r\n        self.c = {}\n"));
  CHECK(After("a.py", kClass, "self.r = r\ngo(r)\n", "        self.r = str(r)\n        go(self.r)\n") ==
        ClassWith("        self.r = r\n        go(r)\n", "        self.r = str(r)\n        go(self.r)\n"));
  CHECK(After("a.py", kClass, "go(r)\n", "r = str(r)\n        go(r)\n") ==
        ClassWith("        go(r)\n", "        r = str(r)\n        go(r)\n"));
  // A block that is indented more than the file is moved back.
  CHECK(After("a.py", kClass, "            go(r)\n", "            go(r, 1)\n") ==
        ClassWith("        go(r)\n", "        go(r, 1)\n"));
  // A block that begins at the left edge as a whole is moved as a whole.
  CHECK(After("a.py", kClass, "self.r = r\ngo(r)\n", "self.r = r\nif r:\n    go(r)\n") ==
        ClassWith("        go(r)\n", "        if r:\n            go(r)\n"));
  CHECK(After("a.py", kClass, "def g(self):\n", "def g(self):\n    pass\n\ndef h(self):\n") ==
        ClassWith("    def g(self):\n", "    def g(self):\n        pass\n\n    def h(self):\n"));
}

TEST_CASE("a first line that lost its indentation gets that of the file") {
  CHECK(After("a.py", kClass, "def f(self, r):\n        self.r = r\n",
              "def f(self, r=None):\n        self.r = r\n") == ClassWith("f(self, r):", "f(self, r=None):"));
}

TEST_CASE("new lines are indented by tabs or spaces as the file is near them") {
  const std::string tabs = "def f():\n\treturn 1\n\ndef g():\n\treturn 2\n";
  CHECK(After("a.py", tabs, "def g():\n", "def g():\n    if x:\n        print(1)\n") ==
        "def f():\n\treturn 1\n\ndef g():\n\tif x:\n\t\tprint(1)\n\treturn 2\n");
  const std::string spaces = "def f():\n  return 1\n\ndef g():\n  return 2\n";
  CHECK(After("a.py", spaces, "def g():\n", "def g():\n\tprint(1)\n") ==
        "def f():\n  return 1\n\ndef g():\n  print(1)\n  return 2\n");
}

TEST_CASE("the end of a here-document is not indented") {
  const std::string before = "f() {\n    echo x\n}\n";
  CHECK_THAT(After("a.sh", before, "echo x\n", "cat <<'EOT'\nabc\nEOT\necho x\n"),
             Catch::Contains("here-document"));
  CHECK(After("a.sh", before, "    echo x\n", "    cat <<EOT\nabc\nEOT\n    echo x\n") ==
        "f() {\n    cat <<EOT\nabc\nEOT\n    echo x\n}\n");
}

TEST_CASE("a recipe of a Makefile that would begin with spaces is refused") {
  const std::string before = "all: x\n\ttouch x\n";
  test::TempDir dir;
  dir.Write("Makefile", before);
  const Report report = Try(dir, "FILE: Makefile\n```\nall: x\n    touch x\n\ntest: x\n    ./x\n```\n");
  REQUIRE_FALSE(report.ok());
  CHECK_THAT(report.refused[0].reason, Catch::Contains("begin the lines of recipes with a tab"));
  CHECK(dir.Read("Makefile") == before);
  CHECK(Try(dir, "FILE: Makefile\n```\nall: x\n\ttouch x\n\nFLAGS := a \\\n    b\n# a: b\n  C = 1\n```\n")
            .ok());
  CHECK(Try(dir, "FILE: a.yml\n```\nall:\n    touch: x\n```\n").ok());
}

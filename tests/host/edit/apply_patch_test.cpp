// Patches between `*** Begin Patch` and `*** End Patch`.
#include <catch2/catch.hpp>

#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

const std::string kTwo =
    "class A:\n    def get(self):\n        return 1\n\n    def put(self):\n        return 1\n\n\n"
    "class B:\n    def get(self):\n        return 1\n\n\ndef get():\n    return 1\n";

std::string Patch(const std::string& lines) {
  return "*** Begin Patch\n" + lines + "*** End Patch\n";
}

std::string Update(const std::string& lines) {
  return Patch("*** Update File: a.py\n" + lines);
}

std::string WithLine(const std::string& text, std::size_t line, const std::string& wanted) {
  std::size_t at = 0;
  for (std::size_t i = 1; i < line; ++i) at = text.find('\n', at) + 1;
  return text.substr(0, at) + wanted + text.substr(text.find('\n', at));
}

std::string AfterPatch(const std::string& answer, const std::string& before = kTwo) {
  test::TempDir dir;
  dir.Write("a.py", before);
  const Report report = Try(dir, answer);
  INFO(report.feedback);
  CHECK((report.ok() || dir.Read("a.py") == before));
  return report.ok() ? dir.Read("a.py") : "refused";
}

}  // namespace

TEST_CASE("a patch updates, adds, moves and deletes files") {
  test::TempDir dir;
  dir.Write("a.py", "x = 1\ny = 2\n");
  dir.Write("b.py", "b = 1\n");
  dir.Write("c.py", "c = 1\nd = 2\n");
  const Report report =
      Try(dir, "I do all of it:\n\n" +
                   Patch("*** Update File: a.py\n@@\n x = 1\n-y = 2\n+y = 3\n"
                         "*** Add File: src/n.py\n+n = 1\n+\n+m = 2\n*** Delete File: b.py\n"
                         "*** Update File: c.py\n*** Move to: e.py\n@@\n-c = 1\n+c = 3\n d = 2\n"
                         "*** End of File\n") +
                   "\nThat is all.\n");
  INFO(report.feedback);
  REQUIRE(report.ok());
  CHECK(dir.Read("a.py") == "x = 1\ny = 3\n");
  CHECK(dir.Read("src/n.py") == "n = 1\n\nm = 2\n");
  CHECK(dir.Read("e.py") == "c = 3\nd = 2\n");
  CHECK_FALSE(std::filesystem::exists(dir.path() / "b.py"));
  CHECK_FALSE(std::filesystem::exists(dir.path() / "c.py"));
}

TEST_CASE("a patch stands bare, in a fence, in a list or behind the command that takes it") {
  const std::string before = "x = 1\ny = 2\n", after = "x = 1\ny = 3\n";
  const std::string patch = Update("@@\n x = 1\n-y = 2\n+y = 3\n");
  CHECK(AfterPatch(patch, before) == after);
  for (const std::string info : {"", "diff", "patch", "text"})
    CHECK(AfterPatch("```" + info + "\n" + patch + "```\n", before) == after);
  CHECK(AfterPatch("```bash\napply_patch <<'EOF'\n" + patch + "EOF\n```\n", before) == after);
  CHECK(AfterPatch("`a.py`:\n```\n" + patch + "```\n", before) == after);
  CHECK(AfterPatch(
            "1. So:\n\n   ```\n   *** Begin Patch\n   *** Update File: a.py\n    x = 1\n   -y = 2\n   +y = "
            "3\n   *** End Patch\n   ```\n",
            before) == after);
  // Context that lost its space.
  CHECK(AfterPatch(Update("x = 1\n-y = 2\n+y = 3\n"), before) == after);
}

TEST_CASE("lines behind @@ tell which of equal places is meant") {
  const std::string change = "-        return 1\n+        return 2\n";
  CHECK(AfterPatch(Update("@@\n" + change)) == "refused");
  CHECK(AfterPatch(Update("@@     def put(self):\n" + change)) == WithLine(kTwo, 6, "        return 2"));
  CHECK(AfterPatch(Update("@@ def put(self):\n" + change)) == WithLine(kTwo, 6, "        return 2"));
  CHECK(AfterPatch(Update("@@ class B\n" + change)) == WithLine(kTwo, 11, "        return 2"));
  CHECK(AfterPatch(Update("@@ class A:\n@@     def get(self):\n" + change)) ==
        WithLine(kTwo, 3, "        return 2"));
  CHECK(AfterPatch(Update("@@ class A:\n@@ def get(self):\n" + change + "@@ class B:\n@@ def get(self):\n" +
                          change)) ==
        WithLine(WithLine(kTwo, 3, "        return 2"), 11, "        return 2"));
  CHECK(AfterPatch(Update("@@ def put(self):\n     def put(self):\n" + change)) ==
        WithLine(kTwo, 6, "        return 2"));
  // The same lines in two files of the patch, which are one.
  const std::string section = "*** Update File: a.py\n@@ class ";
  CHECK(AfterPatch(Patch(section + "A:\n@@ def put(self):\n" + change + section + "B:\n" + change)) ==
        WithLine(WithLine(kTwo, 6, "        return 2"), 11, "        return 2"));
  // Several are left.
  CHECK(AfterPatch(Update("@@ class A:\n" + change)) == "refused");
  CHECK(AfterPatch(Update("@@ def get(self):\n" + change)) == "refused");
}

TEST_CASE("a hunk does not go to lines that are elsewhere than the line behind @@ says") {
  const std::string one = "def f():\n    return  1\n\n\ndef g():\n    return 1\n";
  const std::string change = "-    return 1\n+    return 2\n";
  CHECK(AfterPatch(Update("@@ def f():\n" + change), one) == "refused");
  CHECK(AfterPatch(Update("@@ def h():\n" + change), one) == "refused");
  CHECK(AfterPatch(Update("@@ def\n" + change), one) != "refused");
  CHECK(AfterPatch(Update("@@ def g():\n" + change), one) ==
        "def f():\n    return  1\n\n\ndef g():\n    return 2\n");
  const std::string within = "def f():\n    pass\n\n\nclass X:\n    def g(self):\n        return 1\n";
  CHECK(AfterPatch(Update("@@ def f():\n-        return 1\n+        return 2\n"), within) == "refused");
  const std::string braces = "int f()\n{\n#if A\n  go(1);\n#endif\n}\n\nint g() {\n  go(2);\n}\n";
  CHECK(AfterPatch(Update("@@ int f()\n-  go(1);\n+  go(3);\n"), braces) ==
        "int f()\n{\n#if A\n  go(3);\n#endif\n}\n\nint g() {\n  go(2);\n}\n");
  CHECK(AfterPatch(Update("@@ int f()\n-  go(2);\n+  go(3);\n"), braces) == "refused");
  CHECK(AfterPatch(Update("@@ int g() {\n   go(2);\n+  go(3);\n }\n"), braces) ==
        "int f()\n{\n#if A\n  go(1);\n#endif\n}\n\nint g() {\n  go(2);\n  go(3);\n}\n");
}

TEST_CASE("a patch that was cut anywhere is refused") {
  const std::string patch = "```\n" +
                            Patch(
                                "*** Update File: a.py\n@@ class B:\n-        return 1\n+        return 2\n"
                                "*** Add File: n.py\n+n = 1\n+m = 2\n") +
                            "```\n";
  for (std::size_t end = 4; end + 5 < patch.size(); ++end) {
    INFO(patch.substr(0, end));
    CHECK(AfterPatch(patch.substr(0, end)) == "refused");
    CHECK(AfterPatch(patch.substr(0, end) + "\n```\n") == "refused");
    CHECK(AfterPatch(patch.substr(4, end - 4) + (end == 4 ? "x" : "")) == "refused");
  }
}

TEST_CASE("what does not belong into a patch is told of") {
  const auto problem = [](const std::string& answer) {
    const Answer parsed = ParseAnswer(answer);
    return parsed.problems.empty() ? std::string() : parsed.problems[0].text;
  };
  CHECK_THAT(problem(Patch("-x\n+y\n")), Catch::Contains("belongs to no file of the patch"));
  CHECK_THAT(problem(Patch("*** Rename File: a.py\n")), Catch::Contains("is not read in a patch"));
  CHECK_THAT(problem(Patch("*** Update File:\n-x\n")), Catch::Contains("is not read in a patch"));
  CHECK_THAT(problem(Patch("*** Add File: n.py\n+x\ny\n")), Catch::Contains("is no line of a new file"));
  CHECK_THAT(problem(Update("@@\n x = 1\n y = 2\n")), Catch::Contains("no line to add or remove"));
  CHECK_THAT(problem(Update("")), Catch::Contains("nothing of the file"));
  CHECK_THAT(problem("```\n" + Update("-x\n+y\n") + "x = 2\n```\n"), Catch::Contains("behind *** End Patch"));
  CHECK_THAT(problem("*** Update File: a.py\n-x\n+y\n"), Catch::Contains("is not read"));
  CHECK(AfterPatch(Patch("*** Add File: a.py\n+x = 1\n")) == "refused");
}

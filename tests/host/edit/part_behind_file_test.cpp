// A part of a file that stands behind FILE: as if it were the file, without a word that says so.
#include <catch2/catch.hpp>

#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

const std::string kToolImports = "import os\nimport sys\n\n\n";
const std::string kToolLoad = "def load(path):\n    with open(path) as f:\n        return f.read()\n\n\n";
const std::string kToolSave =
    "def save(path, text):\n    with open(path, 'w') as f:\n        f.write(text)\n\n\n";
const std::string kToolMain =
    "def main():\n    save(sys.argv[2], load(sys.argv[1]))\n    print(os.getcwd())\n\n\n";
const std::string kToolCall = "if __name__ == \"__main__\":\n    main()\n";
const std::string kToolAll = kToolImports + kToolLoad + kToolSave + kToolMain + kToolCall;

// The file afterwards, "refused" when it is as before.
std::string AfterFile(const std::string& content, const std::string& words = "") {
  test::TempDir dir;
  dir.Write("a.py", kToolAll);
  const Report report = Try(dir, words + "FILE: a.py\n```python\n" + content + "```\n");
  CHECK((report.ok() || dir.Read("a.py") == kToolAll));
  if (!report.ok())
    CHECK_THAT(report.refused.at(0).reason, Catch::Contains("the rest of the file would be lost"));
  return report.ok() ? dir.Read("a.py") : "refused";
}

}  // namespace

TEST_CASE("what is clearly a part of a file does not replace it behind FILE: either") {
  const std::string stripped =
      "def load(path):\n    with open(path) as f:\n        return f.read().strip()\n";
  for (const std::string& part :
       {kToolImports + kToolLoad, kToolImports + stripped, kToolLoad + kToolCall, kToolSave,
        kToolMain + kToolCall, std::string("    with open(path) as f:\n        return f.read().strip()\n"),
        kToolImports + kToolLoad + kToolMain + kToolCall}) {
    INFO(part);
    CHECK(AfterFile(part) == "refused");
    // Where the words say that it is all, it is.
    CHECK(AfterFile(part, "I rewrote the file from scratch:\n\n") == part);
  }
}

TEST_CASE("a file that was rewritten replaces the old one behind FILE: without a word") {
  for (const std::string& content :
       {std::string("print(1)\n"),
        kToolImports + kToolLoad + kToolSave + "def main():\n    print(os.getcwd(), sys.argv)\n",
        "from x import load, save\n" + kToolImports + kToolMain + kToolCall,
        "from x import *\n" + kToolImports + kToolMain + kToolCall,
        kToolImports + kToolLoad + kToolSave + "def run():\n    save(sys.argv[2], load(sys.argv[1]))\n"}) {
    INFO(content);
    CHECK(AfterFile(content) == content);
  }
}

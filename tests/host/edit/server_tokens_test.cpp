// What a model's server writes for the end of an answer is no part of a file.
#include "try_answer.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

constexpr const char* kTokens[] = {"<|im_end|>", "<|eot_id|>", "<|endoftext|>", "</s>"};

// The file behind the answer, or "refused".
std::string AfterToken(const std::string& before, const std::string& answer) {
  test::TempDir dir;
  dir.Write("a.py", before);
  const Report report = Try(dir, answer);
  if (report.ok()) return dir.Read("a.py");
  CHECK(dir.Read("a.py") == before);
  return "refused";
}

}  // namespace

TEST_CASE("a token of the server that ends the answer is cut") {
  for (const std::string token : kTokens)
    for (const std::string& end : {token, token + "\n", "\n" + token + "\n\n", token + token}) {
      INFO(end);
      CHECK(AfterToken("x = 1\n", "FILE: a.py\n```python\nx = 2\n```" + end) == "x = 2\n");
      CHECK(AfterToken("x = 1\n", "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x = 1\n+x = 2" + end) == "x = 2\n");
      CHECK(AfterToken("x = 1\n", "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE" + end) ==
            "x = 2\n");
    }
}

TEST_CASE("a token of the server within an answer is not written into a file that has none") {
  for (const std::string token : kTokens) {
    INFO(token);
    for (const std::string& end : {token, "\n" + token, token + token, "\n" + token + "\n" + token}) {
      CHECK(AfterToken("x = 1\n", "FILE: a.py\n```python\nx = 2" + end + "\n```\n") == "refused");
      CHECK(AfterToken("x = 1\n", "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2" + end +
                                      "\n>>>>>>> REPLACE\n") == "refused");
    }
    CHECK(AfterToken("x = 1\n", "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x = 1\n+x = 2" + token +
                                    "\n```\n") == "refused");
    CHECK(AfterToken("x = 1\n", "--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n x = 1\n+" + token + "\n") ==
          "refused");
    CHECK(AfterToken("", "FILE: a.py\n```python\nx = 2\n" + token + "\n```\n") == "refused");
  }
}

TEST_CASE("a turn of a talk that goes on within a fence is not written into a file") {
  const std::string turn = "x = 2<|im_end|>\n<|im_start|>user\nThanks.\n";
  CHECK(AfterToken("x = 1\n", "FILE: a.py\n```python\n" + turn + "```\n") == "refused");
  CHECK(AfterToken("x = 1\n", "FILE: a.py\n```python\nx = 2\n```<|im_end|>\n\nDone.\n") == "refused");
}

TEST_CASE("a program that is about such tokens may hold them") {
  for (const std::string token : kTokens) {
    INFO(token);
    const std::string had = "x = '''\n" + token + "\n", quoted = "END = \"" + token + "\"\n";
    CHECK(AfterToken(had, "FILE: a.py\n```python\n" + had + "y\n" + token + "\n```\n") ==
          had + "y\n" + token + "\n");
    CHECK(AfterToken("x = 1\n", "FILE: a.py\n```python\n" + quoted + "```\n") == quoted);
    CHECK(AfterToken("x = 1\n", "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x = 1\n+" + quoted) == quoted);
  }
  const std::string talk = "T = '''<|im_start|>user\n{}<|im_end|>\n'''\n", struck = "<p><s>\nold\n</s>\n";
  CHECK(AfterToken("x = 1\n", "FILE: a.py\n```python\n" + talk + "```\n") == talk);
  CHECK(AfterToken("x = 1\n", "FILE: a.py\n```html\n" + struck + "```\n") == struck);
  CHECK(AfterToken("x = 1\n", "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x = 1\n+<s>old</s>\n") ==
        "<s>old</s>\n");
}

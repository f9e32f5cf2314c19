// Answers made to exhaust the stack or to take their square in time.
#include <catch2/catch.hpp>
#include <functional>

#include "mamc/edit/apply.hpp"
#include "support/cpu_time.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

constexpr std::size_t kMany = 100000;

std::string Repeated(const std::string& part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

// A text of as many parts as it is told.
using Answers = std::function<std::string(std::size_t)>;

std::string Numbered(std::size_t parts, const std::function<std::string(const std::string&)>& part) {
  std::string text;
  for (std::size_t i = 0; i < parts; ++i) text += part(std::to_string(i));
  return text;
}

// Eight times as much takes sixty-four times as long where every part looks at all others.
void CheckLinear(const Answers& answer, std::size_t parts) {
  const std::string small = answer(parts), large = answer(8 * parts);
  const double once = test::CpuSeconds([&] { ParseAnswer(small); });
  const double eight = test::CpuSeconds([&] { ParseAnswer(large); });
  INFO(small.substr(0, 80) << "...: " << parts << " parts " << once << " s, eight times as many " << eight
                           << " s");
  CHECK(eight < 24 * once);
}

}  // namespace

TEST_CASE("signs that are repeated without end do not exhaust the stack") {
  for (const std::string& text : std::vector<std::string>{
           Repeated("# ", kMany) + "a.c", Repeated("# ", kMany) + "FILE: a.c",
           "FILE: " + Repeated("`", kMany), "remove a.c" + Repeated("'s", kMany),
           "remove <b>" + Repeated("\xE2\x80\x99s", kMany), Repeated("- ", kMany) + "a.c",
           Repeated("**", kMany) + "a.c", Repeated("\"'", kMany) + "a.c",
           "DELETE: " + Repeated("./", kMany) + "a.c", Repeated("> ", kMany) + "DELETE: a.c",
           "{\"diff\": \"" + Repeated("[", kMany), Repeated("{\"ops\": [", kMany)})
    CHECK_NOTHROW(ParseAnswer(text + "\n```\nx\n```\n"));
  CHECK(ParseAnswer(Repeated("# ", kMany) + "FILE: a.c\n```\nx\n```\n").edits.at(0).path == "a.c");
}

TEST_CASE("blank lines in a diff are looked at once") {
  const std::string head = "--- a/x.c\n+++ b/x.c\n@@ @@\n a\n-b\n+c\n";
  CheckLinear([&](std::size_t n) { return head + Repeated("\n", n) + Repeated("+ d e\n", n) + "+f\n"; }, 400);
  CheckLinear([&](std::size_t n) { return "```diff\n" + head + Repeated("\t\n", n) + "+d\n```\n"; }, 300);
  CheckLinear([&](std::size_t n) { return head + Repeated("\n", n) + "words\n"; }, 300);
}

TEST_CASE("the ends of many files are looked for in one pass") {
  CheckLinear(
      [](std::size_t n) {
        return Numbered(n, [](const std::string& i) { return "```python:f" + i + ".py\nx = 1\n```\n"; });
      },
      150);
  CheckLinear(
      [](std::size_t n) {
        return Numbered(n, [](const std::string& i) { return "### `f" + i + ".md` (new)\n```\nx\n```\n"; });
      },
      150);
  CheckLinear(
      [](std::size_t n) {
        return Numbered(n, [](const std::string& i) { return "```\n# f" + i + ".py\nx = 1\n```\n"; });
      },
      150);
  CheckLinear(
      [](std::size_t n) {
        return Numbered(n, [](const std::string& i) { return "```py:f" + i + ".py\nx = 1\n```\n"; }) +
               Repeated("words\n```\nx\n```\n\n", n);
      },
      100);
}

TEST_CASE("reasoning is looked for once") {
  CheckLinear(
      [](std::size_t n) {
        return Numbered(n, [](const std::string& i) { return "FILE: f" + i + ".c\n```\n<think>\n```\n"; });
      },
      150);
  CheckLinear([](std::size_t n) { return Repeated("<think>", n); }, 400);
  CheckLinear([](std::size_t n) { return Repeated("[/THINK]", n); }, 400);
  CheckLinear([](std::size_t n) { return Repeated("<think></think>", n); }, 400);
  CheckLinear([](std::size_t n) { return Repeated("{\"ops\": []} ", n) + "a <think></think>"; }, 500);
}

TEST_CASE("what is announced is compared with the edits once") {
  CheckLinear(
      [](std::size_t n) {
        return Numbered(n, [](const std::string& i) {
          return "Remove the file `g" + i + ".c`.\nFILE: f" + i + ".c\n```\nx\n```\n";
        });
      },
      150);
  CheckLinear(
      [](std::size_t n) {
        return Numbered(n, [](const std::string& i) { return "DELETE: f" + i + ".c\n"; }) +
               Numbered(n, [](const std::string& i) { return "### f" + i + ".c\nIt did:\n```\nx\n```\n"; });
      },
      150);
}

TEST_CASE("names behind a head of git are compared in linear time") {
  // No text is longer than 64 KiB: of such the sanitizer for threads begins its notes anew page by page.
  CheckLinear([](std::size_t n) { return "diff --git " + Repeated("a ", n) + "\n"; }, 4000);
  CheckLinear([](std::size_t n) { return "diff --git " + Repeated("a/b ", n) + "\n"; }, 2000);
}

TEST_CASE("a tree is looked through once for all the files that an answer misses") {
  test::TempDir dir;
  for (int i = 0; i < 1500; ++i) dir.Write("d/" + std::to_string(i) + ".txt", "");
  auto seconds = [&](std::size_t files) {
    const Answer answer = ParseAnswer(Numbered(files, [](const std::string& i) {
      return "f" + i + ".c\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n";
    }));
    return test::CpuSeconds([&] { CHECK_FALSE(Apply(answer, dir.path(), {})->ok()); });
  };
  // A walk for each of them would take a hundred times as long as one.
  CHECK(seconds(200) < 12 * seconds(2));
}

TEST_CASE("edits that are sought in many equal lines are refused when searching is used up") {
  test::TempDir dir;
  const std::string before = Repeated("x y z\n", 40000);
  dir.Write("a.c", before);
  const Answer answer = ParseAnswer("a.c\n" + Numbered(4000, [](const std::string& i) {
                                      return "<<<<<<< SEARCH\nx y z\nx y z\n=======\nx y z\nchanged " + i +
                                             "\n>>>>>>> REPLACE\n";
                                    }));
  const auto report = Apply(answer, dir.path(), {});
  REQUIRE_FALSE(report->ok());
  CHECK(report->refused.front().reason.find("times, at lines") != std::string::npos);
  CHECK(report->refused.back().reason.find("send fewer at once") != std::string::npos);
  CHECK(dir.Read("a.c") == before);
}

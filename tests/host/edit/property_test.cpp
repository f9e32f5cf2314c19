// A difference of two texts, applied to the first, gives the second, to the byte.
#include <catch2/catch.hpp>
#include <random>

#include "mamc/edit/apply.hpp"
#include "support/temp_dir.hpp"

using namespace mamc;
using namespace mamc::edit;

namespace {

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  int Below(int limit) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(limit)); }
  bool OneIn(int limit) { return Below(limit) == 0; }

 private:
  std::mt19937 engine_;
};

std::string RandomLine(Random& random) {
  static const std::vector<std::string> kLines = {"",
                                                  "}",
                                                  "{",
                                                  "int x;",
                                                  "\treturn 0;",
                                                  "  - item",
                                                  "-- comment",
                                                  "++ more",
                                                  "@@ -1 +1 @@",
                                                  "\\ word",
                                                  "--- a/x",
                                                  "+++ b/x",
                                                  "diff --git a/x b/x",
                                                  "```",
                                                  "...",
                                                  "# ... rest of the code",
                                                  "\xff\xfe\x01",
                                                  " ",
                                                  "x  ",
                                                  "a\rb",
                                                  "\xEF\xBB\xBFq"};
  if (random.OneIn(3)) return kLines[static_cast<std::size_t>(random.Below(static_cast<int>(kLines.size())))];
  return "line " + std::to_string(random.Below(1000));
}

// A line that comes: what stands for code that was left out is refused in any diff.
std::string RandomNewLine(Random& random) {
  std::string line = RandomLine(random);
  while (line.find("...") != std::string::npos) line = RandomLine(random);
  return line;
}

using Lines = std::vector<std::string>;  // each with its end

// A last line without \n; a \r at its end is text.
std::string RandomEnd(Random& random, const std::string& line) {
  return random.OneIn(3) ? line + "\r" : line;
}

constexpr const char* kMark = "\xEF\xBB\xBF";

Lines RandomText(Random& random) {
  Lines lines;
  const int style = random.Below(4);  // \n, \r\n, both, \r alone
  for (int count = random.OneIn(20) ? 0 : random.Below(40); count > 0; --count) {
    lines.push_back(RandomLine(random));
    lines.back() += style == 1 || (style == 2 && random.OneIn(2)) ? "\r\n" : "\n";
  }
  if (style == 3) {
    std::string all = "\r";
    for (const std::string& line : lines) all += line.substr(0, line.size() - 1) + "\r";
    return {all};
  }
  if (!lines.empty() && random.OneIn(4)) lines.back() = RandomEnd(random, "last without end");
  if (!lines.empty() && random.OneIn(4)) lines.front() = kMark + lines.front();
  return lines;
}

Lines Changed(Random& random, const Lines& from) {
  if (random.OneIn(20)) return {};
  Lines to;
  const int rate = 2 + random.Below(15);
  for (const std::string& line : from) {
    const int what = random.OneIn(rate) ? random.Below(3) : 3;
    if (what == 0) continue;
    if (what == 1) {
      to.push_back(RandomNewLine(random));  // before its end is drawn, with each compiler
      to.back() += random.OneIn(2) ? "\n" : "\r\n";
    }
    to.push_back(what == 2 ? RandomNewLine(random) + "\n" : line);
  }
  if (random.OneIn(6)) to.push_back("a new last line\n");
  for (std::size_t i = 0; i + 1 < to.size(); ++i)
    if (to[i].back() != '\n') to[i] += '\n';
  if (!to.empty() && random.OneIn(5)) to.back() = RandomEnd(random, "another end");
  return to;
}

// Lines of both by the longest common subsequence, as (sign, line).
std::vector<std::pair<char, std::string>> Compare(const Lines& a, const Lines& b) {
  std::vector<Lines::size_type> longest((a.size() + 1) * (b.size() + 1));
  auto at = [&](std::size_t i, std::size_t k) -> std::size_t& { return longest[i * (b.size() + 1) + k]; };
  for (std::size_t i = a.size(); i-- > 0;)
    for (std::size_t k = b.size(); k-- > 0;)
      at(i, k) = a[i] == b[k] ? at(i + 1, k + 1) + 1 : std::max(at(i + 1, k), at(i, k + 1));
  std::vector<std::pair<char, std::string>> script;
  for (std::size_t i = 0, k = 0; i < a.size() || k < b.size();) {
    if (i < a.size() && k < b.size() && a[i] == b[k])
      script.emplace_back(' ', a[i++]), ++k;
    else if (i < a.size() && (k == b.size() || at(i + 1, k) >= at(i, k + 1)))
      script.emplace_back('-', a[i++]);
    else
      script.emplace_back('+', b[k++]);
  }
  return script;
}

std::string Diff(const Lines& a, const Lines& b) {
  constexpr std::size_t kContext = 3;
  const auto script = Compare(a, b);
  std::vector<bool> shown(script.size());
  for (std::size_t i = 0; i < script.size(); ++i)
    if (script[i].first != ' ')
      for (std::size_t k = i < kContext ? 0 : i - kContext; k <= i + kContext && k < script.size(); ++k)
        shown[k] = true;
  std::string diff = std::string(a.empty() ? "--- /dev/null\n" : "--- a/f.txt\n") +
                     (b.empty() ? "+++ /dev/null\n" : "+++ b/f.txt\n");
  std::size_t old_line = 1, new_line = 1;
  for (std::size_t i = 0; i < script.size();) {
    if (!shown[i]) {
      ++i, ++old_line, ++new_line;
      continue;
    }
    std::string body;
    std::size_t olds = 0, news = 0;
    for (; i < script.size() && shown[i]; ++i) {
      body += script[i].first + script[i].second;
      if (script[i].second.back() != '\n') body += "\n\\ No newline at end of file\n";
      olds += script[i].first != '+';
      news += script[i].first != '-';
    }
    auto range = [](std::size_t start, std::size_t count) {
      return std::to_string(count == 0 ? start - 1 : start) + "," + std::to_string(count);
    };
    diff += "@@ -" + range(old_line, olds) + " +" + range(new_line, news) + " @@\n" + body;
    old_line += olds, new_line += news;
  }
  return diff;
}

std::string Joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

}  // namespace

TEST_CASE("the difference of two texts applied to the first gives the second") {
  constexpr int kPairs = 10000;
  test::TempDir dir;
  Random random(20);
  int compared = 0;
  while (compared < kPairs) {
    const Lines a = RandomText(random), b = Changed(random, a);
    if (a == b) continue;
    ++compared;
    std::filesystem::remove(dir / "f.txt");
    if (!a.empty()) dir.Write("f.txt", Joined(a));
    const std::string diff = Diff(a, b);
    auto report = Apply(ParseAnswer(diff), dir.path(), {});
    if (!report.ok()) FAIL(report.status().message());
    const bool there = std::filesystem::exists(dir / "f.txt");
    if (report->ok() && there == !b.empty() && (!there || dir.Read("f.txt") == Joined(b))) continue;
    INFO(report->feedback);
    INFO(diff);
    INFO("from:\n" << Joined(a) << "<<<\nto:\n" << Joined(b) << "<<<");
    FAIL("pair " << compared);
  }
  CHECK(compared == kPairs);
}

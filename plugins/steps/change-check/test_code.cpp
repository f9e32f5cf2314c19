#include "test_code.hpp"

#include <algorithm>
#include <map>

#include "change.hpp"
#include "mamc/base/text.hpp"
#include "mamc/patterns/pattern.hpp"

namespace change {
namespace {

using mamc::patterns::Pattern;

enum class Language { kPython, kScript, kGo, kRust, kC, kJava, kRuby, kShell, kPhp, kCMake, kOther };

struct Extension {
  std::string_view name;
  Language language;
};
constexpr Extension kExtensions[] = {
    {"py", Language::kPython},  {"js", Language::kScript},  {"jsx", Language::kScript},
    {"ts", Language::kScript},  {"tsx", Language::kScript}, {"mjs", Language::kScript},
    {"cjs", Language::kScript}, {"go", Language::kGo},      {"rs", Language::kRust},
    {"c", Language::kC},        {"h", Language::kC},        {"cc", Language::kC},
    {"cpp", Language::kC},      {"cxx", Language::kC},      {"hh", Language::kC},
    {"hpp", Language::kC},      {"java", Language::kJava},  {"kt", Language::kJava},
    {"cs", Language::kJava},    {"scala", Language::kJava}, {"swift", Language::kJava},
    {"rb", Language::kRuby},    {"sh", Language::kShell},   {"bats", Language::kShell},
    {"bash", Language::kShell}, {"php", Language::kPhp},    {"cmake", Language::kCMake},
};

Language LanguageOf(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (name == "CMakeLists.txt") return Language::kCMake;
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return Language::kShell;  // run-tests
  const std::string extension = mamc::Lower(name.substr(dot + 1));
  for (const auto& [known, language] : kExtensions)
    if (extension == known) return language;
  return Language::kOther;
}

struct Definition {
  Language language;
  const char* pattern;  // the first group is the test's name
};
// clang-format off
constexpr Definition kDefinitions[] = {
    {Language::kPython, R"~((?m)^[ \t]*(?:async[ \t]+)?def[ \t]+(test\w*)[ \t]*\()~"},
    {Language::kScript, R"~((?m)^[ \t]*[xf]?(?:it|test|specify)(?:\.\w+)*[ \t]*\([ \t]*["'`]([^"'`\n]+))~"},
    {Language::kScript, R"~((?m)^[ \t]*(?:it|test)\.each\b.*\)[ \t]*\([ \t]*["'`]([^"'`\n]+))~"},
    {Language::kGo, R"~((?m)^func[ \t]+((?:Test|Fuzz|Example)\w*)[ \t]*\()~"},
    {Language::kGo, R"~((?m)^[ \t]*t\.Run\([ \t]*"([^"\n]+)")~"},
    {Language::kRust, R"~(#\[(?:\w+::)*test\b[^\]\n]*\]\s*(?:#\[[^\]\n]*\]\s*)*(?:pub\s+)?(?:async\s+)?fn\s+(\w+))~"},
    {Language::kC, R"~((?m)^[ \t]*(?:TEST|TEST_F|TEST_P|TYPED_TEST|TEST_CASE|SCENARIO|SECTION|START_TEST|BOOST_\w*TEST_CASE|TEST_METHOD)[ \t]*\([ \t]*([^)\n]+))~"},
    {Language::kC, R"~((?m)^[ \t]*(?:static[ \t]+)?(?:void|int|bool)[ \t]+(\w*[tT]est\w*)[ \t]*\([^;{]*\)\s*\{)~"},
    {Language::kJava, R"~((?:@(?:Test|ParameterizedTest|RepeatedTest)\b|\[(?:Fact|Theory|Test|TestMethod|TestCase)\b)[^{};]*?\b(\w+)\s*\()~"},
    {Language::kJava, R"~((?m)^[ \t]*func[ \t]+(test\w+)[ \t]*\()~"},
    {Language::kRuby, R"~((?m)^[ \t]*(?:it|specify|test|scenario)[ \t(]+["']([^"'\n]+))~"},
    {Language::kRuby, R"~((?m)^[ \t]*def[ \t]+(test_\w+))~"},
    {Language::kShell, R"~((?m)^[ \t]*@test[ \t]+["']([^"'\n]+))~"},
    {Language::kShell, R"~((?m)^[ \t]*(?:function[ \t]+)?(test\w*)[ \t]*\(\))~"},
    {Language::kPhp, R"~((?m)^[ \t]*(?:public[ \t]+)?function[ \t]+(test\w*)[ \t]*\()~"},
    {Language::kCMake, R"~((?mi)^[ \t]*add_test[ \t]*\(\s*(?:NAME\s+)?([^\s)]+))~"},
};
// clang-format on

const std::vector<Pattern>& DefinitionsOf(Language language) {
  static const auto all = [] {
    std::map<Language, std::vector<Pattern>> compiled;
    for (const auto& [of, pattern] : kDefinitions) compiled[of].emplace_back(pattern);
    return compiled;
  }();
  static const std::vector<Pattern> none;
  const auto found = all.find(language);
  return found == all.end() ? none : found->second;
}

const Pattern& Check() {
  static const Pattern pattern(
      R"~((?i)\b\w*(?:assert|expect|require|check|verify|should)\w*!?[ \t]*\(|\bassert[ \t]|\.should\b|\bt\.(?:error|fatal|fail)\w*\(|\[\[? )~");
  return pattern;
}

const Pattern& SkipMark() {
  static const Pattern pattern(
      R"~((@(?:unittest\.|pytest\.mark\.)?(?:skip|skipIf|skipUnless|skipif|xfail|expectedFailure)\b|\b(?:pytest\.(?:mark\.)?(?:skipif|skip|xfail)|self\.skipTest|raise (?:unittest\.)?SkipTest)\b|\b(?:it|test|describe|context|suite|specify)\.(?:skip|todo|only|fails?)\b|^[ \t]*(?:xit|xtest|xdescribe|xcontext|xspecify|fit|fdescribe)[ \t(]+["'`]|\b[tb]\.Skip(?:Now|f)?\(|#\[(?:cfg_attr\([^)]*,[ \t]*)?ignore\b|\bGTEST_SKIP\b|\bDISABLED_\w|,[ \t]*"[^"]*\[\.|\[!(?:mayfail|shouldfail)|@(?:Disabled|Ignore)\b|\[(?:Ignore|Skip)\b|\bSkip[ \t]*=[ \t]*"|\bWILL_FAIL\b|\bDISABLED[ \t]+(?:TRUE|ON|1)\b|\bmarkTest(?:Skipped|Incomplete)\b|^[ \t]*(?:skip|pending)(?:[ \t(]+["'].*)?$))~");
  return pattern;
}

void EraseBetween(std::string& text, std::string_view begin, std::string_view end) {
  std::string kept;
  std::size_t from = 0;
  for (;;) {
    const std::size_t at = text.find(begin, from);
    if (at == std::string::npos) break;
    kept.append(text, from, at - from);
    const std::size_t close = text.find(end, at + begin.size());
    from = close == std::string::npos ? text.size() : close + end.size();
    kept += '\n';
  }
  text = kept.append(text, from);
}

// That begin a line: elsewhere the signs may be of a pattern for paths, "src/**".
void EraseLongComments(std::string& text) {
  std::string kept;
  bool inside = false;
  for (const std::string_view line : LinesOf(text)) {
    const std::size_t first = std::min(line.find_first_not_of(" \t"), line.size());
    inside = inside || line.substr(first).starts_with("/*");
    const std::size_t close = inside ? line.find("*/") : std::string_view::npos;
    if (close != std::string_view::npos) inside = false;
    if (!inside) kept.append(close == std::string_view::npos ? line : line.substr(close + 2)) += '\n';
  }
  text = std::move(kept);
}

bool HasSlashComments(Language language) {
  switch (language) {
    case Language::kScript:
    case Language::kGo:
    case Language::kRust:
    case Language::kC:
    case Language::kJava:
    case Language::kPhp:
      return true;
    default:
      return false;
  }
}

// A comment that begins within a line is left: what stands before it counts.
std::string WithoutComments(Language language, std::string text) {
  const bool slashes = HasSlashComments(language);
  if (language == Language::kC) EraseBetween(text, "#if 0", "#endif");
  if (slashes) EraseLongComments(text);
  if (language == Language::kPython)
    for (const char* quotes : {"\"\"\"", "'''"}) EraseBetween(text, quotes, quotes);
  const bool hashes = !slashes && language != Language::kOther;
  std::string kept;
  for (const std::string_view line : LinesOf(text)) {
    const std::size_t first = std::min(line.find_first_not_of(" \t"), line.size());
    const std::string_view words = line.substr(first);
    const bool is_comment = (slashes && (words.starts_with("//") || words.starts_with("/*"))) ||
                            (hashes && words.starts_with('#'));
    if (!is_comment) kept.append(line) += '\n';
  }
  return kept;
}

}  // namespace

bool IsTestFile(std::string_view path) {
  static const Pattern pattern(
      R"~((?i)(?:^|/)(?:tests?|specs?|__tests__|testing|testdata|t)/|(?:^|/)(?:test[-_.][^/]*|tests?|conftest|run[-_]?tests?)(?:\.\w+)?$|[-_.](?:tests?|specs?)\.\w+$|[a-z0-9](?:Tests?|Spec|IT)\.(?:java|kt|cs|scala|swift|php)$|\.bats$)~");
  return pattern.IsIn(path);
}

TestCode TestCodeOf(std::string_view path, const std::string& text) {
  const Language language = LanguageOf(path);
  const std::string code = WithoutComments(language, "\n" + text);
  TestCode found;
  for (const Pattern& definition : DefinitionsOf(language))
    for (std::string& name : definition.GroupsIn(code)) found.tests.insert(std::move(name));
  if (!IsTestFile(path) && found.tests.empty()) return found;
  found.checks = Check().CountIn(code);
  for (const std::string_view line : LinesOf(code))
    if (!SkipMarkIn(line).empty()) ++found.skips;
  return found;
}

std::string SkipMarkIn(std::string_view line) {
  return SkipMark().GroupIn(line).value_or("");
}

}  // namespace change

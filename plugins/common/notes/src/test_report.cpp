#include "mamc/notes/test_report.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "mamc/notes/failure_digest.hpp"
#include "mamc/patterns/pattern.hpp"

namespace mamc::notes {
namespace {

// One runner: how it names a test that failed, and how it sums up once all were run.
struct Runner {
  const char* failed;  // the first group is the test's name
  const char* sum;
};
// clang-format off
constexpr Runner kRunners[] = {
    // pytest
    {R"~(^(?:FAILED|ERROR) ([^\s(:]\S*))~", R"~(^(?:=+ )?(?:\d+ \w+, )*\d+ (?:failed|errors?)\b.* in )~"},
    // unittest
    {R"~(^(?:FAIL|ERROR): (\S+ \(.+\))$)~", R"~(^FAILED \((?:failures|errors))~"},
    // automake
    {R"~(^(?:FAIL|ERROR|XPASS): (\S+)$)~", R"~(^# TOTAL: +\d)~"},
    // go test
    {R"~(^\s*--- FAIL: (\S+))~", R"~(^FAIL$)~"},
    // ... and the packages they are of
    {R"~(^FAIL\t(\S+))~", R"~(^FAIL$)~"},
    // cargo test --no-fail-fast
    {R"~(^test (\S.*) \.\.\. FAILED$)~", R"~(^error: \d+ targets? failed:)~"},
    // ... and the programs they are of
    {R"~(^ +`(.*)`$)~", R"~(^error: \d+ targets? failed:)~"},
    // ctest
    {R"~(^\s*\d+ - (\S.*) \((?:Failed|Timeout|SEGFAULT|Subprocess aborted|Exit code .*|ILLEGAL|Numerical|Not Run|OTHER_FAULT|INTERRUPT|BUS)\)\s*$)~", R"~(^\d+% tests passed, \d+ tests? failed out of \d)~"},
    // GoogleTest
    {R"~(^\[  FAILED  \] ([A-Za-z_][\w./]*))~", R"~(^\[=+\] \d+ tests? from \d+ test (?:suites?|cases?) ran)~"},
    // jest
    {R"~(^\s+● (.+)$)~", R"~(^Tests: +.*\d+ failed.*\d+ total)~"},
    // vitest
    {R"~(^\s*FAIL +(\S+ > .+)$)~", R"~(^\s*Tests +\d+ failed)~"},
    // mocha
    {R"~(^\s+\d+\) (\S.*)$)~", R"~(^\s*\d+ failing$)~"},
    // rspec
    {R"~(^rspec \S+ # (.+)$)~", R"~(^\d+ examples?, \d+ failures?)~"},
    // Maven
    {R"~(^\[ERROR\] +(\w+(?:\.\w+)+)(?::\d+)?(?: .*|$))~", R"~(^\[ERROR\] Tests run: \d+, Failures: \d+)~"},
    // TAP and what looks like it
    {R"~(^\s*not ok\b(?: \d+)?(?: -)? *(\S.*)$)~", R"~(^(?:1\.\.\d+|# (?:fail|failed) +\d+|\d+ passed, \d+ failed)$)~"},
};
constexpr const char* kBroken[] = {
    R"~(^\S+:\d+(?::\d+)?: (?:fatal )?error: )~",  // gcc, clang
    R"~(undefined reference to|ld returned \d+ exit status|\bld: symbol)~",
    R"~(^error(?:\[E\d+\])?: (?:could not compile|aborting|cannot find|unresolved))~",
    R"~(^error\[E\d+\])~",
    R"~(\[build failed\]|^# \S+ \[\S+\.test\]$)~",  // go
    R"~(\berror TS\d+:|\berror CS\d+:|^.*\.java:\d+: error:|COMPILATION ERROR)~",
    R"~(\b(?:SyntaxError|IndentationError|ModuleNotFoundError|ImportError|NameError)\b: )~",
    R"~(Cannot find module|ERR_MODULE_NOT_FOUND|Test suite failed to run|SyntaxError:)~",
    R"~(errors? during collection|^E +fixture '.*' not found)~",
    R"~(cannot load such file|LoadError)~",
    R"~(: (?:command )?not found$|No rule to make target)~",
};
// Stopped early, whatever sum follows.
constexpr const char* kStopped[] = {R"~(^!+ .*(?:stopping after|Interrupted).*!+$)~", R"~(^Bail out!)~", R"~(^panic: )~",
                                    R"~(\bFatal Python error\b|Segmentation fault|core dumped)~"};
// clang-format on

using patterns::Pattern;

bool AnyIsIn(const std::vector<Pattern>& patterns, std::string_view line) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [line](const Pattern& pattern) { return pattern.IsIn(line); });
}

template <std::size_t N>
std::vector<Pattern> AllOf(const char* const (&patterns)[N]) {
  return {std::begin(patterns), std::end(patterns)};
}

struct Seen {
  std::multiset<std::string> failed;
  bool has_sum = false;
};

}  // namespace

TestReport ReadTestReport(std::string_view output) {
  static const auto broken = AllOf(kBroken), stopped = AllOf(kStopped);
  static const auto runners = [] {
    std::vector<std::pair<Pattern, Pattern>> compiled;
    for (const Runner& runner : kRunners) compiled.emplace_back(runner.failed, runner.sum);
    return compiled;
  }();

  const std::string text = WithoutEscapes(output);
  std::vector<Seen> seen(runners.size());
  TestReport report;
  bool is_stopped = false;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    for (std::size_t i = 0; i < runners.size(); ++i) {
      if (auto name = runners[i].first.GroupIn(line)) seen[i].failed.insert(std::move(*name));
      if (runners[i].second.IsIn(line)) seen[i].has_sum = true;
    }
    report.is_broken = report.is_broken || AnyIsIn(broken, line);
    is_stopped = is_stopped || AnyIsIn(stopped, line);
  }
  for (Seen& one : seen) {
    report.is_whole = report.is_whole || (one.has_sum && !one.failed.empty());
    report.failed.merge(one.failed);
  }
  if (is_stopped) report.is_whole = false;
  return report;
}

}  // namespace mamc::notes

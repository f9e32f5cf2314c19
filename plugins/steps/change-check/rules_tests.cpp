#include <algorithm>
#include <mamc/cpp/children.hpp>
#include <map>

#include "mamc/patterns/pattern.hpp"
#include "rules.hpp"
#include "test_code.hpp"

namespace change {
namespace {

using mamc::patterns::Pattern;
using mamc::sdk::Json;

constexpr std::size_t kMostNames = 5;

struct Counted {
  const ChangedFile* file;
  TestCode before, after;
};

std::vector<Counted> CountAll(const Files& files) {
  std::vector<Counted> all;
  for (const ChangedFile& file : files) {
    Counted counted{&file, {}, {}};
    if (file.before) counted.before = TestCodeOf(file.path, *file.before);
    if (file.after) counted.after = TestCodeOf(file.path, *file.after);
    all.push_back(std::move(counted));
  }
  return all;
}

std::string Names(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i)
    text += (text.empty() ? "" : ", ") + names[i];
  if (names.size() > kMostNames) text += " and " + std::to_string(names.size() - kMostNames) + " more";
  return text;
}

// The names that one has more often than the other.
std::vector<std::string> Without(const std::multiset<std::string>& names,
                                 const std::multiset<std::string>& taken) {
  std::vector<std::string> left;
  std::set_difference(names.begin(), names.end(), taken.begin(), taken.end(), std::back_inserter(left));
  return left;
}

// A test may get another name or another file. New ones in other files stand for none of the old ones.
void FindRemoved(const std::vector<Counted>& all, Findings& findings) {
  std::multiset<std::string> after;
  for (const Counted& counted : all) after.insert(counted.after.tests.begin(), counted.after.tests.end());
  for (const Counted& counted : all) {
    const TestCode &before = counted.before, &now = counted.after;
    const bool is_gone = !counted.file->after && IsTestFile(counted.file->path);
    const bool is_unnamed = is_gone && before.tests.empty() && before.checks > 0;
    const std::vector<std::string> gone = Without(before.tests, after);
    const bool is_renamed = now.tests.size() >= before.tests.size() && now.checks >= before.checks;
    if (is_renamed || (gone.empty() && !is_unnamed)) continue;
    findings.push_back({"tests", counted.file->path, 0,
                        std::string(is_gone ? "a file of tests was deleted" : "tests are gone") +
                            (gone.empty() ? "" : ": " + Names(gone)) +
                            ". Tests may not shrink: put them back, and change the code so that they pass"});
  }
}

void FindSkipped(const std::vector<Counted>& all, Findings& findings) {
  std::size_t before = 0, after = 0;
  for (const Counted& counted : all) {
    before += counted.before.skips;
    after += counted.after.skips;
  }
  if (after <= before) return;
  for (const Counted& counted : all) {
    if (counted.after.skips <= counted.before.skips) continue;
    for (const Line& line : counted.file->added)
      if (const std::string mark = SkipMarkIn(line.text); !mark.empty())
        findings.push_back({"tests", counted.file->path, line.number,
                            "'" + mark +
                                "' keeps a test from being run. Take it away, and change the code so "
                                "that the test passes"});
  }
}

// Of a file from which tests were moved, only the others count, and nobody knows which checks are theirs.
void FindWeakened(const std::vector<Counted>& all, Findings& findings) {
  for (const Counted& counted : all) {
    const bool is_moved = counted.after.tests.size() < counted.before.tests.size();
    if (!counted.file->after || is_moved || counted.after.checks >= counted.before.checks) continue;
    findings.push_back({"tests", counted.file->path, 0,
                        "the tests check less than before: " + std::to_string(counted.after.checks) +
                            " checks where there were " + std::to_string(counted.before.checks) +
                            ". Put back what was taken away"});
  }
}

// ---- what a test command ends with

std::string_view NameOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool RunsTests(const std::string& path) {
  static const Pattern pattern(
      R"((?i)^(?:GNUmakefile|makefile|.*\.mk|package\.json|CMakeLists\.txt|.*\.cmake|tox\.ini|setup\.cfg|pytest\.ini|pyproject\.toml|noxfile\.py|conftest\.py|(?:jest|vitest|karma|playwright)\.config\.\w+|\.mocharc.*|Rakefile|build\.gradle(?:\.kts)?|pom\.xml|Cargo\.toml|justfile|Taskfile\.ya?ml|.*\.bats)$)");
  const std::string_view name = NameOf(path);
  return IsTestFile(path) || pattern.IsAll(name);
}

std::string ForcedPassIn(const std::string& line) {
  static const Pattern pattern(
      R"((\|\|[ \t]*(?:true|:|exit 0)(?:[ \t;"')]|$)|;[ \t]*(?:true|exit 0)[ \t]*(?:["']|$)|\bset \+e\b|^[ \t]*exit[ \t]+0[ \t]*$|\b(?:sys\.exit|os\._exit|process\.exit)\([ \t]*0?[ \t]*\)|^[ \t]*(?:exit|quit)\([ \t]*0?[ \t]*\)[ \t]*$|^(?:export[ \t]+)?(?:SHELL|MAKEFLAGS|\.SHELLFLAGS)[ \t]*[:+?]?=|--passWithNoTests\b|--deselect\b|--ignore=|--exclude-tests?\b|-k[ \t]+["']not\b|\bcontinue-on-error\b|\.IGNORE\b|\bpytest_collection_modifyitems\b|\bcollect_ignore\w*\b|\btestFailureIgnore\b|\bignoreFailures\b|-DskipTests\b|\bhandlers?\[["']exit))");
  return pattern.GroupIn(line).value_or("");
}

// A package.json has scripts for everything.
bool MayRunTests(const std::string& path, const std::string& line) {
  return NameOf(path) != "package.json" || line.find("test") != std::string::npos;
}

// The scripts of a package.json by which its tests are run, without the one that npm puts where there are
// none.
Json TestScripts(const std::string& text) {
  const Json package = Json::parse(text, nullptr, false);
  Json scripts = Json::object();
  if (!package.is_object() || !package.value("scripts", Json()).is_object()) return scripts;
  for (const char* name : {"pretest", "test", "posttest"})
    if (const auto found = package["scripts"].find(name);
        found != package["scripts"].end() && found->dump().find("no test specified") == std::string::npos)
      scripts[name] = *found;
  return scripts;
}

// The commands of a Makefile's targets for tests.
std::vector<std::string> TestRecipe(const std::string& text) {
  static const Pattern target(R"(^(?:tests?|check)[ \t]*::?(?:[^=]|$))");
  std::vector<std::string> recipe;
  bool inside = false;
  for (const std::string_view line : LinesOf(text)) {
    if (line.starts_with('\t')) {
      if (inside) recipe.emplace_back(line.substr(std::min(line.find_first_not_of("\t @"), line.size())));
    } else if (!line.empty() && line[0] != '#') {
      inside = target.IsIn(line);
    }
  }
  return recipe;
}

// A command that does what it did and perhaps more: the words of the old one, in their order.
bool Extends(const std::string& command, const std::string& old) {
  std::size_t at = 0;
  for (std::size_t word = 0; word < old.size();) {
    const std::size_t end = std::min(old.find(' ', word), old.size());
    at = command.find(old.substr(word, end - word), at);
    if (at == std::string::npos) return false;
    at += end - word;
    word = end + 1;
  }
  return !command.starts_with('-') && !command.starts_with("echo ") && !command.starts_with(": ") &&
         !command.starts_with("true ");
}

std::string ReplacedCommand(const ChangedFile& file) {
  const std::string_view name = NameOf(file.path);
  if (name == "package.json") {
    const Json before = TestScripts(*file.before), after = TestScripts(*file.after);
    for (const auto& [script, command] : before.items())
      if (!command.is_string() || !after.contains(script) || !after[script].is_string() ||
          !Extends(after[script].get<std::string>(), command.get<std::string>()))
        return "the script '" + script + "'";
    return {};
  }
  if (name != "Makefile" && name != "makefile" && name != "GNUmakefile") return {};
  const std::vector<std::string> after = TestRecipe(*file.after);
  for (const std::string& command : TestRecipe(*file.before))
    if (std::none_of(after.begin(), after.end(),
                     [&](const std::string& now) { return Extends(now, command); }))
      return "the command '" + command + "'";
  return {};
}

}  // namespace

void FindShrunkTests(const Files& files, Findings& findings) {
  const std::vector<Counted> all = CountAll(files);
  const std::size_t known = findings.size();
  FindRemoved(all, findings);
  FindSkipped(all, findings);
  // Whose tests are gone checks less, of course.
  if (findings.size() == known) FindWeakened(all, findings);
}

void FindForcedPass(const Files& files, Findings& findings) {
  for (const ChangedFile& file : files) {
    if (!file.before || !file.after || !RunsTests(file.path)) continue;
    for (const Line& line : file.added)
      if (const std::string mark = MayRunTests(file.path, line.text) ? ForcedPassIn(line.text) : "";
          !mark.empty())
        findings.push_back({"test-command", file.path, line.number,
                            "'" + mark +
                                "' makes the tests pass whatever they find, or leaves some out. Take "
                                "it away"});
    if (const std::string replaced = ReplacedCommand(file); !replaced.empty())
      findings.push_back({"test-command", file.path, 0,
                          replaced + ", by which the tests are run, is another one now or gone. Put it back: "
                                     "add to it, but let it do all that it did"});
  }
}

}  // namespace change

#include "summary.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<std::string_view, std::string_view>, 44> kLanguages{{
    {"c", "C"},
    {"h", "C"},
    {"cc", "C++"},
    {"cpp", "C++"},
    {"cxx", "C++"},
    {"hpp", "C++"},
    {"hh", "C++"},
    {"rs", "Rust"},
    {"go", "Go"},
    {"py", "Python"},
    {"js", "JavaScript"},
    {"jsx", "JavaScript"},
    {"mjs", "JavaScript"},
    {"cjs", "JavaScript"},
    {"ts", "TypeScript"},
    {"tsx", "TypeScript"},
    {"java", "Java"},
    {"kt", "Kotlin"},
    {"swift", "Swift"},
    {"rb", "Ruby"},
    {"php", "PHP"},
    {"cs", "C#"},
    {"scala", "Scala"},
    {"sh", "Shell"},
    {"bash", "Shell"},
    {"lua", "Lua"},
    {"pl", "Perl"},
    {"r", "R"},
    {"sql", "SQL"},
    {"html", "HTML"},
    {"css", "CSS"},
    {"scss", "CSS"},
    {"vue", "Vue"},
    {"svelte", "Svelte"},
    {"md", "Markdown"},
    {"json", "JSON"},
    {"yml", "YAML"},
    {"yaml", "YAML"},
    {"toml", "TOML"},
    {"xml", "XML"},
    {"cmake", "CMake"},
    {"zig", "Zig"},
    {"ex", "Elixir"},
    {"hs", "Haskell"},
}};

bool IsText(std::string_view language) {
  return language == "Markdown" || language == "JSON" || language == "YAML" || language == "TOML" ||
         language == "XML";
}

std::string_view NameOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string_view LanguageOf(std::string_view path) {
  std::string_view name = NameOf(path);
  if (name == "CMakeLists.txt") return "CMake";
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return {};
  for (const auto& [extension, language] : kLanguages)
    if (name.substr(dot + 1) == extension) return language;
  return {};
}

bool IsBuildFile(std::string_view path) {
  static constexpr std::string_view names[] = {
      "CMakeLists.txt", "CMakePresets.json", "Makefile",         "meson.build", "package.json",  "Cargo.toml",
      "go.mod",         "pyproject.toml",    "setup.py",         "setup.cfg",   "tox.ini",       "pytest.ini",
      "pom.xml",        "build.gradle",      "build.gradle.kts", "Gemfile",     "composer.json", "Dockerfile",
      "tsconfig.json"};
  return std::find(std::begin(names), std::end(names), NameOf(path)) != std::end(names);
}

bool IsTest(std::string_view path) {
  return path.rfind("test/", 0) == 0 || path.rfind("tests/", 0) == 0 ||
         path.find("/test/") != std::string_view::npos || path.find("/tests/") != std::string_view::npos ||
         path.find("_test.") != std::string_view::npos || path.find(".test.") != std::string_view::npos ||
         path.find(".spec.") != std::string_view::npos || NameOf(path).rfind("test_", 0) == 0;
}

bool Has(const Scan& scan, const std::string& path) {
  auto found =
      std::lower_bound(scan.files.begin(), scan.files.end(), path,
                       [](const ScannedFile& file, const std::string& wanted) { return file.path < wanted; });
  return found != scan.files.end() && found->path == path;
}

bool HasMakeTarget(const std::string& makefile, const std::string& target) {
  return makefile.rfind(target + ":", 0) == 0 || makefile.find("\n" + target + ":") != std::string::npos;
}

std::optional<std::string> NodeTest(const std::string& text) {
  const Json package = Json::parse(text, nullptr, false);
  if (!package.is_object() || !package.contains("scripts") || !package["scripts"].is_object())
    return std::nullopt;
  const Json& scripts = package["scripts"];
  if (!scripts.contains("test") || !scripts["test"].is_string()) return std::nullopt;
  if (scripts["test"].get<std::string>().find("no test specified") != std::string::npos) return std::nullopt;
  return "npm test";
}

template <class Item, class Write>
std::string Section(const std::string& title, const std::vector<Item>& items, std::size_t most, Write write) {
  if (items.empty()) return {};
  std::string text = "\n## " + title + "\n";
  for (std::size_t i = 0; i < std::min(items.size(), most); ++i) text += "- " + write(items[i]) + "\n";
  if (items.size() > most) text += "- and " + std::to_string(items.size() - most) + " more\n";
  return text;
}

using Counted = std::vector<std::pair<std::string, int>>;

Counted ByCount(const std::map<std::string, int>& counts) {
  Counted list(counts.begin(), counts.end());
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return list;
}

std::string WriteCounted(const std::pair<std::string, int>& item) {
  return item.first + ": " + std::to_string(item.second) + (item.second == 1 ? " file" : " files");
}

std::string Directories(const Scan& scan) {
  std::map<std::string, int> counts;
  for (const ScannedFile& file : scan.files)
    if (std::size_t slash = file.path.find('/'); slash != std::string::npos)
      ++counts[file.path.substr(0, slash + 1)];
  return Section("Top directories", ByCount(counts), 15, WriteCounted);
}

std::string PathsSection(const std::string& title, const Scan& scan, bool (*wanted)(std::string_view)) {
  std::vector<std::string> paths;
  for (const ScannedFile& file : scan.files)
    if (wanted(file.path)) paths.push_back(file.path);
  return Section(title, paths, 15, [](const std::string& path) { return path; });
}

std::string Hotspots(const Scan& scan) {
  std::vector<ScannedFile> sources;
  for (const ScannedFile& file : scan.files)
    if (auto language = LanguageOf(file.path); !language.empty() && !IsText(language))
      sources.push_back(file);
  std::stable_sort(sources.begin(), sources.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  sources.resize(std::min<std::size_t>(sources.size(), 10));
  return Section("Largest sources", sources, 10, [](const ScannedFile& file) {
    return file.path + " (" + std::to_string(file.bytes) + " bytes)";
  });
}

std::string ReadmeHead(const Scan& scan, const ReadText& read) {
  for (const char* name : {"README.md", "README", "README.rst", "README.txt", "readme.md"}) {
    if (!Has(scan, name)) continue;
    const std::string text = read(name).value_or("");
    std::size_t end = 0;
    for (int lines = 0; lines < 15 && end < text.size(); ++lines)
      end = std::min(text.find('\n', end), text.size() - 1) + 1;
    return "\n## " + std::string(name) + " begins\n" + text.substr(0, std::min<std::size_t>(end, 1500)) +
           "\n";
  }
  return {};
}

// At the end of a line, which is also the border of a character.
void CutAtLine(std::string& text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return;
  const std::string end = "[cut]\n";
  text.resize(text.rfind('\n', max_bytes - end.size() - 1) + 1);
  text += end;
}

}  // namespace

void FindLanguages(Scan& scan) {
  for (const ScannedFile& file : scan.files)
    if (auto language = LanguageOf(file.path); !language.empty()) ++scan.languages[std::string(language)];
}

void FindTestCommand(Scan& scan, const ReadText& read) {
  auto text = [&](const std::string& path) {
    return Has(scan, path) ? read(path).value_or("") : std::string();
  };
  if (auto node = NodeTest(text("package.json"))) {
    scan.test_command = node;
  } else if (HasMakeTarget(text("Makefile"), "test")) {
    scan.test_command = "make test";
  } else if (HasMakeTarget(text("Makefile"), "check")) {
    scan.test_command = "make check";
  } else if (Has(scan, "Cargo.toml")) {
    scan.test_command = "cargo test";
  } else if (Has(scan, "go.mod")) {
    scan.test_command = "go test ./...";
  } else if (Has(scan, "pytest.ini") || Has(scan, "pyproject.toml") || Has(scan, "tox.ini") ||
             Has(scan, "setup.cfg") || Has(scan, "setup.py")) {
    scan.test_command = "python3 -m pytest";
  } else if (Has(scan, "CMakeLists.txt")) {
    scan.test_command =
        "cmake -S . -B build && cmake --build build && ctest --test-dir build --output-on-failure";
  }
}

std::string Summarize(const Scan& scan, const ReadText& read, std::size_t max_bytes) {
  std::string text = "# Repository\n" + std::to_string(scan.files.size()) + " files, " +
                     std::to_string(scan.bytes) + " bytes" + (scan.cut ? " looked at; there are more" : "") +
                     "\n";
  if (scan.test_command) text += "Tests: `" + *scan.test_command + "`\n";
  text += Section("Languages", ByCount(scan.languages), 12, WriteCounted);
  text += Directories(scan);
  text += PathsSection("Build files", scan, IsBuildFile);
  text += PathsSection("Tests", scan, IsTest);
  text += Hotspots(scan);
  text += ReadmeHead(scan, read);
  CutAtLine(text, max_bytes);
  return text;
}

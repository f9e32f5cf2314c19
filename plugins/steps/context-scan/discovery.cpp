#include "discovery.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "languages.hpp"

namespace {

using Json = nlohmann::json;

// What is done where a file is there and nothing more is known. In the order in which they are asked, behind
// package.json and make, which say what they can do.
struct Tool {
  std::string_view file, build, test;
};
constexpr Tool kTools[] = {
    {"Cargo.toml", "cargo build", "cargo test"},
    {"go.mod", "go build ./...", "go test ./..."},
    {"pytest.ini", "", "python3 -m pytest"},
    {"pyproject.toml", "python3 -m pip install .", "python3 -m pytest"},
    {"setup.cfg", "", "python3 -m pytest"},
    {"setup.py", "python3 -m pip install .", "python3 -m pytest"},
    {"tox.ini", "", "tox"},
    {"meson.build", "meson setup build && meson compile -C build", "meson test -C build"},
    {"gradlew", "./gradlew assemble", "./gradlew test"},
    {"build.gradle", "gradle assemble", "gradle test"},
    {"build.gradle.kts", "gradle assemble", "gradle test"},
    {"mvnw", "./mvnw package -DskipTests", "./mvnw test"},
    {"pom.xml", "mvn package -DskipTests", "mvn test"},
    {"CMakeLists.txt", "cmake -S . -B build && cmake --build build",
     "cmake -S . -B build && cmake --build build && ctest --test-dir build --output-on-failure"},
    {"configure", "./configure && make", "./configure && make check"},
    {"configure.ac", "autoreconf -i && ./configure && make", "autoreconf -i && ./configure && make check"},
};

constexpr std::string_view kOtherBuildFiles =
    "CMakePresets.json Makefile GNUmakefile Makefile.am package.json Gemfile composer.json Dockerfile "
    "tsconfig.json settings.gradle";

class Commands {
 public:
  explicit Commands(const ReadTop& read) : read_(read) {}

  std::vector<Command> Find() {
    AddScripts();
    AddMake("GNUmakefile");
    AddMake("Makefile");
    AddPresets();
    for (const Tool& tool : kTools)
      if (read_(std::string(tool.file))) {
        Add("build", std::string(tool.build), std::string(tool.file));
        Add("test", std::string(tool.test), std::string(tool.file));
      }
    return found_;
  }

 private:
  void Add(const std::string& purpose, const std::string& command, const std::string& from) {
    const bool is_known = std::any_of(found_.begin(), found_.end(),
                                      [&](const Command& known) { return known.command == command; });
    if (!command.empty() && !is_known) found_.push_back({purpose, command, from});
  }

  static Json Parsed(const std::optional<std::string>& text) {
    const Json json = text ? Json::parse(*text, nullptr, false) : Json();
    return json.is_object() ? json : Json::object();
  }

  void AddScripts() {
    const Json package = Parsed(read_("package.json"));
    const Json scripts = package.value("scripts", Json());
    const auto says = [&](const char* name) {
      return scripts.is_object() && scripts.contains(name) && scripts[name].is_string() &&
             scripts[name].get_ref<const std::string&>().find("no test specified") == std::string::npos;
    };
    if (says("build")) Add("build", "npm run build", "package.json");
    if (says("test")) Add("test", "npm test", "package.json");
  }

  void AddMake(const std::string& name) {
    const std::optional<std::string> text = read_(name);
    if (!text) return;
    const auto has = [&](const std::string& target) {
      return text->starts_with(target + ":") || text->find("\n" + target + ":") != std::string::npos;
    };
    Add("build", "make", name);
    for (const char* target : {"test", "check"})
      if (has(target)) Add("test", std::string("make ") + target, name);
  }

  // The first preset of each kind that is not hidden. Its name becomes part of a command for a shell.
  void AddPresets() {
    const Json presets = Parsed(read_("CMakePresets.json"));
    const auto first = [&](const char* kind) {
      const Json list = presets.value(kind, Json());
      for (const Json& preset : list.is_array() ? list : Json::array()) {
        if (!preset.is_object() || preset.value("hidden", Json()) == true) continue;
        const Json name = preset.value("name", Json());
        if (name.is_string() && IsPlain(name.get_ref<const std::string&>())) return name.get<std::string>();
      }
      return std::string();
    };
    const std::string configure = first("configurePresets"), build = first("buildPresets"),
                      test = first("testPresets");
    if (configure.empty() || build.empty()) return;
    const std::string all = "cmake --preset " + configure + " && cmake --build --preset " + build;
    Add("build", all, "CMakePresets.json");
    if (!test.empty()) Add("test", all + " && ctest --preset " + test, "CMakePresets.json");
  }

  static bool IsPlain(const std::string& name) {
    return !name.empty() && name[0] != '-' && std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    });
  }

  const ReadTop& read_;
  std::vector<Command> found_;
};

}  // namespace

std::vector<Command> FindCommands(const ReadTop& read) {
  return Commands(read).Find();
}

bool IsBuildFile(std::string_view path) {
  const std::string_view name = NameOf(path);
  return HasWord(kOtherBuildFiles, name) || std::any_of(std::begin(kTools), std::end(kTools),
                                                        [&](const Tool& tool) { return tool.file == name; });
}

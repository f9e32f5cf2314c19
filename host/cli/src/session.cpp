#include "mamc/cli/session.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ostream>

#include "mamc/base/log.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/config_check.hpp"
#include "mamc/cli/persona_settings.hpp"

namespace mamc::cli {
namespace {

namespace fs = std::filesystem;

fs::path ProgramFile() {
  std::error_code error;
  fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : program;
}
fs::path ProgramFolder() {
  return ProgramFile().parent_path();
}

// Whether a shell finds this very program by its name alone.
bool IsOnPath(const fs::path& program) {
  const char* path = std::getenv("PATH");
  std::string_view left = path ? path : "";
  while (!left.empty()) {
    const std::size_t end = std::min(left.find(':'), left.size());
    const fs::path found = fs::path(left.substr(0, end)) / program.filename();
    left.remove_prefix(std::min(end + 1, left.size()));
    std::error_code error;
    if (!fs::exists(found, error)) continue;
    return fs::equivalent(found, program, error);  // the first one is taken
  }
  return false;
}

bool IsFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

// An installed tree may be moved as a whole; `fallback` is where the build expected it.
fs::path Installed(std::string_view from_program, std::string_view fallback) {
  fs::path moved = (ProgramFolder() / from_program).lexically_normal();
  return IsFolder(moved) ? moved : fs::path(fallback);
}

std::string OriginName(const config::Origin& origin) {
  bool flag = origin.source == config::Source::kFlag;
  return flag ? origin.place : origin.ToString();
}

std::vector<plugin::SearchDir> Folders(const std::vector<config::SearchPath>& configured,
                                       std::string_view beside, const fs::path& installed) {
  std::vector<plugin::SearchDir> dirs;
  for (const config::SearchPath& path : configured) dirs.push_back({path.path, OriginName(path.origin)});
  fs::path own = ProgramFolder() / beside;
  if (IsFolder(own)) dirs.push_back({own, "beside the program"});
  if (IsFolder(installed) && installed != own) dirs.push_back({installed, "installed"});
  return dirs;
}

Json TextList(const std::vector<std::string>& texts) {
  return Json(texts);
}

// A program with a slash in its name is a file; one without is looked for along PATH when it is run.
void CompleteProgram(Json& settings, const std::string& name, const fs::path& base) {
  auto argv = settings.find(name);
  if (argv == settings.end() || !argv->is_array() || argv->empty() || !argv->front().is_string()) return;
  const auto program = argv->front().get<std::string>();
  if (program.find('/') != std::string::npos) argv->front() = (base / program).lexically_normal().string();
}

}  // namespace

void Session::Say(bool is_warning, const std::string& message) {
  if (on_said) return on_said(is_warning, Masked(message));
  err << "mamc-host: " << (is_warning ? "warning: " : "") << Masked(message) << '\n';
}

Exit Session::Fail(Exit code, const std::string& message) {
  Say(false, message);
  return code;
}

Exit Session::Fail(Exit code, const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) Fail(code, problem);
  return problems.empty() ? kDone : code;
}

void Session::Warn(const std::string& message) {
  Say(true, message);
}

Exit Session::Fail(const Status& status) {
  return Fail(ExitFor(status), status.message());
}

std::string Session::CommandLineOf(const std::string& words) const {
  const fs::path program = ProgramFile();
  std::string line = program.empty() || IsOnPath(program) ? "mamc-host" : ShellWord(program.string());
  if (!options.config_file.empty())
    line += " --config " + ShellWord(fs::absolute(options.config_file).lexically_normal().string());
  if (!options.state_dir.empty())
    line += " --state-dir " + ShellWord(fs::absolute(options.state_dir).lexically_normal().string());
  const auto add_folders = [&line](const char* option, const std::vector<std::string>& folders) {
    for (const std::string& folder : folders)
      line += std::string(" ") + option + " " + ShellWord(fs::absolute(folder).lexically_normal().string());
  };
  add_folders("--plugins", options.plugin_dirs);
  add_folders("--workflows", options.workflow_dirs);
  return line + " " + words;
}

std::string Session::WordsFor(const Json& task) const {
  const std::string project = GetString(task, "project");
  const bool others = std::any_of(config().projects.begin(), config().projects.end(),
                                  [&](const auto& configured) { return configured.first != project; });
  return ShellWord(GetString(task, "id")) + (others ? " --project " + ShellWord(project) : "");
}

config::LoadOptions Session::LoadOptions() const {
  config::LoadOptions load = config::ProcessOptions();
  if (!options.config_file.empty()) load.config_file = options.config_file;
  if (options.only_config_file) {
    auto home = load.environment.find("HOME");
    std::string folder = home == load.environment.end() ? "/" : home->second;
    load.environment = {{"HOME", folder}};
  }
  auto add = [&](const char* key, const Json& value, const char* name) {
    if (!value.empty() && value != "") load.flags.push_back({key, value, name});
  };
  add("plugins.paths", TextList(options.plugin_dirs), "--plugins");
  add("workflows", TextList(options.workflow_dirs), "--workflows");
  add("state_dir", options.state_dir, "--state-dir");
  add("log.level", options.log_level, "--log-level");
  add("log.format", options.log_format, "--log-format");
  return load;
}

Exit Session::NeedConfig() {
  if (config_) return kDone;
  config::LoadResult result = config::LoadConfig(LoadOptions());
  for (const std::string& warning : result.warnings) Warn(warning);
  if (Exit code = Fail(kWrongUse, result.problems); code != kDone && !takes_what_it_can) return code;

  for (const auto* paths : {&result.config.plugin_paths, &result.config.workflow_paths}) {
    for (const config::SearchPath& path : *paths) {
      bool flag = path.origin.source == config::Source::kFlag;
      if (!flag || IsFolder(path.path)) continue;
      Exit code = Fail(kWrongUse, path.origin.place + " " + path.path.string() + ": there is no such folder");
      if (!takes_what_it_can) return code;
    }
  }
  config_ = std::make_unique<config::Config>(std::move(result.config));
  // A short command is quiet unless somebody asked.
  bool asked = config_->OriginOf("log.level").source != config::Source::kDefault;
  ConfigureLog({asked ? config_->log_level : LogLevel::kWarn, config_->log_format, true, ""});
  return kDone;
}

std::vector<plugin::SearchDir> Session::PluginDirs() const {
  return Folders(config_->plugin_paths, "plugins",
                 Installed(MAMC_PLUGINS_FROM_PROGRAM, MAMC_INSTALLED_PLUGINS));
}

std::vector<plugin::SearchDir> Session::WorkflowDirs() const {
  return Folders(config_->workflow_paths, "workflows",
                 Installed(MAMC_WORKFLOWS_FROM_PROGRAM, MAMC_INSTALLED_WORKFLOWS));
}

fs::path Session::DataDir(std::string_view name) const {
  fs::path own = ProgramFolder() / name;
  if (IsFolder(own)) return own;
  return Installed(std::string(MAMC_DATA_FROM_PROGRAM) + "/" + std::string(name),
                   std::string(MAMC_INSTALLED_DATA) + "/" + std::string(name));
}

plugin::CatalogOptions Session::CatalogOptions() const {
  plugin::CatalogOptions catalog;
  catalog.dirs = PluginDirs();
  catalog.disabled = config_->plugins_disabled;
  catalog.only = config_->plugins_enabled;
  catalog.pins.assign(config_->plugin_pins.begin(), config_->plugin_pins.end());
  catalog.host_version = MAMC_VERSION;
  return catalog;
}

Exit Session::NeedCatalog() {
  if (catalog_) return kDone;
  if (Exit code = NeedConfig()) return code;
  catalog_ = std::make_unique<plugin::Catalog>(CatalogOptions());
  catalog_->Scan();
  return kDone;
}

Exit Session::NeedNames() {
  if (names_) return kDone;
  if (Exit code = NeedCatalog()) return code;
  names_ = std::make_unique<Names>(*catalog_, WorkflowDirs());
  wrong_names_ = ResolvePersonaSettings(*names_, *catalog_, config_.get());
  return kDone;
}

Exit Session::NeedCheckedNames() {
  if (Exit code = NeedNames()) return code;
  std::vector<std::string> problems = CheckConfig(*this);
  problems.insert(problems.end(), wrong_names_.begin(), wrong_names_.end());
  return Fail(kWrongUse, problems);
}

Json Session::SettingsOf(config::Section section, const plugin::TypeManifest& type) const {
  fs::path base = config_->config_file.empty() ? fs::current_path() : config_->config_file.parent_path();
  return CompletePaths(type.settings->document(), config_->Settings(section, type.id), base,
                       config_->state_dir);
}

Json CompletePaths(const Json& schema, Json settings, const fs::path& base, const fs::path& state_dir) {
  const Json& properties = GetMember(schema, "properties");
  if (!properties.is_object()) return settings;
  for (const auto& [name, property] : properties.items()) {
    if (GetBool(property, "x-program")) CompleteProgram(settings, name, base);
    const Json& mark = GetMember(property, "x-path");
    bool marked = mark.is_string() || mark == true;
    if (!marked) continue;
    auto given = settings.find(name);
    if (given != settings.end() && given->is_string()) {
      *given = (base / given->get<std::string>()).lexically_normal().string();
    } else if (given == settings.end() && mark.is_string()) {
      settings[name] = (state_dir / mark.get<std::string>()).string();
    }
  }
  return settings;
}

}  // namespace mamc::cli

#include "mamc/cli/config_check.hpp"

#include <unistd.h>

#include <algorithm>

#include "mamc/base/text.hpp"
#include "mamc/plugin/glob.hpp"

namespace mamc::cli {
namespace {

namespace fs = std::filesystem;

struct TypeSection {
  config::Section section;
  plugin::Kind kind;
};
constexpr TypeSection kTypeSections[] = {{config::Section::kSteps, plugin::Kind::kStep},
                                         {config::Section::kBackends, plugin::Kind::kBackend},
                                         {config::Section::kTransports, plugin::Kind::kTransport},
                                         {config::Section::kBoards, plugin::Kind::kBoard},
                                         {config::Section::kWorkspaces, plugin::Kind::kWorkspace}};

// "/limits/output" as the path in mamc.yaml goes on.
std::string Dotted(std::string pointer) {
  std::replace(pointer.begin(), pointer.end(), '/', '.');
  return pointer;
}

class Check {
 public:
  explicit Check(Session& session)
      : session_(session), config_(session.config()), catalog_(session.catalog()), names_(session.names()) {}

  std::vector<std::string> Run() {
    CheckFolders("plugins.paths", config_.plugin_paths);
    CheckFolders("workflows", config_.workflow_paths);
    CheckEnabled();
    for (const auto& [type, plugin] : config_.plugin_pins) CheckPin(type, plugin);
    for (const TypeSection& of : kTypeSections) CheckSection(of);
    for (const auto& [id, project] : config_.projects) CheckWorkflow(project);
    CheckRecord();
    return std::move(problems_);
  }

 private:
  void Add(const std::string& key, const std::string& message) {
    config::Origin origin = config_.OriginOf(key);
    bool placed = origin.source != config::Source::kDefault;
    problems_.push_back((placed ? origin.ToString() : key) + ": " + message);
  }

  void CheckFolders(const std::string& key, const std::vector<config::SearchPath>& paths) {
    for (const config::SearchPath& path : paths) {
      std::error_code error;
      if (fs::is_directory(path.path, error)) continue;
      problems_.push_back(path.origin.ToString() + ": there is no folder " + path.path.string() + ", which " +
                          key + " names");
    }
  }

  std::vector<std::string> PluginIds() const {
    std::vector<std::string> ids;
    for (const plugin::PluginEntry& entry : catalog_.entries()) ids.push_back(entry.id);
    return ids;
  }

  void CheckEnabled() {
    const std::vector<std::string> ids = PluginIds();
    for (const std::string& pattern : config_.plugins_enabled) {
      bool matches = std::any_of(ids.begin(), ids.end(),
                                 [&](const std::string& id) { return plugin::MatchesGlob(pattern, id); });
      if (!matches)
        Add("plugins.enable", "plugins.enable: no plugin is called '" + pattern + "'" +
                                  DidYouMean(pattern, ids) + "; `mamc-host plugin list` shows all");
    }
  }

  void CheckPin(const std::string& type, const std::string& id) {
    const std::string key = "plugins.pin." + type;
    const plugin::PluginEntry* pinned = nullptr;
    for (const plugin::PluginEntry& entry : catalog_.entries())
      if (entry.id == id) pinned = &entry;
    if (!pinned)
      return Add(key, "the plugin '" + id + "', to which " + type + " is pinned, is not there" +
                          DidYouMean(id, PluginIds()) + "; `mamc-host plugin list` shows all");
    std::vector<std::string> types;
    for (const plugin::TypeManifest& its : pinned->manifest.types)
      types.push_back(std::string(KindName(its.kind)) + "/" + its.id);
    bool refused = types.empty();  // its reason is told to whoever names the type
    if (!refused && std::find(types.begin(), types.end(), type) == types.end())
      Add(key, "the plugin '" + id + "' has no type " + type + DidYouMean(type, types) + "; `" +
                   session_.CommandLineOf("plugin show " + ShellWord(id)) + "` shows what it has");
  }

  // Only what mamc.yaml says: a variable may stand for another program.
  void CheckSection(const TypeSection& of) {
    auto section = config_.sections.find(of.section);
    if (section == config_.sections.end()) return;
    for (const auto& [id, settings] : section->second) {
      const std::string key = std::string(config::SectionName(of.section)) + "." + id;
      if (config_.OriginOf(key).source != config::Source::kFile) continue;
      auto type = catalog_.Find(of.kind, id);
      if (type.ok())
        CheckSettings(of.section, key, *type->type);
      else if (type.status().code() == Code::kNotFound)
        Add(key, type.status().message());
    }
  }

  void CheckSettings(config::Section section, const std::string& key, const plugin::TypeManifest& type) {
    const schema::Schema& schema = *type.settings;
    for (const auto& violation : schema.Validate(schema.WithDefaults(session_.SettingsOf(section, type)))) {
      std::string place = key + Dotted(violation.pointer);
      bool placed = config_.OriginOf(place).source != config::Source::kDefault;
      Add(placed ? place : key, schema::Describe({violation}, key));
    }
  }

  void CheckWorkflow(const config::Project& project) {
    if (project.workflow.empty()) return;
    auto file = names_.WorkflowFile(project.workflow);
    if (!file.ok()) Add("projects." + project.id + ".workflow", file.status().message());
  }

  // An answer that cannot be recorded would be missed only when the night is over.
  void CheckRecord() {
    if (config_.record.empty()) return;
    std::error_code error;
    bool exists = fs::exists(config_.record, error);
    const fs::path opened = exists ? config_.record : config_.record.parent_path();
    if (fs::is_directory(config_.record, error) || ::access(opened.c_str(), W_OK) != 0)
      Add("record", "answers cannot be recorded in " + config_.record.string() +
                        ": name a file in a folder that is there and may be written to");
  }

  Session& session_;
  const config::Config& config_;
  const plugin::Catalog& catalog_;
  const Names& names_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> CheckConfig(Session& session) {
  return Check(session).Run();
}

}  // namespace mamc::cli

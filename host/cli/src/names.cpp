#include "mamc/cli/names.hpp"

#include <yaml-cpp/yaml.h>

#include "mamc/base/files.hpp"
#include "mamc/base/text.hpp"
#include "mamc/engine/step_type.hpp"

namespace mamc::cli {
namespace {

namespace fs = std::filesystem;

bool IsYaml(const fs::path& file) {
  return file.extension() == ".yml" || file.extension() == ".yaml";
}

// What an earlier folder has stays.
void Collect(const fs::path& dir, const std::string& origin,
             std::map<std::string, NamedFile, std::less<>>* files) {
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    std::error_code not_a_file;
    if (!IsYaml(it->path()) || !it->is_regular_file(not_a_file)) continue;
    std::string name = it->path().stem().string();
    files->emplace(name, NamedFile{name, it->path(), origin});
  }
}

// The `aliases:` of a persona file. A file that is broken has none here; loading the persona says what is
// wrong with it.
std::vector<std::string> ReadAliases(const fs::path& file) {
  Result<std::string> text = ReadFile(file, 1u << 20);
  if (!text.ok()) return {};
  std::vector<std::string> aliases;
  try {
    YAML::Node root = YAML::Load(*text);
    YAML::Node list = root.IsMap() ? root["aliases"] : YAML::Node();
    if (!list || !list.IsSequence()) return {};
    for (const YAML::Node& alias : list) {
      if (alias.IsScalar()) aliases.push_back(alias.Scalar());
    }
  } catch (const YAML::Exception&) {
    return {};
  }
  return aliases;
}

template <typename Map>
std::vector<std::string> KeysOf(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

}  // namespace

std::vector<workflow::Problem> CheckFileName(const fs::path& file, const std::string& name,
                                             const workflow::Place& name_place) {
  if (file.stem() == name) return {};
  return {{name_place, "'" + name + "' would not be found in " + file.filename().string() +
                           ": name the file " + name + ".yml, or this '" + file.stem().string() + "'"}};
}

Names::Names(const plugin::Catalog& catalog, const std::vector<plugin::SearchDir>& dirs) : catalog_(catalog) {
  for (const plugin::SearchDir& dir : dirs) {
    Collect(dir.path, dir.origin, &workflows_);
    Collect(dir.path / "personas", dir.origin, &personas_);
  }
}

Result<const workflow::StepType*> Names::FindStepType(std::string_view id, std::string_view range) const {
  std::string key = std::string(id) + "@" + std::string(range);
  auto known = step_types_.find(key);
  if (known != step_types_.end()) return &known->second;
  Result<plugin::Catalog::Type> found = catalog_.Find(plugin::Kind::kStep, id, range);
  if (!found.ok()) return found.status();
  return &step_types_.emplace(key, engine::StepTypeOf(*found)).first->second;
}

std::vector<std::string> Names::StepTypeIds() const {
  std::vector<std::string> ids;
  for (const plugin::Catalog::Type& type : catalog_.Types(plugin::Kind::kStep)) ids.push_back(type.type->id);
  return ids;
}

std::string Names::FindPersona(std::string_view name) const {
  if (personas_.count(name)) return std::string(name);
  auto alias = Aliases().find(name);
  return alias == Aliases().end() ? std::string() : alias->second;
}

std::vector<std::string> Names::PersonaNames() const {
  std::vector<std::string> names = KeysOf(personas_);
  for (const auto& [alias, id] : Aliases()) names.push_back(alias);
  return names;
}

bool Names::HasWorkflow(std::string_view name) const {
  return workflows_.count(name) > 0;
}
std::vector<std::string> Names::WorkflowNames() const {
  return KeysOf(workflows_);
}

Result<NamedFile> Names::WorkflowFile(std::string_view name) const {
  auto found = workflows_.find(name);
  if (found != workflows_.end()) return found->second;
  return NotFound("there is no workflow '" + std::string(name) + "'" + DidYouMean(name, WorkflowNames()) +
                  "; `mamc-host workflow list` shows all");
}

Result<NamedFile> Names::PersonaFile(std::string_view name_or_alias) const {
  auto found = personas_.find(FindPersona(name_or_alias));
  if (found != personas_.end()) return found->second;
  return NotFound("there is no persona '" + std::string(name_or_alias) + "'" +
                  DidYouMean(name_or_alias, PersonaNames()) + "; `mamc-host persona list` shows all");
}

const std::map<std::string, std::string, std::less<>>& Names::Aliases() const {
  if (aliases_read_) return aliases_;
  aliases_read_ = true;
  for (const auto& [id, persona] : personas_) {
    for (std::string& alias : ReadAliases(persona.file)) aliases_.emplace(std::move(alias), id);
  }
  return aliases_;
}

}  // namespace mamc::cli

#include "mamc/cli/persona_settings.hpp"

#include <set>

#include "mamc/base/text.hpp"

namespace mamc::cli {
namespace {

const std::vector<std::string> kPersonaKeys = {"model", "backend", "timeout"};

std::vector<std::string> IdsOf(const plugin::Catalog& catalog, plugin::Kind kind) {
  std::vector<std::string> ids;
  for (const auto& type : catalog.Types(kind)) ids.push_back(type.type->id);
  return ids;
}

bool Holds(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string NoProvider(const plugin::Catalog& catalog, plugin::Kind kind, const std::string& what,
                       const std::string& id) {
  std::vector<std::string> ids = IdsOf(catalog, kind);
  if (Holds(ids, id)) return {};
  return "no plugin provides the " + what + " '" + id + "'" + DidYouMean(id, ids) +
         "; `mamc-host plugin list` shows what is installed";
}

class Resolver {
 public:
  Resolver(const Names& names, const plugin::Catalog& catalog, config::Config* config)
      : names_(names), catalog_(catalog), config_(*config) {}

  std::vector<std::string> Run() {
    for (const std::string& name : Named()) CheckName(name);
    Resolve("model", &config_.persona_models);
    Resolve("timeout", &config_.persona_timeouts_ms);
    Resolve("backend", &config_.persona_backends);
    return std::move(problems_);
  }

 private:
  std::set<std::string> Named() const {
    std::set<std::string> all;
    if (auto section = config_.sections.find(config::Section::kPersonas); section != config_.sections.end())
      for (const auto& [name, settings] : section->second) all.insert(name);
    for (const auto& [name, model] : config_.persona_models) all.insert(name);
    for (const auto& [name, backend] : config_.persona_backends) all.insert(name);
    for (const auto& [name, timeout] : config_.persona_timeouts_ms) all.insert(name);
    return all;
  }

  // What was said about it first, as the operator finds it.
  std::string PlaceOf(const std::string& name, const std::string& key) const {
    std::string dotted = "personas." + name + (key.empty() ? "" : "." + key);
    config::Origin origin = config_.OriginOf(dotted);
    return origin.source == config::Source::kDefault ? dotted : origin.ToString();
  }

  void CheckName(const std::string& name) {
    const Json settings = config_.Settings(config::Section::kPersonas, name);
    std::vector<std::string> keys;
    for (const auto& [key, value] : settings.items()) keys.push_back(key);
    // Settings of a backend may stand there too; its schema knows them.
    if (Holds(IdsOf(catalog_, plugin::Kind::kBackend), name)) return;
    if (names_.FindPersona(name).empty()) {
      std::string place = PlaceOf(name, "");
      for (const std::string& key : keys.empty() ? kPersonaKeys : keys)
        if (config_.OriginOf("personas." + name + "." + key).source != config::Source::kDefault) {
          place = PlaceOf(name, key);
          break;
        }
      problems_.push_back(place + ": there is no persona '" + name + "'" +
                          DidYouMean(name, names_.PersonaNames()) + "; `mamc-host persona list` shows all");
      return;
    }
    for (const std::string& key : keys)
      if (!Holds(kPersonaKeys, key))
        problems_.push_back(PlaceOf(name, key) + ": unknown key '" + key + "' in 'personas." + name + "'" +
                            DidYouMean(key, kPersonaKeys));
    auto backend = config_.persona_backends.find(name);
    if (backend == config_.persona_backends.end()) return;
    if (std::string problem = BackendProblem(catalog_, backend->second); !problem.empty())
      problems_.push_back(PlaceOf(name, "backend") + ": " + problem);
  }

  template <typename Value>
  void Resolve(const std::string& key, std::map<std::string, Value>* values) {
    std::map<std::string, Value> resolved;
    for (auto& [name, value] : *values) {
      std::string id = names_.FindPersona(name);
      if (id.empty()) id = name;
      auto [it, fresh] = resolved.emplace(id, value);
      if (fresh || it->second == value) continue;
      problems_.push_back(PlaceOf(name, key) + ": '" + name + "' is the persona '" + id +
                          "', for which another " + key + " is given too; keep one");
    }
    *values = std::move(resolved);
  }

  const Names& names_;
  const plugin::Catalog& catalog_;
  config::Config& config_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> ResolvePersonaSettings(const Names& names, const plugin::Catalog& catalog,
                                                config::Config* config) {
  return Resolver(names, catalog, config).Run();
}

std::string BackendProblem(const plugin::Catalog& catalog, const std::string& id) {
  return NoProvider(catalog, plugin::Kind::kBackend, "persona backend", id);
}

std::int64_t PersonaTimeoutMs(const config::Config& config, const workflow::Persona& persona) {
  auto configured = config.persona_timeouts_ms.find(persona.id);
  if (configured != config.persona_timeouts_ms.end()) return configured->second;
  if (persona.timeout_ms) return *persona.timeout_ms;
  return persona.coding ? config.persona_coding_timeout_ms : config.persona_default_timeout_ms;
}

std::vector<std::string> CheckChosenTypes(const plugin::Catalog& catalog, const config::Config& config) {
  struct Choice {
    plugin::Kind kind;
    const char* what;
    const char* key;
    const std::string* id;
  };
  const Choice choices[] = {{plugin::Kind::kTransport, "transport", "transport", &config.transport},
                            {plugin::Kind::kBoard, "board", "board", &config.board},
                            {plugin::Kind::kBackend, "persona backend", "backend", &config.backend},
                            {plugin::Kind::kWorkspace, "workspace", "workspace", &config.workspace}};
  std::vector<std::string> problems;
  for (const Choice& choice : choices) {
    std::string problem = NoProvider(catalog, choice.kind, choice.what, *choice.id);
    if (problem.empty()) continue;
    config::Origin origin = config.OriginOf(choice.key);
    bool chosen = origin.source != config::Source::kDefault;
    problems.push_back((chosen ? origin.ToString() : std::string(choice.key)) + ": " + problem);
  }
  return problems;
}

}  // namespace mamc::cli

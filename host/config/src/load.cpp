// Implementation: the sources are applied from the weakest to the strongest, each value overwriting the one
// before, so that a wrong value is reported even where a stronger one hides it.
#include "mamc/config/load.hpp"

#include <unistd.h>

#include <set>

#include "document.hpp"
#include "mamc/base/files.hpp"
#include "mamc/base/text.hpp"
#include "mamc/config/dotenv.hpp"
#include "mamc/config/settings.hpp"
#include "projects.hpp"
#include "values.hpp"

namespace mamc::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileBytes = 4u << 20;
constexpr std::string_view kPerPersona = "personas.<id>.";
constexpr Section kSections[] = {Section::kSteps,  Section::kPersonas,   Section::kTransports,
                                 Section::kBoards, Section::kWorkspaces, Section::kBackends};

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

std::string Joined(const std::vector<std::string>& path) {
  std::string dotted;
  for (const std::string& part : path) dotted += (dotted.empty() ? "" : ".") + part;
  return dotted;
}

const Section* FindSection(std::string_view name) {
  for (const Section& section : kSections) {
    if (SectionName(section) == name) return &section;
  }
  return nullptr;
}

// What may stand below `prefix` ("" or "log."): the next words of the table's keys.
std::vector<std::string> KnownKeys(std::string_view prefix) {
  std::set<std::string> words;
  for (const Setting& setting : Settings()) {
    if (setting.key.empty() || !StartsWith(setting.key, prefix)) continue;
    std::string_view rest = setting.key.substr(prefix.size());
    words.emplace(rest.substr(0, rest.find('.')));
  }
  if (prefix.empty()) {
    words.insert("projects");
    for (Section section : kSections) words.emplace(SectionName(section));
  }
  return {words.begin(), words.end()};
}

class Loader {
 public:
  explicit Loader(const LoadOptions& options) : options_(options), home_(Variable("HOME")) {}

  LoadResult Run() {
    ApplyDefaults();
    FindFile();
    ApplyFile();
    ApplyDotEnv();
    ApplyEnvironment();
    ApplyFlags();
    InferTransportAndBoard();
    PlaceFolders();
    PassOnTypeSettings();
    return std::move(result_);
  }

 private:
  Config& config() { return result_.config; }
  void Problem(std::string text) { result_.problems.push_back(std::move(text)); }
  void Warn(std::string text) { result_.warnings.push_back(std::move(text)); }

  std::string Variable(std::string_view name) const {
    auto found = options_.environment.find(name);
    return found == options_.environment.end() ? std::string() : found->second;
  }

  // `name` is how the user knows the setting, `place` stands in front of messages and may be empty.
  void Apply(const Setting& setting, const Raw& raw, const std::string& name, const std::string& place) {
    bool guessed_ms = false;
    std::string where = place.empty() ? name : place + ": " + name;
    Status status = Assign(setting, raw, &config(), &guessed_ms);
    if (!status.ok()) return Problem(where + " " + status.message());
    if (guessed_ms) Warn(where + " has no unit and is read as milliseconds; write 250ms, 90s, 5m or 1h");
    if (raw.origin.source == Source::kDefault) return;
    config().origins[std::string(setting.key.empty() ? setting.variable : setting.key)] = raw.origin;
  }

  void ApplyDefaults() {
    for (const Setting& setting : Settings()) {
      if (setting.fallback.empty()) continue;
      Apply(setting, {std::string(setting.fallback), {}, options_.working_directory, home_},
            std::string(setting.key), "");
    }
  }

  void FindFile() {
    if (options_.config_file) {
      config().config_file = (options_.working_directory / *options_.config_file).lexically_normal();
      return;
    }
    std::vector<fs::path> candidates = {options_.working_directory / "mamc.yaml"};
    std::string xdg = Variable("XDG_CONFIG_HOME");
    if (!xdg.empty()) candidates.push_back(fs::path(xdg) / "mamc/mamc.yaml");
    if (xdg.empty() && !home_.empty()) candidates.push_back(home_ / ".config/mamc/mamc.yaml");
    candidates.push_back(options_.system_directory / "mamc.yaml");
    for (const fs::path& candidate : candidates) {
      std::error_code error;
      if (!fs::exists(candidate, error)) continue;
      config().config_file = candidate;
      return;
    }
  }

  // Paths below the working directory are shown without it.
  std::string Shown(const fs::path& path) const {
    fs::path relative = path.lexically_relative(options_.working_directory);
    bool below = !relative.empty() && *relative.begin() != "..";
    return below ? relative.string() : path.string();
  }

  // ---- mamc.yaml

  void ApplyFile() {
    if (config().config_file.empty()) return;
    Result<std::string> text = ReadFile(config().config_file, kMaxFileBytes);
    if (!text.ok()) return Problem(text.status().message());
    document_ = Document::Parse(*text, Shown(config().config_file));
    for (const std::string& problem : document_.problems()) Problem(problem);
    std::vector<std::string> path;
    ReadKeys(document_.root(), &path);
    ReadProjects(document_, FileBase(), home_, &config(), &result_.problems);
  }

  fs::path FileBase() { return config().config_file.parent_path(); }

  Raw FromFile(const Json& value, const std::vector<std::string>& path) {
    return {value, {Source::kFile, document_.PlaceOf(path)}, FileBase(), home_};
  }

  void ReadKeys(const Json& object, std::vector<std::string>* path) {
    std::string prefix = path->empty() ? "" : Joined(*path) + ".";
    for (const auto& [key, value] : object.items()) {
      path->push_back(key);
      ReadKey(prefix, key, value, path);
      path->pop_back();
    }
  }

  void ReadKey(const std::string& prefix, const std::string& key, const Json& value,
               std::vector<std::string>* path) {
    std::vector<std::string> known = KnownKeys(prefix);
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      std::string in = path->size() > 1 ? " in '" + Joined({path->begin(), path->end() - 1}) + "'" : "";
      return Problem(document_.KeyPlaceOf(*path) + ": unknown key '" + key + "'" + in +
                     DidYouMean(key, known));
    }
    if (value.is_null()) return;
    RememberOrigins(value, path);
    const Section* section = path->size() == 1 ? FindSection(key) : nullptr;
    if (section) return ReadSection(*section, value);
    if (prefix.empty() && key == "projects") return;  // read by ReadProjects
    const Setting* setting = FindByKey(Joined(*path));
    if (setting) return Apply(*setting, FromFile(value, *path), Joined(*path), document_.PlaceOf(*path));
    if (value.is_object()) return ReadKeys(value, path);
    Problem(document_.PlaceOf(*path) + ": " + Joined(*path) +
            " must hold keys: " + Listed(KnownKeys(prefix + key + ".")));
  }

  static std::string Listed(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
    return all;
  }

  void RememberOrigins(const Json& value, std::vector<std::string>* path) {
    bool leaf = !value.is_object();
    config().origins[Joined(*path)] = {Source::kFile,
                                       leaf ? document_.PlaceOf(*path) : document_.KeyPlaceOf(*path)};
    if (leaf) return;
    for (const auto& [key, member] : value.items()) {
      path->push_back(key);
      RememberOrigins(member, path);
      path->pop_back();
    }
  }

  void ReadSection(Section section, const Json& ids) {
    std::string name(SectionName(section));
    if (!ids.is_object())
      return Problem(document_.PlaceOf({name}) + ": " + name + " must hold one entry per id");
    for (const auto& [id, settings] : ids.items()) {
      std::string place = document_.PlaceOf({name, id});
      if (!IsId(id)) {
        Problem(place + ": an id in " + name + " has letters, digits, '.', '-' and '_', unlike " +
                Quoted(id));
      } else if (!settings.is_object() && !settings.is_null()) {
        Problem(place + ": " + name + "." + id + " must hold keys and values");
      } else {
        ReadTypeSettings(section, name, id, settings.is_null() ? Json::object() : settings);
      }
    }
  }

  // Most settings of a type are its schema's business; those in the table have a variable too.
  void ReadTypeSettings(Section section, const std::string& name, const std::string& id,
                        const Json& settings) {
    config().sections[section][id] = settings;
    for (const auto& [key, value] : settings.items()) {
      if (value.is_null()) continue;
      std::string dotted = name + "." + id + "." + key;
      std::string place = document_.PlaceOf({name, id, key});
      Raw raw = FromFile(value, {name, id, key});
      const Setting* setting = FindByKey(dotted);
      if (!setting && section == Section::kPersonas) {
        setting = FindByKey(std::string(kPerPersona) + key);
        raw.value = Json{{id, value}};
      }
      if (setting) Apply(*setting, raw, dotted, place);
    }
  }

  // ---- variables

  void ApplyDotEnv() {
    fs::path folder = config().config_file.empty() ? options_.working_directory : FileBase();
    fs::path file = folder / ".env";
    std::error_code error;
    if (!fs::exists(file, error)) return;
    config().env_file = file;
    Result<std::string> text = ReadFile(file, kMaxFileBytes);
    if (!text.ok()) return Problem(text.status().message());
    DotEnv parsed = ParseDotEnv(*text, Shown(file));
    for (const std::string& problem : parsed.problems) Problem(problem);
    for (const auto& [name, entry] : parsed.entries) {
      std::string place = Shown(file) + ":" + std::to_string(entry.line);
      config().variables[name] = entry.value;
      CheckName(name, place);
      ApplyVariable(name, entry.value, {Source::kDotEnv, place}, folder, place);
    }
  }

  void ApplyEnvironment() {
    for (const auto& [name, value] : options_.environment) {
      if (!value.empty()) config().variables[name] = value;
      if (StartsWith(name, "MAMC_")) CheckName(name, "");
      ApplyVariable(name, value, {Source::kEnvironment, name}, options_.working_directory, "");
    }
  }

  // Other names may be secrets of plugins, so only what begins with our own prefix and stands in our own file
  // is an error.
  void CheckName(const std::string& name, const std::string& place) {
    if (FindByVariable(name)) return;
    std::string hint = DidYouMean(name, VariableNames());
    if (StartsWith(name, "MAMC_") && !place.empty())
      return Problem(place + ": unknown variable " + name + hint);
    if (!hint.empty()) Warn((place.empty() ? "environment" : place) + ": " + name + " is no setting" + hint);
  }

  // An empty variable counts as not set.
  void ApplyVariable(const std::string& name, const std::string& value, const Origin& origin,
                     const fs::path& base, const std::string& place) {
    const Setting* setting = FindByVariable(name);
    if (!setting || value.empty()) return;
    std::size_t problems = result_.problems.size();
    Apply(*setting, {value, origin, base, home_}, name, place);
    bool per_persona = StartsWith(setting->key, kPerPersona);
    if (!per_persona || result_.problems.size() > problems) return;
    std::string_view member = setting->key.substr(kPerPersona.size());
    Result<Json> personas = ParseJson(value);
    if (!personas.ok()) return;  // Apply has accepted the same text
    for (const auto& [persona, ignored] : personas->items()) {
      config().origins["personas." + persona + "." + std::string(member)] = origin;
    }
  }

  void ApplyFlags() {
    for (const Flag& flag : options_.flags) {
      const Setting* setting = FindByKey(flag.key);
      if (!setting) {
        Problem(flag.name + " sets '" + flag.key + "', which is no setting");
        continue;
      }
      Apply(*setting, {flag.value, {Source::kFlag, flag.name}, options_.working_directory, home_}, flag.name,
            "");
    }
  }

  // ---- what follows from the rest

  void InferTransportAndBoard() {
    Infer("board", config().board, "dashboard", VariableFor({"boards.dashboard.base_url"}));
    const Origin redis =
        VariableFor({"transports.redis.host", "transports.redis.port", "transports.redis.url"});
    const Origin nats = VariableFor({"transports.nats.url"});
    const bool named = config().OriginOf("transport").source != Source::kDefault;
    if (!named && redis.source != Source::kDefault && nats.source != Source::kDefault)
      return Problem(redis.ToString() + " and " + nats.ToString() +
                     " name two transports; say which: MAMC_TRANSPORT=redis or MAMC_TRANSPORT=nats");
    Infer("transport", config().transport, "redis", redis);
    Infer("transport", config().transport, "nats", nats);
  }

  // Where the first of the keys that a variable set comes from; the default's origin when none was.
  Origin VariableFor(const std::vector<std::string>& keys) const {
    for (const std::string& key : keys) {
      Origin origin = result_.config.OriginOf(key);
      if (origin.source == Source::kEnvironment || origin.source == Source::kDotEnv) return origin;
    }
    return {};
  }

  // A variable that only one type uses chooses that type, unless one is named.
  void Infer(const std::string& key, std::string& type, const std::string& id, const Origin& variable) {
    if (config().OriginOf(key).source != Source::kDefault || variable.source == Source::kDefault) return;
    type = id;
    config().origins[key] = variable;
  }

  void PlaceFolders() {
    bool state_given = config().OriginOf("state_dir").source != Source::kDefault;
    bool projects_given = config().OriginOf("project_base").source != Source::kDefault;
    if (state_given && !projects_given) {
      config().project_base = config().state_dir / "projects";
      config().origins["project_base"] = config().OriginOf("state_dir");
    }
    if (state_given) return;
    std::string xdg = Variable("XDG_STATE_HOME");
    if (!xdg.empty()) {
      config().state_dir = ResolvePath("mamc", options_.working_directory / xdg, home_);
    } else if (!home_.empty()) {
      config().state_dir = ResolvePath(".local/state/mamc", home_, home_);
    } else {
      Problem("there is no folder for the state: set MAMC_STATE_DIR, XDG_STATE_HOME or HOME");
    }
  }

  // What a variable said about a type reaches the type with its other settings.
  void PassOnTypeSettings() {
    for (const Setting& setting : Settings()) {
      std::string key(setting.key);
      std::size_t id_start = key.find('.');
      std::size_t name_start = key.rfind('.');
      const Section* section = FindSection(key.substr(0, id_start));
      if (!section || StartsWith(key, kPerPersona)) continue;
      if (config().OriginOf(key).source == Source::kDefault) continue;
      std::string id = key.substr(id_start + 1, name_start - id_start - 1);
      Json& settings = config().sections[*section][id];
      if (settings.is_null()) settings = Json::object();
      settings[key.substr(name_start + 1)] = ValueOf(setting, config());
    }
  }

  const LoadOptions& options_;
  const fs::path home_;
  Document document_;
  LoadResult result_;
};

}  // namespace

LoadOptions ProcessOptions() {
  LoadOptions options;
  options.working_directory = fs::current_path();
  for (char** entry = environ; entry && *entry; ++entry) {
    std::string_view text(*entry);
    std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || !IsUtf8(text)) continue;
    options.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return options;
}

LoadResult LoadConfig(const LoadOptions& options) {
  return Loader(options).Run();
}

}  // namespace mamc::config

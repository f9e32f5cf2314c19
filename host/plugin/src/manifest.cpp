#include "mamc/plugin/manifest.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "mamc/backend.h"
#include "mamc/base/text.hpp"
#include "mamc/board.h"
#include "mamc/step.h"
#include "mamc/transport.h"
#include "mamc/workspace.h"
#include "version_range.hpp"

namespace mamc::plugin {
namespace {

struct KindRow {
  Kind kind;
  std::string_view name;
  std::string_view folder;
  std::string_view factory;
};

constexpr std::array<KindRow, 5> kKinds = {{
    {Kind::kStep, "step", "steps", MAMC_FACTORY_STEP},
    {Kind::kBackend, "backend", "personas", MAMC_FACTORY_BACKEND},
    {Kind::kTransport, "transport", "transports", MAMC_FACTORY_TRANSPORT},
    {Kind::kBoard, "board", "boards", MAMC_FACTORY_BOARD},
    {Kind::kWorkspace, "workspace", "workspaces", MAMC_FACTORY_WORKSPACE},
}};

const KindRow& RowOf(Kind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

template <class T>
using Words = std::vector<std::pair<std::string, T>>;

const Words<CallClass> kClasses = {
    {"inline", CallClass::kInline}, {"default", CallClass::kDefault}, {"blocking", CallClass::kBlocking}};
const Words<Access> kAccesses = {{"none", Access::kNone},
                                 {"read", Access::kRead},
                                 {"write", Access::kWrite},
                                 {"children", Access::kChildren}};
const Words<AfterInterruption> kAfterInterruptions = {{"fail", AfterInterruption::kFail},
                                                      {"rerun", AfterInterruption::kRerun},
                                                      {"lookup", AfterInterruption::kLookup}};

const std::vector<std::string> kManifestKeys = {"id", "version", "title", "license", "abi", "types"};
const std::vector<std::string> kAbiKeys = {"major", "min_host_minor"};
const std::vector<std::string> kTypeKeys = {"kind",       "id",       "title",   "class",
                                            "concurrent", "settings", "secrets", "cancel_grace_ms"};
const std::vector<std::string> kStepKeys = {"composite",   "access",       "after_interruption", "params",
                                            "result",      "state",        "state_params",       "step_lists",
                                            "expressions", "shell_params", "independent_lists"};
constexpr std::int64_t kMaxCancelGraceMs = 10 * 60 * 1000;

bool IsIdCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// "lint" or "acme.lint".
bool IsTypeId(std::string_view id) {
  std::size_t dot = id.find('.');
  auto is_word = [](std::string_view word) {
    return !word.empty() && word.size() <= 64 && word.front() != '-' &&
           std::all_of(word.begin(), word.end(), IsIdCharacter);
  };
  if (dot == std::string_view::npos) return is_word(id);
  return is_word(id.substr(0, dot)) && is_word(id.substr(dot + 1));
}

std::string VendorOf(std::string_view id) {
  std::size_t dot = id.find('.');
  return std::string(dot == std::string_view::npos ? std::string_view() : id.substr(0, dot));
}

bool Contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The problems of one manifest, each with its place.
class Problems {
 public:
  void Add(const std::string& place, const std::string& what) {
    if (!text_.empty()) text_ += "; ";
    text_ += place.empty() ? what : place + ": " + what;
  }
  bool none() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

using SchemaPtr = std::shared_ptr<const schema::Schema>;

// Part of the manifest's document, which it keeps alive.
using Part = std::shared_ptr<const Json>;

Part Within(const Part& whole, const Json& part) {
  return Part(whole, &part);
}

// Reads the members of one object of the manifest and notes what is wrong with them.
class Reader {
 public:
  Reader(Part object, std::string place, Problems& problems)
      : part_(std::move(object)), object_(*part_), place_(std::move(place)), problems_(problems) {}

  std::string PlaceOf(std::string_view key) const {
    return place_.empty() ? std::string(key) : place_ + "." + std::string(key);
  }

  void Problem(std::string_view key, const std::string& what) { problems_.Add(PlaceOf(key), what); }

  void RefuseUnknownKeys(const std::vector<std::string>& known) {
    for (const auto& [key, value] : object_.items())
      if (!Contains(known, key)) Problem(key, "unknown key" + DidYouMean(key, known));
  }

  std::string Text(std::string_view key, bool required = false) {
    const Json& value = GetMember(object_, key);
    if (value.is_string() && (!required || !value.get_ref<const std::string&>().empty())) return value;
    if (required || !value.is_null()) Problem(key, "must be a text");
    return {};
  }

  bool Flag(std::string_view key) {
    const Json& value = GetMember(object_, key);
    if (!value.is_boolean() && object_.contains(key)) Problem(key, "must be true or false");
    return value.is_boolean() && value.get<bool>();
  }

  std::int64_t Number(std::string_view key, std::int64_t fallback, std::int64_t max) {
    if (!object_.contains(key)) return fallback;
    const Json& value = GetMember(object_, key);
    bool whole = value.is_number_unsigned() && value.get<std::uint64_t>() <= static_cast<std::uint64_t>(max);
    if (!whole) Problem(key, "must be a whole number from 0 to " + std::to_string(max));
    return whole ? value.get<std::int64_t>() : fallback;
  }

  template <class T>
  T Choice(std::string_view key, const Words<T>& choices, T fallback) {
    if (!object_.contains(key)) return fallback;
    const Json& value = GetMember(object_, key);
    std::string word = value.is_string() ? value.get<std::string>() : Dump(value);
    std::vector<std::string> words;
    for (const auto& [name, choice] : choices) {
      if (value.is_string() && name == word) return choice;
      words.push_back(name);
    }
    std::string list = words.front();
    for (std::size_t i = 1; i < words.size(); ++i) list += ", " + words[i];
    Problem(key, "'" + word + "' must be one of " + list + DidYouMean(word, words));
    return fallback;
  }

  std::vector<std::string> Names(std::string_view key) {
    std::vector<std::string> names;
    if (!object_.contains(key)) return names;
    const Json& list = GetMember(object_, key);
    std::set<std::string> seen;
    bool usable = list.is_array();
    for (std::size_t i = 0; usable && i < list.size(); ++i) {
      usable = list[i].is_string() && !list[i].get_ref<const std::string&>().empty();
      if (usable && !seen.insert(list[i]).second)
        Problem(key, "names '" + list[i].get<std::string>() + "' twice");
      if (usable) names.push_back(list[i]);
    }
    if (!usable) Problem(key, "must be a list of names");
    return names;
  }

  // The compiled schema of an object; without one, `otherwise`.
  SchemaPtr ObjectSchema(std::string_view key, const SchemaPtr& otherwise) {
    if (!object_.contains(key)) return otherwise;
    const Json& document = GetMember(object_, key);
    if (GetString(document, "type") != "object") {
      Problem(key, R"(must be a schema with "type": "object")");
      return nullptr;
    }
    auto compiled = schema::Schema::Compile(Within(part_, document));
    if (!compiled) {
      Problem(key, compiled.status().message());
      return nullptr;
    }
    return std::make_shared<const schema::Schema>(std::move(*compiled));
  }

 private:
  const Part part_;
  const Json& object_;
  std::string place_;
  Problems& problems_;
};

SchemaPtr Compiled(const Json& document) {
  return std::make_shared<const schema::Schema>(*schema::Schema::Compile(document));
}

const SchemaPtr& NoMembers() {
  static const SchemaPtr schema =
      Compiled({{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}});
  return schema;
}

const SchemaPtr& AnyObject() {
  static const SchemaPtr schema = Compiled({{"type", "object"}});
  return schema;
}

// Lists of parameters may only name parameters that exist: a slip here would otherwise turn a check off
// silently.
void RequireParams(Reader& reader, std::string_view key, const std::vector<std::string>& names,
                   const schema::Schema* params) {
  if (!params) return;
  for (const std::string& name : names)
    if (!params->HasProperty(name))
      reader.Problem(key,
                     "'" + name + "' is no property of params" + DidYouMean(name, params->PropertyNames()));
}

void ReadStep(Reader& reader, TypeManifest& type) {
  type.composite = reader.Flag("composite");
  type.access = reader.Choice("access", kAccesses, Access::kNone);
  type.after_interruption =
      reader.Choice("after_interruption", kAfterInterruptions, AfterInterruption::kFail);
  type.params = reader.ObjectSchema("params", NoMembers());
  type.result = reader.ObjectSchema("result", AnyObject());
  type.state_keys = reader.Names("state");
  type.state_params = reader.Names("state_params");
  type.step_lists = reader.Names("step_lists");
  type.independent_lists = reader.Names("independent_lists");
  type.expressions = reader.Names("expressions");
  type.shell_params = reader.Names("shell_params");
  RequireParams(reader, "state_params", type.state_params, type.params.get());
  RequireParams(reader, "expressions", type.expressions, type.params.get());
  RequireParams(reader, "shell_params", type.shell_params, type.params.get());
  for (const std::string& name : type.independent_lists)
    if (std::find(type.step_lists.begin(), type.step_lists.end(), name) == type.step_lists.end())
      reader.Problem("independent_lists",
                     "'" + name + "' is not one of step_lists" + DidYouMean(name, type.step_lists));
  if (type.composite && type.call_class == CallClass::kInline)
    reader.Problem("class", "an inline type makes no child calls, so it cannot be composite");
}

std::vector<std::string> KeysOf(Kind kind) {
  std::vector<std::string> keys = kTypeKeys;
  if (kind == Kind::kStep) keys.insert(keys.end(), kStepKeys.begin(), kStepKeys.end());
  return keys;
}

std::optional<Kind> ReadKind(Reader& reader) {
  std::string name = reader.Text("kind", true);
  if (name.empty()) return std::nullopt;
  auto kind = ParseKind(name);
  if (kind) return *kind;
  reader.Problem("kind", kind.status().message());
  return std::nullopt;
}

std::optional<TypeManifest> ReadType(const Part& document, const std::string& place, Problems& problems) {
  if (!document->is_object()) {
    problems.Add(place, "must be an object");
    return std::nullopt;
  }
  Reader reader(document, place, problems);
  std::optional<Kind> kind = ReadKind(reader);
  if (!kind) return std::nullopt;
  TypeManifest type{};
  type.kind = *kind;
  reader.RefuseUnknownKeys(KeysOf(type.kind));
  type.id = reader.Text("id", true);
  if (!type.id.empty() && !IsTypeId(type.id))
    reader.Problem("id", "'" + type.id + "' must be 'name' or 'vendor.name' in a-z, 0-9, - and _");
  type.title = reader.Text("title");
  type.call_class = reader.Choice("class", kClasses, CallClass::kDefault);
  type.concurrent = reader.Flag("concurrent");
  type.settings = reader.ObjectSchema("settings", NoMembers());
  type.secrets = reader.Names("secrets");
  type.cancel_grace_ms = reader.Number("cancel_grace_ms", 5000, kMaxCancelGraceMs);
  if (type.kind == Kind::kStep) ReadStep(reader, type);
  return type;
}

// Whether this host speaks the ABI at all. Asked first: what else a manifest for another ABI says cannot be
// judged.
Status ReadAbi(const Part& document, Manifest& manifest) {
  const Json& abi = GetMember(*document, "abi");
  if (!abi.is_object()) return Invalid(R"(abi: must be an object like {"major": 1, "min_host_minor": 0})");
  Problems problems;
  Reader reader(Within(document, abi), "abi", problems);
  if (!abi.contains("major")) reader.Problem("major", "is missing");
  manifest.abi_major = static_cast<std::uint32_t>(reader.Number("major", 0, 1000));
  manifest.min_host_minor = static_cast<std::uint32_t>(reader.Number("min_host_minor", 0, 1000000));
  if (!problems.none()) return Invalid(problems.text());
  if (manifest.abi_major != MAMC_ABI_MAJOR)
    return Status(Code::kUnsupported, "built for plugin ABI " + std::to_string(manifest.abi_major) +
                                          ", this host speaks " + std::to_string(MAMC_ABI_MAJOR));
  if (manifest.min_host_minor > MAMC_ABI_MINOR)
    return Status(Code::kUnsupported, "needs plugin ABI 1." + std::to_string(manifest.min_host_minor) +
                                          ", this host speaks 1." + std::to_string(MAMC_ABI_MINOR) +
                                          ": install a newer host or an older plugin");
  reader.RefuseUnknownKeys(kAbiKeys);
  return problems.none() ? Status() : Invalid(problems.text());
}

// The kind whose folder begins a plugin id.
std::optional<Kind> KindOfPluginId(std::string_view id) {
  for (const KindRow& row : kKinds)
    if (id.size() > row.folder.size() + 1 && id.substr(0, row.folder.size()) == row.folder &&
        id[row.folder.size()] == '/')
      return row.kind;
  return std::nullopt;
}

void CheckTypes(const Manifest& manifest, Problems& problems) {
  std::optional<Kind> home = KindOfPluginId(manifest.id);
  std::string name = home ? manifest.id.substr(KindFolder(*home).size() + 1) : std::string();
  if (!manifest.id.empty() && (!home || !IsTypeId(name)))
    problems.Add("id", "'" + manifest.id + "' must be a kind's folder and a name, like steps/acme.lint");
  bool at_home = false;
  std::set<std::pair<Kind, std::string>> seen;
  const std::string vendor = VendorOf(name);
  for (const TypeManifest& type : manifest.types) {
    at_home = at_home || type.kind == home;
    if (!seen.insert({type.kind, type.id}).second)
      problems.Add("types", "declares the " + std::string(KindName(type.kind)) + " '" + type.id + "' twice");
    if (!vendor.empty() && VendorOf(type.id) != vendor)
      problems.Add("types",
                   "'" + type.id + "' must begin with '" + vendor + ".', as the plugin's own name does");
  }
  if (home && !manifest.types.empty() && !at_home)
    problems.Add("types", "has no type of kind " + std::string(KindName(*home)) + ", which the id's folder " +
                              std::string(KindFolder(*home)) + " is for");
}

void ReadTypes(const Part& document, Manifest& manifest, Problems& problems) {
  const Json& types = GetMember(*document, "types");
  if (!types.is_array() || types.empty()) {
    problems.Add("types", "must be a list with at least one type");
    return;
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    auto type = ReadType(Within(document, types[i]), "types[" + std::to_string(i) + "]", problems);
    if (type) manifest.types.push_back(std::move(*type));
  }
}

}  // namespace

std::string_view KindName(Kind kind) {
  return RowOf(kind).name;
}
std::string_view KindFolder(Kind kind) {
  return RowOf(kind).folder;
}
std::string_view FactoryId(Kind kind) {
  return RowOf(kind).factory;
}

Result<Kind> ParseKind(std::string_view name) {
  std::vector<std::string> names;
  for (const KindRow& row : kKinds) {
    if (row.name == name) return row.kind;
    names.emplace_back(row.name);
  }
  return Invalid("'" + std::string(name) +
                 "' is no kind of plugin type; the kinds are step, backend, transport, board and workspace" +
                 DidYouMean(name, names));
}

Result<Manifest> ParseManifest(std::string_view text) {
  auto parsed = ParseJson(text);
  if (!parsed) return parsed.status();
  if (!parsed->is_object()) return Invalid("must be a JSON object");
  const auto document = std::make_shared<const Json>(std::move(*parsed));

  Manifest manifest;
  if (Status status = ReadAbi(document, manifest); !status.ok()) return status;
  Problems problems;
  Reader reader(document, "", problems);
  reader.RefuseUnknownKeys(kManifestKeys);
  manifest.id = reader.Text("id", true);
  manifest.version = reader.Text("version", true);
  if (!manifest.version.empty() && !ParseVersion(manifest.version))
    reader.Problem("version", "'" + manifest.version + "' must be MAJOR.MINOR.PATCH, like 1.2.0");
  manifest.title = reader.Text("title");
  manifest.license = reader.Text("license");
  ReadTypes(document, manifest, problems);
  CheckTypes(manifest, problems);
  if (!problems.none()) return Invalid(problems.text());
  manifest.document = document;
  return manifest;
}

}  // namespace mamc::plugin

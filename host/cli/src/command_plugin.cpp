#include <ostream>

#include "commands.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/table.hpp"

namespace mamc::cli {
namespace {

using plugin::PluginEntry;
using plugin::PluginState;
using plugin::TypeManifest;

std::string TypeName(const TypeManifest& type) {
  return std::string(plugin::KindName(type.kind)) + "/" + type.id;
}

Json DescribePlugin(const PluginEntry& entry) {
  Json types = Json::array();
  for (const TypeManifest& type : entry.manifest.types) types.push_back(TypeName(type));
  return {{"id", entry.id},
          {"version", entry.manifest.version},
          {"title", entry.manifest.title},
          {"state", StateName(entry.state)},
          {"reason", entry.reason},
          {"types", types},
          {"file", entry.file.string()},
          {"origin", entry.origin}};
}

// ---- plugin list

struct PluginListOptions {
  bool json = false;
};

Exit RunPluginList(Session& session, const PluginListOptions& options) {
  if (Exit code = session.NeedCatalog()) return code;
  if (options.json) {
    Json all = Json::array();
    for (const PluginEntry& entry : session.catalog().entries()) all.push_back(DescribePlugin(entry));
    PrintJson(session.out, all);
    return kDone;
  }
  Table table({"ID", "VERSION", "STATE", "FROM", "TITLE"});
  for (const PluginEntry& entry : session.catalog().entries()) {
    table.Add({entry.id, entry.manifest.version, std::string(StateName(entry.state)), entry.origin,
               entry.manifest.title});
  }
  table.Print(session.out);
  for (const PluginEntry& entry : session.catalog().entries()) {
    if (entry.state == PluginState::kRefused)
      session.err << entry.file.string() << ": " << Printable(entry.reason) << '\n';
  }
  if (session.catalog().entries().empty())
    session.err << "no plugins; `mamc-host plugin path` shows where they are looked for\n";
  return kDone;
}

// ---- plugin show

struct PluginShowOptions {
  std::string id;
  bool json = false;
};

// The one that counts: the active one, else the first of that id.
const PluginEntry* FindPlugin(const plugin::Catalog& catalog, const std::string& id) {
  const PluginEntry* found = nullptr;
  for (const PluginEntry& entry : catalog.entries()) {
    if (entry.id != id) continue;
    if (entry.state == PluginState::kActive) return &entry;
    if (!found) found = &entry;
  }
  return found;
}

// The plugins of that name in whatever kind's folder, else what is spelled nearly so.
std::string NearestPlugin(const plugin::Catalog& catalog, const std::string& id) {
  std::vector<std::string> ids;
  for (const PluginEntry& entry : catalog.entries()) {
    if (entry.id.substr(entry.id.find('/') + 1) == id) return " (did you mean '" + entry.id + "'?)";
    ids.push_back(entry.id);
  }
  return DidYouMean(id, ids);
}

// One line for each property of an object schema.
void PrintProperties(std::ostream& out, std::string_view heading, const Json& schema) {
  const Json& properties = GetMember(schema, "properties");
  if (!properties.is_object() || properties.empty()) return;
  out << "  " << heading << ":\n";
  const Json& required = GetMember(schema, "required");
  for (const auto& [name, property] : properties.items()) {
    bool needed =
        required.is_array() && std::find(required.begin(), required.end(), Json(name)) != required.end();
    const Json& fallback = GetMember(property, "default");
    out << "    " << Printable(name);
    if (needed) out << " (required)";
    if (!fallback.is_null()) out << " (default " << Printable(Dump(fallback)) << ")";
    std::string text = GetString(property, "description");
    if (!text.empty()) out << ": " << Printable(text);
    out << '\n';
  }
}

void PrintPlugin(std::ostream& out, const PluginEntry& entry) {
  out << entry.id << " " << entry.manifest.version << ", " << StateName(entry.state) << '\n';
  if (!entry.manifest.title.empty()) out << Printable(entry.manifest.title) << '\n';
  if (!entry.reason.empty()) out << "reason: " << Printable(entry.reason) << '\n';
  out << "file: " << entry.file.string() << " (" << entry.origin << ")\n";
  if (!entry.manifest.license.empty()) out << "license: " << Printable(entry.manifest.license) << '\n';
  for (const TypeManifest& type : entry.manifest.types) {
    out << '\n' << TypeName(type) << (type.title.empty() ? "" : ": ") << Printable(type.title) << '\n';
    if (type.params) PrintProperties(out, "parameters", type.params->document());
    if (type.result) PrintProperties(out, "result", type.result->document());
    PrintProperties(out, "settings", type.settings->document());
    for (const std::string& secret : type.secrets) out << "  secret: " << Printable(secret) << '\n';
  }
}

Exit RunPluginShow(Session& session, const PluginShowOptions& options) {
  if (Exit code = session.NeedCatalog()) return code;
  const PluginEntry* entry = FindPlugin(session.catalog(), options.id);
  if (!entry) {
    return session.Fail(kWrongUse, "there is no plugin '" + options.id + "'" +
                                       NearestPlugin(session.catalog(), options.id) +
                                       "; `mamc-host plugin list` shows all");
  }
  if (options.json) {
    Json described = DescribePlugin(*entry);
    described["manifest"] = *entry->manifest.document;
    PrintJson(session.out, described);
  } else {
    PrintPlugin(session.out, *entry);
  }
  return kDone;
}

// ---- plugin path

struct PluginPathOptions {
  bool json = false;
};

Exit RunPluginPath(Session& session, const PluginPathOptions& options) {
  if (Exit code = session.NeedConfig()) return code;
  Json all = Json::array();
  Table table({"FOLDER", "FROM", ""});
  for (const plugin::SearchDir& dir : session.PluginDirs()) {
    std::error_code error;
    bool exists = std::filesystem::is_directory(dir.path, error);
    all.push_back({{"path", dir.path.string()}, {"origin", dir.origin}, {"exists", exists}});
    table.Add({dir.path.string(), dir.origin, exists ? "" : "does not exist"});
  }
  if (options.json) {
    PrintJson(session.out, all);
  } else {
    table.Print(session.out);
  }
  return kDone;
}

}  // namespace

void AddPluginCommands(CommandLine& line, CLI::App& group) {
  auto list = std::make_shared<PluginListOptions>();
  AddJsonFlag(AddCommand(line, group, "list", "List all plugins and which are used", list, RunPluginList),
              &list->json);

  auto show = std::make_shared<PluginShowOptions>();
  CLI::App* show_command = AddCommand(
      line, group, "show", "Show one plugin with its types and their parameters", show, RunPluginShow);
  show_command->add_option("id", show->id, "Id of a plugin, such as steps/command")
      ->required()
      ->type_name("ID");
  AddJsonFlag(show_command, &show->json);

  auto path = std::make_shared<PluginPathOptions>();
  AddJsonFlag(
      AddCommand(line, group, "path", "Show the folders that are searched, in order", path, RunPluginPath),
      &path->json);
}

}  // namespace mamc::cli

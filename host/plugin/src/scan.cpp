#include "scan.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

#include "mamc/base/log.hpp"
#include "mamc/plugin/glob.hpp"
#include "preflight.hpp"

namespace mamc::plugin {
namespace {

namespace fs = std::filesystem;

constexpr std::array<Kind, 5> kFolderOrder = {Kind::kStep, Kind::kBackend, Kind::kTransport, Kind::kBoard,
                                              Kind::kWorkspace};

// The names of the *.so files of a folder, bytewise. A folder that does not exist holds none.
std::vector<std::string> LibraryNames(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator files(folder, error);
  for (; !error && files != fs::directory_iterator(); files.increment(error))
    if (files->path().extension() == ".so") names.push_back(files->path().filename().native());
  if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory)
    Log("plugin", LogLevel::kWarn, "plugin folder cannot be read",
        {{"folder", folder.native()}, {"error", error.message()}});
  std::sort(names.begin(), names.end());
  return names;
}

void Refuse(PluginEntry& entry, std::string reason) {
  entry.state = PluginState::kRefused;
  entry.reason = std::move(reason);
}

// Reads one file into an entry; the id is that of its place.
PluginEntry ReadEntry(const SearchDir& dir, Kind kind, const std::string& file_name) {
  PluginEntry entry;
  const std::string folder(KindFolder(kind));
  entry.file = dir.path / folder / file_name;
  entry.origin = dir.origin;
  entry.id = folder + "/" + fs::path(file_name).stem().native();
  auto checked = CheckFile(entry.file);
  if (!checked) {
    Refuse(entry, checked.status().message());
    return entry;
  }
  auto manifest = ParseManifest(*checked);
  if (!manifest) {
    Refuse(entry, "manifest: " + manifest.status().message());
    return entry;
  }
  entry.manifest = std::move(*manifest);
  return entry;
}

// A file lies where its id says; so an id occurs once in a directory, and whoever looks for a plugin knows
// its file.
void CheckPlace(PluginEntry& entry, const fs::path& dir) {
  if (entry.manifest.id.empty() || entry.manifest.id == entry.id) return;
  std::error_code error;
  const fs::path place = dir / (entry.manifest.id + ".so");
  const bool twice = fs::exists(place, error);
  Refuse(entry, "its manifest says '" + entry.manifest.id + "', its place says '" + entry.id + "': " +
                    (twice ? "that plugin is in this directory already (" + place.native() +
                                 "), and an id may occur once: remove one"
                           : "move it to " + place.native()));
}

// The first of the globs that names it; null: none does.
const std::string* GlobOf(const PluginEntry& entry, const std::vector<std::string>& globs) {
  for (const std::string& glob : globs)
    if (MatchesGlob(glob, entry.id)) return &glob;
  return nullptr;
}

void ApplyDisabled(PluginEntry& entry, const CatalogOptions& options) {
  if (const std::string* glob = GlobOf(entry, options.disabled))
    entry.reason = "disabled by '" + *glob + "' in the configuration";
  else if (!options.only.empty() && !GlobOf(entry, options.only))
    entry.reason = "not among those that plugins.enable in the configuration names";
  else
    return;
  entry.state = PluginState::kDisabled;
}

// The first file with an id has it, even when it was refused: falling back to another version unasked would
// hide the refusal.
void ApplyShadowing(std::vector<PluginEntry>& entries) {
  std::unordered_map<std::string, const PluginEntry*> owners;
  for (PluginEntry& entry : entries) {
    auto [owner, first] = owners.emplace(entry.id, &entry);
    if (first || entry.state == PluginState::kDisabled) continue;
    entry.state = PluginState::kShadowed;
    entry.reason = "shadowed by " + owner->second->file.native() + ", which is searched earlier" +
                   (owner->second->state == PluginState::kRefused ? " but is refused" : "");
  }
}

std::string ListIds(const std::vector<PluginEntry*>& plugins) {
  std::string list;
  for (const PluginEntry* plugin : plugins) list += (list.empty() ? "" : ", ") + plugin->id;
  return list;
}

bool Provides(const std::vector<PluginEntry*>& plugins, const std::string& id) {
  return std::any_of(plugins.begin(), plugins.end(),
                     [&](const PluginEntry* plugin) { return plugin->id == id; });
}

// Two active plugins with one type: nobody can know which is meant until one is pinned.
void ApplyConflicts(std::vector<PluginEntry>& entries, const CatalogOptions& options) {
  std::map<std::string, std::vector<PluginEntry*>> providers;
  for (PluginEntry& entry : entries)
    if (entry.state == PluginState::kActive)
      for (const TypeManifest& type : entry.manifest.types)
        providers[TypeName(type.kind, type.id)].push_back(&entry);

  for (const auto& [type, plugins] : providers) {
    const std::string pin = PinOf(options, type);
    if (plugins.size() < 2 || Provides(plugins, pin)) continue;
    const std::string conflict =
        "the type " + type + " is provided by " + ListIds(plugins) +
        ": pin it to one of them or disable the others" +
        (pin.empty() ? "" : " (it is pinned to '" + pin + "', which does not provide it)");
    for (PluginEntry* plugin : plugins)
      Refuse(*plugin, plugin->reason.empty() ? conflict : plugin->reason + "; " + conflict);
  }
}

}  // namespace

std::string TypeName(Kind kind, std::string_view id) {
  std::string name(KindName(kind));
  name += '/';
  name += id;
  return name;
}

std::string PinOf(const CatalogOptions& options, std::string_view type_name) {
  for (const auto& [type, plugin] : options.pins)
    if (type == type_name) return plugin;
  return {};
}

bool MatchesGlob(const std::string& glob, const std::string& id) {
  return ::fnmatch(glob.c_str(), id.c_str(), 0) == 0;
}

std::vector<PluginEntry> ScanPlugins(const CatalogOptions& options) {
  std::vector<PluginEntry> entries;
  std::set<fs::path> searched;  // a directory that is named twice does not shadow itself
  for (const SearchDir& dir : options.dirs) {
    std::error_code error;
    fs::path canonical = fs::weakly_canonical(dir.path, error);
    if (!error && !searched.insert(canonical).second) continue;
    for (Kind kind : kFolderOrder)
      for (const std::string& name : LibraryNames(dir.path / KindFolder(kind))) {
        entries.push_back(ReadEntry(dir, kind, name));
        CheckPlace(entries.back(), dir.path);
        ApplyDisabled(entries.back(), options);
      }
  }
  ApplyShadowing(entries);
  ApplyConflicts(entries, options);
  return entries;
}

}  // namespace mamc::plugin

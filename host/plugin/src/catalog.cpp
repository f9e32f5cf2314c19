#include "mamc/plugin/catalog.hpp"

#include <map>
#include <unordered_map>

#include "library.hpp"
#include "mamc/base/text.hpp"
#include "preflight.hpp"
#include "scan.hpp"
#include "version_range.hpp"

namespace mamc::plugin {
namespace {

constexpr std::string_view kHostName = "mamc-host";

mamc_str Borrow(std::string_view text) {
  return {text.data(), text.size()};
}

// What plugins are told about the host. It has to live as long as the process, whatever becomes of the
// catalog.
const mamc_host_info& HostInfo(const std::string& version) {
  static auto& infos = *new std::map<std::string, mamc_host_info>;
  auto [place, added] = infos.try_emplace(version);
  if (!added) return place->second;
  mamc_host_info& info = place->second;
  info.struct_size = sizeof info;
  info.abi_minor = MAMC_ABI_MINOR;
  info.name = Borrow(kHostName);
  info.version = Borrow(place->first);
  info.max_message_bytes = JsonLimits{}.max_bytes;
  info.max_message_depth = static_cast<std::uint32_t>(JsonLimits{}.max_depth);
  return info;
}

// The error of a plugin, with its id and file in front.
Status Of(const PluginEntry& plugin, const Status& status) {
  return status.Within("plugin " + plugin.id + " (" + plugin.file.native() + ")");
}

const TypeManifest* FindType(const PluginEntry& plugin, Kind kind, std::string_view id) {
  for (const TypeManifest& type : plugin.manifest.types)
    if (type.kind == kind && type.id == id) return &type;
  return nullptr;
}

// Whether the plugin has the type, or by its place seems to have it when its manifest could not be read.
bool WouldProvide(const PluginEntry& plugin, Kind kind, std::string_view id) {
  if (!plugin.manifest.types.empty()) return FindType(plugin, kind, id) != nullptr;
  return plugin.id == std::string(KindFolder(kind)) + "/" + std::string(id);
}

}  // namespace

std::string_view StateName(PluginState state) {
  switch (state) {
    case PluginState::kActive:
      return "active";
    case PluginState::kShadowed:
      return "shadowed";
    case PluginState::kDisabled:
      return "disabled";
    case PluginState::kRefused:
      return "refused";
  }
  return "";
}

struct Catalog::State {
  CatalogOptions options;
  bool scanned = false;
  std::vector<PluginEntry> entries;
  std::unordered_map<std::string, Type> types;  // by TypeName
  const mamc_host* host = nullptr;

  struct Loaded {
    std::unique_ptr<PluginLibrary> library;
    Status failure;  // why there is none: what failed once is not tried again in this process
  };
  std::unordered_map<const PluginEntry*, Loaded> libraries;

  void IndexTypes();
  Status NoSuchType(Kind kind, std::string_view id) const;
  Result<std::unique_ptr<PluginLibrary>> Open(const PluginEntry& plugin) const;
};

void Catalog::State::IndexTypes() {
  for (const PluginEntry& plugin : entries) {
    if (plugin.state != PluginState::kActive) continue;
    for (const TypeManifest& type : plugin.manifest.types) {
      std::string name = TypeName(type.kind, type.id);
      // Several active providers are left only where one is pinned.
      if (std::string pin = PinOf(options, name); pin.empty() || pin == plugin.id)
        types.emplace(std::move(name), Type{&type, &plugin});
    }
  }
}

Status Catalog::State::NoSuchType(Kind kind, std::string_view id) const {
  const std::string wanted = std::string(KindName(kind)) + " type '" + std::string(id) + "'";
  const std::string pin = PinOf(options, TypeName(kind, id));
  std::string refusals;
  for (const PluginEntry& plugin : entries) {
    if (!WouldProvide(plugin, kind, id)) continue;
    const std::string why = plugin.state == PluginState::kActive
                                ? "the type is pinned to '" + pin + "'"
                                : "is " + std::string(StateName(plugin.state)) + " (" + plugin.reason + ")";
    refusals += (refusals.empty() ? ": " : "; ") + plugin.file.native() + " has it but " + why;
  }
  if (!refusals.empty())
    return Status(Code::kUnsupported, "no active plugin provides the " + wanted + refusals);

  std::vector<std::string> known;
  for (const auto& [name, type] : types)
    if (type.type->kind == kind) known.push_back(type.type->id);
  std::sort(known.begin(), known.end());
  std::string searched;
  for (const SearchDir& dir : options.dirs) searched += (searched.empty() ? "" : ", ") + dir.path.native();
  return NotFound("no plugin provides the " + wanted + DidYouMean(id, known) +
                  "; searched: " + (searched.empty() ? "no directory" : searched));
}

// The file may have been replaced since the scan: it is checked again right before its code runs.
Result<std::unique_ptr<PluginLibrary>> Catalog::State::Open(const PluginEntry& plugin) const {
  std::error_code error;
  const std::filesystem::path file = std::filesystem::canonical(plugin.file, error);
  if (error) return NotFound("cannot be opened: " + error.message());
  auto checked = CheckFile(file);
  if (!checked) return checked.status();
  auto manifest = ParseJson(*checked);
  if (!manifest || *manifest != *plugin.manifest.document)
    return Failed("the file was changed since the host started: start the host again");
  return PluginLibrary::Open(file, plugin.manifest, HostInfo(options.host_version));
}

Catalog::Catalog(CatalogOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
Catalog::~Catalog() = default;

void Catalog::Scan() {
  if (state_->scanned) return;
  state_->scanned = true;
  state_->entries = ScanPlugins(state_->options);
  state_->IndexTypes();
}

const std::vector<PluginEntry>& Catalog::entries() const {
  return state_->entries;
}
const std::vector<SearchDir>& Catalog::dirs() const {
  return state_->options.dirs;
}

Result<Catalog::Type> Catalog::Find(Kind kind, std::string_view id, std::string_view range) const {
  auto wanted = VersionRange::Parse(range);
  if (!wanted) return wanted.status();
  auto found = state_->types.find(TypeName(kind, id));
  if (found == state_->types.end()) return state_->NoSuchType(kind, id);
  const PluginEntry& plugin = *found->second.plugin;
  const std::optional<Version> version = ParseVersion(plugin.manifest.version);
  if (version && wanted->Contains(*version)) return found->second;
  return Status(Code::kUnsupported, "the " + std::string(KindName(kind)) + " type '" + std::string(id) +
                                        "' is wanted in version " + std::string(range) +
                                        ", but the active plugin " + plugin.id + " (" + plugin.file.native() +
                                        ") is version " + plugin.manifest.version +
                                        ": install a version in that range or change the range");
}

std::vector<Catalog::Type> Catalog::Types(Kind kind) const {
  std::vector<Type> types;
  for (const auto& [name, type] : state_->types)
    if (type.type->kind == kind) types.push_back(type);
  std::sort(types.begin(), types.end(), [](const Type& a, const Type& b) { return a.type->id < b.type->id; });
  return types;
}

void Catalog::SetHost(const mamc_host* host) {
  state_->host = host;
}

Result<PluginLibrary*> Catalog::Load(const PluginEntry& plugin) {
  if (plugin.state != PluginState::kActive)
    return Of(plugin,
              Status(Code::kPermission, "is not loaded: it is " + std::string(StateName(plugin.state)) +
                                            " (" + plugin.reason + ")"));
  if (!state_->host) return Internal("a plugin was to be loaded before the host's services were there");
  auto [place, first] = state_->libraries.try_emplace(&plugin);
  State::Loaded& loaded = place->second;
  if (first) {
    auto library = state_->Open(plugin);
    if (library) loaded.library = std::move(*library);
    loaded.failure = library.status();
  }
  if (!loaded.library) return Of(plugin, loaded.failure);
  if (Status status = loaded.library->Start(state_->host); !status.ok()) {
    loaded.library.reset();
    loaded.failure = status;
    return Of(plugin, status);
  }
  return loaded.library.get();
}

}  // namespace mamc::plugin

#include "library.hpp"

#include <boost/dll/shared_library.hpp>
#include <cstring>
#include <map>

#include "mamc/base/log.hpp"

namespace mamc::plugin {
namespace {

using EntryFn = mamc_code(const mamc_host_info*, const mamc_module**);

constexpr std::uint32_t kKnownMustUnderstand = 0;
// No table of this ABI comes near it: a larger struct_size is not a newer table but garbage.
constexpr std::uint32_t kMaxTableBytes = 64 * 1024;
constexpr std::uint32_t kModuleBytes = offsetof(mamc_module, deinit) + sizeof(mamc_module::deinit);
constexpr std::uint32_t kFactoryBytes = offsetof(mamc_factory, create) + sizeof(mamc_factory::create);

// The linker's own words out of Boost's sentence.
std::string LinkerMessage(const std::string& what) {
  constexpr std::string_view kBegin = "(dlerror system message: ";
  std::size_t begin = what.find(kBegin);
  if (begin == std::string::npos) return what;
  begin += kBegin.size();
  return what.substr(begin, what.rfind("): ") - begin);
}

// Opens a file once per process and keeps it open.
Result<boost::dll::shared_library*> OpenForever(const std::filesystem::path& file) {
  static auto& open = *new std::map<std::string, boost::dll::shared_library>;
  auto found = open.find(file.native());
  if (found != open.end()) return &found->second;
  try {
    boost::dll::shared_library library(file,
                                       boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    return &open.emplace(file.native(), std::move(library)).first->second;
  } catch (const std::exception& error) {
    return Failed("open: " + LinkerMessage(error.what()) +
                  "; it needs something that this machine does not have: install it or build the plugin for "
                  "this machine");
  }
}

// Runs a function of the plugin. A plugin that lets an exception out breaks the ABI; where the C++ runtime is
// shared it can be said instead of ending the process.
template <class Function>
Status Guarded(const char* stage, Function&& function) {
  try {
    function();
    return {};
  } catch (const std::exception& error) {
    return Failed(std::string(stage) + ": let an exception out (" + error.what() +
                  "), which the plugin ABI forbids");
  } catch (...) {
    return Failed(std::string(stage) + ": let an exception out, which the plugin ABI forbids");
  }
}

// For the ends of a plugin's life, where nobody waits for an answer.
void LogFailure(const Manifest& manifest, const Status& status) {
  if (!status.ok())
    Log("plugin", LogLevel::kError, "plugin misbehaved",
        {{"plugin", manifest.id}, {"error", status.message()}});
}

std::string CodeText(mamc_code code) {
  return "code " + std::to_string(code) + " (" + std::string(CodeName(static_cast<Code>(code))) + ")";
}

template <class Table>
Status CheckTable(const Table* table, std::uint32_t bytes, const std::string& what) {
  if (reinterpret_cast<std::uintptr_t>(table) % alignof(Table) != 0) return Invalid(what + " is not aligned");
  if (table->struct_size < bytes || table->struct_size > kMaxTableBytes)
    return Invalid(what + " has struct_size " + std::to_string(table->struct_size) + ", where " +
                   std::to_string(bytes) + " to " + std::to_string(kMaxTableBytes) +
                   " is expected: set it to sizeof the struct");
  return {};
}

Status CheckVersions(const mamc_module& module) {
  if (module.min_host_minor > MAMC_ABI_MINOR)
    return {Code::kUnsupported, "entry: needs plugin ABI 1." + std::to_string(module.min_host_minor) +
                                    ", this host speaks 1." + std::to_string(MAMC_ABI_MINOR) +
                                    ": install a newer host or an older plugin"};
  std::uint32_t unknown = module.must_understand & ~kKnownMustUnderstand;
  if (unknown == 0) return {};
  int bit = 0;
  while ((unknown >> bit & 1u) == 0) ++bit;
  return {Code::kUnsupported, "entry: must_understand bit " + std::to_string(bit) +
                                  " is unknown to this host: install a newer host or an older plugin"};
}

// Copies the table, so that nothing is read beyond the size that the plugin gave it.
Result<mamc_module> CopyModule(const mamc_module* table) {
  if (!table) return Invalid("entry: said OK and gave no module");
  if (Status status = CheckTable(table, kModuleBytes, "entry: mamc_module"); !status.ok()) return status;
  mamc_module module{};
  std::memcpy(&module, table, std::min<std::size_t>(table->struct_size, sizeof module));
  if (Status status = CheckVersions(module); !status.ok()) return status;
  if (!module.init) return Invalid("entry: mamc_module.init is NULL");
  if (!module.get_factory) return Invalid("entry: mamc_module.get_factory is NULL");
  return module;
}

Result<mamc_module> CallEntry(EntryFn* entry, const mamc_host_info& info) {
  const mamc_module* table = nullptr;
  mamc_code code = MAMC_OK;
  if (Status status = Guarded("entry", [&] { code = entry(&info, &table); }); !status.ok()) return status;
  if (code < 0) return Failed("entry: " MAMC_PLUGIN_ENTRY " returned " + CodeText(code));
  return CopyModule(table);
}

}  // namespace

PluginLibrary::PluginLibrary(std::filesystem::path file, const Manifest& manifest, const mamc_module& module)
    : file_(std::move(file)), manifest_(&manifest), module_(module) {}

Result<std::unique_ptr<PluginLibrary>> PluginLibrary::Open(const std::filesystem::path& file,
                                                           const Manifest& manifest,
                                                           const mamc_host_info& info) {
  auto library = OpenForever(file);
  if (!library) return library.status();
  if (!(*library)->has(MAMC_PLUGIN_ENTRY)) return Invalid("entry: " MAMC_PLUGIN_ENTRY " cannot be found");
  auto module = CallEntry(&(*library)->get<EntryFn>(MAMC_PLUGIN_ENTRY), info);
  if (!module) return module.status();
  return std::unique_ptr<PluginLibrary>(new PluginLibrary(file, manifest, *module));
}

Status PluginLibrary::Start(const mamc_host* host) {
  if (started_) return {};
  mamc_code code = MAMC_OK;
  if (Status status = Guarded("init", [&] { code = module_.init(host); }); !status.ok()) return status;
  if (code < 0) return Failed("init: returned " + CodeText(code) + "; the plugin's log lines may say why");
  started_ = true;
  for (const TypeManifest& type : manifest_->types)
    if (Status status = FindFactory(type.kind); !status.ok()) {
      Stop();
      return status;
    }
  return {};
}

Status PluginLibrary::FindFactory(Kind kind) {
  const mamc_factory*& factory = factories_[static_cast<std::size_t>(kind)];
  if (factory) return {};
  const std::string id(FactoryId(kind));
  const mamc_factory* found = nullptr;
  if (Status status = Guarded("factory", [&] { found = module_.get_factory(id.c_str()); }); !status.ok())
    return status;
  if (!found)
    return Invalid("factory: the manifest declares a type of kind " + std::string(KindName(kind)) +
                   ", but get_factory(\"" + id + "\") returned NULL");
  if (Status status = CheckTable(found, kFactoryBytes, "factory: " + id); !status.ok()) return status;
  if (!found->create) return Invalid("factory: " + id + ": create is NULL");
  factory = found;
  return {};
}

void PluginLibrary::Quiesce(std::int64_t deadline_unix_ms) {
  if (!started_ || !module_.quiesce) return;
  LogFailure(*manifest_, Guarded("quiesce", [&] { module_.quiesce(deadline_unix_ms); }));
}

void PluginLibrary::Stop() {
  if (!started_) return;
  started_ = false;
  factories_ = {};
  if (module_.deinit) LogFailure(*manifest_, Guarded("deinit", [&] { module_.deinit(); }));
}

}  // namespace mamc::plugin

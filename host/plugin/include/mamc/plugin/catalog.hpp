// All plugins this machine has: where they were found, which are active and why the others are not. Scanning reads files
// and runs none of their code; a library is opened when something makes an instance of one of its types.
// Thread rule: the loop's thread.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "mamc/plugin/manifest.hpp"

struct mamc_host;

namespace mamc::plugin {

struct SearchDir {
  std::filesystem::path path;
  std::string origin;  // "--plugins", "MAMC_PLUGIN_PATH", "beside the program", "installed"
};

enum class PluginState { kActive, kShadowed, kDisabled, kRefused };
std::string_view StateName(PluginState state);

struct PluginEntry {
  std::string id;  // from the file's place when the manifest could not be read
  std::filesystem::path file;
  std::string origin;
  PluginState state = PluginState::kActive;
  std::string reason;  // why not active: what was expected, what was found, what to do
  Manifest manifest;   // empty when refused before it was read
};

struct CatalogOptions {
  std::vector<SearchDir> dirs;         // in order; an earlier one wins
  std::vector<std::string> disabled;   // plugin ids, globs allowed
  std::vector<std::pair<std::string, std::string>> pins;  // type "step/acme.lint" -> plugin id
  std::string host_version = "0";
  std::vector<std::string> only;  // plugin ids, globs allowed; not empty: the others are disabled
};

class PluginLibrary;

class Catalog {
 public:
  explicit Catalog(CatalogOptions options);
  ~Catalog();

  // Reads every directory once, bytewise in name order; a second call does nothing. A plugin whose id is not its place (so that
  // an id occurs once in a directory), and the same type from two active plugins without a pin, are errors of those plugins
  // (kRefused), not of the scan. The first file with an id keeps it even when it is refused.
  void Scan();
  const std::vector<PluginEntry>& entries() const;
  const std::vector<SearchDir>& dirs() const;

  struct Type {
    const TypeManifest* type;
    const PluginEntry* plugin;
  };
  // The active provider of a type. `range` ("", "^1.2", ">=1.0 <3", "1.4.2") is tested against the plugin's version. An error is
  // kNotFound when no plugin has the type, kUnsupported when one has it that is not active or not in the range.
  Result<Type> Find(Kind kind, std::string_view id, std::string_view range = {}) const;
  std::vector<Type> Types(Kind kind) const;

  // What plugins get in init: owned by the caller, valid while a loaded plugin may run. Set before the first Load.
  void SetHost(const mamc_host* host);

  // Opens the library (once), checks ABI and factories, calls init. The text of an error names the stage and the remedy.
  Result<PluginLibrary*> Load(const PluginEntry& plugin);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mamc::plugin

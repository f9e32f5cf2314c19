// One plugin's code in this process: opened, its ABI checked, initialised. The library stays mapped until the
// process ends: threads, thread-local destructors and static objects of a plugin outlive any moment at which
// unloading it would be safe. Thread rule: [entry] of the ABI, the thread that loads plugins (the loop's).
// The tables that module() and factory() return are owned by the plugin and valid for the life of the
// process.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "mamc/base/status.hpp"
#include "mamc/plugin.h"
#include "mamc/plugin/catalog.hpp"

namespace mamc::plugin {

class PluginLibrary {
 public:
  // Opens a file that passed the preflight, calls its entry and checks its tables. `info` must live as long
  // as the process, `manifest` as long as the library. The error begins with its stage: "open: ", "entry: ".
  static Result<std::unique_ptr<PluginLibrary>> Open(const std::filesystem::path& file,
                                                     const Manifest& manifest, const mamc_host_info& info);

  // init, then the factory of each declared kind. Does nothing when it is already started. The error begins
  // with its stage: "init: ", "factory: ".
  Status Start(const mamc_host* host);
  // quiesce, for the plugin to finish by the deadline.
  void Quiesce(std::int64_t deadline_unix_ms);
  // deinit: afterwards no thread of the plugin runs, and Start may be called again. Not for a plugin with an
  // abandoned call.
  void Stop();
  bool started() const { return started_; }

  const mamc_module& module() const { return module_; }
  // The factory of a kind that the manifest declares, else null. Complete up to `create`.
  const mamc_factory* factory(Kind kind) const { return factories_[static_cast<std::size_t>(kind)]; }
  const Manifest& manifest() const { return *manifest_; }
  const std::filesystem::path& file() const { return file_; }

 private:
  PluginLibrary(std::filesystem::path file, const Manifest& manifest, const mamc_module& module);
  Status FindFactory(Kind kind);

  std::filesystem::path file_;  // canonical
  const Manifest* manifest_;
  mamc_module module_;  // a copy: what the plugin's table lacks is null here
  std::array<const mamc_factory*, 5> factories_{};
  bool started_ = false;
};

}  // namespace mamc::plugin

// The instances that calls go to: one for each type and settings, made when it is first asked for, and the
// plugins they belong to.
//
// Thread rule: the loop's thread.
// Ownership: owned by Calls; the libraries belong to the catalog.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/plugin/catalog.hpp"
#include "runtime.hpp"
#include "tickets.hpp"

namespace mamc::plugin {

class Instances {
 public:
  // With `glass_wall` every plugin is called through one.
  Instances(Catalog& catalog, bool glass_wall) : catalog_(catalog), glass_wall_(glass_wall) {}

  // As Calls::Open.
  Result<std::shared_ptr<Instance>> Open(Kind kind, std::string_view id, const Json& settings);
  // A call of it will never come back: Open makes a fresh one from now on. Returns what waited behind that
  // call.
  std::deque<std::shared_ptr<CallRecord>> Quarantine(Instance& instance);
  // The end of every plugin; `open` are the calls whose ticket is not released yet.
  void End(const std::vector<std::shared_ptr<CallRecord>>& open);

 private:
  Result<std::shared_ptr<Instance>> Make(const Catalog::Type& found, Json settings, std::string key);
  Result<PluginRuntime*> RuntimeOf(const PluginEntry& plugin);

  Catalog& catalog_;
  const bool glass_wall_;
  std::map<std::string, std::unique_ptr<PluginRuntime>, std::less<>> runtimes_;  // by plugin file
  std::map<std::string, std::shared_ptr<Instance>, std::less<>> instances_;      // by Instance::key
  std::vector<std::shared_ptr<Instance>> quarantined_;
};

}  // namespace mamc::plugin

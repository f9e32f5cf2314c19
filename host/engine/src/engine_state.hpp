// What all runs of an engine share.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "holds.hpp"
#include "mamc/engine/engine.hpp"

namespace mamc::engine {

class Run;

// A step type of the catalog.
struct StepTypeEntry {
  const plugin::TypeManifest* manifest = nullptr;
  std::shared_ptr<plugin::Instance>
      instance;  // null until its first call: a plugin may crash when it is loaded
};

struct Engine::State {
  State(Loop& loop_in, plugin::Catalog& catalog_in, plugin::Calls& calls_in, journal::Journal& journal_in,
        const workflow::Names& names_in, EngineOptions options_in)
      : loop(loop_in),
        catalog(catalog_in),
        calls(calls_in),
        journal(journal_in),
        names(names_in),
        options(std::move(options_in)) {}

  Loop& loop;
  plugin::Catalog& catalog;
  plugin::Calls& calls;
  journal::Journal& journal;
  const workflow::Names& names;
  EngineOptions options;
  std::map<std::string, std::shared_ptr<Service>> services;
  std::unordered_map<std::string, std::shared_ptr<Run>> runs;
  std::unordered_map<std::string, StepTypeEntry> types;  // by "id@range"
  std::shared_ptr<plugin::Instance> workspace;
  Holds suspected;  // held by the one step that runs of those that may have ended the host, of all runs

  // Runs none of the plugin's code.
  Result<StepTypeEntry*> FindType(const std::string& id, const std::string& range);
  // Its instance; the plugin is loaded when that is its first.
  Result<std::shared_ptr<plugin::Instance>> InstanceOf(const std::string& id, StepTypeEntry& type);
  Result<std::shared_ptr<plugin::Instance>> Workspace();
  void Emit(RunEvent event);
};

}  // namespace mamc::engine

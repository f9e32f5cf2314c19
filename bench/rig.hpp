// The host's real loop, plugins, journal and engine, put together to run a workflow and time it.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "mamc/journal/journal.hpp"
#include "mamc/plugin/catalog.hpp"

namespace mamc::bench {

// Where the product's plugins and those of the benchmarks are.
plugin::CatalogOptions Plugins();

// Steps of `type`, each waiting for the one before it.
std::string ChainWorkflow(const std::string& type, std::size_t steps, const std::string& more_keys = {});
// Steps of which `width` may run at a time: each waits for the one `width` places before it.
std::string WideWorkflow(const std::string& type, std::size_t steps, std::size_t width);

class Rig {
 public:
  // `file` is the journal's, ":memory:" for none.
  Rig(const std::filesystem::path& file, journal::Sync sync);
  ~Rig();

  struct Timing {
    double seconds = 0;  // from the first step's start to the end of the run, both durable
    std::int64_t commits = 0;
  };
  // Runs a workflow to its end; reading its text is not timed. Throws std::runtime_error when it is not done.
  Timing Run(const std::string& workflow);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mamc::bench

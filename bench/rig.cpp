#include "rig.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>

#include "mamc/base/log.hpp"
#include "mamc/base/loop.hpp"
#include "mamc/cli/names.hpp"
#include "mamc/engine/engine.hpp"

namespace mamc::bench {
namespace {

std::unique_ptr<journal::Journal> OpenJournal(const std::filesystem::path& file, journal::Sync sync) {
  auto opened = journal::Journal::Open(file, {.sync = sync});
  if (!opened.ok()) throw std::runtime_error(opened.status().message());
  return std::move(*opened);
}

std::string StepText(std::size_t at, const std::string& type, std::optional<std::size_t> after) {
  std::string text = "  - id: s" + std::to_string(at) + "\n    type: " + type + "\n";
  if (after) text += "    dependencies: [s" + std::to_string(*after) + "]\n";
  return text;
}

}  // namespace

plugin::CatalogOptions Plugins() {
  plugin::CatalogOptions options;
  options.dirs = {{MAMC_BENCH_FIXTURES, "benchmark"}, {MAMC_BENCH_PLUGINS, "benchmark"}};
  return options;
}

std::string ChainWorkflow(const std::string& type, std::size_t steps, const std::string& more_keys) {
  std::string text = "name: chain\nsteps:\n";
  for (std::size_t i = 0; i < steps; ++i)
    text += StepText(i, type, i == 0 ? std::nullopt : std::optional(i - 1)) + more_keys;
  return text;
}

std::string WideWorkflow(const std::string& type, std::size_t steps, std::size_t width) {
  std::string text = "name: wide\nsteps:\n";
  for (std::size_t i = 0; i < steps; ++i)
    text += StepText(i, type, i < width ? std::nullopt : std::optional(i - width));
  return text;
}

struct Rig::State {
  State(const std::filesystem::path& file, journal::Sync sync)
      : journal(OpenJournal(file, sync)),
        loop(MakeLoop()),
        catalog(Plugins()),
        names((catalog.Scan(), catalog), {}),
        calls(*loop, catalog),
        engine(*loop, catalog, calls, *journal, names, {}) {
    loop->OnIdle([this] {
      if (Status committed = journal->Commit(); !committed.ok()) loop->Stop();
    });
  }

  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<Loop> loop;
  plugin::Catalog catalog;
  cli::Names names;
  plugin::Calls calls;
  engine::Engine engine;
};

Rig::Rig(const std::filesystem::path& file, journal::Sync sync)
    : state_(std::make_unique<State>(file, sync)) {}
Rig::~Rig() = default;

Rig::Timing Rig::Run(const std::string& workflow) {
  engine::RunSpec spec;
  spec.task = {{"id", "bench-1"}, {"title", "A benchmark"}};
  spec.texts["workflow"] = workflow;
  engine::RunResult result;
  result.error = "the run did not come to an end";
  state_->engine.Start(spec, [&](engine::RunResult ended) {
    result = std::move(ended);
    state_->loop->Stop();
  });
  if (Status committed = state_->journal->Commit(); !committed.ok())
    throw std::runtime_error(committed.message());
  std::int64_t commits = state_->journal->commits();
  auto before = std::chrono::steady_clock::now();
  if (result.status.empty()) state_->loop->Run();
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
  if (result.status != "done")
    throw std::runtime_error("a workflow of the benchmark failed: " + result.error);
  return {took.count(), state_->journal->commits() - commits};
}

}  // namespace mamc::bench

#include "in_flight.hpp"

#include <malloc.h>

#include <fstream>
#include <stdexcept>
#include <string>

#include "mamc/base/files.hpp"
#include "mamc/base/loop.hpp"
#include "mamc/cli/names.hpp"
#include "mamc/engine/engine.hpp"
#include "mamc/engine/persona_service.hpp"
#include "rig.hpp"

namespace mamc::bench {
namespace {

constexpr Milliseconds kLook(50);
constexpr int kMostLooks = 2400;  // two minutes
constexpr const char* kStream = "in-flight:requests";
constexpr const char* kPersona = "id: bench\nprompt: Say nothing.\n";

long FromStatus(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (long value = 0; word == name + ":" && status >> value) return value;
  throw std::runtime_error("/proc/self/status has no " + name);
}

double ResidentBytes() {
  ::malloc_trim(0);
  return 1024.0 * static_cast<double>(FromStatus("VmRSS"));
}

std::string Workflow(const std::string& name, std::size_t steps) {
  std::string text = "name: " + name + "\nsteps:\n";
  for (std::size_t i = 0; i < steps; ++i)
    text += "  - {id: s" + std::to_string(i) + ", type: persona-request, persona: bench, timeout: 1h}\n";
  return text;
}

// The host's parts as machine.cpp wires them, without a worker.
class Asking {
 public:
  Asking(int port, const std::filesystem::path& folder)
      : journal_(OpenJournal(folder / "journal.db")),
        loop_(MakeLoop()),
        catalog_(Plugins()),
        names_((catalog_.Scan(), catalog_), {{folder, "benchmark"}}),
        calls_(*loop_, catalog_),
        engine_(*loop_, catalog_, calls_, *journal_, names_, {}) {
    auto transport = calls_.Open(plugin::Kind::kTransport, "redis", {{"host", "127.0.0.1"}, {"port", port}});
    if (!transport.ok()) throw std::runtime_error(transport.status().message());
    messaging::ChannelOptions options;
    options.request_stream = kStream;
    options.event_stream = "in-flight:events";
    channel_ = std::make_unique<messaging::Channel>(*loop_, calls_, *transport, options);
    engine::PersonaServiceOptions persona_options;
    persona_options.timeout_ms = [](const workflow::Persona&) { return std::int64_t{3'600'000}; };
    engine_.AddService("persona.request",
                       engine::MakePersonaService(*loop_, *journal_, *channel_, std::move(persona_options)));
    loop_->OnIdle([this] {
      if (Status committed = journal_->Commit(); !committed.ok()) End(committed.message());
    });
  }

  // Returns when the server has all of them.
  void Ask(const RedisProcess& redis, const std::string& name, std::size_t requests, long long on_stream) {
    engine::RunSpec spec;
    spec.task = {{"id", "bench-1"}, {"title", "A benchmark"}};
    spec.texts["workflow"] = Workflow(name, requests);
    spec.texts["persona/bench"] = kPersona;
    engine_.Start(std::move(spec),
                  [this](const engine::RunResult& result) { End("the run ended: " + result.error); });
    looks_ = 0;
    Look(redis, on_stream);
    loop_->Run();
    if (!error_.empty()) throw std::runtime_error(error_);
  }

 private:
  static std::unique_ptr<journal::Journal> OpenJournal(const std::filesystem::path& file) {
    auto opened = journal::Journal::Open(file, {.sync = journal::Sync::kOff});
    if (!opened.ok()) throw std::runtime_error(opened.status().message());
    return std::move(*opened);
  }
  void End(const std::string& error) {
    error_ = error;
    loop_->Stop();
  }
  void Look(const RedisProcess& redis, long long on_stream) {
    loop_->After(kLook, [this, &redis, on_stream] {
      if (redis.Ask({"XLEN", kStream}) >= on_stream) return loop_->Stop();
      if (++looks_ > kMostLooks) return End("the requests did not all reach the stream");
      Look(redis, on_stream);
    });
  }

  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<Loop> loop_;
  plugin::Catalog catalog_;
  cli::Names names_;
  plugin::Calls calls_;
  engine::Engine engine_;
  std::unique_ptr<messaging::Channel> channel_;
  std::string error_;
  int looks_ = 0;
};

}  // namespace

InFlight MeasureInFlight(const RedisProcess& redis, const std::filesystem::path& folder,
                         std::size_t requests) {
  std::filesystem::create_directories(folder / "personas");
  if (Status written = WriteFile(folder / "personas" / "bench.yml", kPersona); !written.ok())
    throw std::runtime_error(written.message());
  Asking asking(redis.port(), folder);
  asking.Ask(redis, "first", 1, 1);  // loads the plugins and opens the connections
  const double before = ResidentBytes();
  asking.Ask(redis, "many", requests, static_cast<long long>(requests) + 1);
  const double after = ResidentBytes();
  return {requests, (after - before) / static_cast<double>(requests),
          static_cast<int>(FromStatus("Threads"))};
}

}  // namespace mamc::bench

#include "support/plugin_driver.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "mamc/base/text.hpp"
#include "mamc/plugin/spawn.hpp"
#include "mamc/step.h"
#include "support/places.hpp"

namespace mamc::test {
namespace {

using plugin::Outcome;
using plugin::Ticket;

constexpr auto kDrivenPatience = std::chrono::seconds(120);
// How long the plugin has to be silent, in real time, before the fake clock is moved to a `timer` child.
constexpr auto kSilence = std::chrono::milliseconds(5);

// The synchronous services, answered from the driver's members and from memory.
class DriverContext final : public plugin::CallContext {
 public:
  explicit DriverContext(PluginDriver& driver) : driver_(driver) {}

  Result<std::string> State(std::string_view key) const override {
    auto found = driver_.state.find(std::string(key));
    if (found == driver_.state.end()) return NotFound("no state key '" + std::string(key) + "'");
    return Dump(found->second);
  }
  Result<std::string> Secret(std::string_view name) const override {
    auto found = driver_.secrets.find(std::string(name));
    if (found == driver_.secrets.end()) return NotFound("secret '" + std::string(name) + "' is not set");
    return found->second;
  }
  Result<std::string> PutArtifact(std::string_view bytes) override {
    std::lock_guard lock(mutex_);
    std::string handle = "sha256:" + Sha256(bytes);
    artifacts_[handle] = bytes;
    return handle;
  }
  Result<std::string> GetArtifact(std::string_view handle) const override {
    std::lock_guard lock(mutex_);
    auto found = artifacts_.find(handle);
    if (found == artifacts_.end()) return NotFound("no artifact " + std::string(handle));
    return found->second;
  }

 private:
  PluginDriver& driver_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> artifacts_;  // protected by mutex_
};

plugin::CatalogOptions OptionsFor(const std::filesystem::path& plugins_dir) {
  plugin::CatalogOptions options;
  options.dirs.push_back({plugins_dir.empty() ? ProgramDir() / "plugins" : plugins_dir, "test"});
  return options;
}

}  // namespace

// What one call has said so far, and the children it waits for.
struct DrivenCall::Record final : plugin::CallObserver {
  explicit Record(PluginDriver& its_driver) : driver(its_driver) {}

  void OnComplete(Ticket, Outcome its_outcome, bool its_abandoned) override {
    completed = true;
    abandoned = its_abandoned;
    outcome = std::move(its_outcome);
  }
  void OnEmit(Ticket, std::string kind, std::string json) override {
    emits.push_back({std::move(kind), Json::parse(json)});
  }
  void OnChildCall(Ticket, std::string key, std::string service, std::string input) override;
  void OnCancelChild(Ticket, std::string key) override;

  PluginDriver& driver;
  Ticket ticket = 0;
  bool completed = false;
  bool abandoned = false;
  Outcome outcome;
  std::vector<ChildCall> children;
  std::size_t next_child = 0;
  std::deque<Emitted> emits;
  std::map<std::string, TimerId> timers;
  std::map<std::string, plugin::SpawnId> processes;
};

struct PluginDriver::State {
  State(PluginDriver& driver, const std::filesystem::path& plugins_dir)
      : catalog(OptionsFor(plugins_dir)), context(std::make_shared<DriverContext>(driver)) {
    catalog.Scan();
    calls = std::make_unique<plugin::Calls>(
        loop, catalog, plugin::CallsOptions{.glass_wall = std::getenv("MAMC_GLASS_WALL") != nullptr});
  }

  // Runs what is ready until `done` holds. Children that wait for a `timer` get it without the test's doing:
  // when nothing has happened for a while, the clock is moved.
  bool RunUntil(const std::function<bool()>& done) {
    auto end = std::chrono::steady_clock::now() + kDrivenPatience;
    while (std::chrono::steady_clock::now() < end) {
      if (loop.RunUntil(done, kSilence)) return true;
      if (!due.empty() && spawner.running() == 0)
        loop.Advance(std::max(due.begin()->first - loop.clock().Monotonic(), Milliseconds(0)));
    }
    return false;
  }

  ManualLoop loop;
  plugin::Catalog catalog;
  std::shared_ptr<DriverContext> context;
  std::unique_ptr<plugin::Calls> calls;
  std::shared_ptr<plugin::Instance> instance;
  plugin::Spawner spawner{loop};
  std::multimap<Milliseconds, TimerId> due;  // the `timer` children that are open
};

namespace {

ChildCall* FindOpenChild(std::vector<ChildCall>& children, const std::string& key) {
  auto found = std::find_if(children.begin(), children.end(),
                            [&](const ChildCall& child) { return child.key == key; });
  return found == children.end() ? nullptr : &*found;
}

}  // namespace

void DrivenCall::Record::OnChildCall(Ticket, std::string key, std::string service, std::string input) {
  Json parsed = Json::parse(input);
  if (driver.serve_spawn && service == "timer") return driver.ServeTimer(*this, key, parsed);
  if (driver.serve_spawn && service == "spawn") return driver.ServeSpawn(*this, key, parsed);
  children.push_back({std::move(key), std::move(service), std::move(parsed)});
}

void DrivenCall::Record::OnCancelChild(Ticket, std::string key) {
  driver.DropServed(*this, key);
  if (ChildCall* child = FindOpenChild(children, key)) child->cancelled = true;
}

void PluginDriver::ServeTimer(DrivenCall::Record& record, const std::string& key, const Json& input) {
  Milliseconds delay(std::max<std::int64_t>(GetInt(input, "delay_ms"), 0));
  Milliseconds at = state_->loop.clock().Monotonic() + delay;
  Ticket ticket = record.ticket;
  auto id = std::make_shared<TimerId>(0);
  *id = state_->loop.After(delay, [this, ticket, key, id] {
    std::erase_if(state_->due, [&](const auto& entry) { return entry.second == *id; });
    state_->calls->ChildDone(ticket, key, Code::kOk, "{}");
  });
  state_->due.emplace(at, *id);
  record.timers[key] = *id;
}

void PluginDriver::ServeSpawn(DrivenCall::Record& record, const std::string& key, const Json& input) {
  Ticket ticket = record.ticket;
  record.processes[key] =
      state_->spawner.Start(input, spawn_cwd.empty() ? std::filesystem::current_path() : spawn_cwd,
                            [this, ticket, key](Result<Json> result) {
                              if (result.ok())
                                state_->calls->ChildDone(ticket, key, Code::kOk, Dump(*result));
                              else
                                state_->calls->ChildDone(ticket, key, result.status().code(),
                                                         Dump({{"message", result.status().message()}}));
                            });
}

void PluginDriver::DropServed(DrivenCall::Record& record, const std::string& key) {
  if (auto process = record.processes.find(key); process != record.processes.end())
    state_->spawner.Cancel(process->second);
  auto timer = record.timers.find(key);
  if (timer == record.timers.end()) return;
  state_->loop.Cancel(timer->second);
  std::erase_if(state_->due, [&](const auto& entry) { return entry.second == timer->second; });
  record.timers.erase(timer);
}

// ---- DrivenCall ----

Outcome DrivenCall::Wait() {
  if (!driver_->state_->RunUntil([this] { return record_->completed; })) FAIL("the call did not complete");
  return record_->outcome;
}

ChildCall DrivenCall::NextChild() {
  auto has_child = [this] { return record_->next_child < record_->children.size(); };
  driver_->state_->RunUntil([&] { return has_child() || record_->completed; });
  if (!has_child())
    FAIL("the call made no further child call"
         << (record_->completed ? "; it completed with " + record_->outcome.json : ""));
  return record_->children[record_->next_child++];
}

Emitted DrivenCall::NextEmit() {
  driver_->state_->RunUntil([this] { return !record_->emits.empty() || record_->completed; });
  if (record_->emits.empty())
    FAIL("the call emitted nothing further"
         << (record_->completed ? "; it completed with " + record_->outcome.json : ""));
  Emitted emitted = std::move(record_->emits.front());
  record_->emits.pop_front();
  return emitted;
}

bool DrivenCall::HasEmit() {
  driver_->state_->loop.RunReady();
  return !record_->emits.empty();
}

bool DrivenCall::completed() {
  driver_->state_->loop.RunReady();
  return record_->completed;
}

void DrivenCall::Answer(const std::string& key, const Json& result) {
  driver_->state_->calls->ChildDone(record_->ticket, key, Code::kOk, Dump(result));
}

void DrivenCall::Fail(const std::string& key, Code code, const std::string& message) {
  driver_->state_->calls->ChildDone(record_->ticket, key, code, Dump({{"message", message}}));
}

void DrivenCall::Cancel(Code reason) {
  driver_->state_->calls->Cancel(record_->ticket, reason);
}

Json DrivenCall::result() {
  Outcome outcome = Wait();
  INFO("outcome: " << outcome.json);
  REQUIRE(outcome.code == Code::kOk);
  return Json::parse(outcome.json);
}

const std::vector<ChildCall>& DrivenCall::children() const {
  return record_->children;
}

bool DrivenCall::abandoned() const {
  return record_->abandoned;
}

// ---- PluginDriver ----

PluginDriver::PluginDriver(plugin::Kind kind, const std::string& type, const Json& settings,
                           const std::filesystem::path& plugins_dir)
    : state_(std::make_unique<State>(*this, plugins_dir)) {
  for (const plugin::PluginEntry& entry : state_->catalog.entries())
    if (entry.state == plugin::PluginState::kRefused)
      UNSCOPED_INFO(entry.file.string() << ": " << entry.reason);
  auto instance = state_->calls->Open(kind, type, settings);
  if (!instance.ok()) throw std::runtime_error(instance.status().message());
  state_->instance = *instance;
}

PluginDriver::~PluginDriver() {
  state_->calls.reset();
}

DrivenCall PluginDriver::Start(std::uint32_t verb, const Json& input, plugin::CallInfo info) {
  info.verb = verb;
  auto record = std::make_shared<DrivenCall::Record>(*this);
  record->ticket =
      state_->calls->Start(state_->instance, std::move(info), Dump(input), record, state_->context);
  return {*this, record};
}

DrivenCall PluginDriver::RunStep(const Json& params, const Json& extra) {
  Json input = {{"params", params},
                {"run", "run-1"},
                {"step", "step@1"},
                {"task",
                 {{"id", "task-1"},
                  {"title", "A task"},
                  {"description", ""},
                  {"type", "feature"},
                  {"labels", Json::array()},
                  {"status", "open"}}},
                {"project", {{"id", "project-1"}, {"name", "Project"}}}};
  input.update(extra);
  return Start(MAMC_STEP_RUN, input);
}

Outcome PluginDriver::Run(std::uint32_t verb, const Json& input) {
  return Start(verb, input).Wait();
}

ManualLoop& PluginDriver::loop() {
  return state_->loop;
}
plugin::Calls& PluginDriver::calls() {
  return *state_->calls;
}

}  // namespace mamc::test

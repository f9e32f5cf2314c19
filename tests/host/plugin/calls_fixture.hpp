// A host with the fixtures calls_a and calls_b, and observers that remember what they were told.
#pragma once
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../../fixtures/plugins/calls_probe.hpp"
#include "fixture_tree.hpp"
#include "mamc/base/json.hpp"
#include "mamc/base/log.hpp"
#include "mamc/plugin/calls.hpp"
#include "mamc/step.h"
#include "support/manual_loop.hpp"

namespace mamc::plugin {

struct Seen final : CallObserver {
  void OnComplete(Ticket, Outcome its_outcome, bool its_abandoned) override {
    ++completions;
    outcome = std::move(its_outcome);
    abandoned = its_abandoned;
    if (on_complete) on_complete();
  }
  void OnEmit(Ticket, std::string, std::string json) override {
    REQUIRE(completions == 0);
    emits.push_back(std::move(json));
  }
  void OnChildCall(Ticket ticket, std::string key, std::string, std::string input) override {
    if (on_child) return on_child(ticket, key);
    children.push_back(std::move(key));
    inputs.push_back(std::move(input));
  }
  void OnCancelChild(Ticket, std::string key) override {
    REQUIRE(completions == 0);
    cancelled_children.push_back(std::move(key));
  }

  int completions = 0;
  bool abandoned = false;
  Outcome outcome;
  std::vector<std::string> emits, children, inputs, cancelled_children;
  std::function<void()> on_complete;
  std::function<void(Ticket, const std::string&)> on_child;
};

// The lines that the host logs while it lives.
class LogLines {
 public:
  LogLines() {
    CaptureLog([](void* self, std::string_view line) { static_cast<LogLines*>(self)->Add(line); }, this);
  }
  ~LogLines() { CaptureLog(nullptr, nullptr); }
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;
  bool Contain(std::string_view text) {
    std::lock_guard lock(mutex_);
    for (const auto& line : lines_)
      if (line.find(text) != std::string::npos) return true;
    return false;
  }

 private:
  void Add(std::string_view line) {
    std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  }
  std::mutex mutex_;
  std::vector<std::string> lines_;  // protected by mutex_
};

class CallsHost {
 public:
  const bool glass_wall;

 private:
  FixtureTree tree_;
  Catalog catalog_;

 public:
  // The same without letting the loop run.
  bool WaitForNoteAlone(const std::string& note, long times = 1) {
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    while (probe.Count(note) < times && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return probe.Count(note) >= times;
  }

  CallsProbe probe;
  test::ManualLoop loop;
  std::unique_ptr<Calls> calls;

  explicit CallsHost(bool behind_wall = false) : glass_wall(behind_wall), catalog_(OptionsFor(tree_)) {
    for (const PluginEntry& entry : (catalog_.Scan(), catalog_.entries())) {
      INFO(entry.reason);
      REQUIRE(entry.state == PluginState::kActive);
    }
    calls = std::make_unique<Calls>(loop, catalog_, CallsOptions{.glass_wall = behind_wall});
  }

  std::shared_ptr<Instance> Open(const std::string& type, const Json& settings = Json::object()) {
    auto instance = calls->Open(Kind::kStep, type, settings);
    INFO(instance.status().message());
    REQUIRE(instance.ok());
    return *instance;
  }

  // Starts a call of a fresh observer; the probe's address is added to the parameters.
  struct Running {
    Ticket ticket;
    std::shared_ptr<Seen> seen;
  };
  Running Start(const std::string& type, Json params, CallInfo info = {},
                std::shared_ptr<CallContext> context = nullptr) {
    return Start(Open(type), std::move(params), std::move(info), std::move(context));
  }
  Running Start(const std::shared_ptr<Instance>& instance, Json params, CallInfo info = {},
                std::shared_ptr<CallContext> context = nullptr) {
    params["probe"] = probe.address();
    info.verb = MAMC_STEP_RUN;
    auto seen = std::make_shared<Seen>();
    Ticket ticket = calls->Start(instance, std::move(info), Dump({{"params", std::move(params)}}), seen,
                                 std::move(context));
    return {ticket, seen};
  }
  // Runs the loop until the call has ended.
  Outcome End(const Running& running) {
    REQUIRE(loop.RunUntil([&] { return running.seen->completions > 0; }));
    return running.seen->outcome;
  }
  bool WaitForNote(const std::string& note, long times = 1) {
    return loop.RunUntil([&] { return probe.Count(note) >= times; });
  }

 private:
  static CatalogOptions OptionsFor(const FixtureTree& tree) {
    tree.Add("calls_a", "calls-a");
    tree.Add("calls_b", "calls-b");
    CatalogOptions options;
    options.dirs.push_back(tree.dir());
    return options;
  }
};

}  // namespace mamc::plugin

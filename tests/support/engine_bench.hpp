// An engine with everything around it, in one process and on a clock that stands still: the plugins of the
// build and those of engine-bench, a journal in a folder of the test's, personas and a board that the test
// plays. Destroying a bench is a crash: nobody is told. A new one over the same folder finds what the journal
// has kept.
#pragma once
#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/engine/engine.hpp"
#include "support/manual_loop.hpp"
#include "support/temp_dir.hpp"

namespace mamc::test {

// Plays a child service. Lives longer than the benches it is added to, so that a test sees what was asked of
// it before and after a crash.
class ScriptedService : public engine::Service {
 public:
  struct Asked {
    std::string path, key;
    Json input;
    bool reattached;
  };
  struct Answer {
    Code code = Code::kOk;
    Json json;
  };
  // What the call comes to; no value: it stays open.
  std::function<std::optional<Answer>(const Asked&)> answer = [](const Asked&) {
    return Answer{Code::kOk, Json::object()};
  };
  std::vector<Asked> asked;
  std::vector<std::string> cancelled;  // keys
  std::vector<std::shared_ptr<engine::ServiceCall>> open;
  workflow::Access access = workflow::Access::kNone;

  workflow::Access AccessOf(const engine::ServiceCall&) const override { return access; }
  void Start(std::shared_ptr<engine::ServiceCall> call) override;
  void Cancel(const std::shared_ptr<engine::ServiceCall>& call) override;
};

// Personas that answer what the test has prepared for "persona/intent": one after the other, the last again
// and again.
class ScriptedPersonas : public ScriptedService {
 public:
  ScriptedPersonas();
  void Say(const std::string& persona_and_intent, std::vector<Json> answers);
  // "persona/intent" of every call that was not a repetition after a crash.
  std::vector<std::string> calls() const;

 private:
  std::map<std::string, std::pair<std::size_t, std::vector<Json>>> script_;
};

struct BenchOptions {
  std::int64_t start_ms = 0;  // where the clock stands, from the beginning of the first bench
  std::string repo;
  std::string project_base;
  std::map<std::string, std::string> workflows;  // sub-workflows: name -> text
  std::map<std::string, std::string> personas;   // over the usual ones: id -> text
  std::shared_ptr<ScriptedPersonas> scripted;    // null: no service persona.request
  std::shared_ptr<ScriptedService> board;        // null: no service board
  std::function<void(engine::EngineOptions&)> change;
};

class EngineBench {
 public:
  explicit EngineBench(const TempDir& dir, BenchOptions options = {});
  ~EngineBench();

  // Starts a run of this workflow and waits for its end.
  engine::RunResult Run(const std::string& workflow, engine::RunSpec spec = {});
  std::string Start(const std::string& workflow, engine::RunSpec spec = {});
  // Goes on with a recorded run.
  std::string Resume(const std::string& run, bool reopen = false);
  engine::RunResult Wait(const std::string& run);
  bool ended(const std::string& run) const { return results.count(run) > 0; }
  // Until `done` holds, in real time; the clock stands still.
  void Until(const std::function<bool()>& done);
  void Advance(std::int64_t ms) { loop.Advance(Milliseconds(ms)); }
  std::int64_t now_ms() const { return loop.clock().Monotonic().count(); }
  // "step-started plan@1" of every event so far.
  std::vector<std::string> Events(const std::string& kind = "") const;
  engine::RunSpec Spec(const std::string& workflow, engine::RunSpec spec = {}) const;

  ManualLoop loop;
  BenchOptions options;
  std::unique_ptr<plugin::Catalog> catalog;
  std::unique_ptr<workflow::Names> names;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<plugin::Calls> calls;
  std::unique_ptr<engine::Engine> engine;
  std::map<std::string, engine::RunResult> results;
  std::vector<engine::RunEvent> events;
};

// The lines of a file, none when there is no file.
std::vector<std::string> LinesOf(const std::filesystem::path& file);

}  // namespace mamc::test

// One run while it is in this process: its definitions, its state, its place in the journal, and the frame of
// its steps.
#pragma once
#include <memory>
#include <string>

#include "definitions.hpp"
#include "engine_state.hpp"
#include "holds.hpp"
#include "replay.hpp"
#include "state_store.hpp"
#include "workspace.hpp"

namespace mamc::engine {

class Frame;

// What steps of one (sub-)workflow share. A sub-workflow has a state of its own.
struct Environment {
  std::shared_ptr<StateStore> state;
  Json variables = Json::object();
  std::vector<std::string> workflows;  // names of the sub-workflows around, outermost first
};

// Why something failed, for the step above and for the board.
struct Failure {
  Code code = Code::kFailed;
  std::string message;
  Json details;
  std::string path;  // of the step it began with
};

class Run final : public RunView, public std::enable_shared_from_this<Run> {
 public:
  Run(Engine::State& engine, RunSpec spec, std::shared_ptr<const Definitions> definitions, Engine::Done done);
  ~Run() override;

  void Start();
  // Goes on from what another process has recorded, or this one before the run ended.
  void GoOn(Replay replay);
  void Cancel(const std::string& reason);
  void Guard(std::function<bool()> may_go_on) { may_go_on_ = std::move(may_go_on); }
  // Stops it as the end of the host would, and tells `done`.
  void Park();
  // The host ends: nothing more of it is recorded, and `done` is not called.
  void Leave();

  // ---- RunView ----
  const RunSpec& spec() const override { return spec_; }
  std::string commit() const override { return workspace_.commit(); }
  bool dirty() const override { return workspace_.dirty(); }
  std::string ContextSummary() const override;
  std::shared_ptr<const workflow::Persona> FindPersona(const std::string& name) const override;
  void WithCommits(std::function<void(Result<RunCommits>)> done) override;
  void WithChange(std::size_t max_bytes, std::function<void(Result<Json>)> done) override;
  std::string workspace_path() const override { return workspace_.path(); }
  void Emit(RunEvent event) override;
  // Asked before anything of it leaves the host; parks it when that may not be.
  bool MayGoOn() override;

  // ---- for frames and activations ----
  // Returns the record's number; 0 when the run is parked, and nothing is recorded.
  std::int64_t Record(journal::RecordKind kind, const std::string& path, const std::string& key,
                      const Json& body);
  Engine::State& engine() { return engine_; }
  const Definitions& definitions() const { return *definitions_; }
  const Replay& replay() const { return replay_; }
  bool resumed() const { return resumed_; }
  Holds& holds() { return holds_; }
  RunWorkspace& workspace() { return workspace_; }
  bool cancelled() const { return cancelled_; }
  // For ${context.summary} where no scan of this run has set it; warns once when there is nothing.
  std::string PulledSummary() const;
  // When everything it calls has to have ended; 0: never.
  void LimitTime(std::int64_t deadline_unix_ms) { deadline_unix_ms_ = deadline_unix_ms; }
  std::int64_t deadline_unix_ms() const { return deadline_unix_ms_; }
  // Names what is done at `place` (a step path, or a child call below one) for those outside who must not do
  // it twice.
  std::string OpId(const std::string& place) const;
  // A fresh state with what the journal has of it.
  std::shared_ptr<StateStore> StateOf(const std::string& prefix) const;
  // Lets go of everything without a word, as when the host is taken apart.
  void Dismantle();
  // The members of a step's input that are equal for all its steps, as JSON text without braces.
  const std::string& common_input() const { return common_input_; }

 private:
  void Begin();
  std::string DeathsText() const;
  void StartRoot();
  void RootEnded(Json steps, std::shared_ptr<Failure> failure);
  void RunFailureSteps(Json steps, std::shared_ptr<Failure> failure);
  void End(Json steps, std::shared_ptr<Failure> failure);
  void Report(RunResult result);
  void Part(RunResult result);

  Engine::State& engine_;
  RunSpec spec_;
  std::shared_ptr<const Definitions> definitions_;
  Engine::Done done_;
  Replay replay_;
  Holds holds_;
  RunWorkspace workspace_;
  std::shared_ptr<Environment> environment_;
  std::shared_ptr<Frame> root_;
  mutable bool warned_of_no_summary_ = false;
  std::string common_input_;
  std::string cancel_reason_;
  std::function<bool()> may_go_on_;  // null: it may
  bool cancelled_ = false;
  bool parked_ = false;
  bool resumed_ = false;
  std::int64_t deadline_unix_ms_ = 0;
};

}  // namespace mamc::engine

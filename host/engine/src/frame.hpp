// One list of steps being run as a graph: a step starts when its dependencies are settled; those that are
// ready run together.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "run_state.hpp"

namespace mamc::engine {

class Activation;

enum class StepStatus { kWaiting, kRunning, kDone, kFailed, kSkipped, kNotRun };
std::string_view StepStatusName(StepStatus status);

class Frame final : public std::enable_shared_from_this<Frame> {
 public:
  // The end: null when every step is settled and no failure was left unhandled.
  using Done = std::function<void(std::shared_ptr<Failure>)>;

  // `prefix` is what step paths of this frame begin with ("" or "check@1/then/"). `outer` gives names that
  // this frame does not have; null for the outermost. `caller_timeout` and `caller_retries` are those of the
  // step that runs this frame.
  Frame(std::shared_ptr<Run> run, std::shared_ptr<Environment> environment, workflow::StepList steps,
        std::string prefix, std::shared_ptr<Frame> outer, Done done);
  ~Frame();

  void Start();
  // Running steps are asked to stop, waiting ones do not start; Done follows when all have stopped.
  void Cancel();
  // Lets go of its steps without a word.
  void Dismantle();

  // A member of the settled or running step `id`: status, result, error, outputs; null when there is none.
  // Looks outward.
  Json StepValue(const std::string& id, const std::string& member) const;
  // id -> {status, result?, error?} of every step.
  Json Summary() const;

  Run& run() { return *run_; }
  const std::shared_ptr<Run>& shared_run() const { return run_; }
  const std::shared_ptr<Environment>& environment() const { return environment_; }
  const std::string& prefix() const { return prefix_; }
  bool cancelled() const { return cancelled_; }

 private:
  friend class Activation;
  struct Node {
    std::shared_ptr<const workflow::StepDef> def;
    std::vector<std::size_t> dependents;
    std::size_t waiting_for = 0;
    StepStatus status = StepStatus::kWaiting;
    int attempt = 0;
    bool handled = false;  // failed, and on_failure took care of it
    Json result;
    Json outputs = Json::object();
    std::shared_ptr<Failure> failure;
    std::shared_ptr<Activation> active;
    std::shared_ptr<Frame> handler;
    TimerId retry_timer = 0;
  };

  void Pump();
  void StartStep(std::size_t at);
  bool ConditionHolds(Node& node);
  void StartAttempt(std::size_t at);
  // Called by the activation, from the loop.
  void AttemptEnded(std::size_t at, std::shared_ptr<Failure> failure, Json result, Json outputs);
  bool ScheduleRetry(std::size_t at, const Failure& failure);
  void HandleFailure(std::size_t at);
  void Settle(std::size_t at, StepStatus status);
  void ReleaseDependents(std::size_t at);
  void SkipUnreachable(std::size_t at);
  void FinishIfSettled();
  std::string PathOf(const Node& node) const;

  std::shared_ptr<Run> run_;
  std::shared_ptr<Environment> environment_;
  std::string prefix_;
  std::shared_ptr<Frame> outer_;
  Done done_;
  std::vector<Node> nodes_;
  std::unordered_map<std::string, std::size_t> index_;
  std::deque<std::size_t> ready_;
  std::size_t unsettled_ = 0;
  std::shared_ptr<Failure> first_failure_;
  bool pumping_ = false;
  bool cancelled_ = false;
};

}  // namespace mamc::engine

#include "frame.hpp"

#include "activation.hpp"
#include "scope.hpp"

namespace mamc::engine {
namespace {

std::string Underscored(std::string_view id) {
  std::string key(id);
  for (char& c : key)
    if (c == '-') c = '_';
  return key;
}

}  // namespace

std::string_view StepStatusName(StepStatus status) {
  switch (status) {
    case StepStatus::kWaiting:
      return "waiting";
    case StepStatus::kRunning:
      return "running";
    case StepStatus::kDone:
      return "done";
    case StepStatus::kFailed:
      return "failed";
    case StepStatus::kSkipped:
      return "skipped";
    case StepStatus::kNotRun:
      return "not run";
  }
  return "waiting";
}

Frame::Frame(std::shared_ptr<Run> run, std::shared_ptr<Environment> environment, workflow::StepList steps,
             std::string prefix, std::shared_ptr<Frame> outer, Done done)
    : run_(std::move(run)),
      environment_(std::move(environment)),
      prefix_(std::move(prefix)),
      outer_(std::move(outer)),
      done_(std::move(done)) {
  nodes_.resize(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    nodes_[i].def = std::move(steps[i]);
    index_[nodes_[i].def->id] = i;
    // As the spec writes step ids in state keys: qa_loop_result for qa-loop.
    index_.emplace(Underscored(nodes_[i].def->id), i);
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    for (const std::string& dependency : nodes_[i].def->dependencies) {
      auto it = index_.find(dependency);
      if (it == index_.end()) continue;  // a single step taken out of its list
      nodes_[it->second].dependents.push_back(i);
      ++nodes_[i].waiting_for;
    }
  unsettled_ = nodes_.size();
}

Frame::~Frame() = default;

void Frame::Start() {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i].waiting_for == 0) ready_.push_back(i);
  if (nodes_.empty()) return FinishIfSettled();
  Pump();
}

// Starting a step may settle it at once (skipped, recorded) and make others ready, so the queue is worked off
// in one place and a long chain needs no deep stack.
void Frame::Pump() {
  if (pumping_) return;
  auto keep = shared_from_this();
  pumping_ = true;
  while (!ready_.empty()) {
    std::size_t at = ready_.front();
    ready_.pop_front();
    if (cancelled_)
      Settle(at, StepStatus::kNotRun);
    else
      StartStep(at);
  }
  pumping_ = false;
  FinishIfSettled();
}

std::string Frame::PathOf(const Node& node) const {
  return prefix_ + node.def->id + "@" + std::to_string(node.attempt);
}

void Frame::StartStep(std::size_t at) {
  Node& node = nodes_[at];
  node.attempt = 1;
  if (ConditionHolds(node)) return StartAttempt(at);
  Settle(at, StepStatus::kSkipped);
}

// A condition is decided once: a resumed run must not decide it again on a state that has moved on.
bool Frame::ConditionHolds(Node& node) {
  const RecordedStep* recorded = run_->replay().Find(PathOf(node));
  if (recorded != nullptr) return !recorded->skipped;
  if (!node.def->condition) return true;
  StepScope scope(*run_, *environment_, this, environment_->state->version());
  if (workflow::Expression::Truthy(node.def->condition->Evaluate(scope))) return true;
  run_->Record(journal::RecordKind::kSkip, PathOf(node), "", Json::object());
  run_->Emit({run_->spec().id, "step-skipped", PathOf(node), node.def->name});
  return false;
}

void Frame::StartAttempt(std::size_t at) {
  Node& node = nodes_[at];
  node.status = StepStatus::kRunning;
  node.active = std::make_shared<Activation>(shared_from_this(), at, node.def, PathOf(node), node.attempt);
  auto active = node.active;
  active->Start();
}

void Frame::AttemptEnded(std::size_t at, std::shared_ptr<Failure> failure, Json result, Json outputs) {
  Node& node = nodes_[at];
  node.active.reset();
  node.failure = failure;
  node.result = std::move(result);
  node.outputs = std::move(outputs);
  if (failure == nullptr)
    Settle(at, StepStatus::kDone);
  else if (cancelled_)
    Settle(at, StepStatus::kFailed);
  else if (!ScheduleRetry(at, *failure))
    HandleFailure(at);
  Pump();
}

// Persona requests retry inside their service; a composite step's `retries` are theirs. Other steps retry
// here.
bool Frame::ScheduleRetry(std::size_t at, const Failure& failure) {
  Node& node = nodes_[at];
  bool hopeless = failure.code == Code::kInvalid || failure.code == Code::kInternal ||
                  failure.code == Code::kConflict || failure.code == Code::kPermission ||
                  failure.code == Code::kCancelled;
  auto type = run_->engine().FindType(node.def->type, node.def->range);
  bool composite = type.ok() && (*type)->manifest->composite;
  if (hopeless || composite || node.attempt > node.def->retries.value_or(0)) return false;
  ++node.attempt;
  Milliseconds delay = run_->engine().options.retry_backoff * (node.attempt - 1);
  // After a crash the back-off goes on; a recorded next attempt has waited already.
  const RecordedStep* failed =
      run_->replay().Find(prefix_ + node.def->id + "@" + std::to_string(node.attempt - 1));
  if (failed != nullptr && failed->receipt)
    delay = std::max(Milliseconds(0),
                     delay - Milliseconds(run_->engine().loop.clock().UnixMs() - failed->receipt_ms));
  const bool begun_before = run_->replay().Find(PathOf(node)) != nullptr;
  if (begun_before)
    delay = Milliseconds(0);
  else
    run_->Emit({run_->spec().id, "step-retry", PathOf(node), failure.message, {{"delay_ms", delay.count()}}});
  node.retry_timer = run_->engine().loop.After(delay, [self = shared_from_this(), at] {
    self->nodes_[at].retry_timer = 0;
    self->StartAttempt(at);
  });
  return true;
}

void Frame::HandleFailure(std::size_t at) {
  Node& node = nodes_[at];
  if (node.def->continue_on_failure) {
    node.handled = true;
    return Settle(at, StepStatus::kFailed);
  }
  if (node.def->on_failure.empty()) return Settle(at, StepStatus::kFailed);
  node.handler =
      std::make_shared<Frame>(run_, environment_, node.def->on_failure, PathOf(node) + "/on_failure/",
                              shared_from_this(), [this, at](std::shared_ptr<Failure> failure) {
                                nodes_[at].handled = failure == nullptr;
                                nodes_[at].handler.reset();
                                Settle(at, StepStatus::kFailed);
                                Pump();
                              });
  auto handler = node.handler;
  handler->Start();
}

void Frame::Settle(std::size_t at, StepStatus status) {
  Node& node = nodes_[at];
  node.status = status;
  --unsettled_;
  bool lets_on = status == StepStatus::kDone || status == StepStatus::kSkipped ||
                 (status == StepStatus::kFailed && node.handled);
  if (status == StepStatus::kFailed && !node.handled && first_failure_ == nullptr)
    first_failure_ = node.failure;
  if (lets_on)
    ReleaseDependents(at);
  else
    SkipUnreachable(at);
}

void Frame::ReleaseDependents(std::size_t at) {
  for (std::size_t dependent : nodes_[at].dependents)
    if (--nodes_[dependent].waiting_for == 0 && nodes_[dependent].status == StepStatus::kWaiting)
      ready_.push_back(dependent);
}

// What depends on a failed step, directly or not, never runs.
void Frame::SkipUnreachable(std::size_t at) {
  std::vector<std::size_t> unreachable = nodes_[at].dependents;
  while (!unreachable.empty()) {
    Node& node = nodes_[unreachable.back()];
    unreachable.pop_back();
    if (node.status != StepStatus::kWaiting) continue;
    node.status = StepStatus::kNotRun;
    --unsettled_;
    unreachable.insert(unreachable.end(), node.dependents.begin(), node.dependents.end());
  }
}

void Frame::FinishIfSettled() {
  if (unsettled_ > 0 || !done_) return;
  auto keep = shared_from_this();
  Done done = std::move(done_);
  done_ = nullptr;
  if (first_failure_ == nullptr && cancelled_)
    first_failure_ = std::make_shared<Failure>(Failure{Code::kCancelled, "cancelled", {}, prefix_});
  done(first_failure_);
}

void Frame::Cancel() {
  if (cancelled_) return;
  cancelled_ = true;
  auto keep = shared_from_this();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    if (node.active) {
      auto active = node.active;
      active->Cancel(Code::kCancelled);
    } else if (node.handler) {
      auto handler = node.handler;
      handler->Cancel();
    } else if (node.retry_timer != 0) {
      run_->engine().loop.Cancel(node.retry_timer);
      node.retry_timer = 0;
      Settle(i, StepStatus::kFailed);
    } else if (node.status == StepStatus::kWaiting) {
      node.status = StepStatus::kNotRun;
      --unsettled_;
    }
  }
  ready_.clear();
  FinishIfSettled();
}

void Frame::Dismantle() {
  auto keep = shared_from_this();
  cancelled_ = true;
  done_ = nullptr;
  ready_.clear();
  for (Node& node : nodes_) {
    if (auto active = std::move(node.active)) active->Dismantle();
    if (auto handler = std::move(node.handler)) handler->Dismantle();
  }
}

Json Frame::StepValue(const std::string& id, const std::string& member) const {
  auto it = index_.find(id);
  if (it == index_.end()) return outer_ == nullptr ? Json() : outer_->StepValue(id, member);
  const Node& node = nodes_[it->second];
  if (member == "status") return StepStatusName(node.status);
  if (member == "result") return node.result;
  if (member == "outputs") return node.outputs;
  if (member == "error" && node.failure) return node.failure->message;
  return {};
}

Json Frame::Summary() const {
  Json summary = Json::object();
  for (const Node& node : nodes_) {
    Json& step = summary[node.def->id];
    step["status"] = StepStatusName(node.status);
    if (!node.result.is_null()) step["result"] = node.result;
    if (node.failure) step["error"] = node.failure->message;
  }
  return summary;
}

}  // namespace mamc::engine

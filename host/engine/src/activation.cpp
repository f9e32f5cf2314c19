#include "activation.hpp"

#include <mamc/step.h>

#include "call_context.hpp"
#include "scope.hpp"

namespace mamc::engine {

using journal::RecordKind;

Activation::Activation(std::shared_ptr<Frame> frame, std::size_t at,
                       std::shared_ptr<const workflow::StepDef> def, std::string path, int attempt)
    : frame_(std::move(frame)),
      at_(at),
      def_(std::move(def)),
      path_(std::move(path)),
      attempt_(attempt),
      run_(frame_->run()),
      engine_(run_.engine()) {}

Activation::~Activation() = default;

void Activation::Start() {
  recorded_ = run_.replay().Find(path_);
  if (recorded_ != nullptr && recorded_->receipt) return TakeReceipt(*recorded_->receipt);
  if (EndsHosts()) return;
  auto type = engine_.FindType(def_->type, def_->range);
  if (!type.ok()) return Fail(type.status().code(), type.status().message());
  type_ = *type;
  run_.Emit({run_.spec().id, "step-started", path_, def_->name, {{"type", def_->type}}});
  plugin::Access access = type_->manifest->access;
  if (access != plugin::Access::kRead && access != plugin::Access::kWrite)
    return WantsPulledSummary() ? BeginWithSummary() : Begin(nullptr);
  // Granted at once or later: from the loop either way, so that the id is known first.
  auto granted = [self = shared_from_this()] { self->engine_.loop.Post([self] { self->OnHold(); }); };
  auto hold = run_.holds().Acquire(
      path_, access == plugin::Access::kWrite ? workflow::Access::kWrite : workflow::Access::kRead,
      std::move(granted));
  if (!hold.ok()) return Fail(hold.status().code(), hold.status().message());
  hold_ = *hold;
}

// A step that has ended before: what it came to counts as it was recorded. Its state is there already.
void Activation::TakeReceipt(const Json& receipt) {
  ended_ = true;
  if (GetString(receipt, "status") != "done")
    failure_ =
        std::make_shared<Failure>(Failure{static_cast<Code>(GetInt(receipt, "code", -1)),
                                          GetString(receipt, "error"), GetMember(receipt, "details"), path_});
  frame_->AttemptEnded(at_, failure_, GetMember(receipt, "result"), GetMember(receipt, "outputs"));
}

void Activation::OnHold() {
  if (ended_) return;
  if (cancelled_) return Fail(Code::kCancelled, "cancelled");
  run_.workspace().Ensure([self = shared_from_this()](Result<WorkspaceInfo> ready) {
    if (self->ended_) return;
    if (self->cancelled_) return self->Fail(Code::kCancelled, "cancelled");
    if (!ready.ok()) return self->Fail(ready.status().code(), ready.status().message());
    self->Begin(&*ready);
  });
}

// A step that does without the workspace may still be told of it.
bool Activation::WantsPulledSummary() const {
  bool started_before = recorded_ != nullptr && recorded_->start;
  if (started_before || run_.workspace().used() || run_.spec().repo.empty()) return false;
  auto references = def_->params.References();
  return std::any_of(references.begin(), references.end(), [](const auto& reference) {
    return reference.root == "context" && !reference.path.empty() && reference.path[0] == "summary";
  });
}

void Activation::BeginWithSummary() {
  run_.workspace().Ensure([self = shared_from_this()](Result<WorkspaceInfo> ready) {
    if (self->ended_) return;
    if (self->cancelled_) return self->Fail(Code::kCancelled, "cancelled");
    if (!ready.ok()) return self->Fail(ready.status().code(), ready.status().message());
    self->Begin(nullptr);
  });
}

void Activation::Begin(const WorkspaceInfo* workspace) {
  bool started_before = recorded_ != nullptr && recorded_->start;
  version_ = started_before ? recorded_->start_seq : frame_->environment()->state->version();
  auto params = Params();
  if (!params.ok()) return Fail(params.status().code(), params.status().message());
  params_ = std::move(*params);
  if (!MayStartAfterInterruption()) return;

  info_.verb = MAMC_STEP_RUN;
  info_.attempt = static_cast<std::uint32_t>(attempt_);
  bool composite = type_->manifest->composite;
  bool inline_class = type_->manifest->call_class == plugin::CallClass::kInline;
  started_ms_ = engine_.loop.clock().UnixMs();
  if (started_before) started_ms_ = GetInt(*recorded_->start, "started_ms", started_ms_);
  // A composite must not see what differs after a crash.
  if (!composite && !inline_class) {
    info_.op_id = run_.OpId(path_);
    info_.started_unix_ms = started_ms_;
    info_.resumed = started_before;
  }
  input_ = Input(workspace);
  if (started_before) return CallAgain();
  // An inline step is pure: nothing of it leaves the host, so its receipt alone says all. But it may have
  // ended the host that this run was under way in.
  if (inline_class) return run_.resumed() ? CallAgain() : CallPlugin();
  run_.Record(
      RecordKind::kStart, path_, "",
      {{"type", def_->type}, {"params", params_}, {"op_id", info_.op_id}, {"started_ms", started_ms_}});
  engine_.journal.AfterCommit([self = shared_from_this()] { self->CallPlugin(); });
}

// The step's own or that of the run, whichever is sooner; 0: none.
std::int64_t Activation::Deadline() const {
  std::int64_t of_run = run_.deadline_unix_ms();
  if (!def_->timeout_ms) return of_run;
  std::int64_t own = engine_.loop.clock().UnixMs() + *def_->timeout_ms;
  return of_run == 0 ? own : std::min(own, of_run);
}

// With the lists of steps that the schema has among the parameters.
Json Activation::WithLists(Json params) const {
  const Json lists = ListsInput();
  for (const std::string& name : type_->manifest->params->PropertyNames())
    if (auto list = lists.find(name); list != lists.end()) params[name] = *list;
  return params;
}

// The recorded parameters when the step was started before: the state may have moved on since.
Result<Json> Activation::Params() const {
  if (recorded_ != nullptr && recorded_->start) return GetMember(*recorded_->start, "params");
  StepScope scope(run_, *frame_->environment(), frame_.get(), version_);
  const auto& schema = *type_->manifest->params;
  Json params = schema.WithDefaults(def_->params.Render(scope));
  auto violations = def_->lists.empty() ? schema.Validate(params) : schema.Validate(WithLists(params));
  if (violations.empty()) return params;
  return Invalid(def_->place.ToString() + ": step '" + def_->id +
                 "': " + schema::Describe(violations, "params"));
}

void Activation::CallPlugin() {
  if (ended_) return;
  if (!run_.MayGoOn()) return Fail(Code::kCancelled, "the run is parked");
  if (cancelled_) return Fail(Code::kCancelled, "cancelled");
  auto instance = engine_.InstanceOf(def_->type, *type_);
  if (!instance.ok()) return Fail(instance.status().code(), instance.status().message());
  called_ = true;
  if (!type_->manifest->composite) info_.deadline_unix_ms = Deadline();
  auto context = std::make_shared<StepCallContext>(frame_->environment()->state, version_,
                                                   engine_.options.secret, engine_.options.artifacts_dir);
  ticket_ = engine_.calls.Start(*instance, info_, std::move(input_), shared_from_this(), std::move(context));
  if (type_->manifest->state_params.empty()) params_ = nullptr;  // nothing looks at them any more
}

// Built as text: the members that all steps of a run share are dumped once.
std::string Activation::Input(const WorkspaceInfo* workspace) const {
  std::string input = "{\"params\":" + Dump(params_) + ",\"step\":" + Dump(path_) + run_.common_input();
  if (workspace != nullptr) input += ",\"workspace\":" + Dump(workspace->ToJson());
  if (!def_->lists.empty()) input += ",\"lists\":" + Dump(ListsInput());
  return input + "}";
}

Json Activation::ListsInput() const {
  Json lists = Json::object();
  for (const auto& [name, steps] : def_->lists) {
    lists[name] = Json::array();
    for (const auto& step : steps) lists[name].push_back({{"id", step->id}, {"name", step->name}});
  }
  return lists;
}

void Activation::OnEmit(plugin::Ticket, std::string kind, std::string json) {
  auto fields = ParseJson(json);
  run_.Emit({run_.spec().id, "step-" + kind, path_, "", fields.ok() ? *fields : Json::object()});
}

void Activation::OnComplete(plugin::Ticket, plugin::Outcome outcome, bool abandoned) {
  if (completed_) return;
  completed_ = true;
  // Who did not stop when it was told to may have ended well; what it did meanwhile does not count.
  const bool late = outcome.late;
  if (late) outcome = {Code::kTimeout, Dump(ErrorJson("it ended after that, which does not count"))};
  if ((abandoned || late) && type_->manifest->access == plugin::Access::kWrite) {
    left_behind_ = true;
    run_.workspace().Retire();
  }
  if (outcome.code < Code::kOk) {
    auto details = ParseJson(outcome.json);
    if (!cancelled_) CheckAllReplayed();
    const bool out_of_time = late || RanOutOfTime(outcome.code);
    if (!failure_)
      failure_ =
          std::make_shared<Failure>(Failure{out_of_time ? Code::kTimeout : outcome.code,
                                            (out_of_time ? TimeoutText() + ": " : "") + outcome.Message(),
                                            details.ok() ? *details : Json(), path_});
  } else if (auto result = ParseJson(outcome.json); result.ok()) {
    result_ = std::move(*result);
    CheckAllReplayed();
  } else if (!failure_) {
    failure_ = std::make_shared<Failure>(Failure{Code::kInternal, result.status().message(), {}, path_});
  }
  std::vector<std::string> open;
  for (const auto& [key, child] : children_) open.push_back(key);
  for (const std::string& key : open) StopChild(key);
  Conclude();
}

// A plugin that stops as it is told may only know that it was stopped.
bool Activation::RanOutOfTime(Code code) const {
  if (cancelled_ || info_.deadline_unix_ms == 0) return false;
  return (code == Code::kTimeout || code == Code::kCancelled) &&
         engine_.loop.clock().UnixMs() >= info_.deadline_unix_ms;
}

std::string Activation::TimeoutText() const {
  const std::string whose = def_->timeout_ms ? "its timeout of " + std::to_string(*def_->timeout_ms) + " ms"
                                             : "the time of its run";
  return "step " + path_ + " (" + def_->type + ") did not end within " + whose;
}

// A leaf may need fewer questions the second time.
void Activation::CheckAllReplayed() {
  bool all_replayed =
      !type_->manifest->composite || recorded_ == nullptr ||
      (calls_made_ >= recorded_->children.size() && receipts_delivered_ >= recorded_->receipts.size());
  if (!all_replayed && !failure_)
    NotDeterministic("it completed before it made every call it had made before");
}

void Activation::NotDeterministic(const std::string& what) {
  failure_ = std::make_shared<Failure>(
      Failure{Code::kInternal,
              "step " + path_ + " (" + def_->type + ") is not deterministic: on replay " + what,
              {},
              path_});
}

// Frames, activations, services and timers hold each other; nobody will come to part them.
void Activation::Dismantle() {
  ended_ = completed_ = cancelled_ = true;
  auto children = std::move(children_);
  children_.clear();
  for (auto& [key, child] : children) {
    if (child.frame) child.frame->Dismantle();
    if (child.call) child.call->done = nullptr;
    if (child.call) child.call->record_try = nullptr;
    if (child.call) child.call->service_state.reset();
  }
}

void Activation::Cancel(Code reason) {
  if (cancelled_ || ended_) return;
  cancelled_ = true;
  if (called_ && !completed_) {
    // The parent hears first; its descendants are cancelled after it.
    engine_.calls.Cancel(ticket_, reason);
    std::vector<std::string> open;
    for (const auto& [key, child] : children_) open.push_back(key);
    for (const std::string& key : open) StopChild(key);
    return;
  }
  if (!called_ && (hold_ != 0 || turn_ != 0)) {
    // Waiting for the workspace or its turn: whoever grants it finds the step cancelled; do not wait for
    // that.
    auto self = shared_from_this();
    engine_.loop.Post([self] {
      if (!self->called_) self->Fail(Code::kCancelled, "cancelled");
    });
  }
}

void Activation::Fail(Code code, std::string message, Json details) {
  if (ended_) return;
  completed_ = true;
  failure_ = std::make_shared<Failure>(Failure{code, std::move(message), std::move(details), path_});
  Conclude();
}

// Goes on once the plugin has completed and nothing that it started is left running.
void Activation::Conclude() {
  if (!completed_ || !children_.empty() || ended_) return;
  bool wrote = called_ && !left_behind_ && type_->manifest->access == plugin::Access::kWrite &&
               !type_->manifest->composite;
  if (wrote) return VerifyWorkspace();
  End();
}

void Activation::VerifyWorkspace() {
  run_.workspace().Verify([self = shared_from_this()](Result<WorkspaceInfo> verified) {
    if (verified.ok()) {
      self->commit_ = verified->commit;
      self->tree_ = verified->tree;
    } else if (!self->failure_) {
      self->failure_ = std::make_shared<Failure>(
          Failure{verified.status().code(), verified.status().message(), {}, self->path_});
    }
    self->End();
  });
}

bool Activation::EvaluateOutputs() {
  if (const Json& state = GetMember(result_, "state"); state.is_object()) state_ = state;
  if (!CheckStateKeys(state_)) return false;
  StepScope scope(run_, *frame_->environment(), frame_.get(), frame_->environment()->state->version(),
                  &result_);
  for (const auto& [key, expression] : def_->outputs) outputs_[key] = expression.Evaluate(scope);
  state_.update(outputs_);
  for (const auto& [key, value] : state_.items()) {
    std::string writer = frame_->environment()->state->WriterSince(key, version_);
    if (writer.empty() || writer.starts_with(path_ + "/")) continue;
    failure_ = std::make_shared<Failure>(
        Failure{Code::kConflict,
                "steps " + writer + " and " + path_ + " ran together and both wrote state." + key +
                    "; make one depend on the other, or give them different keys",
                {},
                path_});
    return false;
  }
  return true;
}

bool Activation::CheckStateKeys(const Json& state) {
  for (const auto& [key, value] : state.items()) {
    const auto& declared = type_->manifest->state_keys;
    bool known = std::find(declared.begin(), declared.end(), key) != declared.end();
    for (const std::string& param : type_->manifest->state_params)
      known = known || GetMember(params_, param).contains(key);
    if (known) continue;
    failure_ = std::make_shared<Failure>(
        Failure{Code::kInternal,
                "step type " + def_->type + " wrote state." + key + ", which its manifest does not declare",
                {},
                path_});
    return false;
  }
  return true;
}

std::int64_t Activation::WriteReceipt() {
  Json receipt = {{"status", failure_ ? "failed" : "done"}};
  if (failure_) {
    receipt["code"] = static_cast<int>(failure_->code);
    receipt["error"] = failure_->message;
    if (!failure_->details.is_null()) receipt["details"] = failure_->details;
  }
  if (!result_.is_null()) receipt["result"] = result_;
  if (!outputs_.empty()) receipt["outputs"] = outputs_;
  if (!state_.empty()) receipt["state"] = state_;
  if (!commit_.empty()) {
    receipt["commit"] = commit_;
    receipt["tree"] = tree_;
  }
  return run_.Record(RecordKind::kReceipt, path_, "", receipt);
}

void Activation::End() {
  if (ended_) return;
  auto self = shared_from_this();
  if (!failure_ && !EvaluateOutputs()) state_ = outputs_ = Json::object();
  ended_ = true;
  if (failure_) {
    state_ = Json::object();
    if (result_.is_null() && !failure_->details.is_null()) result_ = failure_->details;
  }
  // A cancelled step leaves no receipt: whoever resumes the run starts it again.
  bool of_no_account = cancelled_ && frame_->cancelled();
  if (!of_no_account) frame_->environment()->state->Write(state_, path_, WriteReceipt());
  // What was told to stop has not failed: who told it so says why.
  const char* stopped = cancelled_ ? "step-cancelled" : "step-failed";
  run_.Emit({run_.spec().id,
             failure_ ? stopped : "step-done",
             path_,
             failure_ ? failure_->message : def_->name,
             {{"type", def_->type}}});
  run_.holds().Release(hold_);
  engine_.suspected.Release(turn_);
  frame_->AttemptEnded(at_, failure_, std::move(result_), std::move(outputs_));
}

}  // namespace mamc::engine

#include "run_state.hpp"

#include "frame.hpp"
#include "scope.hpp"

namespace mamc::engine {

using journal::RecordKind;

Run::Run(Engine::State& engine, RunSpec spec, std::shared_ptr<const Definitions> definitions,
         Engine::Done done)
    : engine_(engine),
      spec_(std::move(spec)),
      definitions_(std::move(definitions)),
      done_(std::move(done)),
      workspace_(engine, *this),
      environment_(std::make_shared<Environment>()) {
  if (definitions_->root) environment_->variables = definitions_->root->variables;
  if (spec_.variables.is_object()) environment_->variables.update(spec_.variables);
  Json common = {{"run", spec_.id},
                 {"task", spec_.task},
                 {"project", spec_.project},
                 {"defaults", engine.options.defaults}};
  std::string text = Dump(common);
  common_input_ = "," + text.substr(1, text.size() - 2);
}

Run::~Run() = default;

void Run::Start() {
  workspace_.Restore(replay_);
  environment_->state = StateOf("");
  // A run that ends its host before it is in the journal would be begun as a new one, again and again.
  engine_.journal.AfterCommit([self = shared_from_this()] { self->Begin(); });
}

void Run::GoOn(Replay replay) {
  replay_ = std::move(replay);
  resumed_ = true;
  workspace_.Restore(replay_);
  environment_->state = StateOf("");
  if (replay_.deaths().OfRun() >= kMostDeathsOfRun)
    return End(Json::object(), std::make_shared<Failure>(Failure{Code::kPermission, DeathsText(), {}, {}}));
  Record(RecordKind::kSignal, "", "", {{"what", kSignalAgain}});
  engine_.journal.AfterCommit([self = shared_from_this()] { self->Begin(); });
}

std::string Run::DeathsText() const {
  std::string under_way;
  for (const std::string& path : replay_.deaths().UnderWay()) {
    const RecordedStep* step = replay_.Find(path);
    std::string type = step != nullptr && step->start ? " (" + GetString(*step->start, "type") + ")" : "";
    under_way += (under_way.empty() ? "" : ", ") + path + type;
  }
  return "the host died " + std::to_string(replay_.deaths().OfRun()) + " times while it went on with run " +
         spec_.id + ", and nothing was recorded in between; " +
         (under_way.empty() ? "no step" : "under way: " + under_way) +
         ". The run is not gone on with. See why the host dies (its log, a core dump), then unblock the task";
}

void Run::Begin() {
  if (!MayGoOn()) return End(Json::object(), nullptr);
  Emit({spec_.id,
        "run-started",
        "",
        definitions_->root ? definitions_->root->name : spec_.work_persona,
        {{"task", GetString(spec_.task, "id")}}});
  StartRoot();
  // Asked to stop before the crash: goes on to its end from there.
  if (replay_.cancelled()) Cancel("cancelled before the host was restarted");
  // Asked to stop before it had begun.
  if (auto root = root_; cancelled_ && root) root->Cancel();
}

void Run::StartRoot() {
  auto persona = spec_.kind == "work" ? definitions_->FindPersona(spec_.work_persona) : nullptr;
  const workflow::StepList& steps = persona ? persona->work : definitions_->root->steps;
  root_ = std::make_shared<Frame>(
      shared_from_this(), environment_, steps, "", nullptr,
      [this](std::shared_ptr<Failure> failure) { RootEnded(root_->Summary(), std::move(failure)); });
  auto root = root_;
  root->Start();
}

void Run::RootEnded(Json steps, std::shared_ptr<Failure> failure) {
  bool handle =
      failure && !cancelled_ && !parked_ && definitions_->root && !definitions_->root->on_failure.empty();
  if (handle) return RunFailureSteps(std::move(steps), std::move(failure));
  End(std::move(steps), std::move(failure));
}

// The workflow's own on_failure: it may tell people or tidy up; the run stays failed.
void Run::RunFailureSteps(Json steps, std::shared_ptr<Failure> failure) {
  auto outer = root_;
  root_ = std::make_shared<Frame>(
      shared_from_this(), environment_, definitions_->root->on_failure, "on_failure/", outer,
      [this, steps = std::move(steps), failure](std::shared_ptr<Failure> second) {
        if (second) Emit({spec_.id, "warning", second->path, "on_failure failed: " + second->message});
        End(steps, failure);
      });
  auto root = root_;
  root->Start();
}

void Run::End(Json steps, std::shared_ptr<Failure> failure) {
  RunResult result;
  result.run = spec_.id;
  if (parked_) {
    result.status = "parked";
    result.code = Code::kCancelled;
    return Part(std::move(result));
  }
  result.status = cancelled_ ? "cancelled" : failure ? "failed" : "done";
  if (failure) {
    result.code = cancelled_ ? Code::kCancelled : failure->code;
    result.error = cancelled_ ? cancel_reason_ : failure->message;
    result.step = failure->path;
    result.details = failure->details;
  }
  result.steps = std::move(steps);
  result.state = environment_->state->Snapshot(environment_->state->version());
  result.commit = workspace_.commit();
  result.tree = workspace_.tree();
  // Failed work is kept for whoever looks at it.
  if (result.status == "failed" && spec_.kind == "task") {
    result.workspace = workspace_.path();
    return Report(std::move(result));
  }
  auto self = shared_from_this();
  workspace_.Remove([self, result = std::move(result)]() mutable { self->Report(std::move(result)); });
}

void Run::Report(RunResult result) {
  Json body = {{"code", static_cast<int>(result.code)},
               {"step", result.step},
               {"details", result.details},
               {"commit", result.commit},
               {"tree", result.tree}};
  // A long run's are large: lent, not copied.
  body["state"] = std::move(result.state);
  body["steps"] = std::move(result.steps);
  engine_.journal.SetRunResult(spec_.id, result.status, result.error, Dump(body));
  result.state = std::move(body["state"]);
  result.steps = std::move(body["steps"]);
  auto self = shared_from_this();
  engine_.journal.AfterCommit(
      [self, result = std::move(result)]() mutable { self->Part(std::move(result)); });
}

void Run::Part(RunResult result) {
  auto self = shared_from_this();
  Emit({spec_.id, "run-ended", "", result.status, {{"error", result.error}}});
  engine_.runs.erase(spec_.id);
  auto done = std::move(done_);
  done_ = nullptr;
  // Frames, and steps that wait for the workspace, hold the run, and the run holds them: part them.
  engine_.loop.Post([self] {
    self->root_.reset();
    self->workspace_.Dismantle();
  });
  if (done) done(std::move(result));
}

std::string Run::OpId(const std::string& place) const {
  int generation = replay_.generation();
  return spec_.id + "/" + place + (generation == 0 ? "" : "#" + std::to_string(generation));
}

std::shared_ptr<StateStore> Run::StateOf(const std::string& prefix) const {
  auto state = std::make_shared<StateStore>();
  for (const RecordedWrite& write : replay_.WritesOf(prefix)) {
    if (write.persona.empty()) {
      state->Write(write.values, write.writer, write.seq);
    } else if (auto persona = FindPersona(write.persona)) {
      state->Write({{PersonaStateKey(persona->id), write.values}}, write.writer, write.seq);
    }
  }
  return state;
}

void Run::Dismantle() {
  done_ = nullptr;
  if (root_) root_->Dismantle();
  root_.reset();
  // Steps that wait for the workspace hold the run that holds their wait.
  holds_ = Holds();
  workspace_.Dismantle();
}

void Run::Cancel(const std::string& reason) {
  if (cancelled_ || parked_) return;
  cancelled_ = true;
  cancel_reason_ = reason;
  Record(RecordKind::kSignal, "", "", {{"what", "cancel"}, {"reason", reason}});
  auto root = root_;
  if (root) root->Cancel();
  workspace_.CancelPreparation();
}

bool Run::MayGoOn() {
  if (!parked_ && may_go_on_ && !may_go_on_()) Park();
  return !parked_;
}

// Not from within: whoever asked is in the midst of something.
void Run::Park() {
  if (parked_) return;
  Record(RecordKind::kSignal, "", "", {{"what", kSignalLeft}});
  parked_ = true;
  engine_.loop.Post([self = shared_from_this()] {
    if (auto root = self->root_) root->Cancel();
    self->workspace_.CancelPreparation();
  });
}

void Run::Leave() {
  Record(RecordKind::kSignal, "", "", {{"what", kSignalLeft}});
  parked_ = true;
  done_ = nullptr;
}

std::string Run::ContextSummary() const {
  Json own = environment_->state->Read("context_summary", environment_->state->version());
  return own.is_string() ? own.get<std::string>() : workspace_.summary();
}

std::string Run::PulledSummary() const {
  if (workspace_.summary().empty() && !warned_of_no_summary_) {
    warned_of_no_summary_ = true;
    engine_.Emit(
        {spec_.id, "warning", "",
         "${context.summary} is empty: no step of this run has scanned the repository, and there is no "
         ".ma/context/summary.md in it; ask the persona context before"});
  }
  return workspace_.summary();
}

std::shared_ptr<const workflow::Persona> Run::FindPersona(const std::string& name) const {
  return definitions_->FindPersona(name);
}

void Run::WithCommits(std::function<void(Result<RunCommits>)> done) {
  workspace_.Ensure([done = std::move(done)](Result<WorkspaceInfo> ready) {
    if (!ready.ok()) return done(ready.status());
    done(RunCommits{ready->commit, ready->base_commit});
  });
}

void Run::WithChange(std::size_t max_bytes, std::function<void(Result<Json>)> done) {
  workspace_.Change(max_bytes, std::move(done));
}

void Run::Emit(RunEvent event) {
  engine_.Emit(std::move(event));
}

std::int64_t Run::Record(RecordKind kind, const std::string& path, const std::string& key, const Json& body) {
  return parked_ ? 0 : engine_.journal.Append(spec_.id, kind, path, key, Dump(body));
}

}  // namespace mamc::engine

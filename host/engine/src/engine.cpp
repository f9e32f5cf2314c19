#include "mamc/engine/engine.hpp"

#include <mamc/workspace.h>

#include "definitions.hpp"
#include "engine_state.hpp"
#include "mamc/base/log.hpp"
#include "mamc/workflow/needs.hpp"
#include "run_state.hpp"

namespace mamc::engine {

using journal::RecordKind;

Result<StepTypeEntry*> Engine::State::FindType(const std::string& id, const std::string& range) {
  std::string key = id + "@" + range;
  if (auto it = types.find(key); it != types.end()) return &it->second;
  auto found = catalog.Find(plugin::Kind::kStep, id, range);
  if (!found.ok()) return found.status();
  return &types.emplace(key, StepTypeEntry{found->type, nullptr}).first->second;
}

Result<std::shared_ptr<plugin::Instance>> Engine::State::InstanceOf(const std::string& id,
                                                                    StepTypeEntry& type) {
  if (type.instance) return type.instance;
  auto settings = options.step_settings.find(id);
  auto opened = calls.Open(plugin::Kind::kStep, id,
                           settings == options.step_settings.end() ? Json::object() : settings->second);
  if (opened.ok()) type.instance = *opened;
  return opened;
}

Result<std::shared_ptr<plugin::Instance>> Engine::State::Workspace() {
  if (workspace) return workspace;
  auto opened = calls.Open(plugin::Kind::kWorkspace, options.workspace_type, options.workspace_settings);
  if (opened.ok()) workspace = *opened;
  return opened;
}

namespace {

LogLevel LevelOf(const std::string& kind) {
  if (kind == "step-failed") return LogLevel::kError;
  if (kind == "step-retry" || kind == "request-retry" || kind == "warning") return LogLevel::kWarn;
  return LogLevel::kInfo;
}

// "step-started" -> "step started"
std::string Spoken(std::string kind) {
  for (char& c : kind)
    if (c == '-') c = ' ';
  return kind;
}

}  // namespace

void Engine::State::Emit(RunEvent event) {
  if (LogLevel level = LevelOf(event.kind); LogIsWanted(level))
    Log(event.kind.starts_with("request") ? "persona" : "engine", level, Spoken(event.kind),
        {{"run", event.run},
         {"step", event.path},
         {"text", event.text},
         {"more", event.fields.empty() ? "" : Dump(event.fields)}});
  if (options.on_event) options.on_event(event);
}

Engine::Engine(Loop& loop, plugin::Catalog& catalog, plugin::Calls& calls, journal::Journal& journal,
               const workflow::Names& names, EngineOptions options)
    : state_(std::make_unique<State>(loop, catalog, calls, journal, names, std::move(options))) {}

Engine::~Engine() {
  for (auto& [id, run] : state_->runs) run->Dismantle();
  // Steps that wait for their turn hold the engine's runs.
  state_->suspected = Holds();
}

void Engine::AddService(const std::string& name, std::shared_ptr<Service> service) {
  state_->services[name] = std::move(service);
}

std::string Engine::Start(RunSpec spec, Done done) {
  auto& s = *state_;
  if (!spec.id.empty() && s.journal.FindRun(spec.id)) {
    Status resumed = Resume(spec.id, done, true);
    if (resumed.ok()) return spec.id;
    done({.run = spec.id, .status = "failed", .code = resumed.code(), .error = resumed.message()});
    return {};
  }
  auto definitions = Definitions::Parse(spec.texts, s.names);
  if (!definitions.ok()) {
    done({.run = spec.id,
          .status = "failed",
          .code = Code::kInvalid,
          .error = definitions.status().message()});
    return {};
  }
  journal::RunRow row;
  row.id = spec.id;
  row.kind = spec.kind;
  row.project = GetString(spec.project, "id");
  row.task = GetString(spec.task, "id");
  row.workflow = (*definitions)->root ? (*definitions)->root->name : spec.work_persona;
  row.spec = Dump(spec.ToJson());
  spec.id = s.journal.CreateRun(row, spec.texts);
  if (const Status& journal = s.journal.status(); !journal.ok()) {
    done({.run = {}, .status = "failed", .code = journal.code(), .error = journal.message()});
    return {};
  }
  auto run = std::make_shared<Run>(s, spec, *definitions, std::move(done));
  s.runs[spec.id] = run;
  s.loop.Post([run] { run->Start(); });
  return spec.id;
}

Status Engine::Resume(const std::string& id, Done done, bool reopen) {
  auto& s = *state_;
  if (s.runs.contains(id)) return {Code::kConflict, "run " + id + " is running already"};
  auto row = s.journal.FindRun(id);
  if (!row) return NotFound("no run " + id + " in the journal; `mamc-host runs list` names them");
  if (row->status != "running" && !reopen)
    return {Code::kConflict, "run " + id + " has ended: " + row->status};
  auto spec_json = ParseJson(row->spec);
  if (!spec_json.ok()) return spec_json.status().Within("run " + id);
  RunSpec spec = RunSpec::FromJson(*spec_json);
  spec.id = id;
  spec.texts = s.journal.Texts(id);
  auto definitions = Definitions::Parse(spec.texts, s.names);
  if (!definitions.ok())
    return definitions.status().Within("run " + id + " needs what this machine does not have");
  if (row->status != "running") s.journal.ReopenRun(id);
  // It was cancelled, and now it is wanted again.
  if (row->status == "cancelled") s.journal.Append(id, RecordKind::kSignal, "", "", R"({"what":"resume"})");
  Replay replay(s.journal.Records(id));
  if (replay.project().is_object()) spec.project = replay.project();
  auto run = std::make_shared<Run>(s, std::move(spec), *definitions, std::move(done));
  s.runs[id] = run;
  s.loop.Post([run, replay = std::move(replay)]() mutable { run->GoOn(std::move(replay)); });
  return {};
}

namespace {

// `from` and every step of the list that depends on it, directly or not.
std::vector<std::string> StepsFrom(const workflow::StepList& steps, const std::string& from) {
  std::vector<std::string> found = {from};
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& step : steps) {
      if (std::find(found.begin(), found.end(), step->id) != found.end()) continue;
      bool depends = std::any_of(
          step->dependencies.begin(), step->dependencies.end(),
          [&](const std::string& id) { return std::find(found.begin(), found.end(), id) != found.end(); });
      if (!depends) continue;
      found.push_back(step->id);
      grown = true;
    }
  }
  return found;
}

}  // namespace

Status Engine::DiscardFrom(const std::string& id, const std::string& step, Files files) {
  auto& s = *state_;
  if (s.runs.contains(id)) return {Code::kConflict, "run " + id + " is running; cancel it first"};
  auto texts = s.journal.Texts(id);
  if (texts.empty()) return NotFound("no run " + id + " in the journal; `mamc-host runs list` names them");
  auto definitions = Definitions::Parse(texts, s.names);
  if (!definitions.ok()) return definitions.status();
  if (!(*definitions)->root)
    return Invalid("run " + id + " is a persona's work; retry the run that asked for it");
  const auto& steps = (*definitions)->root->steps;
  std::vector<std::string> ids;
  for (const auto& def : steps) ids.push_back(def->id);
  if (std::find(ids.begin(), ids.end(), step) == ids.end())
    return NotFound("run " + id + " has no step '" + step + "'" + " at its top level; it has: " + [&] {
      std::string all;
      for (const std::string& known : ids) all += (all.empty() ? "" : ", ") + known;
      return all;
    }());
  std::vector<std::string> discarded = StepsFrom(steps, step);
  // The files stand where these records end.
  std::vector<journal::Record> records = s.journal.Records(id);
  if (files == Files::kAsBefore)
    records.erase(std::find_if(records.begin(), records.end(),
                               [&](const journal::Record& record) {
                                 std::string top = record.path.substr(0, record.path.find('@'));
                                 return std::find(discarded.begin(), discarded.end(), top) != discarded.end();
                               }),
                  records.end());
  discarded.push_back("on_failure/");
  const Replay replay(records);
  Json body = {{"steps", discarded}, {"workspace", replay.workspace()}};
  if (auto row = s.journal.FindRun(id); row && s.options.project)
    if (auto spec = ParseJson(row->spec); spec.ok())
      body["project"] = s.options.project(RunSpec::FromJson(*spec));
  // What was to be taken back, or to be followed, and could not be still is.
  if (files == Files::kAsBefore || replay.undo())
    body["undo"] = true;
  else if (files == Files::kAsPushed || replay.follow())
    body["follow"] = true;
  s.journal.Append(id, RecordKind::kDiscard, "", "", Dump(body));
  return s.journal.Commit();
}

namespace {

constexpr int kMostLevelsOfSteps = 32;

// The paths in conflict, when workspaces or git steps have told of their branch: none when both sides went
// together. Null for the conflicts that other steps know. What a persona's work failed of lies within what
// its request failed of.
const Json* ConflictsOfBranch(const Json& details) {
  const Json* at = &details;
  for (int depth = 0; depth < 8 && at->is_object(); ++depth) {
    if (const Json& paths = GetMember(*at, "conflicts"); paths.is_array()) return &paths;
    at = &GetMember(*at, "details");
  }
  return nullptr;
}

// The tasks that a step has named, which failed because they have to be done first; it may stand within
// others, which tell what became of it.
void AddAwaited(const Json& details, int depth, Json* ids) {
  if (!details.is_object() || depth == 0) return;
  for (const Json& id : GetMember(details, "waits_for"))
    if (id.is_string() && std::find(ids->begin(), ids->end(), id) == ids->end()) ids->push_back(id);
  AddAwaited(GetMember(details, "details"), depth - 1, ids);
  for (const Json& step : GetMember(details, "steps"))
    if (GetString(step, "status") == "failed") AddAwaited(GetMember(step, "result"), depth - 1, ids);
}

}  // namespace

Engine::GoingOn Engine::AfterFailure(const std::string& id) const {
  auto& s = *state_;
  auto row = s.journal.FindRun(id);
  if (!row || row->status != "failed") return {};
  auto body = ParseJson(row->result);
  if (!body.ok()) return {};
  std::string failed = GetString(*body, "step");
  GoingOn on{.step = failed.substr(0, failed.find('@'))};
  const auto code = static_cast<Code>(GetInt(*body, "code"));
  on.cut_off = !on.step.empty() && (IsRetryable(code) || code == Code::kPermission);
  AddAwaited(GetMember(*body, "details"), kMostLevelsOfSteps, &on.waits_for);
  if (on.step.empty() || (code != Code::kConflict && on.waits_for.empty())) return on;
  // A branch that was not taken as a person had left it is looked at again.
  Replay replay(s.journal.Records(id));
  const Json* conflicts = code == Code::kConflict ? ConflictsOfBranch(GetMember(*body, "details")) : nullptr;
  on.follow = conflicts || replay.follow() || replay.undo() || !on.waits_for.empty();
  on.settled = conflicts && conflicts->empty();
  auto definitions = Definitions::Parse(s.journal.Texts(id), s.names);
  if (!on.follow || !definitions.ok() || !(*definitions)->root) return on;
  std::string tests =
      workflow::TestedAgainFrom((*definitions)->root->steps, on.step, replay.begun(), s.names);
  on.tested = !tests.empty();
  if (on.tested) on.step = std::move(tests);
  // Asked again, the step that has named them would say the same: what it judges was before it.
  if (!on.tested && !on.waits_for.empty()) on.follow = false;
  return on;
}

Status Engine::DiscardFailed(const std::string& id) {
  GoingOn on = AfterFailure(id);
  if (on.step.empty()) return Invalid("run " + id + " did not fail in a step that could be done again");
  return DiscardFrom(id, on.step, on.files());
}

Status Engine::Cancel(const std::string& id, const std::string& reason) {
  auto it = state_->runs.find(id);
  if (it == state_->runs.end()) return NotFound("run " + id + " is not running");
  auto run = it->second;
  run->Cancel(reason);
  return {};
}

void Engine::RemoveFiles(const std::string& run) {
  auto warn = [&s = *state_, run](const Status& status) {
    if (!status.ok()) s.Emit({run, "warning", "", "its files were not removed: " + status.message()});
  };
  auto workspace = state_->Workspace();
  if (!workspace.ok()) return warn(workspace.status());
  plugin::Call(
      state_->calls, *workspace, MAMC_WORKSPACE_REMOVE, {{"id", run}},
      [warn](Result<Json> removed) { warn(removed.status()); }, state_->options.workspace_context);
}

void Engine::LimitTime(const std::string& run, std::int64_t deadline_unix_ms) {
  auto it = state_->runs.find(run);
  if (it != state_->runs.end()) it->second->LimitTime(deadline_unix_ms);
}

void Engine::Guard(const std::string& run, std::function<bool()> may_go_on) {
  auto it = state_->runs.find(run);
  if (it != state_->runs.end()) it->second->Guard(std::move(may_go_on));
}

void Engine::Park(const std::string& run) {
  auto it = state_->runs.find(run);
  if (it != state_->runs.end()) it->second->Park();
}

void Engine::Leave() {
  for (auto& [id, run] : state_->runs) run->Leave();
}

bool Engine::running(const std::string& run) const {
  return state_->runs.contains(run);
}
bool Engine::busy() const {
  return !state_->runs.empty();
}

}  // namespace mamc::engine

// Takes a task: its run is begun, gone on with, or its end said again.
#include <algorithm>

#include "coordinator_state.hpp"
#include "mamc/workflow/needs.hpp"
#include "task_spec.hpp"

namespace mamc::coordinator {
namespace {

// Why a run of the workflow would come to nothing in its test; empty when it would not.
std::string MissingTest(const workflow::Workflow& chosen, const CoordinatorOptions& options) {
  if (!options.project.test.empty()) return {};
  for (const workflow::Workflow* one : workflow::WithCalled(chosen, options.workflows))
    if (workflow::NeedsProjectTest(one->steps))
      return "workflow " + one->name + " tests with the project's test command, and project " +
             options.project.id + " has none: set projects." + options.project.id + ".test in mamc.yaml";
  return {};
}

// The attempts are counted on the task as it was before the claim cleared them.
Json WithAttemptsOf(Json task, const Json& before) {
  task["blocked"] = GetMember(before, "blocked");
  return task;
}

}  // namespace

void Coordinator::State::Take(const Json& task) {
  std::string id = GetString(task, "id");
  std::string status = GetString(task, "status");
  Log("engine", LogLevel::kInfo, "task received",
      {{"task", id}, {"status", status}, {"priority", Dump(task.value("priority", Json(0)))}});
  // Another host has taken it since, and is gone: its run is not ours to go on with, and ours says nothing
  // any more. What it has pushed is in the task's branch.
  runs.GiveUpOthersOf(task);
  auto last = runs.Last(task);
  if (WasAnothers(task)) {
    if (last && last->status == "running") runs.Cancel(*last, "another host has taken the task since");
    return BeginRun(task);
  }
  // A run of ours that did not end is gone on with, not begun again.
  if (last && last->status == "running") {
    if (status != "in_progress" && status != "open") return ResumeRun(task, *last, false);
    return Claim(task, [this, task, run = *last](const Json&) { ResumeRun(task, run, false); });
  }
  // It ended, and the host died before the board heard of it.
  bool taken_up = status == "in_progress" || status == "in_review";
  if (last && taken_up && !runs.EndOf(last->id).reported) return ReportAgain(task, *last);
  if (status == "in_review") return ResumeReview(task);
  if (last && RunGoesOn(task, *last))
    return Claim(
        task, [this, task, run = *last](const Json& claimed) { GoOn(WithAttemptsOf(claimed, task), run); });
  BeginRun(task);
}

bool Coordinator::State::WasAnothers(const Json& task) const {
  const Json& claim = GetMember(task, "claim");
  return claim.is_object() && GetString(claim, "owner") != options.owner;
}

// What the machine lacks is said before anything has begun.
void Coordinator::State::BeginRun(const Json& task) {
  auto begin = [self = shared_from_this(), task](Status ready) {
    if (!self->GoesOn()) return;
    bool of_task = ready.code() == Code::kPermission;
    if (!ready.ok() && !of_task) return self->EndCritical(ready);
    self->Claim(task, [self, task, why = ready.message()](const Json& claimed) {
      self->StartRun(claimed, task, why);
    });
  };
  auto chosen = WorkflowFor(task);
  if (!chosen.ok() || !options.check_needs) return begin({});
  options.check_needs(**chosen, task, begin);
}

Result<WorkflowPtr> Coordinator::State::WorkflowFor(const Json& task) const {
  const Project& project = options.project;
  return ChooseWorkflow(options.workflows, task, MilestoneOf(task), project.ToJson(), project.workflow,
                        options.default_workflow);
}

// What a run did counts when it was not its work that ended it, or when other tasks have corrected that: the
// run goes on. By itself, or when a person has opened the task again; a conflict is resolved by a person,
// unless both sides went together. A task that is claimed by us, although its run has ended and the board
// heard of that, was to go on when this host died: why, the claim has taken from the board.
bool Coordinator::State::RunGoesOn(const Json& task, const journal::RunRow& row) const {
  const std::string reason = GetString(GetMember(task, "blocked"), "reason");
  const bool by_itself = reason == "retry", freed = reason == "dependencies";
  const std::string status = GetString(task, "status");
  if (!by_itself && !freed && status != "open" && status != "in_progress") return false;
  const engine::Engine::GoingOn on = engine.AfterFailure(row.id);
  if (by_itself ? on.settled : on.follow) return true;
  return on.cut_off && IsAsBegun(task, row);
}

// Where the work is, and what is done with it. What a person has corrected there counts from the first step.
bool Coordinator::State::IsAsBegun(const Json& task, const journal::RunRow& row) const {
  const auto chosen = WorkflowFor(task);
  const auto base = BaseOf(task);
  const auto then = ParseJson(row.spec);
  if (!chosen.ok() || !base.ok() || !then.ok()) return false;
  const engine::RunSpec now = SpecOf(task, MilestoneOf(task), **chosen, *base, options);
  return GetString(*then, "repo") == now.repo && GetString(*then, "base") == now.base &&
         journal.Texts(row.id) == now.texts;
}

// The claimed task's run goes on where it failed. What is in the way of that is not passed over with a new
// run, which would take the work away.
void Coordinator::State::GoOn(const Json& task, const journal::RunRow& row) {
  if (Status ready = engine.DiscardFailed(row.id); !ready.ok()) {
    BeginIteration(task, row.workflow, row.id);
    return RunEnded(task, NotStarted("", "run " + row.id + " cannot go on: " + ready.message()));
  }
  ResumeRun(task, row, true);
}

void Coordinator::State::Claim(const Json& task, std::function<void(const Json&)> claimed) {
  claims->Take(task, [self = shared_from_this(), task, claimed = std::move(claimed)](Result<Json> answer) {
    if (!self->GoesOn()) return;
    if (answer.ok()) return claimed(*answer);
    // Somebody was faster: look again, at the others.
    if (answer.status().code() == Code::kConflict) return self->Next();
    const Status why = answer.status().Within("task " + GetString(task, "id") + " cannot be claimed");
    if (why.code() != Code::kFailed) return self->EndCritical(why);
    self->BeginIteration(task, "");
    self->NotTaken(task, "", GetInt(task, "version"), why);
  });
}

// For the run that is being begun. What another has claimed is his: two runs of a task would each push to its
// branch.
void Coordinator::State::KeepClaim(const std::string& task) {
  claims->Keep(task, WhileHeld(), [weak = weak_from_this(), task](const std::string& owner) {
    auto self = weak.lock();
    if (!self || self->result.iterations.empty()) return;
    Status cancelled = self->engine.Cancel(self->result.iterations.back().run,
                                           "task " + task + " was taken by " + owner + " meanwhile");
    if (!cancelled.ok())
      Log("engine", LogLevel::kWarn, "a run was not cancelled", {{"reason", cancelled.message()}});
  });
}

void Coordinator::State::StartRun(const Json& task, const Json& before, std::string missing) {
  auto chosen = WorkflowFor(task);
  BeginIteration(task, chosen.ok() ? (*chosen)->name : "");
  Json counted = WithAttemptsOf(task, before);
  if (!chosen.ok()) return RunEnded(counted, NotStarted("", chosen.status().message()));
  auto base = BaseOf(task);
  if (!base.ok()) return RunEnded(counted, NotStarted("", base.status().message()));
  if (missing.empty()) missing = MissingTest(**chosen, options);
  if (!missing.empty()) return RunEnded(counted, NotStarted("", std::move(missing)));
  Emit("task-started", "", GetString(task, "title"),
       {{"task", GetString(task, "id")}, {"workflow", (*chosen)->name}});
  KeepClaim(GetString(task, "id"));
  // What an earlier run of this task has left was for whoever looked at it in between.
  if (auto earlier = runs.Last(task)) engine.RemoveFiles(earlier->id);
  engine::RunSpec spec = SpecOf(task, MilestoneOf(task), **chosen, *base, options);
  // Asked as before, the models would answer as before.
  std::string lesson = runs.EarlierEnd(task, GetString(GetMember(before, "blocked"), "text"));
  if (!lesson.empty()) spec.task["earlier_attempt"] = std::move(lesson);
  std::string run =
      engine.Start(std::move(spec), [self = shared_from_this(), counted](const engine::RunResult& outcome) {
        self->RunEnded(counted, outcome);
      });
  if (run.empty()) return;
  engine.Guard(run, WhileHeld());
  result.iterations.back().run = run;
  Publish(task, run, "progress", "started", "");
}

void Coordinator::State::ResumeRun(const Json& task, const journal::RunRow& row, bool reopen) {
  BeginIteration(task, row.workflow, row.id);
  Emit("task-resumed", row.id, GetString(task, "title"),
       {{"task", GetString(task, "id")}, {"workflow", row.workflow}});
  KeepClaim(GetString(task, "id"));
  Status resumed = engine.Resume(
      row.id, [self = shared_from_this(), task](const engine::RunResult& run) { self->RunEnded(task, run); },
      reopen);
  if (!resumed.ok()) return RunEnded(task, NotStarted(row.id, resumed.message()));
  engine.Guard(row.id, WhileHeld());
  Publish(task, row.id, "progress", "resumed", "");
}

// Implemented and tested already: goes on at the step that failed.
void Coordinator::State::ResumeReview(const Json& task) {
  auto last = runs.Last(task);
  if (last && !engine.AfterFailure(last->id).step.empty()) return GoOn(task, *last);
  BeginIteration(task, "");
  RunEnded(task, NotStarted("", "task " + GetString(task, "id") +
                                    " is in review, but this machine has no run of it to go on with; set it "
                                    "to open to have it implemented again, or to done"));
}

void Coordinator::State::ReportAgain(const Json& task, const journal::RunRow& row) {
  BeginIteration(task, row.workflow, row.id);
  engine::RunResult run{.run = row.id, .status = row.status, .error = row.error};
  if (auto body = ParseJson(row.result); body.ok()) {
    run.code = static_cast<Code>(GetInt(*body, "code"));
    run.step = GetString(*body, "step");
    run.commit = GetString(*body, "commit");
  }
  RunEnded(task, run);
}

void Coordinator::State::BeginIteration(const Json& task, std::string workflow, std::string run) {
  result.iterations.push_back({.task = GetString(task, "id"),
                               .title = GetString(task, "title"),
                               .workflow = std::move(workflow),
                               .run = std::move(run)});
}

// A task that follows another begins where that one's work is, which nobody has reviewed yet: it never goes
// to the project's base by this way.
Result<std::string> Coordinator::State::BaseOf(const Json& task) const {
  const std::string follows = GetString(task, "follows");
  if (follows.empty()) return options.project.base;
  const std::string sentence = "task " + GetString(task, "id") + " follows task " + follows;
  auto followed = std::find_if(all_tasks.begin(), all_tasks.end(),
                               [&follows](const Json& one) { return GetString(one, "id") == follows; });
  if (followed == all_tasks.end())
    return NotFound(sentence + ", which the board does not have: archive it, or make one without that");
  const std::string branch = BranchOf(*followed, MilestoneOf(*followed));
  if (branch == options.project.base)
    return Invalid(sentence + ", whose branch is the project's base '" + branch +
                   "': set another branch for that one");
  return branch;
}

Json Coordinator::State::MilestoneOf(const Json& task) const {
  std::string id = GetString(task, "milestone");
  for (const Json& milestone : milestones)
    if (!id.empty() && GetString(milestone, "id") == id) return milestone;
  return nullptr;
}

}  // namespace mamc::coordinator

#include "mamc/coordinator/coordinator.hpp"

#include <mamc/board.h>

#include <algorithm>
#include <optional>

#include "board_service.hpp"
#include "claims.hpp"
#include "mamc/base/log.hpp"
#include "mamc/workflow/needs.hpp"
#include "outage.hpp"
#include "task_order.hpp"
#include "task_report.hpp"
#include "task_runs.hpp"
#include "task_spec.hpp"
#include "workflow_choice.hpp"

namespace mamc::coordinator {
namespace {

// A failure before any step ran, which only a person can mend.
engine::RunResult NotStarted(std::string run, std::string why) {
  return {.run = std::move(run), .status = "failed", .code = Code::kPermission, .error = std::move(why)};
}

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

Json Project::ToJson() const {
  return {{"id", id},
          {"name", name.empty() ? id : name},
          {"repo", repo},
          {"base", base},
          {"merge", base_writes ? merge : "branch"},
          {"base_writes", base_writes},
          {"test", test},
          {"test_network", test_network}};
}

int LoopResult::exit_code() const {
  if (critical && code == Code::kInvalid) return 2;
  if (critical) return IsRetryable(code) ? 3 : 1;
  return blocked.empty() ? 0 : 1;
}

struct Coordinator::State : std::enable_shared_from_this<Coordinator::State> {
  State(Loop& loop_in, plugin::Calls& calls_in, std::shared_ptr<plugin::Instance> board_in,
        journal::Journal& journal_in, engine::Engine& engine_in, messaging::Channel& channel_in,
        CoordinatorOptions options_in, OnEvent on_event_in)
      : loop(loop_in),
        calls(calls_in),
        board(std::move(board_in)),
        journal(journal_in),
        engine(engine_in),
        channel(channel_in),
        options(std::move(options_in)),
        on_event(std::move(on_event_in)),
        runs(journal, options.project.id),
        outage(loop.clock(), options.outage_limit),
        claims(std::make_shared<Claims>(loop, calls, board, options.owner)) {}

  // ---- the loop ----
  void Next();
  void Listed(const Json& list);
  std::vector<Json> Wanted(const Json& tasks) const;
  bool TakeLeftBehind(const Json& tasks);
  bool AtLimit() const;
  void NothingLeft(const Json& tasks, bool limit);
  void WaitForChange();
  void WaitForOutside(Milliseconds time);
  void Watch();
  void Wake();

  // ---- one task ----
  void Take(const Json& task);
  void Claim(const Json& task, std::function<void(const Json&)> claimed);
  void BeginRun(const Json& task);
  Result<WorkflowPtr> WorkflowFor(const Json& task) const;
  void StartRun(const Json& task, const Json& before);
  void ResumeRun(const Json& task, const journal::RunRow& row, bool reopen);
  void ResumeReview(const Json& task);
  bool EndedUnreachable(const Json& task, const journal::RunRow& row) const;
  bool EndedInConflict(const Json& task, const journal::RunRow& row) const;
  void GoOn(const Json& task, const journal::RunRow& row);
  TaskReport ReportOf(const Json& task, const engine::RunResult& run) const;
  void ReportAgain(const Json& task, const journal::RunRow& row);
  void BeginIteration(const Json& task, std::string workflow, std::string run = {});
  Json MilestoneOf(const Json& task) const;

  // ---- what came of it ----
  void RunEnded(const Json& task, const engine::RunResult& run);
  void FinishTask(const Json& task, const engine::RunResult& run);
  void UpdateTask(const Json& task, const std::string& run, const TaskReport& report);
  void TaskUpdated(const Json& task, const std::string& run, const TaskReport& report);
  void Publish(const Json& task, const std::string& run, const std::string& status, const std::string& state,
               const std::string& error);
  void Emit(const std::string& kind, const std::string& run, const std::string& text,
            Json fields = Json::object());

  // ---- the end ----
  void EndCritical(const Status& reason);
  void End();
  void Leave(const Status& why, std::function<void()> told);

  Loop& loop;
  plugin::Calls& calls;
  const std::shared_ptr<plugin::Instance> board;
  journal::Journal& journal;
  engine::Engine& engine;
  messaging::Channel& channel;
  const CoordinatorOptions options;
  const OnEvent on_event;
  TaskRuns runs;
  Outage outage;
  const std::shared_ptr<Claims> claims;
  Done done;
  LoopResult result;
  Json milestones = Json::array();
  TimerId second_look = 0;
  std::optional<journal::RunRow> left_behind;  // by an earlier host
  std::size_t unreachable = 0;                 // iterations that say nothing about their task
  std::optional<Status> last_words;            // the loop ends with them when the board has heard of the task
  bool watching = false;
  bool waiting = false;  // nothing was actionable; the board's next change wakes the loop
};

// ---- The loop ----

void Coordinator::State::Next() {
  if (!journal.status().ok()) return EndCritical(journal.status());
  plugin::Call(calls, board, MAMC_BOARD_LIST, {{"project", options.project.id}},
               [self = shared_from_this()](Result<Json> listed) {
                 if (!listed.ok())
                   return self->EndCritical(listed.status().Within("the board cannot be read"));
                 self->Listed(*listed);
               });
}

void Coordinator::State::Listed(const Json& list) {
  milestones = GetMember(list, "milestones");
  const Json& tasks = GetMember(list, "tasks");
  if (TakeLeftBehind(tasks)) return;
  std::vector<Json> wanted = Wanted(tasks);
  if (wanted.empty() || AtLimit()) return NothingLeft(tasks, !wanted.empty());
  auto next = std::find_if(wanted.begin(), wanted.end(),
                           [this](const Json& task) { return !outage.Waits(GetString(task, "id")); });
  if (next != wanted.end()) return Take(*next);
  Milliseconds soonest = Milliseconds::max();
  for (const Json& task : wanted) soonest = std::min(soonest, outage.TimeLeft(GetString(task, "id")));
  WaitForOutside(soonest);
}

bool Coordinator::State::AtLimit() const {
  auto worked = static_cast<std::int64_t>(result.iterations.size() - unreachable);
  return options.max_iterations > 0 && worked >= options.max_iterations;
}

std::vector<Json> Coordinator::State::Wanted(const Json& tasks) const {
  std::vector<Json> wanted =
      ActionableTasks(tasks, {loop.clock().UnixMs(), options.blocked_max_attempts, options.owner});
  // One task, once: its end ends the loop, whatever may be tried again later.
  const std::string& only = options.only_task;
  if (!only.empty())
    std::erase_if(wanted, [&](const Json& task) {
      return GetString(task, "id") != only || !result.iterations.empty();
    });
  std::erase_if(wanted, [this](const Json& task) { return claims->WasRefused(task); });
  return wanted;
}

// A host that died after a run's workflow had set its task to done left the run's last words unsaid: they are
// said before anything else, once. True when there was such a run. A task that somebody else has set to done
// is his: its run is not gone on with, so it pushes and merges nothing any more.
bool Coordinator::State::TakeLeftBehind(const Json& tasks) {
  auto run = std::exchange(left_behind, std::nullopt);
  if (!run) return false;
  auto task = std::find_if(tasks.begin(), tasks.end(),
                           [&run](const Json& one) { return GetString(one, "id") == run->task; });
  if (task == tasks.end() || GetString(*task, "status") != "done") return false;
  bool by_run = runs.StatusSetBy(run->id) == "done";
  if (by_run && run->status == "running") {
    ResumeRun(*task, *run, false);
  } else if (by_run) {
    ReportAgain(*task, *run);
  } else if (run->status == "running") {
    const std::string reason =
        "task " + run->task + " was set to done by somebody else while no host was at it";
    runs.Cancel(*run, reason);
    Log("engine", LogLevel::kWarn, "a run is not gone on with", {{"run", run->id}, {"reason", reason}});
  }
  return by_run;
}

void Coordinator::State::NothingLeft(const Json& tasks, bool limit) {
  if (!options.drain && !limit) return WaitForChange();
  for (const Json& task : tasks) {
    std::string status = GetString(task, "status");
    bool ours = options.only_task.empty() || GetString(task, "id") == options.only_task;
    if (ours && status != "done" && status != "archived") result.blocked.push_back(task);
  }
  if (limit)
    result.error = "stopped after " + std::to_string(result.iterations.size() - unreachable) +
                   " iterations (COORDINATOR_MAX_ITERATIONS)";
  End();
}

void Coordinator::State::WaitForChange() {
  if (!watching) {
    Watch();
    return Next();  // what changed before the board was watched
  }
  if (!waiting) Emit("waiting", "", "nothing to do; waiting for the board to change");
  waiting = true;
  // A claim of a host that has died ends without a change of the board.
  loop.Cancel(second_look);
  second_look = loop.After(kClaimLife, [self = shared_from_this()] {
    self->claims->ForgetRefused();
    self->Wake();
  });
}

// Also with drain: what could not be reached may come back.
void Coordinator::State::WaitForOutside(Milliseconds time) {
  if (!options.drain && !watching) {
    Watch();
    return Next();  // what changed before the board was watched
  }
  if (!waiting)
    Emit("waiting", "",
         "what the tasks need could not be reached; trying again in " + std::to_string(time.count() / 1000) +
             " s",
         {{"wait_ms", time.count()}});
  waiting = true;
  loop.Cancel(second_look);
  second_look = loop.After(time, [self = shared_from_this()] { self->Wake(); });
}

void Coordinator::State::Watch() {
  watching = true;
  class Watcher final : public plugin::ServedObserver {
   public:
    Watcher(plugin::Calls& its_calls, std::weak_ptr<State> state)
        : ServedObserver(its_calls), state_(std::move(state)) {}
    void OnEmit(plugin::Ticket, std::string, std::string) override {
      if (auto state = state_.lock()) state->Wake();
    }
    void OnComplete(plugin::Ticket, plugin::Outcome outcome, bool) override {
      auto state = state_.lock();
      if (!state) return;
      state->watching = false;
      if (state->done)
        state->EndCritical(Status(outcome.code, "the board cannot be watched: " + outcome.Message()));
    }

   private:
    std::weak_ptr<State> state_;
  };
  calls.Start(board, {.verb = MAMC_BOARD_WATCH}, Dump({{"project", options.project.id}}),
              std::make_shared<Watcher>(calls, weak_from_this()));
}

void Coordinator::State::Wake() {
  if (!waiting) return;
  waiting = false;
  Next();
}

// ---- One task ----

void Coordinator::State::Take(const Json& task) {
  std::string id = GetString(task, "id");
  std::string status = GetString(task, "status");
  Log("engine", LogLevel::kInfo, "task received",
      {{"task", id}, {"status", status}, {"priority", Dump(task.value("priority", Json(0)))}});
  // A run of ours that did not end is gone on with, not begun again.
  auto last = runs.Last(id);
  if (last && last->status == "running") {
    if (status != "in_progress") return ResumeRun(task, *last, false);
    return Claim(task, [this, task, run = *last](const Json&) { ResumeRun(task, run, false); });
  }
  // It ended, and the host died before the board heard of it.
  bool taken_up = status == "in_progress" || status == "in_review";
  if (last && taken_up && !runs.EndOf(last->id).reported) return ReportAgain(task, *last);
  if (status == "in_review") return ResumeReview(task);
  if (last && (EndedUnreachable(task, *last) || EndedInConflict(task, *last)))
    return Claim(
        task, [this, task, run = *last](const Json& claimed) { GoOn(WithAttemptsOf(claimed, task), run); });
  BeginRun(task);
}

// What the machine lacks is said before anything has begun.
void Coordinator::State::BeginRun(const Json& task) {
  auto begin = [self = shared_from_this(), task](Status ready) {
    if (!ready.ok()) return self->EndCritical(ready);
    self->Claim(task, [self, task](const Json& claimed) { self->StartRun(claimed, task); });
  };
  auto chosen = WorkflowFor(task);
  if (!chosen.ok() || !options.check_needs) return begin({});
  options.check_needs(**chosen, begin);
}

Result<WorkflowPtr> Coordinator::State::WorkflowFor(const Json& task) const {
  const Project& project = options.project;
  return ChooseWorkflow(options.workflows, task, MilestoneOf(task), project.ToJson(), project.workflow,
                        options.default_workflow);
}

// Its run could not reach something: it goes on at that step, since what was done before it counts.
bool Coordinator::State::EndedUnreachable(const Json& task, const journal::RunRow& row) const {
  bool retry = GetString(GetMember(task, "blocked"), "reason") == "retry";
  if (!retry || engine.AfterFailure(row.id).step.empty()) return false;
  auto body = ParseJson(row.result);
  if (!body.ok()) return false;
  // A time-out that has counted as an attempt may be the work's own: that is done anew.
  return static_cast<Code>(GetInt(*body, "code")) == Code::kUnavailable ||
         outage.Knows(GetString(task, "id"));
}

// A person has opened it again after a conflict of its branch.
bool Coordinator::State::EndedInConflict(const Json& task, const journal::RunRow& row) const {
  return GetString(task, "status") == "open" && engine.AfterFailure(row.id).follow;
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
  claims->Take(task, [self = shared_from_this(), id = GetString(task, "id"),
                      claimed = std::move(claimed)](Result<Json> answer) {
    if (answer.ok()) return claimed(*answer);
    // Somebody was faster: look again, at the others.
    if (answer.status().code() == Code::kConflict) return self->Next();
    self->EndCritical(answer.status().Within("task " + id + " cannot be claimed"));
  });
}

void Coordinator::State::StartRun(const Json& task, const Json& before) {
  auto chosen = WorkflowFor(task);
  BeginIteration(task, chosen.ok() ? (*chosen)->name : "");
  Json counted = WithAttemptsOf(task, before);
  if (!chosen.ok()) return RunEnded(counted, NotStarted("", chosen.status().message()));
  if (std::string missing = MissingTest(**chosen, options); !missing.empty())
    return RunEnded(counted, NotStarted("", missing));
  Emit("task-started", "", GetString(task, "title"),
       {{"task", GetString(task, "id")}, {"workflow", (*chosen)->name}});
  claims->Keep(GetString(task, "id"));
  // What an earlier run of this task has left was for whoever looked at it in between.
  if (auto earlier = runs.Last(GetString(task, "id"))) engine.RemoveFiles(earlier->id);
  engine::RunSpec spec = SpecOf(task, MilestoneOf(task), **chosen, options);
  // Asked as before, the models would answer as before.
  std::string lesson =
      runs.EarlierEnd(GetString(task, "id"), GetString(GetMember(before, "blocked"), "text"));
  if (!lesson.empty()) spec.task["earlier_attempt"] = std::move(lesson);
  std::string run =
      engine.Start(std::move(spec), [self = shared_from_this(), counted](const engine::RunResult& ended) {
        self->RunEnded(counted, ended);
      });
  if (run.empty()) return;
  result.iterations.back().run = run;
  Publish(task, run, "progress", "started", "");
}

void Coordinator::State::ResumeRun(const Json& task, const journal::RunRow& row, bool reopen) {
  BeginIteration(task, row.workflow, row.id);
  Emit("task-resumed", row.id, GetString(task, "title"),
       {{"task", GetString(task, "id")}, {"workflow", row.workflow}});
  claims->Keep(GetString(task, "id"));
  Status resumed = engine.Resume(
      row.id, [self = shared_from_this(), task](const engine::RunResult& run) { self->RunEnded(task, run); },
      reopen);
  if (!resumed.ok()) RunEnded(task, NotStarted(row.id, resumed.message()));
}

// Implemented and tested already: goes on at the step that failed.
void Coordinator::State::ResumeReview(const Json& task) {
  auto last = runs.Last(GetString(task, "id"));
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

Json Coordinator::State::MilestoneOf(const Json& task) const {
  std::string id = GetString(task, "milestone");
  for (const Json& milestone : milestones)
    if (!id.empty() && GetString(milestone, "id") == id) return milestone;
  return nullptr;
}

// ---- What came of it ----

void Coordinator::State::RunEnded(const Json& task, const engine::RunResult& run) {
  claims->Drop();
  // The board hears only of what is recorded.
  if (!journal.status().ok()) return EndCritical(journal.status());
  Iteration& iteration = result.iterations.back();
  if (!run.run.empty()) iteration.run = run.run;
  iteration.error = run.error;
  iteration.commit = run.commit;
  // A run that never began, or that a person cancelled, says nothing about what can be reached.
  bool telling = !run.run.empty() && run.code != Code::kCancelled;
  Outage::Verdict verdict =
      telling ? outage.TaskEnded(GetString(task, "id"), run.code, run.error) : Outage::Verdict::kCounts;
  if (run.status == "done") return FinishTask(task, run);
  if (verdict == Outage::Verdict::kCounts) return UpdateTask(task, run.run, ReportOf(task, run));
  ++unreachable;
  if (verdict == Outage::Verdict::kTooLong) last_words = Status(run.code, outage.Sentence());
  UpdateTask(task, run.run, ReportUnreachable(task, run));
}

TaskReport Coordinator::State::ReportOf(const Json& task, const engine::RunResult& run) const {
  engine::RunResult told = run;
  engine::Engine::GoingOn on = engine.AfterFailure(run.run);
  if (on.follow)
    told.error += "\nThen: mamc-host task unblock " + GetString(task, "id") +
                  "; the run goes on with what the branch has by then, " +
                  (on.tested ? "and is tested again in step " + on.step
                             : "at step " + on.step + ": no step before it tests that");
  return ReportFailed(task, told, options.blocked_max_attempts);
}

void Coordinator::State::FinishTask(const Json& task, const engine::RunResult& run) {
  plugin::Call(calls, board, MAMC_BOARD_GET, {{"id", GetString(task, "id")}},
               [self = shared_from_this(), task, run](Result<Json> got) {
                 if (!got.ok()) return self->EndCritical(got.status().Within("the board cannot be read"));
                 std::string status = GetString(GetMember(*got, "task"), "status");
                 self->UpdateTask(task, run.run, ReportDone(run, status));
               });
}

void Coordinator::State::UpdateTask(const Json& task, const std::string& run, const TaskReport& report) {
  Json input = {{"id", GetString(task, "id")}, {"set", report.set}, {"comment", report.comment}};
  // Where its work is found, whatever the task is called later.
  if (std::string branch = runs.BranchOf(run); !branch.empty()) input["set"]["branch"] = branch;
  std::string end = run.empty() ? "" : runs.EndOf(run).name;
  if (!end.empty()) input["op_id"] = end;
  plugin::Call(calls, board, MAMC_BOARD_UPDATE, input,
               [self = shared_from_this(), task, run, end, report](Result<Json> updated) {
                 if (!updated.ok())
                   return self->EndCritical(
                       updated.status().Within("task " + GetString(task, "id") + " cannot be updated"));
                 if (!end.empty()) self->runs.MarkReported(run, end);
                 self->TaskUpdated(task, run, report);
               });
}

void Coordinator::State::TaskUpdated(const Json& task, const std::string& run, const TaskReport& report) {
  bool blocked = report.status == "blocked";
  result.iterations.back().status = report.status;
  Emit(blocked ? "task-blocked" : "task-done", run, GetString(task, "title"),
       {{"task", GetString(task, "id")}, {"status", report.status}, {"error", report.error}});
  Publish(task, run, blocked ? "error" : "done", report.status, report.error);
  if (last_words) return EndCritical(*last_words);
  Next();
}

void Coordinator::State::Publish(const Json& task, const std::string& run, const std::string& status,
                                 const std::string& state, const std::string& error) {
  messaging::Event event;
  event.workflow_id = run;
  event.task_id = GetString(task, "id");
  event.from_persona = "coordination";
  event.status = status;
  event.result = {{"task", state}};
  event.error = error;
  event.corr_id = run.empty() ? "task-" + event.task_id : run;
  event.timestamp_ms = loop.clock().UnixMs();
  channel.PublishEvent(event, [](Status published) {
    if (!published.ok())
      Log("transport", LogLevel::kWarn, "cannot publish a task event", {{"error", published.message()}});
  });
}

void Coordinator::State::Emit(const std::string& kind, const std::string& run, const std::string& text,
                              Json fields) {
  std::string spoken = kind;
  for (char& c : spoken)
    if (c == '-') c = ' ';
  Log("engine", kind == "task-blocked" ? LogLevel::kError : LogLevel::kInfo, spoken,
      {{"run", run}, {"text", text}, {"more", fields.empty() ? "" : Dump(fields)}});
  if (on_event) on_event({run, kind, "", text, std::move(fields)});
}

// ---- The end ----

void Coordinator::State::EndCritical(const Status& reason) {
  result.critical = true;
  result.code = reason.code();
  result.error = reason.message();
  Log("engine", LogLevel::kError, "the project loop cannot go on", {{"error", reason.message()}});
  End();
}

void Coordinator::State::Leave(const Status& why, std::function<void()> told) {
  bool under_way = done && !result.iterations.empty() && !result.iterations.back().run.empty() &&
                   result.iterations.back().status.empty();
  if (!under_way) return told();
  const Iteration& now = result.iterations.back();
  Json comment = {
      {"id", now.task},
      {"author", "mamc-host"},
      {"text", "Run " + now.run + " was left: " + why.message() + "\nIt is gone on with at the next start."},
      {"op_id", now.run + "/left"}};
  plugin::Call(calls, board, MAMC_BOARD_COMMENT, comment, [told = std::move(told)](Result<Json> said) {
    if (!said.ok())
      Log("engine", LogLevel::kError, "cannot comment on a task", {{"error", said.status().message()}});
    told();
  });
}

void Coordinator::State::End() {
  claims->Drop();
  loop.Cancel(second_look);
  Done finished = std::move(done);
  done = nullptr;
  if (finished) finished(std::move(result));
}

Coordinator::Coordinator(Loop& loop, plugin::Calls& calls, std::shared_ptr<plugin::Instance> board,
                         journal::Journal& journal, engine::Engine& engine, messaging::Channel& channel,
                         CoordinatorOptions options, OnEvent on_event)
    : state_(std::make_shared<State>(loop, calls, std::move(board), journal, engine, channel,
                                     std::move(options), std::move(on_event))) {}

Coordinator::~Coordinator() {
  state_->done = nullptr;
}

void Coordinator::Start(Done done) {
  state_->done = std::move(done);
  state_->left_behind = state_->runs.LeftBehind(state_->options.only_task);
  state_->Next();
}

void Coordinator::Leave(const Status& why, std::function<void()> told) {
  state_->Leave(why, std::move(told));
}

std::shared_ptr<engine::Service> Coordinator::board_service() const {
  return MakeBoardService(state_->calls, state_->board);
}

}  // namespace mamc::coordinator

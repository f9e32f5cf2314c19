#include "mamc/coordinator/coordinator.hpp"

#include <mamc/board.h>

#include <map>
#include <optional>

#include "board_service.hpp"
#include "mamc/base/log.hpp"
#include "mamc/base/text.hpp"
#include "task_order.hpp"
#include "workflow_choice.hpp"

namespace mamc::coordinator {
namespace {

constexpr std::int64_t kClaimTtlMs = 10 * 60 * 1000;

// Why a failed run blocks its task: only a person can help, or trying again may.
std::string BlockReason(Code code) {
  return code == Code::kConflict || code == Code::kPermission || code == Code::kCancelled ? "person"
                                                                                          : "retry";
}

std::string FirstLines(const std::string& text) {
  return HeadAndTail(text, 1500);
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
  if (critical) return code == Code::kUnavailable || code == Code::kTimeout ? 3 : 1;
  return blocked.empty() ? 0 : 1;
}

struct Coordinator::State : std::enable_shared_from_this<Coordinator::State> {
  Loop& loop;
  plugin::Calls& calls;
  std::shared_ptr<plugin::Instance> board;
  journal::Journal& journal;
  engine::Engine& engine;
  messaging::Channel& channel;
  CoordinatorOptions options;
  OnEvent on_event;
  Done done;
  LoopResult result;
  Json milestones = Json::array();
  TimerId renewal = 0;
  TimerId second_look = 0;
  std::vector<journal::RunRow> left_behind;  // by an earlier host
  bool watching = false;
  bool waiting = false;  // nothing was actionable; the board's next change wakes the loop
  std::map<std::string, std::int64_t> refused;  // tasks whose claim was refused, and their version then

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
        on_event(std::move(on_event_in)) {}

  // ---- the loop ----
  void Next() {
    if (!journal.status().ok()) return EndCritical(journal.status());
    bool limit = options.max_iterations > 0 &&
                 static_cast<std::int64_t>(result.iterations.size()) >= options.max_iterations;
    auto self = shared_from_this();
    plugin::Call(calls, board, MAMC_BOARD_LIST, {{"project", options.project.id}},
                 [self, limit](Result<Json> listed) {
                   if (!listed.ok())
                     return self->EndCritical(listed.status().Within("the board cannot be read"));
                   self->milestones = GetMember(*listed, "milestones");
                   const Json& tasks = GetMember(*listed, "tasks");
                   OrderOptions order{self->loop.clock().UnixMs(), self->options.blocked_max_attempts,
                                      self->options.owner};
                   auto actionable = ActionableTasks(tasks, order);
                   if (self->TakeLeftBehind(tasks)) return;
                   // One task, once: its end ends the loop, whatever may be tried again later.
                   const std::string& only = self->options.only_task;
                   if (!only.empty())
                     std::erase_if(actionable, [&](const Json& task) {
                       return GetString(task, "id") != only || !self->result.iterations.empty();
                     });
                   std::erase_if(actionable, [self](const Json& task) { return self->WasRefused(task); });
                   if (actionable.empty() || limit)
                     return self->NothingLeft(tasks, limit && !actionable.empty());
                   self->Take(actionable.front());
                 });
  }

  // A host that died after a run's workflow had set its task to done left the run's last words unsaid: they
  // are said before anything else, once. True when there was such a run.
  bool TakeLeftBehind(const Json& tasks) {
    for (const journal::RunRow& run : std::exchange(left_behind, {})) {
      auto task = std::find_if(tasks.begin(), tasks.end(),
                               [&run](const Json& one) { return GetString(one, "id") == run.task; });
      if (task == tasks.end() || GetString(*task, "status") != "done") continue;
      if (run.status == "running")
        ResumeRun(*task, run, false);
      else
        ReportAgain(*task, run);
      return true;
    }
    return false;
  }

  // One run is under way at a time, so one at most is unended or, the newest, unreported.
  std::vector<journal::RunRow> LeftBehind() const {
    auto ours = [this](const journal::RunRow& run) {
      bool wanted = options.only_task.empty() || run.task == options.only_task;
      return wanted && run.kind == "task" && run.project == options.project.id;
    };
    for (const journal::RunRow& run : journal.ListRuns("running"))
      if (ours(run)) return {run};
    for (const journal::RunRow& run : journal.ListRuns())
      if (ours(run)) return EndOf(run.id).reported ? std::vector<journal::RunRow>() : std::vector{run};
    return {};
  }

  // Somebody else's claim stands; asking again makes sense only when the task has changed.
  bool WasRefused(const Json& task) const {
    auto it = refused.find(GetString(task, "id"));
    return it != refused.end() && it->second == GetInt(task, "version");
  }

  void NothingLeft(const Json& tasks, bool limit) {
    if (!options.drain && !limit) return WaitForChange();
    for (const Json& task : tasks) {
      std::string status = GetString(task, "status");
      bool ours = options.only_task.empty() || GetString(task, "id") == options.only_task;
      if (ours && status != "done" && status != "archived") result.blocked.push_back(task);
    }
    if (limit)
      result.error = "stopped after " + std::to_string(result.iterations.size()) +
                     " iterations (COORDINATOR_MAX_ITERATIONS)";
    End();
  }

  void WaitForChange() {
    if (!watching) {
      Watch();
      return Next();  // what changed before the board was watched
    }
    if (!waiting) Emit("waiting", "", "nothing to do; waiting for the board to change");
    waiting = true;
    // A claim of a host that has died ends without a change of the board.
    loop.Cancel(second_look);
    auto self = shared_from_this();
    second_look = loop.After(Milliseconds(kClaimTtlMs), [self] {
      self->refused.clear();
      self->Wake();
    });
  }

  void Watch() {
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
    plugin::CallInfo info;
    info.verb = MAMC_BOARD_WATCH;
    calls.Start(board, info, Dump({{"project", options.project.id}}),
                std::make_shared<Watcher>(calls, weak_from_this()));
  }

  void Wake() {
    if (!waiting) return;
    waiting = false;
    Next();
  }

  void Take(const Json& task) {
    std::string id = GetString(task, "id");
    Log("engine", LogLevel::kInfo, "task received",
        {{"task", id},
         {"status", GetString(task, "status")},
         {"priority", Dump(task.value("priority", Json(0)))}});
    // A run of ours that did not end is gone on with, not begun again.
    std::string status = GetString(task, "status");
    auto last = LastRun(id);
    if (last && last->status == "running") {
      if (status != "in_progress") return ResumeRun(task, *last, false);
      return Claim(task, [this, task, run = *last](const Json&) { ResumeRun(task, run, false); });
    }
    // It ended, and the host died before the board heard of it.
    bool taken_up = status == "in_progress" || status == "in_review";
    if (last && taken_up && !EndOf(last->id).reported) return ReportAgain(task, *last);
    if (status == "in_review") return ResumeReview(task);
    Claim(task, [this, task](const Json& claimed) { StartRun(claimed, task); });
  }

  std::optional<journal::RunRow> LastRun(const std::string& task) const {
    for (journal::RunRow& row : journal.ListRuns("", task))
      if (row.kind == "task" && row.project == options.project.id) return std::move(row);
    return {};
  }

  // One end of a run and whether the board has heard of it. It may end again after a retry, with more
  // records.
  struct EndOfRun {
    std::string name;
    bool reported = false;
  };
  EndOfRun EndOf(const std::string& run) const {
    std::size_t steps = 0;
    std::string reported;
    for (const journal::Record& record : journal.Records(run)) {
      if (record.kind != journal::RecordKind::kSignal) {
        ++steps;
        continue;
      }
      auto body = ParseJson(record.body);
      if (body.ok() && GetString(*body, "what") == "reported") reported = GetString(*body, "end");
    }
    std::string name = run + "@" + std::to_string(steps);
    return {name, reported == name};
  }

  void ReportAgain(const Json& task, const journal::RunRow& row) {
    result.iterations.push_back(
        {GetString(task, "id"), GetString(task, "title"), row.workflow, row.id, "", "", ""});
    engine::RunResult run{.run = row.id, .status = row.status, .error = row.error};
    if (auto body = ParseJson(row.result); body.ok()) {
      run.code = static_cast<Code>(GetInt(*body, "code"));
      run.step = GetString(*body, "step");
      run.commit = GetString(*body, "commit");
    }
    RunEnded(task, std::move(run));
  }

  void ResumeRun(const Json& task, const journal::RunRow& row, bool reopen) {
    result.iterations.push_back(
        {GetString(task, "id"), GetString(task, "title"), row.workflow, row.id, "", "", ""});
    Emit("task-resumed", row.id, GetString(task, "title"),
         {{"task", GetString(task, "id")}, {"workflow", row.workflow}});
    auto self = shared_from_this();
    KeepClaim(GetString(task, "id"));
    Status resumed = engine.Resume(
        row.id, [self, task](engine::RunResult run) { self->RunEnded(task, std::move(run)); }, reopen);
    if (!resumed.ok())
      RunEnded(task,
               {.run = row.id, .status = "failed", .code = Code::kPermission, .error = resumed.message()});
  }

  // Implemented and tested already: goes on at the step that failed.
  void ResumeReview(const Json& task) {
    std::string id = GetString(task, "id");
    auto last = LastRun(id);
    std::string step;
    if (last && last->status == "failed") {
      auto body = ParseJson(last->result);
      if (body.ok()) step = GetString(*body, "step");
      step = step.substr(0, step.find('@'));
    }
    if (step.empty() || !engine.DiscardFrom(last->id, step).ok()) {
      result.iterations.push_back({id, GetString(task, "title"), "", "", "", "", ""});
      return RunEnded(
          task, {.status = "failed",
                 .code = Code::kPermission,
                 .error = "task " + id +
                          " is in review, but this machine has no run of it to go on with; set it to open "
                          "to have it implemented again, or to done"});
    }
    ResumeRun(task, *last, true);
  }

  void Claim(const Json& task, std::function<void(const Json&)> claimed_task) {
    auto self = shared_from_this();
    Json input = {{"id", GetString(task, "id")},
                  {"owner", options.owner},
                  {"expected_status", GetString(task, "status")},
                  {"ttl_ms", kClaimTtlMs}};
    plugin::Call(calls, board, MAMC_BOARD_CLAIM, input, [self, task, claimed_task](Result<Json> claimed) {
      if (claimed.ok()) return claimed_task(GetMember(*claimed, "task"));
      // Somebody was faster: look again, at the others.
      if (claimed.status().code() == Code::kConflict) {
        self->refused[GetString(task, "id")] = GetInt(task, "version");
        return self->Next();
      }
      self->EndCritical(claimed.status().Within("task " + GetString(task, "id") + " cannot be claimed"));
    });
  }

  // ---- one run ----
  void StartRun(const Json& task, const Json& before) {
    const Project& project = options.project;
    Json milestone = MilestoneOf(task);
    auto chosen = ChooseWorkflow(options.workflows, task, milestone, project.ToJson(), project.workflow,
                                 options.default_workflow);
    result.iterations.push_back({GetString(task, "id"), GetString(task, "title"),
                                 chosen.ok() ? (*chosen)->name : "", "", "", "", ""});
    // The attempts are counted on the task as it was before the claim cleared them.
    Json counted = task;
    counted["blocked"] = GetMember(before, "blocked");
    if (!chosen.ok())
      return RunEnded(counted,
                      {.status = "failed", .code = Code::kPermission, .error = chosen.status().message()});
    engine::RunSpec spec;
    spec.task = task;
    spec.project = project.ToJson();
    spec.milestone = milestone;
    spec.repo = GetString(task, "repo", project.repo);
    spec.base = project.base;
    spec.branch = BranchOf(task, milestone);
    spec.texts["workflow"] = (*chosen)->text;
    for (const auto& workflow : options.workflows) spec.texts["workflow/" + workflow->name] = workflow->text;
    for (const auto& persona : options.personas) spec.texts["persona/" + persona->id] = persona->text;
    auto self = shared_from_this();
    Emit("task-started", "", GetString(task, "title"),
         {{"task", GetString(task, "id")}, {"workflow", (*chosen)->name}});
    KeepClaim(GetString(task, "id"));
    std::string run = engine.Start(std::move(spec), [self, counted](engine::RunResult ended) {
      self->RunEnded(counted, std::move(ended));
    });
    if (!run.empty()) {
      result.iterations.back().run = run;
      Publish(task, run, "progress", "started", "");
    }
  }

  Json MilestoneOf(const Json& task) const {
    std::string id = GetString(task, "milestone");
    for (const Json& milestone : milestones)
      if (!id.empty() && GetString(milestone, "id") == id) return milestone;
    return nullptr;
  }

  // All tasks of a milestone with a branch share it.
  static std::string BranchOf(const Json& task, const Json& milestone) {
    if (std::string own = GetString(task, "branch"); !own.empty()) return own;
    if (std::string shared = GetString(milestone, "branch"); !shared.empty()) return shared;
    std::string slug = Slug(GetString(task, "title"));
    return "mamc/task-" + GetString(task, "id") + (slug.empty() ? "" : "-" + slug);
  }

  void KeepClaim(const std::string& task) {
    loop.Cancel(renewal);
    auto self = shared_from_this();
    renewal = loop.After(Milliseconds(kClaimTtlMs / 3), [self, task] {
      Json input = {{"id", task},
                    {"owner", self->options.owner},
                    {"expected_status", "in_progress"},
                    {"ttl_ms", kClaimTtlMs}};
      // A task that has moved on (in_review) needs no claim any more.
      plugin::Call(self->calls, self->board, MAMC_BOARD_CLAIM, input, [](Result<Json>) {});
      self->KeepClaim(task);
    });
  }

  void RunEnded(const Json& task, engine::RunResult run) {
    loop.Cancel(renewal);
    // The board hears only of what is recorded.
    if (!journal.status().ok()) return EndCritical(journal.status());
    Iteration& iteration = result.iterations.back();
    if (!run.run.empty()) iteration.run = run.run;
    iteration.error = run.error;
    iteration.commit = run.commit;
    if (run.status == "done") return FinishTask(task, run);
    BlockTask(task, run);
  }

  void FinishTask(const Json& task, const engine::RunResult& run) {
    auto self = shared_from_this();
    plugin::Call(
        calls, board, MAMC_BOARD_GET, {{"id", GetString(task, "id")}}, [self, task, run](Result<Json> got) {
          if (!got.ok()) return self->EndCritical(got.status().Within("the board cannot be read"));
          std::string status = GetString(GetMember(*got, "task"), "status");
          // The workflow decides; one that says nothing is done when it has succeeded.
          bool unsaid = status == "in_progress" || status == "in_review";
          Json set = unsaid ? Json{{"status", "done"}} : Json::object();
          std::string comment =
              "Run " + run.run + " done" + (run.commit.empty() ? "." : "; commit " + run.commit + ".");
          self->UpdateTask(task, run.run, set, comment, unsaid ? "done" : status, "");
        });
  }

  void BlockTask(const Json& task, const engine::RunResult& run) {
    const Json& blocked = GetMember(task, "blocked");
    std::int64_t attempts = GetInt(blocked, "attempts") + 1;
    std::string reason = BlockReason(run.code);
    std::string text = run.error;
    if (reason == "retry" && attempts >= options.blocked_max_attempts) {
      reason = "person";
      text += " (given up after " + std::to_string(attempts) + " attempts)";
    }
    std::string comment = "Run " + run.run + " failed" + (run.step.empty() ? "" : " in step " + run.step) +
                          ": " + FirstLines(text);
    if (!run.commit.empty()) comment += "\nCommit reached: " + run.commit + ".";
    if (!run.workspace.empty()) comment += "\nIts files are kept.";
    Json set = {{"status", "blocked"},
                {"blocked", {{"reason", reason}, {"attempts", attempts}, {"text", FirstLines(text)}}}};
    UpdateTask(task, run.run, set, comment, "blocked", text);
  }

  void UpdateTask(const Json& task, const std::string& run, const Json& set, const std::string& comment,
                  const std::string& status, const std::string& error) {
    Json input = {{"id", GetString(task, "id")}, {"set", set}, {"comment", comment}};
    std::string end = run.empty() ? "" : EndOf(run).name;
    if (!end.empty()) input["op_id"] = end;
    auto self = shared_from_this();
    plugin::Call(
        calls, board, MAMC_BOARD_UPDATE, input, [self, task, run, end, status, error](Result<Json> updated) {
          if (!updated.ok())
            return self->EndCritical(
                updated.status().Within("task " + GetString(task, "id") + " cannot be updated"));
          if (!end.empty())
            self->journal.Append(run, journal::RecordKind::kSignal, "", "",
                                 Dump({{"what", "reported"}, {"end", end}}));
          self->result.iterations.back().status = status;
          self->Emit(status == "blocked" ? "task-blocked" : "task-done", run, GetString(task, "title"),
                     {{"task", GetString(task, "id")}, {"status", status}, {"error", error}});
          self->Publish(task, run, status == "blocked" ? "error" : "done", status, error);
          self->Next();
        });
  }

  void Publish(const Json& task, const std::string& run, const std::string& status, const std::string& state,
               const std::string& error) {
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

  void Emit(const std::string& kind, const std::string& run, const std::string& text,
            Json fields = Json::object()) {
    std::string spoken = kind;
    for (char& c : spoken)
      if (c == '-') c = ' ';
    Log("engine", kind == "task-blocked" ? LogLevel::kError : LogLevel::kInfo, spoken,
        {{"run", run}, {"text", text}, {"more", fields.empty() ? "" : Dump(fields)}});
    if (on_event) on_event({run, kind, "", text, std::move(fields)});
  }

  // ---- the end ----
  void EndCritical(Status reason) {
    result.critical = true;
    result.code = reason.code();
    result.error = reason.message();
    Log("engine", LogLevel::kError, "the project loop cannot go on", {{"error", reason.message()}});
    End();
  }

  void End() {
    loop.Cancel(renewal);
    loop.Cancel(second_look);
    Done finished = std::move(done);
    done = nullptr;
    if (finished) finished(std::move(result));
  }
};

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
  state_->left_behind = state_->LeftBehind();
  state_->Next();
}

std::shared_ptr<engine::Service> Coordinator::board_service() const {
  return MakeBoardService(state_->calls, state_->board);
}

}  // namespace mamc::coordinator

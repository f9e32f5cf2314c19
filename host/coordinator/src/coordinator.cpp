#include "mamc/coordinator/coordinator.hpp"

#include <algorithm>

#include "board_service.hpp"
#include "coordinator_state.hpp"
#include "task_order.hpp"

namespace mamc::coordinator {

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

// A host that died after a run's workflow had set its task to done (or archived) left the run's last words
// unsaid: they are said before anything else, once. True when there was such a run. A task that somebody else
// has closed is his: its run is not gone on with, so it pushes and merges nothing any more.
bool Coordinator::State::TakeLeftBehind(const Json& tasks) {
  auto run = std::exchange(left_behind, std::nullopt);
  if (!run) return false;
  auto task = std::find_if(tasks.begin(), tasks.end(),
                           [&run](const Json& one) { return GetString(one, "id") == run->task; });
  if (task == tasks.end()) return false;
  const std::string status = GetString(*task, "status");
  if (!IsFinished(status)) return false;
  bool by_run = runs.StatusSetBy(run->id) == status;
  if (by_run && run->status == "running") {
    ResumeRun(*task, *run, false);
  } else if (by_run) {
    ReportAgain(*task, *run);
  } else if (run->status == "running") {
    const std::string reason = "task " + run->task + " was set to " + status + " by somebody else";
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
    if (ours && !IsFinished(status)) result.blocked.push_back(task);
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

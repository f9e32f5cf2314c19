#include "mamc/coordinator/coordinator.hpp"

#include <algorithm>

#include "board_service.hpp"
#include "coordinator_state.hpp"
#include "task_order.hpp"

namespace mamc::coordinator {
namespace {
constexpr Milliseconds kSecondLook(10 * 60 * 1000);
}

Json Project::ToJson() const {
  return {{"id", id},
          {"name", name.empty() ? id : name},
          {"repo", repo},
          {"base", base},
          {"merge", base_writes ? merge : "branch"},
          {"base_writes", base_writes},
          {"test", test},
          {"test_network", test_network},
          {"protected", protected_files},
          {"inherited_failures", inherited_count ? "count" : "report"},
          {"ma", ma ? "on" : "off"},
          {"ma_branch", ma_branch}};
}

Json Project::ToJsonFor(const Json& task, const std::string& its_base) const {
  if (GetString(task, "follows").empty()) return ToJson();
  Project its_own = *this;
  its_own.base = its_base;
  if (!base_writes || merge == "branch") its_own.merge = "merge";
  its_own.base_writes = true;
  return its_own.ToJson();
}

int LoopResult::exit_code() const {
  // Settings: also a board that refuses this machine's token, or has no such project.
  bool setting = code == Code::kInvalid || code == Code::kPermission || code == Code::kNotFound;
  if (critical && setting) return 2;
  if (critical) return IsRetryable(code) ? 3 : 1;
  return blocked.empty() ? 0 : 1;
}

// ---- The loop ----

void Coordinator::State::Next() {
  if (!GoesOn()) return;
  for (Submission& submission : submissions) submission.seen = true;
  if (!journal.status().ok()) return EndCritical(journal.status());
  board->Ask(MAMC_BOARD_LIST, Json::object(), [self = shared_from_this()](Result<Json> listed) {
    if (!self->GoesOn()) return;
    if (!listed.ok()) return self->EndCritical(listed.status().Within("the board cannot be read"));
    self->Listed(*listed);
  });
}

void Coordinator::State::Listed(const Json& list) {
  milestones = GetMember(list, "milestones");
  all_tasks = GetMember(list, "tasks");
  const Json& tasks = all_tasks;
  if (TakeLeftBehind(tasks)) return;
  std::vector<Json> wanted = Wanted(tasks);
  if (Milliseconds claimed = ClaimedFor(tasks); wanted.empty() && claimed > Milliseconds(0))
    return WaitForOthers(claimed, "what is left is still claimed by another host");
  if (wanted.empty() || AtLimit()) return NothingLeft(tasks, !wanted.empty());
  auto next = std::find_if(wanted.begin(), wanted.end(),
                           [this](const Json& task) { return !outage.Waits(GetString(task, "id")); });
  if (next != wanted.end()) return Take(*next);
  Milliseconds soonest = Milliseconds::max();
  for (const Json& task : wanted) soonest = std::min(soonest, outage.TimeLeft(GetString(task, "id")));
  WaitForOthers(soonest, "what the tasks need could not be reached");
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
  bool asked_since =
      std::any_of(submissions.begin(), submissions.end(), [](const Submission& one) { return !one.seen; });
  if (asked_since && !limit) return Next();
  // The board would give back a task of ours whose end it did not take, and its work would be done again.
  const bool untold = std::any_of(tasks.begin(), tasks.end(), [this](const Json& task) {
    return GetString(task, "status") == "in_progress" && claims->WasRefused(task) && !WasAnothers(task);
  });
  if (!limit && !untold && !std::exchange(asked_for_orphans, true)) return AskForOrphans(tasks);
  const Json left = LeftOf(tasks);
  if (!options.drain && !limit) {
    AnswerAll(left);
    return WaitForChange();
  }
  for (const Json& task : left) result.blocked.push_back(task);
  if (limit)
    result.error = "stopped after " + std::to_string(result.iterations.size() - unreachable) +
                   " iterations (COORDINATOR_MAX_ITERATIONS)";
  End();
}

Json Coordinator::State::LeftOf(const Json& tasks) const {
  Json left = Json::array();
  const TaskStatuses statuses = StatusesOf(tasks);
  for (const Json& task : tasks) {
    bool ours = options.only_task.empty() || GetString(task, "id") == options.only_task;
    if (!ours || IsFinished(GetString(task, "status"))) continue;
    left.push_back(task);
    if (Json ids = WaitsFor(task, statuses); !ids.empty()) left.back()["waits_for"] = std::move(ids);
  }
  return left;
}

// A board that knows which of its workers are dead gives their tasks back; on others their claims end by
// themselves. Asked once, and after the tasks that an earlier host of ours was at, which are gone on with.
void Coordinator::State::AskForOrphans(const Json& tasks) {
  board->Ask(MAMC_BOARD_ADOPT, {{"owner", options.owner}},
             [self = shared_from_this(), tasks](Result<Json> given) {
               if (!self->GoesOn()) return;
               if (given.ok()) return self->Next();
               Code code = given.status().code();
               if (code == Code::kFailed)
                 self->Emit("warning", "", "the board gives no orphans back: " + given.status().message());
               if (code == Code::kFailed || code == Code::kUnsupported || code == Code::kNotFound)
                 return self->NothingLeft(tasks, false);
               self->EndCritical(given.status().Within("the board cannot be asked for orphans"));
             });
}

void Coordinator::State::WaitForChange() {
  if (!watching) {
    Watch();
    return Next();  // what changed before the board was watched
  }
  if (!waiting) Emit("waiting", "", "nothing to do; waiting for the board to change");
  waiting = true;
  // A claim of somebody who has died ends without a change of the board.
  loop.Cancel(second_look);
  second_look = loop.After(kSecondLook, [self = shared_from_this()] {
    self->claims->ForgetRefused();
    self->Wake();
  });
}

// How long until the first claim that others have on what could be worked on ends by itself, if it does soon:
// the host that had the project before may have died with it. One that is renewed is of somebody at work: who
// drains does not wait for that.
Milliseconds Coordinator::State::ClaimedFor(const Json& tasks) const {
  const std::int64_t now = loop.clock().UnixMs();
  Milliseconds soonest(0);
  for (const Json& task : tasks) {
    const Json& claim = GetMember(task, "claim");
    bool ours = GetString(claim, "owner") == options.owner;
    bool wanted = options.only_task.empty() || GetString(task, "id") == options.only_task;
    const std::int64_t until = GetInt(claim, "until_ms");
    Milliseconds left(until - now);
    bool soon = left > Milliseconds(0) && left <= Milliseconds(options.silence_limit_ms) &&
                (!options.drain || until <= claims_end_ms);
    if (!claim.is_object() || ours || !wanted || !soon || IsFinished(GetString(task, "status"))) continue;
    if (soonest == Milliseconds(0) || left < soonest) soonest = left;
  }
  return soonest;
}

// Also with drain: what could not be reached may come back, and a claim may end.
void Coordinator::State::WaitForOthers(Milliseconds time, const std::string& text) {
  if (!options.drain && !watching) {
    Watch();
    return Next();  // what changed before the board was watched
  }
  if (!waiting)
    Emit("waiting", "", text + "; trying again in " + std::to_string(time.count() / 1000) + " s",
         {{"wait_ms", time.count()}});
  waiting = true;
  loop.Cancel(second_look);
  second_look = loop.After(time, [self = shared_from_this()] {
    self->claims->ForgetRefused();
    self->Wake();
  });
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
  board->Watch(std::make_shared<Watcher>(board->calls(), weak_from_this()));
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
  messaging::Event event;
  event.status = "error";
  event.result = {{"project", options.project.id}, {"code", static_cast<int>(reason.code())}};
  event.error = reason.message();
  event.corr_id = "project:" + options.project.id;
  PublishEvent(std::move(event));
  End();
}

void Coordinator::State::Leave(const Status& why, std::function<void()> told) {
  bool under_way = done && IsHeld() && !result.iterations.empty() && !result.iterations.back().run.empty() &&
                   result.iterations.back().status.empty();
  if (!under_way) return told();
  const Iteration& now = result.iterations.back();
  Json comment = {
      {"id", now.task},
      {"author", "mamc-host"},
      {"text", "Run " + now.run + " was left: " + why.message() + "\nIt is gone on with at the next start."},
      {"op_id", now.run + "/left"}};
  board->Ask(MAMC_BOARD_COMMENT, comment, [told = std::move(told)](Result<Json> said) {
    if (!said.ok())
      Log("engine", LogLevel::kError, "cannot comment on a task", {{"error", said.status().message()}});
    told();
  });
}

void Coordinator::State::End() {
  claims->Drop();
  loop.Cancel(second_look);
  if (!options.alone) lease->GiveUp({});
  channel.Forget(forwarded);
  Done finished = std::move(done);
  done = nullptr;
  ended = true;
  last_error = result.error;
  AnswerAll(Json(result.blocked));
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
  state_->ListenForSubmissions();
  state_->WaitForTurn();
}

void Coordinator::Submit(const std::string& corr_id, Answered answered) {
  state_->Submit(corr_id, std::move(answered));
}

void Coordinator::Unsubmit(const std::string& corr_id) {
  state_->Unsubmit(corr_id);
}

void Coordinator::GiveUp(std::function<void()> done) {
  if (state_->options.alone) return done();
  state_->lease->GiveUp(std::move(done));
}

void Coordinator::Leave(const Status& why, std::function<void()> told) {
  state_->Leave(why, std::move(told));
}

std::shared_ptr<engine::Service> Coordinator::board_service() const {
  return MakeBoardService(state_->board, state_->runs, state_->options.owner);
}

}  // namespace mamc::coordinator

// What the loop of a project is made of: coordinator.cpp goes round, take_task.cpp begins or goes on with a
// task's run, run_outcome.cpp tells the board what came of it. All callbacks hold it.
//
// Thread rule: the loop's thread.
#pragma once
#include <mamc/board.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "board.hpp"
#include "claims.hpp"
#include "mamc/base/log.hpp"
#include "mamc/coordinator/coordinator.hpp"
#include "outage.hpp"
#include "task_report.hpp"
#include "task_runs.hpp"
#include "workflow_choice.hpp"

namespace mamc::coordinator {

struct Coordinator::State : std::enable_shared_from_this<Coordinator::State> {
  State(Loop& loop_in, plugin::Calls& calls_in, std::shared_ptr<plugin::Instance> board_in,
        journal::Journal& journal_in, engine::Engine& engine_in, messaging::Channel& channel_in,
        CoordinatorOptions options_in, OnEvent on_event_in)
      : loop(loop_in),
        board(std::make_shared<Board>(calls_in, std::move(board_in), options_in.context,
                                      options_in.project.id)),
        journal(journal_in),
        engine(engine_in),
        channel(channel_in),
        options(std::move(options_in)),
        on_event(std::move(on_event_in)),
        runs(journal, options.project.id),
        outage(loop.clock(), options.outage_limit),
        claims(std::make_shared<Claims>(loop, board, options.owner, Milliseconds(options.silence_limit_ms))),
        lease(channel.MakeLease("project:" + options.project.id, options.owner, options.silence_limit_ms)) {}

  // ---- whose project it is (turn.cpp) ----
  void WaitForTurn();
  void TurnBegins(const std::string& before);
  void SomebodyElses(const std::string& holder);
  void TurnEnds(const std::string& why);
  void BeginRound();
  // Asked before the board is touched. False: the project is not ours any more, or was not in between. This
  // round is over then, and another begins when it is ours.
  bool GoesOn();
  bool IsHeld() const { return !ended && (options.alone ? turn > 0 : lease->held()); }
  std::function<bool()> WhileHeld();

  // ---- who has asked for it (submit.cpp) ----
  struct Submission {
    std::string corr_id;
    std::size_t since = 0;  // the iterations before are none of its own
    bool seen = false;      // the board was read after it came
    Answered answered;
    messaging::Channel::Expectation from_holder = 0;
  };
  void Submit(const std::string& corr_id, Answered answered);
  void Unsubmit(const std::string& corr_id);
  void ListenForSubmissions();
  void TellHolder(Submission& submission);
  void HolderAnswered(const std::string& corr_id, const messaging::Event& event);
  void AnswerForOther(const std::string& corr_id);
  void AnswerAll(const Json& left);
  Json SummaryOf(const Submission& submission, const Json& left) const;

  // ---- the loop ----
  void Next();
  void Listed(const Json& list);
  std::vector<Json> Wanted(const Json& tasks) const;
  bool TakeLeftBehind(const Json& tasks);
  bool AtLimit() const;
  void NothingLeft(const Json& tasks, bool limit);
  Json LeftOf(const Json& tasks) const;
  void AskForOrphans(const Json& tasks);
  void WaitForChange();
  Milliseconds ClaimedFor(const Json& tasks) const;
  void WaitForOthers(Milliseconds time, const std::string& text);
  void Watch();
  void Wake();

  // ---- one task ----
  void Take(const Json& task);
  void Claim(const Json& task, std::function<void(const Json&)> claimed);
  void KeepClaim(const std::string& task);
  void BeginRun(const Json& task);
  Result<WorkflowPtr> WorkflowFor(const Json& task) const;
  // `missing`: what keeps this task from being worked on; empty: nothing.
  void StartRun(const Json& task, const Json& before, std::string missing);
  void ResumeRun(const Json& task, const journal::RunRow& row, bool reopen);
  void ResumeReview(const Json& task);
  bool RunGoesOn(const Json& task, const journal::RunRow& row) const;
  bool WasAnothers(const Json& task) const;
  bool IsAsBegun(const Json& task, const journal::RunRow& row) const;
  void GoOn(const Json& task, const journal::RunRow& row);
  void ReportAgain(const Json& task, const journal::RunRow& row);
  void BeginIteration(const Json& task, std::string workflow, std::string run = {});
  Json MilestoneOf(const Json& task) const;
  Result<std::string> BaseOf(const Json& task) const;

  // ---- what came of it (run_outcome.cpp) ----
  void RunEnded(const Json& task, const engine::RunResult& run);
  // `counts`: the end says something about the task. `tries`: how often somebody may be faster.
  void Report(const Json& task, const engine::RunResult& run, bool counts, int tries);
  void LeaveToOther(const Json& task, const std::string& run);
  // `now`: the task as the board has it.
  TaskReport ReportOf(const Json& task, const engine::RunResult& run, bool counts, const Json& now) const;
  // `changed`: somebody was faster, nothing was told; null: that ends the loop.
  void UpdateTask(const Json& task, const std::string& run, std::int64_t version, const TaskReport& report,
                  std::function<void()> changed);
  void NotTaken(const Json& task, const std::string& run, std::int64_t version, const Status& why);
  void TaskUpdated(const Json& task, const std::string& run, const TaskReport& report);
  void Publish(const Json& task, const std::string& run, const std::string& status, const std::string& state,
               const std::string& error);
  void PublishEvent(messaging::Event event);
  void Emit(const std::string& kind, const std::string& run, const std::string& text,
            Json fields = Json::object());

  // ---- the end ----
  void EndCritical(const Status& reason);
  void End();
  void Leave(const Status& why, std::function<void()> told);

  Loop& loop;
  const std::shared_ptr<const Board> board;
  journal::Journal& journal;
  engine::Engine& engine;
  messaging::Channel& channel;
  const CoordinatorOptions options;
  const OnEvent on_event;
  TaskRuns runs;
  Outage outage;
  const std::shared_ptr<Claims> claims;
  const std::unique_ptr<messaging::Lease> lease;
  int turn = 0;                    // how often the project became ours
  int round_of = 0;                // the turn in which this round began
  bool in_round = false;           // a round is under way or waits
  std::int64_t claims_end_ms = 0;  // by when the claims from before this round have ended
  std::vector<Submission> submissions;
  messaging::Channel::Expectation forwarded = 0;
  std::string told_of;  // the host of which was said that we wait for it
  Done done;
  LoopResult result;
  bool ended = false;      // `done` was called
  std::string last_error;  // and with what
  Json milestones = Json::array();
  Json all_tasks = Json::array();  // the board's tasks, as they were when one of them was taken
  TimerId second_look = 0;
  std::optional<journal::RunRow> left_behind;  // by an earlier host
  std::size_t unreachable = 0;                 // iterations that say nothing about their task
  std::optional<Status> last_words;            // the loop ends with them when the board has heard of the task
  bool asked_for_orphans = false;
  bool watching = false;
  bool waiting = false;  // nothing was actionable; the board's next change wakes the loop
};

}  // namespace mamc::coordinator

// What came of a run: the outage, the board and everybody who listens hear of it.
#include "coordinator_state.hpp"

namespace mamc::coordinator {

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

}  // namespace mamc::coordinator

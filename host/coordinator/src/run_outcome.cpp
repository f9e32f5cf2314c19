// What came of a run: the outage, the board and everybody who listens hear of it.
#include "coordinator_state.hpp"
#include "task_order.hpp"

namespace mamc::coordinator {
namespace {
constexpr int kReportTries = 5;
}

void Coordinator::State::RunEnded(const Json& task, const engine::RunResult& run) {
  claims->Drop();
  if (ended) return;  // whoever got `done` has the iterations
  if (run.status == "parked") {
    result.iterations.pop_back();
    if (GoesOn()) BeginRound();
    return;
  }
  if (!GoesOn()) return;
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
  bool counts = run.status == "done" || verdict == Outage::Verdict::kCounts;
  if (!counts) ++unreachable;
  if (run.code == Code::kPermission && options.on_refused) options.on_refused();
  if (verdict == Outage::Verdict::kTooLong) last_words = Status(run.code, outage.Sentence());
  Report(task, run, counts, kReportTries);
}

// Somebody may have set the task otherwise while its run was under way: it is looked at first, and told only
// when it is still as it was then.
void Coordinator::State::Report(const Json& task, const engine::RunResult& run, bool counts, int tries) {
  board->Ask(MAMC_BOARD_GET, {{"id", GetString(task, "id")}},
             [self = shared_from_this(), task, run, counts, tries](Result<Json> got) {
               if (!self->GoesOn()) return;
               if (!got.ok()) return self->EndCritical(got.status().Within("the board cannot be read"));
               const Json& now = GetMember(*got, "task");
               if (self->WasAnothers(now)) return self->LeaveToOther(now, run.run);
               auto again = [self, task, run, counts, tries] { self->Report(task, run, counts, tries - 1); };
               self->UpdateTask(task, run.run, GetInt(now, "version"), self->ReportOf(task, run, counts, now),
                                tries > 1 ? again : std::function<void()>());
             });
}

// Another host has claimed the task while our run was under way: what that comes to counts.
void Coordinator::State::LeaveToOther(const Json& task, const std::string& run) {
  const std::string owner = GetString(GetMember(task, "claim"), "owner");
  const std::string id = GetString(task, "id");
  Emit("warning", run, "task " + id + " was taken by " + owner + "; the end of our run is not told");
  if (!run.empty()) runs.MarkReported(run, runs.EndOf(run).name);
  result.iterations.back().status = GetString(task, "status");
  if (last_words) return EndCritical(*last_words);
  Next();
}

TaskReport Coordinator::State::ReportOf(const Json& task, const engine::RunResult& run, bool counts,
                                        const Json& now) const {
  const std::string status = GetString(now, "status");
  if (run.status == "done") return ReportDone(run, runs.LandedBy(run.run), status);
  // A workflow that fails after it has closed its task itself has not done it.
  bool by_run = run.code != Code::kCancelled && runs.StatusSetBy(run.run) == status;
  if (IsFinished(status) && !by_run) return ReportClosed(run, status);
  if (!counts) return ReportUncounted(task, run);
  engine::RunResult told = run;
  engine::Engine::GoingOn on = engine.AfterFailure(run.run);
  if (!on.waits_for.empty())
    return ReportWaiting(task, run, GetMember(now, "dependencies"), on.waits_for,
                         options.blocked_max_attempts);
  if (on.follow)
    told.error += (on.settled ? ". The run goes on with that"
                              : "\nThen unblock task " + GetString(task, "id") +
                                    ": its run goes on with what the branch has by then") +
                  (on.tested ? ", tested again in step " + on.step
                             : ", at step " + on.step + ": no step before it tests that");
  else if (on.cut_off && run.code == Code::kPermission)
    told.error += "\nThen unblock task " + GetString(task, "id") + ": its run goes on at step " + on.step;
  return on.settled ? ReportUncounted(task, told) : ReportFailed(task, told, options.blocked_max_attempts);
}

void Coordinator::State::UpdateTask(const Json& task, const std::string& run, std::int64_t version,
                                    const TaskReport& report, std::function<void()> changed) {
  Json input = {
      {"id", GetString(task, "id")}, {"version", version}, {"set", report.set}, {"comment", report.comment}};
  // Where its work is found, whatever the task is called later. A conflict is told with its branch pushed.
  bool pushed = !run.empty() && (runs.LandedBy(run).branch || engine.AfterFailure(run).follow);
  if (std::string branch = runs.BranchOf(run); pushed && !branch.empty()) input["set"]["branch"] = branch;
  std::string end = run.empty() ? "" : runs.EndOf(run).name;
  if (!end.empty()) input["op_id"] = end;
  board->Ask(MAMC_BOARD_UPDATE, input,
             [self = shared_from_this(), task, run, version, end, report,
              changed = std::move(changed)](Result<Json> updated) {
               const Code code = updated.status().code();
               if (code == Code::kConflict && changed) return changed();
               const bool refused = code == Code::kInvalid || code == Code::kNotFound;
               if (refused && report.otherwise)
                 return self->UpdateTask(task, run, version, *report.otherwise, changed);
               const std::string id = GetString(task, "id");
               const Status why = updated.status().Within("task " + id + " cannot be updated");
               if (code == Code::kFailed) return self->NotTaken(task, run, version, why);
               if (!updated.ok()) return self->EndCritical(why);
               if (!end.empty()) self->runs.MarkReported(run, end);
               self->TaskUpdated(task, run, report);
             });
}

// The board does not take what concerns this one task: others go on, and it is tried again when the loop
// looks once more. The end of a run that it has not heard of is then told again.
void Coordinator::State::NotTaken(const Json& task, const std::string& run, std::int64_t version,
                                  const Status& why) {
  if (ended) return;
  claims->PassOver(GetString(task, "id"), version);
  TaskReport report;
  report.status = "failed";
  report.error = result.iterations.back().error = why.message();
  TaskUpdated(task, run, report);
}

void Coordinator::State::TaskUpdated(const Json& task, const std::string& run, const TaskReport& report) {
  if (ended) return;
  const bool failed = report.status == "failed", blocked = report.status == "blocked";
  result.iterations.back().status = report.status;
  Emit(failed    ? "task-failed"
       : blocked ? "task-blocked"
                 : "task-done",
       run, GetString(task, "title"),
       {{"task", GetString(task, "id")}, {"status", report.status}, {"error", report.error}});
  Publish(task, run, failed || blocked ? "error" : "done", report.status, report.error);
  if (last_words) return EndCritical(*last_words);
  Next();
}

void Coordinator::State::Publish(const Json& task, const std::string& run, const std::string& status,
                                 const std::string& state, const std::string& error) {
  messaging::Event event;
  event.workflow_id = run;
  event.task_id = GetString(task, "id");
  event.status = status;
  event.result = {{"task", state}, {"title", GetString(task, "title")}, {"project", options.project.id}};
  event.error = error;
  event.corr_id = messaging::TaskCorrId(options.project.id, event.task_id);
  PublishEvent(std::move(event));
}

void Coordinator::State::PublishEvent(messaging::Event event) {
  event.from_persona = "coordination";
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
  LogLevel level = kind == "task-blocked" || kind == "task-failed" ? LogLevel::kError
                   : kind == "warning"                             ? LogLevel::kWarn
                                                                   : LogLevel::kInfo;
  Log("engine", level, spoken, {{"run", run}, {"text", text}, {"more", fields.empty() ? "" : Dump(fields)}});
  if (on_event) on_event({run, kind, "", text, std::move(fields)});
}

}  // namespace mamc::coordinator

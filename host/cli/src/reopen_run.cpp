#include "reopen_run.hpp"

#include "mamc/coordinator/dependencies.hpp"

namespace mamc::cli {
namespace {

// The newest run of the same task; `row` itself when there is none.
std::string NewestOf(const journal::Journal& journal, const journal::RunRow& row) {
  for (const journal::RunRow& run : journal.ListRuns("", row.task))
    if (run.kind == row.kind && run.project == row.project) return run.id;
  return row.id;
}

}  // namespace

Status ReopenRun(engine::Engine& engine, journal::Journal& journal, const std::string& run,
                 const std::string& from_step) {
  auto row = journal.FindRun(run);
  if (!row) return NotFound("no run " + run + " in the journal; `mamc-host runs list` names them");
  if (row->kind != "task")
    return Invalid("run " + run + " is a persona's work; resume the run that asked for it");
  // The loop goes on with no other: a newer one has taken its branch on from there.
  if (const std::string newest = NewestOf(journal, *row); newest != run)
    return Invalid("run " + run + " is not the newest of task " + row->task + ", which is " + newest +
                   ": go on with that one");
  engine::Engine::GoingOn on = engine.AfterFailure(run);
  if (!on.waits_for.empty())
    return Invalid(
        "run " + run + " of task " + row->task + " " + coordinator::WaitsText(on.waits_for) +
        ", and goes on by itself when they are done or archived; `mamc-host task list` shows them");
  Status discarded;
  if (!from_step.empty())
    discarded = engine.DiscardFrom(
        run, from_step, on.follow ? engine::Engine::Files::kAsPushed : engine::Engine::Files::kAsBefore);
  else if (!on.step.empty())
    discarded = engine.DiscardFailed(run);
  if (!discarded.ok()) return discarded;
  // Somebody's wish to go on is newer than the wish to cancel, and than what has ended the host in it.
  const std::string resume = Dump({{"what", "resume"}});
  journal.Append(run, journal::RecordKind::kSignal, "", "", resume);
  for (const journal::RunRow& work : journal.ListRuns("running", row->task))
    if (work.kind == "work") journal.Append(work.id, journal::RecordKind::kSignal, "", "", resume);
  journal.ReopenRun(run);
  return journal.Commit();
}

}  // namespace mamc::cli

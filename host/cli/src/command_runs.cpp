#include <mamc/board.h>

#include <ostream>

#include "commands.hpp"
#include "control.hpp"
#include "machine.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/plugin_client.hpp"
#include "mamc/cli/table.hpp"
#include "run_log.hpp"

namespace mamc::cli {
namespace {

constexpr std::size_t kCommitDigits = 10;
const std::vector<std::string> kRunStatuses = {"running", "done", "failed", "cancelled"};

std::filesystem::path JournalFile(Session& session) {
  return session.config().state_dir / "journal.db";
}

bool HasJournal(Session& session) {
  std::error_code error;
  return std::filesystem::exists(JournalFile(session), error);
}

// A machine on which nothing has run yet.
std::string NoRunsYet(Session& session) {
  return "there are no runs yet in " + session.config().state_dir.string() +
         ": put a task on the board with `mamc-host task add`, then start `mamc-host --drain`; or see "
         "`mamc-host demo`";
}

// Reading needs no ownership: the journal is read beside its owner.
Result<std::unique_ptr<journal::Journal>> OpenJournal(Session& session) {
  if (!HasJournal(session)) return NotFound(NoRunsYet(session));
  return journal::Journal::Open(JournalFile(session));
}

Result<journal::RunRow> FindRun(Session& session, const journal::Journal& journal, const std::string& id) {
  constexpr std::size_t kNamed = 5;
  if (auto row = journal.FindRun(id)) return *row;
  std::vector<std::string> ids;
  std::string newest;
  for (const auto& row : journal.ListRuns("", "", 500)) {
    ids.push_back(row.id);
    if (row.kind == "task" && ids.size() <= kNamed)
      newest += (newest.empty() ? "" : ", ") + row.id + " (task " + row.task + ", " + row.status + ")";
  }
  if (!journal.status().ok()) return journal.status();
  if (ids.empty()) return NotFound("there is no run '" + id + "': " + NoRunsYet(session));
  return NotFound("there is no run '" + id + "'" + DidYouMean(id, ids) + "; the newest are " + newest +
                  "; `mamc-host runs list` names them all");
}

Json ToJson(const journal::RunRow& row) {
  return {{"id", row.id},
          {"kind", row.kind},
          {"project", row.project},
          {"task", row.task},
          {"workflow", row.workflow},
          {"status", row.status},
          {"error", row.error},
          {"created_ms", row.created_ms},
          {"ended_ms", row.ended_ms}};
}

// ---- runs list

struct RunsListOptions {
  std::string status, task;
  bool work = false;
  bool json = false;
};

Exit RunRunsList(Session& session, const RunsListOptions& options) {
  if (Exit code = session.NeedConfig()) return code;
  bool known = std::find(kRunStatuses.begin(), kRunStatuses.end(), options.status) != kRunStatuses.end();
  if (!options.status.empty() && !known)
    return session.Fail(kWrongUse, "there is no status '" + options.status + "'" +
                                       DidYouMean(options.status, kRunStatuses) +
                                       "; a run is running, done, failed or cancelled");
  // No runs is an answer, not a failure.
  if (!HasJournal(session)) {
    if (options.json) PrintJson(session.out, Json::array());
    session.err << NoRunsYet(session) << '\n';
    return kDone;
  }
  auto journal = OpenJournal(session);
  if (!journal.ok()) return session.Fail(journal.status());
  Json all = Json::array();
  Table table({"RUN", "PROJECT", "TASK", "WORKFLOW", "STATUS", "STARTED", "ERROR"});
  for (const auto& row : (*journal)->ListRuns(options.status, options.task, 500)) {
    if (row.kind == "work" && !options.work) continue;
    all.push_back(ToJson(row));
    table.Add({row.id, row.project, row.task, row.workflow, row.status, LocalTime(row.created_ms),
               Gist(row.error)});
  }
  if (!(*journal)->status().ok()) return session.Fail((*journal)->status());
  if (options.json)
    PrintJson(session.out, all);
  else
    table.Print(session.out);
  return kDone;
}

// ---- runs show, runs log

struct RunsShowOptions {
  std::string run;
  bool json = false;
};

// What is done again counts as it comes out then.
void DropDiscarded(const journal::Record& discard, Json* steps) {
  auto body = ParseJson(discard.body);
  if (!body.ok()) return;
  const Json& discarded = GetMember(*body, "steps");
  Json kept = Json::array();
  for (Json& step : *steps) {
    const std::string path = GetString(step, "path");
    const Json top = path.substr(0, path.find('@'));
    if (std::find(discarded.begin(), discarded.end(), top) == discarded.end())
      kept.push_back(std::move(step));
  }
  *steps = std::move(kept);
}

Exit RunRunsShow(Session& session, const RunsShowOptions& options) {
  if (Exit code = session.NeedConfig()) return code;
  auto journal = OpenJournal(session);
  if (!journal.ok()) return session.Fail(journal.status());
  auto row = FindRun(session, **journal, options.run);
  if (!row.ok()) return session.Fail(row.status());
  Json run = ToJson(*row);
  auto result = ParseJson(row->result.empty() ? "{}" : row->result);
  if (result.ok()) run["result"] = *result;
  Json steps = Json::array();
  for (const auto& record : (*journal)->Records(options.run)) {
    if (record.kind == journal::RecordKind::kDiscard) DropDiscarded(record, &steps);
    if (record.kind != journal::RecordKind::kReceipt && record.kind != journal::RecordKind::kSkip) continue;
    auto body = ParseJson(record.body);
    steps.push_back(
        {{"path", record.path},
         {"status", record.kind == journal::RecordKind::kSkip ? "skipped" : GetString(*body, "status")},
         {"error", GetString(*body, "error")},
         {"commit", GetString(*body, "commit")}});
  }
  run["steps"] = steps;
  if (options.json) {
    PrintJson(session.out, run);
    return kDone;
  }
  session.out << row->id << ": task " << row->task << ", workflow " << row->workflow << ", " << row->status
              << '\n';
  if (!row->error.empty()) session.out << "error: " << Printable(row->error) << '\n';
  Table table({"STEP", "STATUS", "COMMIT", "ERROR"});
  for (const Json& step : steps)
    table.Add({GetString(step, "path"), GetString(step, "status"),
               GetString(step, "commit").substr(0, kCommitDigits), Gist(GetString(step, "error"))});
  table.Print(session.out);
  return kDone;
}

Exit RunRunsLog(Session& session, const RunsShowOptions& options) {
  if (Exit code = session.NeedConfig()) return code;
  auto journal = OpenJournal(session);
  if (!journal.ok()) return session.Fail(journal.status());
  auto row = FindRun(session, **journal, options.run);
  if (!row.ok()) return session.Fail(row.status());
  Json all = Json::array();
  RunLog log(session.out, session.CommandLineOf("runs log " + row->id + " --json"));
  for (const auto& record : (*journal)->Records(options.run)) {
    auto body = ParseJson(record.body);
    Json entry = {{"seq", record.seq},   {"at_ms", record.at_ms}, {"kind", KindText(record.kind)},
                  {"path", record.path}, {"key", record.key},     {"body", body.ok() ? *body : Json()}};
    if (options.json) {
      all.push_back(std::move(entry));
      continue;
    }
    log.Print(record, entry["body"]);
  }
  if (options.json) PrintJson(session.out, all);
  return kDone;
}

// ---- runs resume, retry, cancel

struct RunsActOptions {
  std::string run;
  std::string from;
  std::string reason = "cancelled by a person";
};

// The task goes on: it must not stay blocked on the board.
Status FreeTask(Session& session, const journal::RunRow& row) {
  auto board = PluginClient::OfBoard(session);
  if (!board.ok()) return board.status();
  Json input = {{"id", row.task},
                {"project", row.project},
                {"set", {{"status", "in_progress"}}},
                {"comment", "Run " + row.id + " is gone on with."}};
  return (*board)->Ask(MAMC_BOARD_UPDATE, input).status();
}

Exit GoOn(Session& session, const RunsActOptions& options) {
  if (Exit code = session.NeedCatalog()) return code;
  auto journal = OpenJournal(session);
  if (!journal.ok()) return session.Fail(journal.status());
  auto row = FindRun(session, **journal, options.run);
  if (!row.ok()) return session.Fail(row.status());
  bool ended_well = row->status == "done" && options.from.empty();
  if (ended_well)
    return session.Fail(kWrongUse,
                        "run " + row->id + " is done; `runs retry --from STEP` does a part of it again");
  journal->reset();
  auto asked = AskOwner(session.config().state_dir / "control.sock",
                        {{"what", "reopen"}, {"run", row->id}, {"from", options.from}});
  if (asked.ok()) {
    if (Status freed = FreeTask(session, *row); !freed.ok()) return session.Fail(freed);
    session.err << "run " << row->id << " goes on in the host that owns the state directory\n";
    return kDone;
  }
  if (asked.status().code() != Code::kNotFound) return session.Fail(asked.status());
  Exit exit = kDone;
  MachineOptions machine_options;
  machine_options.projects = {row->project};
  machine_options.drain = true;
  machine_options.only_task = row->task;
  auto machine = Machine::Make(session, std::move(machine_options), &exit);
  if (!machine) return exit;
  if (Status opened = machine->Reopen(row->id, options.from); !opened.ok()) return session.Fail(opened);
  if (Status freed = FreeTask(session, *row); !freed.ok()) return session.Fail(freed);
  return machine->Run();
}

Exit RunRunsResume(Session& session, const RunsActOptions& options) {
  return GoOn(session, options);
}
Exit RunRunsRetry(Session& session, const RunsActOptions& options) {
  return GoOn(session, options);
}

Exit RunRunsCancel(Session& session, const RunsActOptions& options) {
  if (Exit code = session.NeedConfig()) return code;
  if (!HasJournal(session)) return session.Fail(NotFound(NoRunsYet(session)));
  auto asked = AskOwner(session.config().state_dir / "control.sock",
                        {{"what", "cancel"}, {"run", options.run}, {"reason", options.reason}});
  if (asked.ok()) {
    session.err << "run " << options.run << " is being cancelled\n";
    return kDone;
  }
  if (asked.status().code() != Code::kNotFound) return session.Fail(asked.status());
  // Its owner has no such run, or nobody owns the journal: what is it?
  auto journal = OpenJournal(session);
  if (!journal.ok()) return session.Fail(journal.status());
  auto row = FindRun(session, **journal, options.run);
  if (!row.ok()) return session.Fail(row.status());
  if (row->status != "running")
    return session.Fail(kWrongUse, "run " + row->id + " has ended: " + row->status);
  auto lock = journal::StateDirLock::Acquire(session.config().state_dir);
  if (!lock.ok()) return session.Fail(kWorkFailed, lock.status().message());
  (*journal)->Append(row->id, journal::RecordKind::kSignal, "", "",
                     Dump({{"what", "cancel"}, {"reason", options.reason}}));
  (*journal)->SetRunResult(row->id, "cancelled", options.reason, "{}");
  if (Status committed = (*journal)->Commit(); !committed.ok()) return session.Fail(committed);
  session.err << "run " << row->id << " is cancelled";
  if (!row->task.empty())
    session.err << "; no host is running: the next start blocks its task " << row->task << " for a person";
  session.err << "\n";
  return kDone;
}

void AddRun(CLI::App* command, std::string* run) {
  command->add_option("run", *run, "Id of a run")->required()->type_name("RUN");
}

}  // namespace

void AddRunsCommands(CommandLine& line, CLI::App& group) {
  auto list = std::make_shared<RunsListOptions>();
  CLI::App* command = AddCommand(line, group, "list", "List runs, newest first", list, RunRunsList);
  command->add_option("--status", list->status, "Only running, done, failed or cancelled")
      ->type_name("STATUS");
  command->add_option("--task", list->task, "Only runs of this task")->type_name("ID");
  command->add_flag("--work", list->work, "Also the work of personas");
  AddJsonFlag(command, &list->json);

  auto show = std::make_shared<RunsShowOptions>();
  command = AddCommand(line, group, "show", "Show the steps of a run", show, RunRunsShow);
  AddRun(command, &show->run);
  AddJsonFlag(command, &show->json);

  auto log = std::make_shared<RunsShowOptions>();
  command =
      AddCommand(line, group, "log",
                 "Tell what a run did: each step, answer, test and verdict; --json has every record whole",
                 log, RunRunsLog);
  AddRun(command, &log->run);
  AddJsonFlag(command, &log->json);

  auto resume = std::make_shared<RunsActOptions>();
  command =
      AddCommand(line, group, "resume", "Go on with a run that did not end, or from the step that failed",
                 resume, RunRunsResume);
  AddRun(command, &resume->run);

  auto retry = std::make_shared<RunsActOptions>();
  command = AddCommand(line, group, "retry", "Do a step and what depends on it again", retry, RunRunsRetry);
  AddRun(command, &retry->run);
  command->add_option("--from", retry->from, "Step of the workflow to begin with")
      ->required()
      ->type_name("STEP");

  auto cancel = std::make_shared<RunsActOptions>();
  command =
      AddCommand(line, group, "cancel", "End a run; its task is blocked for a person", cancel, RunRunsCancel);
  AddRun(command, &cancel->run);
  command->add_option("--reason", cancel->reason, "Why, for the task's comments")->type_name("TEXT");
}

}  // namespace mamc::cli

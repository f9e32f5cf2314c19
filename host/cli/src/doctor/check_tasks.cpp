#include <mamc/board.h>

#include "checks.hpp"
#include "journal_view.hpp"
#include "mamc/base/text.hpp"
#include "mamc/workflow/needs.hpp"

namespace mamc::cli::doctor {
namespace {

constexpr std::size_t kMostBlocked = 20;  // of one project; `task list` shows all

bool IsFinished(const Json& task) {
  const std::string status = GetString(task, "status");
  return status == "done" || status == "archived";
}

const workflow::StepDef* FindStep(const workflow::StepList& steps, const std::string& id) {
  for (const auto& step : steps)
    if (step->id == id) return step.get();
  return nullptr;
}

// In the words that people look for: by what the step does in which the task's last run failed.
struct Cause {
  std::string run, symptom, advice;
};

Cause CauseOf(Checkup& checkup, const journal::RunRow& run) {
  Cause cause{run.id, "", ""};
  const RunEnd end = EndOf(run);
  if (IsRetryable(end.code)) cause.symptom = "Workflow Stuck";
  for (const WorkflowPtr& workflow : checkup.definitions().workflows) {
    if (workflow->name != run.workflow) continue;
    const workflow::StepDef* step = FindStep(workflow->steps, end.step);
    if (step == nullptr) return cause;
    auto type = checkup.session().names().FindStepType(step->type, step->range);
    if (type.ok() && workflow::Tests(*step, **type)) {
      cause.symptom = "Tests Keep Failing";
      cause.advice = "; do the tests pass in a fresh clone, with the test command of the project?";
    }
    const workflow::Needs needs =
        workflow::NeedsOf({std::make_shared<workflow::StepDef>(*step)}, checkup.session().names());
    if (!needs.judges.empty()) {
      cause.symptom = "Planning Loop Infinite";
      cause.advice =
          "; what do the judges want (a larger model, a clearer task), and is the limit of the step "
          "enough?";
    }
  }
  return cause;
}

// Its last run on this machine. Another project may have a task of the same id.
Cause CauseOf(Checkup& checkup, const journal::Journal& journal, const Json& task) {
  for (const journal::RunRow& run : journal.ListRuns("", GetString(task, "id")))
    if (run.kind == "task" && run.project == GetString(task, "project")) return CauseOf(checkup, run);
  return {};
}

std::string HowToGoOn(Checkup& checkup, const Json& task, const Cause& cause) {
  const std::string id = checkup.session().WordsFor(task);
  const std::string reason = GetString(GetMember(task, "blocked"), "reason");
  std::string advice = checkup.Command("task show " + id);
  if (!cause.run.empty()) advice += " and " + checkup.Command("runs log " + cause.run);
  advice += " say more" + cause.advice;
  if (reason == "person") return advice + "; correct it, then " + checkup.Command("task unblock " + id);
  return advice + "; it is tried again by itself";
}

void AddBlocked(Checkup& checkup, const journal::Journal* journal, const Json& task, Section& section) {
  const Json& blocked = GetMember(task, "blocked");
  const std::string reason = GetString(blocked, "reason");
  const std::string name = "task " + GetString(task, "id") + " (" + Gist(GetString(task, "title"), 60) + ")";
  if (reason == "dependencies")
    return section.Add(
        {Level::kNote, name + " waits for the tasks that it depends on", GetString(task, "project"), ""});
  const Cause cause = journal == nullptr ? Cause() : CauseOf(checkup, *journal, task);
  section.Add({reason == "person" ? Level::kProblem : Level::kWarning,
               name +
                   (reason == "person" ? " is blocked and waits for a person: "
                                       : " is blocked and is tried again: ") +
                   Gist(GetString(blocked, "text")),
               "project " + GetString(task, "project"), HowToGoOn(checkup, task, cause), cause.symptom});
}

std::string PlaceOf(Checkup& checkup, const std::string& project) {
  const config::Origin origin = checkup.config().OriginOf("projects." + project);
  return origin.source == config::Source::kDefault ? "projects." + project : origin.ToString();
}

// A task may name a repository of its own.
void CheckRepositories(Checkup& checkup, const std::string& project, const Json& tasks, Section& section) {
  auto configured = checkup.config().projects.find(project);
  if (configured != checkup.config().projects.end() && !configured->second.repo.empty()) return;
  std::string without;
  bool any = false;
  for (const Json& task : tasks) {
    if (IsFinished(task)) continue;
    any = true;
    if (GetString(task, "repo").empty()) without += (without.empty() ? "" : ", ") + GetString(task, "id");
  }
  if (any && without.empty()) return;
  section.Add({Level::kProblem,
               "project " + project + " has no repository" +
                   (without.empty() ? "" : ", and task " + without + " names none of its own"),
               PlaceOf(checkup, project),
               "set projects." + project +
                   ".repo in mamc.yaml, to an URL or a path; or give each task one with "
                   "`task add --repo`",
               "No repository remote URL available"});
}

void CheckBoardOf(Checkup& checkup, const std::string& project, const Json& tasks, Section& section) {
  CheckRepositories(checkup, project, tasks, section);
  auto journal = OpenJournal(checkup);
  std::map<std::string, std::size_t> by_status;
  std::size_t blocked = 0;
  for (const Json& task : tasks) {
    ++by_status[GetString(task, "status")];
    if (GetString(task, "status") != "blocked" || !GetMember(task, "blocked").is_object()) continue;
    if (++blocked <= kMostBlocked)
      AddBlocked(checkup, journal.ok() ? journal->get() : nullptr, task, section);
  }
  if (blocked > kMostBlocked)
    section.Add(
        {Level::kProblem, std::to_string(blocked - kMostBlocked) + " more tasks are blocked",
         "project " + project,
         checkup.Command("task list --status blocked --project " + ShellWord(project)) + " names them"});
  std::string counts;
  for (const auto& [status, count] : by_status)
    counts += (counts.empty() ? "" : ", ") + std::to_string(count) + " " + status;
  section.Ok("project " + project + ": " + (counts.empty() ? "no tasks" : counts));
}

void CheckTasksOf(Checkup& checkup, const std::string& project, Section& section) {
  checkup.AskBoard(
      MAMC_BOARD_LIST, {{"project", project}}, [&checkup, &section, project](Result<Json> answer) {
        if (answer.ok()) return CheckBoardOf(checkup, project, GetMember(*answer, "tasks"), section);
        section.Failed(answer.status().Within("the tasks of project " + project + " cannot be looked at"),
                       "project " + project + ", board " + checkup.config().board,
                       "what the board's self-test says comes first; " +
                           checkup.Command("task list --project " + ShellWord(project)) +
                           " shows whether it is mended");
      });
}

}  // namespace

// The board is the coordinator's.
void CheckTasks(Checkup& checkup, Section& section) {
  if (!checkup.coordinates()) return section.Ok("they are on the board of the machine that coordinates");
  for (const std::string& project : checkup.projects()) CheckTasksOf(checkup, project, section);
}

}  // namespace mamc::cli::doctor

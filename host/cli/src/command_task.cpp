#include <mamc/board.h>

#include <map>
#include <ostream>

#include "commands.hpp"
#include "control.hpp"
#include "mamc/base/address.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/plugin_client.hpp"
#include "mamc/cli/table.hpp"
#include "mamc/coordinator/dependencies.hpp"
#include "task_fields.hpp"

namespace mamc::cli {
namespace {

const std::vector<std::string> kTaskStatuses = {"open",    "in_progress", "in_review",
                                                "blocked", "done",        "archived"};

Result<std::unique_ptr<PluginClient>> OpenBoard(Session& session) {
  const config::Config& config = session.config();
  bool shared = config.transport != "local";
  if (shared && config.board == "local")
    session.err << "the board of this machine is asked, not another machine's\n";
  return PluginClient::OfBoard(session);
}

// Projects of the configuration and of the board. `about`: one that may be meant.
Result<std::vector<std::string>> ProjectIds(const Session& session, PluginClient& board,
                                            const std::string& about = {}) {
  std::vector<std::string> ids;
  for (const auto& [id, project] : session.config().projects) ids.push_back(id);
  Json asked = ids;
  if (!about.empty()) asked.push_back(about);
  Result<Json> answer = board.Ask(MAMC_BOARD_PROJECTS, {{"about", asked}});
  if (!answer.ok()) return answer.status();
  for (const Json& project : GetMember(*answer, "projects")) {
    std::string id = GetString(project, "id");
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

Status CheckProject(const Session& session, PluginClient& board, const std::string& project) {
  Result<std::vector<std::string>> ids = ProjectIds(session, board, project);
  if (!ids.ok()) return ids.status();
  if (std::find(ids->begin(), ids->end(), project) != ids->end()) return {};
  return NotFound("there is no project '" + project + "'" + DidYouMean(project, *ids) +
                  "; name it under `projects:` in mamc.yaml or give the task a --repo");
}

// ---- one task by its id

struct TaskId {
  std::string id;
  std::string project;  // empty: whichever has it
};

void AddTaskId(CLI::App* command, TaskId* task) {
  command->add_option("id", task->id, "Id of a task")->required()->type_name("ID");
  command
      ->add_option("--project", task->project,
                   "Its project, on a board that has the same id in several of `projects:`")
      ->type_name("ID");
}

// What a question about the task says of it. Some boards count within a project.
Json About(const Session& session, const TaskId& task) {
  Json about = {{"id", task.id}};
  if (!task.project.empty()) {
    about["project"] = task.project;
  } else if (!session.config().projects.empty()) {
    for (const auto& [id, project] : session.config().projects) about["project"].push_back(id);
  }
  return about;
}

// As it may be shown: who wrote it on the board need not have left a password out.
Json Shown(Json task) {
  if (GetMember(task, "repo").is_string()) task["repo"] = ShownAddress(task["repo"]);
  return task;
}

// ---- task add

struct TaskAddOptions {
  std::string project;
  TaskFields fields;
  bool json = false;
};

Exit RunTaskAdd(Session& session, const TaskAddOptions& options) {
  if (Exit code = session.NeedCatalog()) return code;
  if (Exit code = CheckFields(session, options.fields)) return code;
  auto board = OpenBoard(session);
  if (!board.ok()) return session.Fail(board.status());
  if (options.fields.repo.value_or("").empty()) {
    Status known = CheckProject(session, **board, options.project);
    if (!known.ok()) return session.Fail(known);
  }
  Result<Json> task = GivenFields(**board, options.project, options.fields);
  if (!task.ok()) return session.Fail(task.status());
  (*task)["project"] = options.project;
  Result<Json> answer = (*board)->Ask(MAMC_BOARD_CREATE, *task);
  if (!answer.ok()) return session.Fail(answer.status());
  const Json& created = GetMember(*answer, "task");
  if (options.json) {
    PrintJson(session.out, created);
  } else {
    session.out << Printable(GetString(created, "id")) << '\n';
  }
  return kDone;
}

// ---- task list

struct TaskListOptions {
  std::string project;
  std::string status;
  bool json = false;
};

std::string BlockedText(const Json& task) {
  const Json& blocked = GetMember(task, "blocked");
  if (!blocked.is_object()) return "";
  std::string text = Gist(GetString(blocked, "text"));
  return GetString(blocked, "reason") + (text.empty() ? "" : ": " + text);
}

Status CheckStatuses(const std::vector<std::string>& statuses) {
  for (const std::string& status : statuses) {
    if (std::find(kTaskStatuses.begin(), kTaskStatuses.end(), status) == kTaskStatuses.end()) {
      return Invalid("there is no status '" + status + "'" + DidYouMean(status, kTaskStatuses) +
                     "; a task is open, in_progress, in_review, blocked, done or archived");
    }
  }
  return {};
}

Result<Json> TasksOf(PluginClient& board, const std::vector<std::string>& projects,
                     const std::vector<std::string>& statuses) {
  Json tasks = Json::array();
  for (const std::string& project : projects) {
    Json input = {{"project", project}};
    if (!statuses.empty()) input["status"] = statuses;
    Result<Json> answer = board.Ask(MAMC_BOARD_LIST, input);
    if (!answer.ok()) return answer.status();
    for (const Json& task : GetMember(*answer, "tasks")) tasks.push_back(Shown(task));
  }
  return tasks;
}

// Those that have one of the statuses; with none, all.
void PrintTasks(Session& session, const Json& tasks, const std::vector<std::string>& statuses) {
  std::map<std::string, coordinator::TaskStatuses> known;  // by project: some boards count within one
  for (const Json& task : tasks)
    known[GetString(task, "project")][GetString(task, "id")] = GetString(task, "status");
  Table table({"ID", "PROJECT", "STATUS", "TYPE", "TITLE", "WHY"});
  bool any = false;
  for (const Json& task : tasks) {
    const std::string project = GetString(task, "project"), status = GetString(task, "status");
    if (!statuses.empty() && std::find(statuses.begin(), statuses.end(), status) == statuses.end()) continue;
    const std::string waits = coordinator::WaitsText(coordinator::WaitsFor(task, known[project]));
    table.Add({GetString(task, "id"), project, status, GetString(task, "type"), GetString(task, "title"),
               waits.empty() ? BlockedText(task) : waits});
    any = true;
  }
  table.Print(session.out);
  if (!any) session.err << "no tasks\n";
}

Exit RunTaskList(Session& session, const TaskListOptions& options) {
  if (Exit code = session.NeedCatalog()) return code;
  std::vector<std::string> statuses = SplitList(options.status);
  Status known = CheckStatuses(statuses);
  if (!known.ok()) return session.Fail(known);
  auto board = OpenBoard(session);
  if (!board.ok()) return session.Fail(board.status());

  Result<std::vector<std::string>> projects = std::vector<std::string>{options.project};
  if (options.project.empty()) projects = ProjectIds(session, **board);
  if (!projects.ok()) return session.Fail(projects.status());
  if (!options.project.empty()) {
    Status status = CheckProject(session, **board, options.project);
    if (!status.ok()) return session.Fail(status);
  }
  // What a listed task waits for may have a status that is not listed.
  Result<Json> tasks = TasksOf(**board, *projects, options.json ? statuses : std::vector<std::string>());
  if (!tasks.ok()) return session.Fail(tasks.status());
  if (options.json)
    PrintJson(session.out, *tasks);
  else
    PrintTasks(session, *tasks, statuses);
  return kDone;
}

// ---- task show

struct TaskShowOptions {
  TaskId task;
  bool json = false;
};

std::string TextOf(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return Dump(value);
  std::string all;
  for (const Json& item : value) all += (all.empty() ? "" : ", ") + TextOf(item);
  return all;
}

void PrintTask(Session& session, const Json& task, const Json& comments) {
  std::ostream& out = session.out;
  out << Printable(GetString(task, "id")) << ": " << Printable(GetString(task, "title")) << '\n';
  for (const char* name : {"project", "status", "type", "labels", "priority", "milestone", "dependencies",
                           "workflow", "repo", "branch", "follows"}) {
    const Json& value = GetMember(task, name);
    if (value.is_null() || value == "" || value == Json::array()) continue;
    out << name << ": " << Printable(TextOf(value)) << '\n';
  }
  const Json& blocked = GetMember(task, "blocked");
  if (blocked.is_object()) {
    std::int64_t attempts = GetInt(blocked, "attempts");
    out << "blocked: " << Printable(GetString(blocked, "reason")) << ", " << attempts
        << (attempts == 1 ? " attempt\n" : " attempts\n");
    PrintLines(out, GetString(blocked, "text"), "  ");
    if (GetString(blocked, "reason") == "person")
      out << "next: correct that, then "
          << Printable(session.CommandLineOf("task unblock " + session.WordsFor(task))) << '\n';
  }
  std::string description = GetString(task, "description");
  if (!description.empty()) out << '\n';
  PrintLines(out, description, "");
  for (const Json& comment : comments) {
    out << "\ncomment by " << Printable(GetString(comment, "author")) << ":\n";
    PrintLines(out, GetString(comment, "text"), "  ");
  }
}

Exit RunTaskShow(Session& session, const TaskShowOptions& options) {
  if (Exit code = session.NeedCatalog()) return code;
  auto board = OpenBoard(session);
  if (!board.ok()) return session.Fail(board.status());
  Result<Json> answer = (*board)->Ask(MAMC_BOARD_GET, About(session, options.task));
  if (!answer.ok()) return session.Fail(answer.status());
  (*answer)["task"] = Shown(GetMember(*answer, "task"));
  if (options.json) {
    PrintJson(session.out, *answer);
  } else {
    PrintTask(session, GetMember(*answer, "task"), GetMember(*answer, "comments"));
  }
  return kDone;
}

// ---- task set, task unblock

struct TaskSetOptions {
  TaskId task;
  std::string status, branch, comment;
  TaskFields fields;
  bool json = false;
};

// `before`: the task as it was.
Exit Update(Session& session, PluginClient& board, const Json& before, const Json& set,
            const std::string& comment, bool json) {
  Json input = {{"id", GetMember(before, "id")}, {"project", GetMember(before, "project")}, {"set", set}};
  if (!comment.empty()) input["comment"] = comment;
  Result<Json> answer = board.Ask(MAMC_BOARD_UPDATE, input);
  if (!answer.ok()) return session.Fail(answer.status());
  const Json task = Shown(GetMember(*answer, "task"));
  if (json) {
    PrintJson(session.out, task);
  } else {
    session.err << "task " << Printable(GetString(task, "id")) << " is "
                << Printable(GetString(task, "status")) << '\n';
  }
  return kDone;
}

bool IsUnderWay(const Json& task) {
  const std::string status = GetString(task, "status");
  return status == "in_progress" || status == "in_review";
}

// A host that works on the task does not look at it before its run has ended.
void WarnOfRun(Session& session, const Json& task) {
  const std::string id = GetString(task, "id");
  session.Warn(Printable("task " + id + " was " + GetString(task, "status") +
                         "; a run that is under way goes on to its end, and `" +
                         session.CommandLineOf("runs list --task " + ShellWord(id) + " --status running") +
                         "` names it for `" + session.CommandLineOf("runs cancel RUN") + "`"));
}

// `task` as it was before `status` closed it: its run would go on, and merge what nobody waits for any more.
Exit StopRun(Session& session, const Json& task, const std::string& status) {
  const std::string id = GetString(task, "id");
  auto asked = AskOwner(session.config().state_dir / "control.sock",
                        {{"what", "cancel-task"},
                         {"project", GetString(task, "project")},
                         {"task", id},
                         {"reason", "the task was set to " + status + " by a person"}});
  if (asked.ok()) {
    session.err << "its run " << Printable(GetString(*asked, "run")) << " is being cancelled\n";
    return kDone;
  }
  if (asked.status().code() != Code::kNotFound)
    return session.Fail(asked.status().Within("task " + id + " is " + status + ", but its run may go on"));
  if (IsUnderWay(task))
    session.err << "no host of this state directory is at it: a run that was interrupted here is not gone on "
                   "with, one of another machine goes on to its end\n";
  return kDone;
}

// Without a reason it would count as urgent and be the next that is worked on, as one that was created so.
Json BlockedByPerson(const std::string& comment) {
  return {{"reason", "person"}, {"text", comment.empty() ? "A person has blocked it." : comment}};
}

Exit RunTaskSet(Session& session, const TaskSetOptions& options) {
  if (Exit code = session.NeedCatalog()) return code;
  if (Exit code = CheckFields(session, options.fields)) return code;
  if (!options.status.empty()) {
    Status known = CheckStatuses({options.status});
    if (!known.ok()) return session.Fail(known);
  }
  if (!options.fields.any() && options.status.empty() && options.branch.empty() && options.comment.empty())
    return session.Fail(kWrongUse, "nothing to set; `mamc-host task set --help` shows what there is");

  auto board = OpenBoard(session);
  if (!board.ok()) return session.Fail(board.status());
  Result<Json> answer = (*board)->Ask(MAMC_BOARD_GET, About(session, options.task));
  if (!answer.ok()) return session.Fail(answer.status());
  const Json& before = GetMember(*answer, "task");
  Result<Json> given = GivenFields(**board, GetString(before, "project"), options.fields);
  if (!given.ok()) return session.Fail(given.status());
  Json set = std::move(*given);
  if (!options.status.empty()) set["status"] = options.status;
  if (options.status == "blocked") set["blocked"] = BlockedByPerson(options.comment);
  if (!options.branch.empty()) set["branch"] = options.branch;
  bool closes = options.status == "done" || options.status == "archived";
  if (!options.status.empty() && !closes && IsUnderWay(before)) WarnOfRun(session, before);
  // First the board: the run, when it ends, finds the task closed.
  Exit updated = Update(session, **board, before, set, options.comment, options.json);
  return updated == kDone && closes ? StopRun(session, before, options.status) : updated;
}

struct TaskUnblockOptions {
  TaskId task;
  std::string comment;
  bool json = false;
};

// Open again with no attempts counted.
Exit RunTaskUnblock(Session& session, const TaskUnblockOptions& options) {
  if (Exit code = session.NeedCatalog()) return code;
  auto board = OpenBoard(session);
  if (!board.ok()) return session.Fail(board.status());
  Result<Json> answer = (*board)->Ask(MAMC_BOARD_GET, About(session, options.task));
  if (!answer.ok()) return session.Fail(answer.status());
  const Json& before = GetMember(*answer, "task");
  std::string status = GetString(before, "status");
  if (status != "blocked")
    return session.Fail(kWrongUse, "task " + options.task.id + " is " + status + ", not blocked");
  Json set = {{"status", "open"}, {"blocked", nullptr}};
  return Update(session, **board, before, set, options.comment, options.json);
}

}  // namespace

void AddTaskCommands(CommandLine& line, CLI::App& group) {
  auto add = std::make_shared<TaskAddOptions>();
  CLI::App* command =
      AddCommand(line, group, "add", "Put a task on the board; its id is printed", add, RunTaskAdd);
  command->add_option("--project", add->project, "Id of a project")->required()->type_name("ID");
  command->add_option("--title", add->fields.title, "One line")->required()->type_name("TEXT");
  AddFieldOptions(command, add->fields);
  AddJsonFlag(command, &add->json);

  auto list = std::make_shared<TaskListOptions>();
  command = AddCommand(line, group, "list", "List tasks", list, RunTaskList);
  command->add_option("--project", list->project, "Only this project")->type_name("ID");
  command->add_option("--status", list->status, "Only these statuses, separated by commas")->type_name("A,B");
  AddJsonFlag(command, &list->json);

  auto show = std::make_shared<TaskShowOptions>();
  command = AddCommand(line, group, "show", "Show one task with its comments", show, RunTaskShow);
  AddTaskId(command, &show->task);
  AddJsonFlag(command, &show->json);

  auto set = std::make_shared<TaskSetOptions>();
  command = AddCommand(line, group, "set", "Change a task", set, RunTaskSet);
  AddTaskId(command, &set->task);
  command->add_option("--title", set->fields.title, "One line")->type_name("TEXT");
  command
      ->add_option("--status", set->status,
                   "open, in_progress, in_review, blocked (until `task unblock`), done or archived")
      ->type_name("STATUS");
  command->add_option("--branch", set->branch, "Branch of its work")->type_name("NAME");
  command->add_option("--comment", set->comment, "Comment to leave with the change")->type_name("TEXT");
  AddFieldOptions(command, set->fields);
  AddJsonFlag(command, &set->json);

  auto unblock = std::make_shared<TaskUnblockOptions>();
  command = AddCommand(line, group, "unblock", "Open a blocked task again and count its attempts from zero",
                       unblock, RunTaskUnblock);
  AddTaskId(command, &unblock->task);
  command->add_option("--comment", unblock->comment, "Comment to leave with the change")->type_name("TEXT");
  AddJsonFlag(command, &unblock->json);
}

}  // namespace mamc::cli

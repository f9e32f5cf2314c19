#include "task_fields.hpp"

#include <mamc/board.h>

#include <filesystem>

#include "mamc/base/address.hpp"

namespace mamc::cli {
namespace {

// A repository that is a folder here is kept by its absolute path, since whoever works on the task starts
// elsewhere.
std::string AbsoluteRepo(const std::string& repo) {
  std::error_code error;
  bool folder = std::filesystem::is_directory(repo, error);
  return folder ? std::filesystem::absolute(repo).lexically_normal().string() : repo;
}

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

// Milestones are named by their titles on the command line.
Result<Json> MilestoneId(PluginClient& board, const std::string& project, const std::string& title) {
  if (title.empty()) return Json();
  Result<Json> answer = board.Ask(MAMC_BOARD_MILESTONE, {{"project", project}, {"title", title}});
  if (!answer.ok()) return answer.status();
  return GetMember(GetMember(*answer, "milestone"), "id");
}

}  // namespace

void AddFieldOptions(CLI::App* command, TaskFields& fields) {
  command->add_option("--description", fields.description, "What shall be done, in your words")
      ->type_name("TEXT");
  command->add_option("--type", fields.type, "Type, such as bug, hotfix or feature")->type_name("TYPE");
  command->add_option("--labels", fields.labels, "Labels, separated by commas")->type_name("A,B");
  command->add_option("--priority", fields.priority, "Number; higher is sooner")->type_name("N");
  command->add_option("--milestone", fields.milestone, "Title of a milestone, made when it is new")
      ->type_name("TITLE");
  command->add_option("--workflow", fields.workflow, "Workflow instead of the one that its trigger chooses")
      ->type_name("NAME");
  command->add_option("--repo", fields.repo, "Path or URL of the repository")->type_name("PATH_OR_URL");
  command
      ->add_option("--depends-on", fields.depends_on,
                   "Ids of tasks that must be done or archived before, separated by commas")
      ->type_name("ID,ID");
}

Exit CheckFields(Session& session, const TaskFields& fields) {
  if (HoldsPassword(fields.repo.value_or("")))
    return session.Fail(kWrongUse, std::string("--repo ") + kHoldsPassword);
  if (fields.workflow.value_or("").empty()) return kDone;
  if (Exit code = session.NeedNames()) return code;
  auto file = session.names().WorkflowFile(*fields.workflow);
  return file.ok() ? kDone : session.Fail(kWrongUse, file.status().message());
}

Result<Json> GivenFields(PluginClient& board, const std::string& project, const TaskFields& fields) {
  Json given = Json::object();
  if (fields.title) given["title"] = *fields.title;
  if (fields.description) given["description"] = *fields.description;
  if (fields.type) given["type"] = *fields.type;
  if (fields.labels) given["labels"] = SplitList(*fields.labels);
  if (fields.depends_on) given["dependencies"] = SplitList(*fields.depends_on);
  if (fields.priority) given["priority"] = *fields.priority;
  if (fields.workflow) given["workflow"] = TextOrNull(*fields.workflow);
  if (fields.repo) given["repo"] = TextOrNull(fields.repo->empty() ? "" : AbsoluteRepo(*fields.repo));
  if (!fields.milestone) return given;
  Result<Json> milestone = MilestoneId(board, project, *fields.milestone);
  if (!milestone.ok()) return milestone.status();
  given["milestone"] = *milestone;
  return given;
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    std::size_t end = text.find(',');
    std::string_view part = text.substr(0, end);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace mamc::cli

#include "task_spec.hpp"

#include "mamc/base/text.hpp"

namespace mamc::coordinator {

// All tasks of a milestone with a branch share it; one that follows another is merged into that one's.
std::string BranchOf(const Json& task, const Json& milestone) {
  if (std::string own = GetString(task, "branch"); !own.empty()) return own;
  std::string shared = GetString(milestone, "branch");
  if (!shared.empty() && GetString(task, "follows").empty()) return shared;
  std::string slug = Slug(GetString(task, "title"));
  return "mamc/task-" + GetString(task, "id") + (slug.empty() ? "" : "-" + slug);
}

engine::RunSpec SpecOf(const Json& task, const Json& milestone, const workflow::Workflow& chosen,
                       const std::string& base, const CoordinatorOptions& options) {
  engine::RunSpec spec;
  spec.task = task;
  spec.project = options.project.ToJsonFor(task, base);
  spec.milestone = milestone;
  spec.repo = GetString(task, "repo", options.project.repo);
  spec.base = base;
  spec.branch = BranchOf(task, milestone);
  spec.texts["workflow"] = chosen.text;
  for (const auto& workflow : options.workflows) spec.texts["workflow/" + workflow->name] = workflow->text;
  for (const auto& persona : options.personas) spec.texts["persona/" + persona->id] = persona->text;
  return spec;
}

}  // namespace mamc::coordinator

#include "workflow_choice.hpp"

#include <algorithm>

#include "mamc/base/text.hpp"

namespace mamc::coordinator {
namespace {

class TriggerScope final : public workflow::Scope {
 public:
  TriggerScope(const Json& task, const Json& milestone, const Json& project) {
    roots_["task"] = task;
    roots_["milestone"] = milestone;
    roots_["project"] = project;
  }

  Json Lookup(std::string_view root, const std::vector<std::string>& path) const override {
    const Json* at = &GetMember(roots_, root);
    for (const std::string& member : path) at = &GetMember(*at, member);
    return *at;
  }

 private:
  Json roots_ = Json::object();
};

Result<WorkflowPtr> ByName(const std::vector<WorkflowPtr>& workflows, const std::string& name,
                           const std::string& who) {
  std::vector<std::string> names;
  for (const auto& candidate : workflows) {
    if (candidate->name == name) return candidate;
    names.push_back(candidate->name);
  }
  return NotFound(who + " wants workflow '" + name + "', which is not installed here" +
                  DidYouMean(name, names));
}

}  // namespace

Result<WorkflowPtr> ChooseWorkflow(const std::vector<WorkflowPtr>& workflows, const Json& task,
                                   const Json& milestone, const Json& project,
                                   const std::string& project_workflow, const std::string& default_name) {
  if (std::string own = GetString(task, "workflow"); !own.empty())
    return ByName(workflows, own, "task " + GetString(task, "id"));
  if (!project_workflow.empty())
    return ByName(workflows, project_workflow, "project " + GetString(project, "id"));
  std::vector<WorkflowPtr> triggered;
  for (const auto& candidate : workflows)
    if (candidate->trigger) triggered.push_back(candidate);
  std::stable_sort(triggered.begin(), triggered.end(),
                   [](const auto& a, const auto& b) { return a->order < b->order; });
  TriggerScope scope(task, milestone, project);
  for (const auto& candidate : triggered)
    if (workflow::Expression::Truthy(candidate->trigger->Evaluate(scope))) return candidate;
  return ByName(workflows, default_name, "a task without a workflow of its own");
}

}  // namespace mamc::coordinator

#include "in_use.hpp"

#include "../machine_options.hpp"
#include "mamc/workflow/needs.hpp"

namespace mamc::cli::doctor {

std::vector<const workflow::Workflow*> WorkflowsInUse(Checkup& checkup, const std::string& project) {
  const coordinator::CoordinatorOptions options = CoordinatorOptionsFor(checkup.config(), project, "doctor");
  const std::string& own = options.project.workflow;
  std::vector<const workflow::Workflow*> used;
  for (const WorkflowPtr& workflow : checkup.definitions().workflows) {
    const bool may_come =
        own.empty() ? workflow->trigger || workflow->name == options.default_workflow : workflow->name == own;
    if (!may_come) continue;
    for (const workflow::Workflow* one : workflow::WithCalled(*workflow, checkup.definitions().workflows))
      if (std::find(used.begin(), used.end(), one) == used.end()) used.push_back(one);
  }
  return used;
}

std::set<std::string> PersonasInUse(Checkup& checkup, const std::string& project) {
  const Json as_seen = CoordinatorOptionsFor(checkup.config(), project, "doctor").project.ToJson();
  std::set<std::string> personas;
  for (const workflow::Workflow* workflow : WorkflowsInUse(checkup, project))
    for (const workflow::StepList* steps : {&workflow->steps, &workflow->on_failure}) {
      workflow::Needs needs = workflow::NeedsOf(*steps, checkup.session().names(), as_seen);
      personas.merge(needs.personas);
    }
  return personas;
}

}  // namespace mamc::cli::doctor

// Which workflow a task gets.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "mamc/base/status.hpp"
#include "mamc/workflow/workflow.hpp"

namespace mamc::coordinator {

using WorkflowPtr = std::shared_ptr<const workflow::Workflow>;

// `task.workflow`, else `fallback_name` of the project, else the first whose trigger holds, by order, else
// `default_name`.
Result<WorkflowPtr> ChooseWorkflow(const std::vector<WorkflowPtr>& workflows, const Json& task,
                                   const Json& milestone, const Json& project,
                                   const std::string& project_workflow, const std::string& default_name);

}  // namespace mamc::coordinator

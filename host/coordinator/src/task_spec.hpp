// What a run is started with for a task.
#pragma once
#include "mamc/coordinator/coordinator.hpp"

namespace mamc::coordinator {

// The branch that a task's run works on.
std::string BranchOf(const Json& task, const Json& milestone);

// `base`: the branch that the work begins at and goes to.
engine::RunSpec SpecOf(const Json& task, const Json& milestone, const workflow::Workflow& chosen,
                       const std::string& base, const CoordinatorOptions& options);

}  // namespace mamc::coordinator

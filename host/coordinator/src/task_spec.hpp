// What a run is started with for a task.
#pragma once
#include "mamc/coordinator/coordinator.hpp"

namespace mamc::coordinator {

engine::RunSpec SpecOf(const Json& task, const Json& milestone, const workflow::Workflow& chosen,
                       const CoordinatorOptions& options);

}  // namespace mamc::coordinator

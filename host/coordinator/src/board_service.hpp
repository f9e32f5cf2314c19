// The child service `board`: the verbs of the board, bound to the run's project and task. A task that
// somebody else has closed while its run is under way is his: the run gives it no other status. `owner`:
// whose claims are ours; a task that another has claimed is his too.
#pragma once
#include <memory>

#include "board.hpp"
#include "mamc/engine/service.hpp"
#include "task_runs.hpp"

namespace mamc::coordinator {

std::shared_ptr<engine::Service> MakeBoardService(std::shared_ptr<const Board> board, TaskRuns runs,
                                                  std::string owner);

}  // namespace mamc::coordinator

// The child service `board`: the verbs of the board, bound to the run's project and task.
#pragma once
#include <memory>

#include "mamc/engine/service.hpp"
#include "mamc/plugin/calls.hpp"

namespace mamc::coordinator {

std::shared_ptr<engine::Service> MakeBoardService(plugin::Calls& calls,
                                                  std::shared_ptr<plugin::Instance> board);

}  // namespace mamc::coordinator

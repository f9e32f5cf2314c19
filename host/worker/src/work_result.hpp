// What a persona's work came to, as the requester gets it.
#pragma once
#include <string>

#include "mamc/base/json.hpp"
#include "mamc/engine/run.hpp"
#include "mamc/workflow/loader.hpp"

namespace mamc::worker {

// An exit code decides about `status`, no text does, and one that is not 0 is not made good by a later one:
// whatever comes behind the tests may only clean up. What programs wrote is cut to its head and tail; the
// whole is in the journal of this machine.
Json ResultOfWork(const workflow::Persona& persona, const engine::RunResult& run,
                  const std::string& start_commit);

}  // namespace mamc::worker

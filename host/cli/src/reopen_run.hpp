// What a person's `runs resume` and `runs retry` do to a run.
#pragma once
#include <string>

#include "mamc/engine/engine.hpp"
#include "mamc/journal/journal.hpp"

namespace mamc::cli {

// The next loop goes on with the run. What it has recorded from `from_step` on counts no more; when that is
// empty, a run that failed goes on as the loop would.
Status ReopenRun(engine::Engine& engine, journal::Journal& journal, const std::string& run,
                 const std::string& from_step);

}  // namespace mamc::cli

// Steps that merge the work beside a step that may still refuse it.
#pragma once
#include "mamc/workflow/loader.hpp"

namespace mamc::workflow {

// One warning for each step of the workflow that merges without waiting for every gate of its list. REQUIRES:
// a workflow without problems. The words of it all: docs/workflow-language.md, "Gates".
std::vector<Problem> FindUnguardedMerges(const Workflow& workflow, const Names& names);

}  // namespace mamc::workflow

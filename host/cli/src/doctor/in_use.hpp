// The workflows that a project's tasks may get.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "checkup.hpp"

namespace mamc::cli::doctor {

// The project's own, else every one with a trigger and the default; and those that they run.
std::vector<const workflow::Workflow*> WorkflowsInUse(Checkup& checkup, const std::string& project);
// The personas that their steps ask.
std::set<std::string> PersonasInUse(Checkup& checkup, const std::string& project);

}  // namespace mamc::cli::doctor

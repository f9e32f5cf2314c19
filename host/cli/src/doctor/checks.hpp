// The checks, one function each; what they look at is told beside the list in checks.cpp.
#pragma once
#include "checkup.hpp"

namespace mamc::cli::doctor {

void CheckConfiguration(Checkup& checkup, Section& section);
void CheckPlugins(Checkup& checkup, Section& section);
void CheckDefinitions(Checkup& checkup, Section& section);
void CheckThisMachine(Checkup& checkup, Section& section);
void CheckServers(Checkup& checkup, Section& section);
void CheckProjects(Checkup& checkup, Section& section);
void CheckPersonas(Checkup& checkup, Section& section);
void CheckMessages(Checkup& checkup, Section& section);
void CheckRuns(Checkup& checkup, Section& section);
void CheckTasks(Checkup& checkup, Section& section);

}  // namespace mamc::cli::doctor

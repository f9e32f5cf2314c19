// What the configuration names, held against what this machine has: folders, plugins, types and their
// settings, workflows, the file for answers (persona_settings.hpp: personas). Reads manifests and file names
// alone; no plugin is loaded. Thread rule: the main thread.
#pragma once
#include <string>
#include <vector>

#include "mamc/cli/session.hpp"

namespace mamc::cli {

// Every name that leads nowhere, and every setting that its type's schema refuses, with its place.
// REQUIRES: session.NeedNames() returned kDone.
std::vector<std::string> CheckConfig(Session& session);

}  // namespace mamc::cli

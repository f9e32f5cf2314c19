// What the configuration says about personas and backends, held against those that this machine has. Reads
// manifests and file names alone; no plugin is loaded. Thread rule: the loop's thread.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "mamc/cli/names.hpp"

namespace mamc::cli {

// Files what is said under an alias under the persona's id. Every name that leads nowhere is a problem with
// its place: a persona, a key of a persona, a backend.
std::vector<std::string> ResolvePersonaSettings(const Names& names, const plugin::Catalog& catalog,
                                                config::Config* config);

// Why no plugin provides what `transport`, `board`, `backend` and `workspace` name.
std::vector<std::string> CheckChosenTypes(const plugin::Catalog& catalog, const config::Config& config);

// "no plugin provides the persona backend 'x' (did you mean 'y'?) ..." or empty.
std::string BackendProblem(const plugin::Catalog& catalog, const std::string& id);

// How long a persona may take when its step does not say: by the configuration for this persona, else its
// file, else the configuration for those that write code or for all.
std::int64_t PersonaTimeoutMs(const config::Config& config, const workflow::Persona& persona);

}  // namespace mamc::cli

// What no change may do, whatever anybody says of it. Each rule looks at the whole change and adds what it
// finds.
#pragma once
#include <cstdint>
#include <vector>

#include "change.hpp"
#include "finding.hpp"
#include "mamc/edit/apply.hpp"

namespace change {

using Files = std::vector<ChangedFile>;

// ---- tests (rules_tests.cpp)
// Tests that are gone, are skipped now, or check less than before. One that was moved is not gone.
void FindShrunkTests(const Files& files, Findings& findings);
// What makes a test command end well whatever it finds: `|| true`, an early exit, another command in its
// place.
void FindForcedPass(const Files& files, Findings& findings);

// ---- paths (rules_paths.cpp)
// Files that need the workflow's permission: those of CI, hooks, secrets and installation, and the project's
// own list of patterns.
void FindProtected(const Files& files, const std::vector<std::string>& patterns,
                   const mamc::edit::Policy& policy, Findings& findings);
void FindOversized(const Files& files, std::uint64_t max_file_bytes, Findings& findings);
// Advice: somebody should know of what will be downloaded.
void FindDependencies(const Files& files, Findings& findings);

// ---- texts (rules_texts.cpp)
void FindConflictMarkers(const Files& files, Findings& findings);
void FindSecrets(const Files& files, Findings& findings);

}  // namespace change

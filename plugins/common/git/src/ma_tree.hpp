// How trees with a folder `.ma` come together.
#pragma once
#include <git2.h>

namespace mamc::git {

// Both sides of what is below `.ma/` go together whatever they are: lists take the lines of both, and what a
// scan writes anew anyway is one side's. Only a link or a submodule, which no machine has put there, stays in
// conflict. REQUIRES: `index` is their merge, with or without conflicts.
void SettleMa(git_repository* repository, git_index* index, const git_tree* ours, const git_tree* theirs);

}  // namespace mamc::git

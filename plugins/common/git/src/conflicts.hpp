#pragma once
#include <git2.h>

#include <string>
#include <vector>

namespace mamc::git {

// Paths of an index that two sides have changed, sorted.
std::vector<std::string> ConflictsOf(git_index* index);

}  // namespace mamc::git

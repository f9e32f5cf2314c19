// What is wrong with a plan, as far as nobody needs to be asked: it names files that are not there, or that
// lie outside the repository, or no test where tests come first.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace planning {

// Each is a sentence for the planner. `root`: the repository's files; empty: there is none to look at.
std::vector<std::string> WrongWith(const std::string& plan, const std::filesystem::path& root,
                                   bool tests_required);

}  // namespace planning

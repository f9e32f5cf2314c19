// What is wrong with a plan, as far as nobody needs to be asked: it names files that are not there, or that
// lie outside the repository, or no test where tests come first.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace planning {

inline constexpr const char* kNoTest =
    "the plan names no test: say which test shows that the task is done, and in which file";
bool NamesTest(const std::string& plan);

// Each is a sentence for the planner. `root`: the repository's files.
std::vector<std::string> WrongFiles(const std::string& plan, const std::filesystem::path& root);

}  // namespace planning

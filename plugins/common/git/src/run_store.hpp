// Paths of runs. A run that was retired and made again has generations: id, id~2, id~3; the last one counts.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace mamc::git {

int LastGeneration(const std::filesystem::path& runs, const std::string& id);  // 0: none
std::filesystem::path GenerationFolder(const std::filesystem::path& runs, const std::string& id,
                                       int generation);
std::vector<std::filesystem::path> RunsFoldersWith(const std::filesystem::path& project_base,
                                                   const std::string& id);
std::filesystem::path LockFileOf(const std::filesystem::path& run_folder);
// Where the mirror keeps what a run made: "refs/mamc/runs/<id>".
std::string NamesOf(const std::string& id);
// Only the holder of the run's lock writes these names, so a lock file beside them is a dead process's.
void SweepNames(const std::filesystem::path& mirror, const std::string& id);

}  // namespace mamc::git

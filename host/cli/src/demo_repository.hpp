// The demo's folder: a bare repository, a clone of it for looking, a configuration and a board with three
// tasks.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/base/status.hpp"

namespace mamc::cli {

struct DemoPaths {
  explicit DemoPaths(std::filesystem::path folder) : dir(std::move(folder)) {}
  std::filesystem::path dir;
  std::filesystem::path remote() const { return dir / "remote.git"; }
  std::filesystem::path work() const { return dir / "work"; }
  std::filesystem::path state() const { return dir / "state"; }
  std::filesystem::path config() const { return dir / "mamc.yaml"; }
  std::filesystem::path begun() const { return dir / "begun.json"; }  // written before anything else
  std::filesystem::path made() const { return dir / "made.json"; }    // written when everything is there
};

// A program run to its end: its exit code and what it printed on both streams together.
struct Ended {
  int exit_code = -1;
  std::string output;
};
Result<Ended> RunProgram(const std::vector<std::string>& argv, const std::filesystem::path& cwd);

// `source` holds project/ and tasks.json. The branch is main; the first commit is the same every time.
Status MakeDemoRepository(const DemoPaths& paths, const std::filesystem::path& source);
Status WriteDemoConfig(const DemoPaths& paths, const std::filesystem::path& cassette);

struct DemoCommit {
  std::string id;
  std::string subject;
};
// Newest first, on main of the remote.
Result<std::vector<DemoCommit>> DemoCommits(const DemoPaths& paths);

struct DemoTests {
  int exit_code = -1;
  int passed = 0;
  int failed = 0;
};
// Brings the clone to the remote's main and runs its tests there.
Result<DemoTests> TestDemo(const DemoPaths& paths);

}  // namespace mamc::cli

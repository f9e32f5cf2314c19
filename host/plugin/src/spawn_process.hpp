// Starting one process: from the JSON input to a pid and two pipes.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mamc/base/descriptor.hpp"
#include "mamc/base/json_fwd.hpp"
#include "mamc/base/status.hpp"
#include "spawn_keeper.hpp"

namespace mamc::plugin {

struct SpawnRequest {
  std::vector<std::string> argv;
  std::string cwd;
  std::vector<std::string> env;  // NAME=value, complete
  std::string stdin_text;
  std::int64_t timeout_ms = 600'000;
  bool ends_with_caller = false;  // timeout_ms is what the caller's own deadline leaves
  std::size_t max_output_bytes = 1u << 20;
  std::uint64_t memory_bytes = 0;  // 0: no limit
  std::uint64_t processes = 0;     // 0: no limit
  bool network = true;
};

struct SpawnedProcess {
  pid_t keeper = -1;
  pid_t pid = -1;     // leads a session and group; it is its own until EndProcess, also when it has ended
  Descriptor report;  // not blocking; readable when ReadEnd has something to say
  Descriptor out;     // not blocking
  Descriptor err;     // not blocking
};

Result<SpawnRequest> ParseSpawnRequest(const Json& input, const std::filesystem::path& default_cwd);
// Forks and executes; an error names what could not be done (directory, program, limit).
Result<SpawnedProcess> StartProcess(const SpawnRequest& request);
// How the program ended; nothing while it runs.
std::optional<ProcessEnd> ReadEnd(const SpawnedProcess& process);
// Kills the program and every process that it has started, however it was detached, and waits until they are
// gone. To be called exactly once.
void EndProcess(const SpawnedProcess& process);

}  // namespace mamc::plugin

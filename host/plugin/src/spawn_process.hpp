// Starting one process: from the JSON input to a pid and two pipes.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "mamc/base/descriptor.hpp"
#include "mamc/base/json_fwd.hpp"
#include "mamc/base/status.hpp"

namespace mamc::plugin {

struct SpawnRequest {
  std::vector<std::string> argv;
  std::string cwd;
  std::vector<std::string> env;  // NAME=value, complete
  std::string stdin_text;
  std::int64_t timeout_ms = 600'000;
  std::size_t max_output_bytes = 1u << 20;
  std::uint64_t memory_bytes = 0;  // 0: no limit
  std::uint64_t processes = 0;     // 0: no limit
  bool network = true;
};

struct SpawnedProcess {
  pid_t pid = -1;
  Descriptor pidfd;
  Descriptor out;  // not blocking
  Descriptor err;  // not blocking
};

Result<SpawnRequest> ParseSpawnRequest(const Json& input, const std::filesystem::path& default_cwd);
// Forks and executes; an error names what could not be done (directory, program, limit).
Result<SpawnedProcess> StartProcess(const SpawnRequest& request);

}  // namespace mamc::plugin

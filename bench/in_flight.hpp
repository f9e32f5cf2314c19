// What persona requests cost while nobody answers them.
#pragma once
#include <cstddef>
#include <filesystem>

#include "redis_process.hpp"

namespace mamc::bench {

struct InFlight {
  std::size_t requests = 0;  // on the stream, unanswered
  double bytes_each = 0;     // of the process's resident memory, over what it held before the first was sent
  int threads = 0;
};

// One workflow of `requests` steps, each of which asks a persona that no worker serves. Throws
// std::runtime_error.
InFlight MeasureInFlight(const RedisProcess& redis, const std::filesystem::path& folder,
                         std::size_t requests);

}  // namespace mamc::bench

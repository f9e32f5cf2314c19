// What a command is given by a pipe.
#pragma once
#include <string>

#include "mamc/base/status.hpp"

namespace mamc::cli {

// All of it; more than `max_bytes` is refused.
Result<std::string> ReadStandardInput(std::size_t max_bytes);

}  // namespace mamc::cli

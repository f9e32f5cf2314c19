// How much room is enough.
#pragma once
#include <cstdint>

#include "finding.hpp"

namespace mamc::cli::doctor {

Finding JudgeSpace(std::uint64_t available_bytes, const std::string& folder);

}  // namespace mamc::cli::doctor

// Lengths of time as people write them in YAML files.
#pragma once
#include <cstdint>

#include "mamc/base/json_fwd.hpp"
#include "mamc/base/status.hpp"

namespace mamc {

// "90s" "5m" "1h" "250ms" in milliseconds. A bare number below 10 000 is seconds, from 60 000 up it is
// milliseconds, and between them nobody can tell: an error that asks for a unit. `*guessed_ms` is set when a
// bare number was read as milliseconds, so that the caller can say so once.
Result<std::int64_t> ParseDuration(const Json& value, bool* guessed_ms = nullptr);

}  // namespace mamc

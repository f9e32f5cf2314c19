// The floor of a journalled step: SQLite on the same disk, one row of 256 bytes in each transaction.
#pragma once
#include <filesystem>

#include "mamc/journal/journal.hpp"

namespace mamc::bench {

// How long `count` such transactions take in a new database `file` (WAL). Throws std::runtime_error.
double BareCommitSeconds(const std::filesystem::path& file, journal::Sync sync, std::size_t count);

}  // namespace mamc::bench

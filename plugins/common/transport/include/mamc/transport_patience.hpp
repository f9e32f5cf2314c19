// How long, and with what pauses, a server that was lost is tried again; and what the clock says.
#pragma once
#include <cstdint>

namespace mamc::transport_common {

// The pause before try number `failures` (from 0): from 50 ms to 5 s, by chance between half and whole, so
// that machines that lost the same server do not come back all at once. Thread-safe.
std::int64_t PauseMs(int failures);

// Milliseconds since 1970. Thread-safe.
std::int64_t UnixMs();

}  // namespace mamc::transport_common

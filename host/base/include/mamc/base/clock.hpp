// Time as the host sees it: a seam, so that no test waits.
#pragma once
#include <chrono>
#include <cstdint>

namespace mamc {

using Milliseconds = std::chrono::milliseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  // Since the epoch, for records and deadlines that leave the process.
  virtual std::int64_t UnixMs() const = 0;
  // Monotonic, for durations.
  virtual Milliseconds Monotonic() const = 0;
};

// The machine's clock. Thread-safe.
const Clock& SystemClock();

}  // namespace mamc

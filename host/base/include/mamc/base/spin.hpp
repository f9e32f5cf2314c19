// Waiting a moment without sleeping. To wake a thread that sleeps costs tens of microseconds, more than most
// hand-overs between the loop and a plugin's executor take; who expects an answer at once looks out for it as
// long as a wake-up would cost, and sleeps after that. Thread-safe.
#pragma once
#include <chrono>

namespace mamc {

constexpr std::chrono::microseconds kWakeUpCost(50);

// How many of the machine's processors the calling thread may use: its affinity (taskset, a container's
// cpuset) may leave it fewer than there are.
int UsableProcessors();

// Calls `ready` until it returns true or a wake-up would have been cheaper; returns what it said last. With
// one processor it is asked once: whoever could change its mind waits for that processor.
template <class Ready>
bool SpinUntil(Ready ready) {
  static const bool alone = UsableProcessors() <= 1;
  if (ready()) return true;
  if (alone) return false;
  const auto end = std::chrono::steady_clock::now() + kWakeUpCost;
  // No pause instruction: in a virtual machine one may cost a trip to the hypervisor, more than it spares.
  do {
    if (ready()) return true;
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

}  // namespace mamc

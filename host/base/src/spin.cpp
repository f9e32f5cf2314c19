#include "mamc/base/spin.hpp"

#include <sched.h>

#include <thread>

namespace mamc {

int UsableProcessors() {
  cpu_set_t usable;
  if (::sched_getaffinity(0, sizeof usable, &usable) == 0) return CPU_COUNT(&usable);
  return static_cast<int>(std::thread::hardware_concurrency());  // more than a cpu_set_t can tell
}

}  // namespace mamc

#include "mamc/base/spin.hpp"

#include <sched.h>

#include <catch2/catch.hpp>
#include <thread>

namespace mamc {

TEST_CASE("a thread that is bound to one processor has one, however many the machine has") {
  int usable = 0;
  std::thread([&] {
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &first);
    if (::sched_setaffinity(0, sizeof first, &first) == 0) usable = UsableProcessors();
  }).join();
  CHECK(usable == 1);
  CHECK(UsableProcessors() >= 1);
}

}  // namespace mamc

// How long work takes, in processor time of this process: what else runs on the machine does not add to it.
#pragma once
#include <algorithm>
#include <ctime>

namespace mamc::test {

// The least of three runs, and no less than the clock can tell.
template <class Work>
double CpuSeconds(const Work& work) {
  double least = 1e9;
  for (int run = 0; run < 3; ++run) {
    const std::clock_t begin = std::clock();
    work();
    least = std::min(least, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  return std::max(least, 0.001);
}

}  // namespace mamc::test

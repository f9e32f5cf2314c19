// What the program ends with.
#pragma once
#include "mamc/base/status.hpp"

namespace mamc::cli {

enum Exit : int {
  kDone = 0,
  kWorkFailed = 1,
  kWrongUse = 2,  // usage, configuration or workflow
  kUnreachable = 3,
  kInterrupted = 130,
};

Exit ExitFor(const Status& status);

}  // namespace mamc::cli

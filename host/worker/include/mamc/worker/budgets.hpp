// What models may cost on this machine, by the task, by the project and by the day. Each 0: no limit.
#pragma once
#include <cstdint>

namespace mamc::worker {

struct Budget {
  std::int64_t calls = 0;
  std::int64_t tokens = 0;  // of prompts and answers
  std::int64_t ms = 0;      // of models at work
};

struct Budgets {
  Budget task;     // one task, over all its runs
  Budget project;  // one project, in all
  Budget day;      // everything, in a day (UTC)
};

}  // namespace mamc::worker

// The journal of this machine, read beside its owner.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "checkup.hpp"
#include "mamc/journal/journal.hpp"

namespace mamc::cli::doctor {

// kNotFound when nothing has run here yet.
Result<std::unique_ptr<journal::Journal>> OpenJournal(Checkup& checkup);

// A persona that a run has asked and that has not answered.
struct OpenRequest {
  std::string persona;
  std::string step;           // path
  std::int64_t asked_ms = 0;  // the try that is under way, or will be
  std::int64_t due_ms = 0;    // when it is made; 0: at once
  std::int64_t tries = 0;     // so far, with this one
  std::string failed;         // what the try before came to
};
std::vector<OpenRequest> OpenRequests(const std::vector<journal::Record>& records);

// What the run's end was, and in which step.
struct RunEnd {
  Code code = Code::kOk;
  std::string step;
};
RunEnd EndOf(const journal::RunRow& run);

}  // namespace mamc::cli::doctor

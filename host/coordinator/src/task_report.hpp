// What the board hears of a run that has ended.
#pragma once
#include <memory>
#include <string>

#include "mamc/base/json.hpp"
#include "mamc/engine/engine.hpp"
#include "task_runs.hpp"

namespace mamc::coordinator {

struct TaskReport {
  Json set;  // members of the task
  std::string comment;
  std::string status;  // of the task afterwards
  std::string error;
  std::shared_ptr<const TaskReport> otherwise{};  // when the board refuses this one
};

// A failure before any step ran, which only a person can mend.
engine::RunResult NotStarted(std::string run, std::string why);

// `status`: what the run's workflow has left the task in.
TaskReport ReportDone(const engine::RunResult& run, const TaskRuns::Landed& landed,
                      const std::string& status);
// Somebody else has closed the task, as `status` says, while the run was under way: that stands.
TaskReport ReportClosed(const engine::RunResult& run, const std::string& status);
// After `max_attempts` only a person can have the task tried again.
TaskReport ReportFailed(const Json& task, const engine::RunResult& run, std::int64_t max_attempts);
// Other tasks have to be done first: it waits for these as well as for what it depends on already. That is
// no attempt. A board that has no such task, or one that waits for this, is told of a failure.
TaskReport ReportWaiting(const Json& task, const engine::RunResult& run, Json dependencies,
                         const Json& waits_for, std::int64_t max_attempts);
// The run failed of something that says nothing about the task, as what could not be reached or what others
// pushed meanwhile: it is tried again, and that was no attempt.
TaskReport ReportUncounted(const Json& task, const engine::RunResult& run);

}  // namespace mamc::coordinator

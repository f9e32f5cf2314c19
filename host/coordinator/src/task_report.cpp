#include "task_report.hpp"

#include <algorithm>

#include "mamc/base/text.hpp"

namespace mamc::coordinator {
namespace {

constexpr std::size_t kMaxReason = 32 << 10;  // of a blocked task: it is what a person reads
constexpr std::size_t kMaxText = 1500;        // of a comment: there is one for each attempt

// Why a failed run blocks its task: only a person can help, or trying again may.
std::string BlockReason(Code code) {
  switch (code) {
    case Code::kConflict:
    case Code::kPermission:
    case Code::kCancelled:
    case Code::kInvalid:  // settings, parameters, a workflow: the next run would read the same
    case Code::kUnsupported:
    case Code::kNotFound:  // a repository, a branch, a program
      return "person";
    default:
      return "retry";
  }
}

Json Blocked(const std::string& reason, std::int64_t attempts, const std::string& error) {
  return {{"reason", reason}, {"attempts", attempts}, {"text", HeadAndTail(error, kMaxReason)}};
}

std::string FailureComment(const engine::RunResult& run, const std::string& error) {
  const std::string text = HeadAndTail(error, kMaxText);
  if (run.run.empty()) return "No run was begun: " + text;
  const std::string ended = run.status == "cancelled" ? " was cancelled" : " failed";
  std::string comment =
      "Run " + run.run + ended + (run.step.empty() ? "" : " in step " + run.step) + ": " + text;
  if (!run.commit.empty()) comment += "\nCommit reached: " + run.commit + ".";
  if (!run.workspace.empty()) comment += "\nIts files are kept until the next run of the task.";
  return comment;
}

// The commit that people will find: a squash leaves the run's own nowhere but here.
std::string CommitText(const engine::RunResult& run, const TaskRuns::Landed& landed) {
  if (landed.commit.empty()) return run.commit.empty() ? "" : "; commit " + run.commit;
  return "; commit " + landed.commit + (landed.base.empty() ? "" : " on " + landed.base);
}

}  // namespace

engine::RunResult NotStarted(std::string run, std::string why) {
  return {.run = std::move(run), .status = "failed", .code = Code::kPermission, .error = std::move(why)};
}

TaskReport ReportDone(const engine::RunResult& run, const TaskRuns::Landed& landed,
                      const std::string& status) {
  // The workflow decides; one that says nothing is done when it has succeeded.
  bool unsaid = status == "in_progress" || status == "in_review";
  TaskReport report;
  report.set = unsaid ? Json{{"status", "done"}} : Json::object();
  report.comment = "Run " + run.run + " done" + CommitText(run, landed) + ".";
  report.status = unsaid ? "done" : status;
  return report;
}

TaskReport ReportClosed(const engine::RunResult& run, const std::string& status) {
  TaskReport report;
  report.set = Json::object();
  report.comment = FailureComment(run, run.error) + "\nThe task stays " + status + ".";
  report.status = status;
  return report;
}

TaskReport ReportFailed(const Json& task, const engine::RunResult& run, std::int64_t max_attempts) {
  std::int64_t attempts = GetInt(GetMember(task, "blocked"), "attempts") + 1;
  std::string reason = BlockReason(run.code);
  TaskReport report;
  report.status = "blocked";
  report.error = run.error;
  if (reason == "retry" && attempts >= max_attempts) {
    reason = "person";
    report.error +=
        " (given up after " + std::to_string(attempts) + (attempts == 1 ? " attempt)" : " attempts)");
  }
  report.set = {{"status", "blocked"}, {"blocked", Blocked(reason, attempts, report.error)}};
  report.comment = FailureComment(run, report.error);
  return report;
}

TaskReport ReportWaiting(const Json& task, const engine::RunResult& run, Json dependencies,
                         const Json& waits_for, std::int64_t max_attempts) {
  if (!dependencies.is_array()) dependencies = Json::array();
  for (const Json& id : waits_for)
    if (std::find(dependencies.begin(), dependencies.end(), id) == dependencies.end())
      dependencies.push_back(id);
  std::int64_t attempts = GetInt(GetMember(task, "blocked"), "attempts");
  TaskReport report;
  report.status = "blocked";
  report.error = run.error;
  report.set = {{"status", "blocked"},
                {"blocked", Blocked("dependencies", attempts, report.error)},
                {"dependencies", std::move(dependencies)}};
  report.comment = FailureComment(run, report.error);
  report.otherwise = std::make_shared<TaskReport>(ReportFailed(task, run, max_attempts));
  return report;
}

TaskReport ReportUncounted(const Json& task, const engine::RunResult& run) {
  TaskReport report;
  report.status = "blocked";
  report.error = run.error;
  std::int64_t attempts = GetInt(GetMember(task, "blocked"), "attempts");
  report.set = {{"status", "blocked"}, {"blocked", Blocked("retry", attempts, report.error)}};
  report.comment =
      FailureComment(run, report.error) + "\nIt is tried again later; this was not counted as an attempt.";
  return report;
}

}  // namespace mamc::coordinator

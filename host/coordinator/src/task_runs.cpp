#include "task_runs.hpp"

#include <utility>

#include "mamc/base/json.hpp"
#include "mamc/base/text.hpp"

namespace mamc::coordinator {
namespace {

constexpr std::size_t kMaxEarlierBytes = 1500;  // it becomes part of prompts

// A failure of the work itself: told of it, the next run may do better. A time-out may be one: a test that
// never ends.
bool IsOfTheWork(const journal::RunRow& run) {
  auto body = ParseJson(run.result);
  if (run.status != "failed" || !body.ok()) return false;
  Code code = static_cast<Code>(GetInt(*body, "code"));
  return code == Code::kFailed || code == Code::kLimit || code == Code::kTimeout;
}

}  // namespace

std::optional<journal::RunRow> TaskRuns::Last(const std::string& task) const {
  for (journal::RunRow& run : journal_.ListRuns("", task))
    if (IsOurs(run)) return std::move(run);
  return std::nullopt;
}

std::string TaskRuns::EarlierEnd(const std::string& task, const std::string& board_says) const {
  auto last = Last(task);
  if (!last) return HeadAndTail(board_says, kMaxEarlierBytes);
  return IsOfTheWork(*last) ? HeadAndTail(last->error, kMaxEarlierBytes) : std::string();
}

std::optional<journal::RunRow> TaskRuns::LeftBehind(const std::string& only_task) const {
  auto wanted = [&](const journal::RunRow& run) {
    return IsOurs(run) && (only_task.empty() || run.task == only_task);
  };
  for (const journal::RunRow& run : journal_.ListRuns("running"))
    if (wanted(run)) return run;
  for (const journal::RunRow& run : journal_.ListRuns()) {
    if (!wanted(run)) continue;
    if (EndOf(run.id).reported) return std::nullopt;
    return run;
  }
  return std::nullopt;
}

TaskRuns::End TaskRuns::EndOf(const std::string& run) const {
  std::size_t steps = 0;
  std::string reported;
  for (const journal::Record& record : journal_.Records(run)) {
    if (record.kind != journal::RecordKind::kSignal) {
      ++steps;
      continue;
    }
    auto body = ParseJson(record.body);
    if (body.ok() && GetString(*body, "what") == "reported") reported = GetString(*body, "end");
  }
  std::string name = run + "@" + std::to_string(steps);
  return {name, reported == name};
}

std::string TaskRuns::BranchOf(const std::string& run) const {
  auto row = journal_.FindRun(run);
  auto spec = row ? ParseJson(row->spec) : Result<Json>(Json());
  return spec.ok() ? GetString(*spec, "branch") : "";
}

void TaskRuns::MarkReported(const std::string& run, const std::string& end) {
  journal_.Append(run, journal::RecordKind::kSignal, "", "", Dump({{"what", "reported"}, {"end", end}}));
}

}  // namespace mamc::coordinator

#include "task_runs.hpp"

#include <utility>

#include "mamc/base/json.hpp"

namespace mamc::coordinator {

std::optional<journal::RunRow> TaskRuns::Last(const std::string& task) const {
  for (journal::RunRow& run : journal_.ListRuns("", task))
    if (IsOurs(run)) return std::move(run);
  return std::nullopt;
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

void TaskRuns::MarkReported(const std::string& run, const std::string& end) {
  journal_.Append(run, journal::RecordKind::kSignal, "", "", Dump({{"what", "reported"}, {"end", end}}));
}

}  // namespace mamc::coordinator

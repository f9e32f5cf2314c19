#include "task_runs.hpp"

#include <set>
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

// Boards number their tasks; two with one number differ in when they were created.
bool IsOfAnother(const journal::RunRow& run, const Json& task) {
  const auto spec = ParseJson(run.spec);
  const std::int64_t then = spec.ok() ? GetInt(GetMember(*spec, "task"), "created_ms") : 0;
  const std::int64_t now = GetInt(task, "created_ms");
  return then != 0 && now != 0 && then != now;
}

// The status that the task gets, when this records that: a step that is given one, as it begins, or a
// question to the board. The end of either may be missing: the host died when the board had heard of it.
std::string StatusIn(const journal::Record& record, const Json& body) {
  if (record.kind == journal::RecordKind::kStart) return GetString(GetMember(body, "params"), "status");
  const Json& input = GetMember(body, "input");
  bool asked = record.kind == journal::RecordKind::kChild && GetString(body, "service") == "board" &&
               GetString(input, "verb") == "update";
  return asked ? GetString(GetMember(input, "set"), "status") : "";
}

// Finalize brings the work to the base (`merged`), or pushes the branch as `push` does.
void AddLanded(const Json& result, TaskRuns::Landed* landed) {
  const std::string base_commit = GetString(result, "base_commit");
  bool merged = GetBool(result, "merged") && !base_commit.empty();
  if (merged) *landed = {landed->branch, GetString(result, "base"), base_commit};
  if (!merged && GetBool(result, "pushed")) landed->branch = true;
}

// Such an end, which tells that the board has not taken it: a step that has set its task returns it.
bool Untaken(const journal::Record& record, const Json& body) {
  if (record.kind == journal::RecordKind::kReceipt)
    return GetString(GetMember(GetMember(body, "result"), "task"), "status").empty();
  return record.kind == journal::RecordKind::kChildReceipt && GetInt(body, "code") < 0;
}

}  // namespace

std::optional<journal::RunRow> TaskRuns::Last(const Json& task) const {
  for (journal::RunRow& run : journal_.ListRuns("", GetString(task, "id"))) {
    if (!IsOurs(run)) continue;
    if (IsOfAnother(run, task)) break;  // and so are those before it
    return std::move(run);
  }
  return std::nullopt;
}

void TaskRuns::GiveUpOthersOf(const Json& task) {
  const std::string id = GetString(task, "id");
  for (const journal::RunRow& run : journal_.ListRuns("running", id))
    if (IsOurs(run) && IsOfAnother(run, task))
      Cancel(run, "task " + id + " of the board is another one now, which was created later or before");
}

std::string TaskRuns::EarlierEnd(const Json& task, const std::string& board_says) const {
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

std::string TaskRuns::StatusSetBy(const std::string& run, const std::string& but_path,
                                  const std::string& but_key) const {
  std::string status, before, path, key;
  for (const journal::Record& record : journal_.Records(run)) {
    // It is done again, whatever it was.
    if (record.kind == journal::RecordKind::kDiscard) status.clear();
    bool left_out =
        !but_path.empty() && record.path == but_path && (record.key.empty() || record.key == but_key);
    if (left_out) continue;
    auto body = ParseJson(record.body);
    if (!body.ok()) continue;
    if (record.path == path && record.key == key && Untaken(record, *body)) status = before;
    std::string set = StatusIn(record, *body);
    if (set.empty()) continue;
    before = std::exchange(status, std::move(set));
    path = record.path;
    key = record.key;
  }
  return status;
}

TaskRuns::Landed TaskRuns::LandedBy(const std::string& run) const {
  Landed landed;
  for (const journal::Record& record : journal_.Records(run)) {
    bool ended =
        record.kind == journal::RecordKind::kReceipt || record.kind == journal::RecordKind::kChildReceipt;
    auto body = ended ? ParseJson(record.body) : Result<Json>(Json());
    if (body.ok()) AddLanded(GetMember(*body, "result"), &landed);
  }
  return landed;
}

void TaskRuns::Cancel(const journal::RunRow& run, const std::string& reason) {
  journal_.Append(run.id, journal::RecordKind::kSignal, "", "",
                  Dump({{"what", "cancel"}, {"reason", reason}}));
  journal_.SetRunResult(run.id, "cancelled", reason, Dump({{"code", static_cast<int>(Code::kCancelled)}}));
}

void TaskRuns::GiveUpAll(const std::string& reason) {
  std::set<std::string> seen;
  for (const journal::RunRow& run : journal_.ListRuns()) {
    if (!IsOurs(run) || !seen.insert(run.task).second) continue;
    if (run.status == "running" || run.status == "failed") Cancel(run, reason);
    if (End end = EndOf(run.id); !end.reported) MarkReported(run.id, end.name);
  }
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

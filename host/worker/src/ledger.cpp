#include "ledger.hpp"

#include <algorithm>
#include <ctime>
#include <vector>

namespace mamc::worker {
namespace {

using journal::Spending;

// One limit beside what it limits.
struct Line {
  const char* unit;     // in sentences
  const char* setting;  // below budgets.<scope>
  std::int64_t limit;
  std::int64_t spent;
};

bool IsUnlimited(const Budget& budget) {
  return budget.calls == 0 && budget.tokens == 0 && budget.ms == 0;
}

// Those that are set.
std::vector<Line> LinesOf(const Budget& budget, const Spending& spent) {
  std::vector<Line> lines = {{"calls", "calls", budget.calls, spent.calls},
                             {"tokens", "tokens", budget.tokens, spent.tokens},
                             {"ms of models at work", "time", budget.ms, spent.ms}};
  std::erase_if(lines, [](const Line& line) { return line.limit == 0; });
  return lines;
}

// Empty: none is used up. `spent` reads the books.
template <class Spent>
std::string UsedUp(const std::string& whose, const std::string& scope, const Budget& budget, Spent spent) {
  if (IsUnlimited(budget)) return {};
  for (const Line& line : LinesOf(budget, spent()))
    if (line.spent >= line.limit)
      return "the budget of " + whose + " is used up: " + std::to_string(line.spent) + " of " +
             std::to_string(line.limit) + " " + line.unit + " (budgets." + scope + "." + line.setting + ")";
  return {};
}

}  // namespace

Status Ledger::MayAsk(const Payer& payer) const {
  const std::string task = UsedUp("task " + payer.task, "task", budgets_.task,
                                  [&] { return journal_.SpentOnTask(payer.project, payer.task); });
  if (!task.empty())
    return {Code::kPermission,
            task + "; look at what it was spent on (runs log), then raise the budget and unblock the task"};
  const std::string project = UsedUp("project " + payer.project, "project", budgets_.project,
                                     [&] { return journal_.SpentOnProject(payer.project); });
  if (!project.empty()) return {Code::kUnavailable, project + "; raise it to go on"};
  const std::string day =
      UsedUp("this day", "day", budgets_.day, [&] { return journal_.SpentOnDay(Today()); });
  if (!day.empty()) return {Code::kUnavailable, day + "; raise it, or start the host again tomorrow (UTC)"};
  return {};
}

std::string Ledger::Warning(const Payer& payer) const {
  if (IsUnlimited(budgets_.task)) return {};
  std::string left;
  for (const Line& line : LinesOf(budgets_.task, journal_.SpentOnTask(payer.project, payer.task)))
    if (line.spent >= line.limit - line.limit / 4)
      left += (left.empty() ? "" : " and ") +
              std::to_string(std::max<std::int64_t>(line.limit - line.spent, 0)) + " " + line.unit;
  return left.empty() ? "" : left + " of this task's budget are left";
}

void Ledger::Add(const Payer& payer, const Spending& spent) {
  journal_.AddSpending(payer.project, payer.task, Today(), spent);
}

std::string Ledger::Today() const {
  const std::time_t seconds = clock_.UnixMs() / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[sizeof "2026-12-01"] = {};
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

}  // namespace mamc::worker

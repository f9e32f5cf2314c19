// Implementation: every edit is tried on the texts in memory, in the answer's order; only when all of them
// fit is anything written.
#include "mamc/edit/apply.hpp"

#include <algorithm>
#include <unordered_set>

#include "attempt.hpp"
#include "feedback.hpp"
#include "fingerprint.hpp"
#include "redo.hpp"
#include "tree.hpp"
#include "unread.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

Action ActionNamed(std::string_view name) {
  for (Action action : {Action::kCreated, Action::kModified, Action::kDeleted})
    if (ActionName(action) == name) return action;
  return Action::kUnchanged;
}

// Tells an answer that was interrupted from another one.
std::string FingerprintOf(const Answer& answer) {
  Fingerprint print;
  for (const Edit& edit : answer.edits) print.Add(edit);
  return std::to_string(print.value());
}

// Blank lines are in any file.
bool HoldsLines(std::string_view text, std::string_view lines) {
  std::unordered_set<std::string_view> there{""};
  for (std::string_view line : ViewLines(text)) there.insert(Trim(line));
  const auto all = ViewLines(lines);
  return std::all_of(all.begin(), all.end(),
                     [&](std::string_view line) { return there.count(Trim(line)) != 0; });
}

std::vector<Applied> AppliedBy(const std::optional<Redo>& redo) {
  std::vector<Applied> applied;
  if (!redo) return applied;
  for (const FileChange& change : redo->changes)
    if (!change.action.empty()) applied.push_back({change.path, ActionNamed(change.action)});
  return applied;
}

// What is shown of a file that no edit is of is its text, or an edit that would be lost.
void RefuseLost(const Answer& answer, Tree& tree, const Policy& policy, Report& report) {
  for (const Quote& quote : answer.quotes) {
    std::optional<TreeFile> file;
    if (PathRefusal(quote.path, policy).empty()) {
      auto read = tree.Read(quote.path, policy.max_file_bytes);
      if (read.ok()) file = std::move(*read);
    }
    if (!file || !HoldsLines(file->bytes, quote.text))
      report.refused.push_back({"", quote.line, NotKnownToBe(quote.path)});
  }
}

void RefuseUnreadable(const Answer& answer, Report& report) {
  for (const ParseProblem& problem : answer.problems)
    report.refused.push_back({"", problem.line, problem.text});
  if (answer.edits.empty() && answer.problems.empty())
    report.refused.push_back(
        {"", 1, "the answer holds no edit: send SEARCH/REPLACE blocks or whole files, each with its path"});
}

Result<Report> Run(const Answer& answer, const std::filesystem::path& root, const Policy& policy,
                   bool write) {
  Tree tree(root);
  if (Status opened = tree.Open(); !opened.ok()) return opened;
  auto replayed = Replay(tree);
  if (!replayed.ok()) return replayed.status();
  const std::string fingerprint = FingerprintOf(answer);
  Report report;
  report.recovered = AppliedBy(*replayed);
  if (*replayed && (*replayed)->fingerprint == fingerprint) {
    report.applied = report.recovered;
    return report;
  }
  Attempt attempt(tree, policy, report);
  for (const Edit& edit : answer.edits)
    if (Status tried = attempt.Try(edit); !tried.ok()) return tried;
  attempt.CheckTogether();
  RefuseUnreadable(answer, report);
  RefuseLost(answer, tree, policy, report);
  if (!report.ok()) {
    report.feedback = FeedbackFor(report);
    return report;
  }
  const Redo redo{fingerprint, attempt.Changes()};
  if (!write) return report;
  if (Status written = CarryOut(tree, redo); !written.ok()) return written;
  return report;
}

}  // namespace

std::string_view ActionName(Action action) {
  switch (action) {
    case Action::kCreated:
      return "created";
    case Action::kModified:
      return "modified";
    case Action::kDeleted:
      return "deleted";
    case Action::kUnchanged:
      return "unchanged";
  }
  return "unknown";
}

Result<Report> Apply(const Answer& answer, const std::filesystem::path& root, const Policy& policy) {
  return Run(answer, root, policy, true);
}

Result<Report> Explain(const Answer& answer, const std::filesystem::path& root, const Policy& policy) {
  return Run(answer, root, policy, false);
}

Result<std::vector<Applied>> Recover(const std::filesystem::path& root) {
  Tree tree(root);
  if (Status opened = tree.Open(); !opened.ok()) return opened;
  auto replayed = Replay(tree);
  if (!replayed.ok()) return replayed.status();
  return AppliedBy(*replayed);
}

}  // namespace mamc::edit

// Implementation: every edit is tried on the texts in memory, in the answer's order; only when all of them
// fit is anything written.
#include "mamc/edit/apply.hpp"

#include <algorithm>
#include <map>

#include "locate.hpp"
#include "tree.hpp"

namespace mamc::edit {
namespace {

struct Target {
  std::optional<std::string> before;  // none: no such file
  std::optional<std::string> after;
};

class Attempt {
 public:
  Attempt(Tree& tree, const Policy& policy) : tree_(tree), policy_(policy) {}

  Status Try(const Edit& edit) {
    std::string reason = PathRefusal(edit.path, policy_);
    if (reason.empty()) {
      if (Status loaded = Load(edit.path, reason); !loaded.ok()) return loaded;
    }
    if (reason.empty()) reason = Change(edit, targets_[edit.path]);
    if (reason.empty())
      fitted_.push_back(edit);
    else
      refused_.push_back({edit.path, edit.line, reason});
    return {};
  }

  // Edits that fit one by one may still want a path to be a file and a folder.
  void RefuseFilesAsFolders() {
    for (const Edit& edit : fitted_) {
      for (std::size_t slash = edit.path.find('/'); slash != std::string::npos;
           slash = edit.path.find('/', slash + 1)) {
        auto file = targets_.find(edit.path.substr(0, slash));
        if (file != targets_.end() && file->second.after)
          refused_.push_back({edit.path, edit.line, "'" + file->first + "' cannot be a file and a folder"});
      }
    }
  }

  const std::map<std::string, Target>& targets() const { return targets_; }
  const std::vector<Edit>& fitted() const { return fitted_; }
  std::vector<Refused>& refused() { return refused_; }

 private:
  Status Load(const std::string& path, std::string& reason) {
    if (targets_.count(path) != 0) return {};
    auto read = tree_.Read(path, policy_.max_file_bytes);
    if (read.ok()) {
      targets_[path] = {*read, *read};
      return {};
    }
    if (read.status().code() != Code::kPermission && read.status().code() != Code::kLimit)
      return read.status();
    reason = read.status().message();
    return {};
  }

  std::string Change(const Edit& edit, Target& target) {
    std::string reason;
    switch (edit.kind) {
      case EditKind::kDelete:
        reason = Delete(target);
        break;
      case EditKind::kWhole:
        reason = Whole(edit, target);
        break;
      case EditKind::kBlock:
        reason = Block(edit, target);
        break;
    }
    if (reason.empty() && target.after && target.after->size() > policy_.max_file_bytes)
      return "the file would be larger than " + std::to_string(policy_.max_file_bytes) + " bytes";
    return reason;
  }

  static std::string Delete(Target& target) {
    if (!target.after) return "there is no such file to delete";
    target.after.reset();
    return {};
  }

  static std::string Whole(const Edit& edit, Target& target) {
    if (target.after != target.before) return "this answer changes the file twice: send it once";
    if (!target.after) {
      target.after = edit.content;
      return {};
    }
    FileText text(*target.after);
    text.ReplaceAll(edit.content);
    target.after = text.Bytes();
    return {};
  }

  static std::string Block(const Edit& edit, Target& target) {
    const std::vector<std::string> wanted = LinesOf(edit.search);
    if (!target.after || target.after->empty()) {
      if (!wanted.empty())
        return target.after ? "the file is empty: leave SEARCH empty"
                            : "there is no such file; leave SEARCH empty to make it";
      target.after = edit.content;
      return {};
    }
    if (wanted.empty()) return "SEARCH is empty, but the file exists: say which lines are to be replaced";
    FileText text(*target.after);
    const Located located = Locate(text.lines(), wanted);
    if (located.places.empty()) return NotFound(text.lines(), wanted);
    if (located.places.size() > 1) return Ambiguous(located);
    text.Replace(located.places[0], wanted.size(), LinesOf(edit.content));
    target.after = text.Bytes();
    return {};
  }

  static std::string NotFound(const std::vector<std::string>& lines, const std::vector<std::string>& wanted) {
    std::string reason = "the SEARCH lines are not in the file";
    const std::string nearest = NearestLines(lines, wanted);
    return nearest.empty() ? reason + ", and nothing like them"
                           : reason + "; the nearest lines are\n" + nearest;
  }

  static std::string Ambiguous(const Located& located) {
    std::string reason =
        "the SEARCH lines are in the file " + std::to_string(located.places.size()) + " times, at lines ";
    for (std::size_t i = 0; i < std::min<std::size_t>(located.places.size(), 8); ++i)
      reason += (i == 0 ? "" : ", ") + std::to_string(located.places[i] + 1);
    return reason + ": add lines around them until they are there once";
  }

  Tree& tree_;
  const Policy& policy_;
  std::map<std::string, Target> targets_;
  std::vector<Edit> fitted_;
  std::vector<Refused> refused_;
};

std::string Feedback(const std::vector<Refused>& refused, const std::vector<Edit>& fitted) {
  std::string text =
      "Nothing was changed, because not all edits could be applied.\n\nThese could not; do not send these "
      "again as they are:\n";
  for (const Refused& each : refused) {
    text += "- " + (each.path.empty() ? "" : each.path + ", ") + "line " + std::to_string(each.line) +
            " of your answer: " + each.reason;
    if (text.back() != '\n') text += "\n";
  }
  if (!fitted.empty()) text += "\nThese fit; send them again unchanged, together with the corrected ones:\n";
  for (const Edit& edit : fitted)
    text += "- " + edit.path + ", line " + std::to_string(edit.line) + " of your answer\n";
  return text;
}

Action ActionOf(const Target& target) {
  if (target.before == target.after) return Action::kUnchanged;
  if (!target.before) return Action::kCreated;
  return target.after ? Action::kModified : Action::kDeleted;
}

Status WriteAllTargets(Tree& tree, const std::map<std::string, Target>& targets) {
  for (const auto& [path, target] : targets) {
    if (target.before == target.after) continue;
    if (!target.after)
      tree.StageRemove(path);
    else if (Status staged = tree.StageWrite(path, *target.after); !staged.ok())
      return staged;
  }
  return tree.PutInPlace();
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
  Tree tree(root);
  if (Status opened = tree.Open(); !opened.ok()) return opened;
  Attempt attempt(tree, policy);
  for (const Edit& edit : answer.edits)
    if (Status tried = attempt.Try(edit); !tried.ok()) return tried;

  attempt.RefuseFilesAsFolders();

  Report report;
  report.refused = std::move(attempt.refused());
  for (const ParseProblem& problem : answer.problems)
    report.refused.push_back({"", problem.line, problem.text});
  if (answer.edits.empty() && answer.problems.empty())
    report.refused.push_back(
        {"", 1, "the answer holds no edit: send SEARCH/REPLACE blocks or whole files, each with its path"});
  if (!report.ok()) {
    report.feedback = Feedback(report.refused, attempt.fitted());
    return report;
  }
  if (Status written = WriteAllTargets(tree, attempt.targets()); !written.ok()) return written;
  for (const auto& [path, target] : attempt.targets()) report.applied.push_back({path, ActionOf(target)});
  return report;
}

}  // namespace mamc::edit

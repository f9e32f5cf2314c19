#include "attempt.hpp"

#include <algorithm>

#include "fingerprint.hpp"
#include "naming.hpp"
#include "new_name.hpp"
#include "recipe.hpp"
#include "server_tokens.hpp"
#include "whole.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

// Whether the edit makes a file: it holds no line that would have to be there.
bool OnlyAdds(const Edit& edit) {
  if (edit.kind == EditKind::kBlock) return edit.search.empty();
  return std::all_of(edit.hunks.begin(), edit.hunks.end(), [](const Hunk& hunk) {
    return std::all_of(hunk.lines.begin(), hunk.lines.end(),
                       [](const HunkLine& line) { return line.sign == '+'; });
  });
}

// The numbers of a diff that is no new file's say that there are lines before its own.
bool SaysOldLines(const Edit& edit) {
  return !edit.creates && std::any_of(edit.hunks.begin(), edit.hunks.end(), [](const Hunk& hunk) {
    return hunk.numbered && hunk.old_start > 1 && hunk.new_start > 1;
  });
}

std::string NewContent(const Edit& edit) {
  if (edit.kind == EditKind::kBlock) return edit.content;
  std::string content;
  bool ended = true;
  for (const Hunk& hunk : edit.hunks)
    for (const HunkLine& line : hunk.lines) {
      content += line.text + "\n";
      ended = !line.unended;
    }
  if (!ended) content.pop_back();
  return content;
}

}  // namespace

void Attempt::Refuse(const Edit& edit, std::string reason) {
  report_.refused.push_back({edit.path, edit.line, std::move(reason)});
}

void Attempt::Fit(const Edit& edit) {
  report_.fitted.push_back({edit.path, edit.line, 0, Grade::kWhole, 0});
}

// An answer that says the same twice means it once.
bool Attempt::SaidBefore(const Edit& edit) {
  Fingerprint print;
  print.Add(edit);
  auto [begin, end] = said_.equal_range(print.value());
  if (std::any_of(begin, end, [&](const auto& said) { return SameRequest(*said.second, edit); })) return true;
  said_.emplace(print.value(), &edit);
  return false;
}

// What was made or replaced before it was edited has nothing of `before`.
Delta Attempt::Target::TakeDelta() {
  if (changed || !before) return Delta(editor ? editor->Bytes() : std::move(bytes));
  if (editor) return editor->Changes();
  Delta same;
  same.Keep(0, before->bytes.size());
  return same;
}

Status Attempt::Try(const Edit& edit) {
  if (SaidBefore(edit)) return {};
  std::string reason;
  auto path = ChoosePath(edit, reason);
  if (!path.ok()) return path.status();
  if (*path == edit.path) return Try(edit, std::move(reason));
  Edit other = edit;
  other.path = std::move(*path);
  return Try(other, std::move(reason));
}

Status Attempt::Try(const Edit& edit, std::string reason) {
  if (reason.empty() && !edit.from.empty())
    if (Status renamed = Rename(edit, reason); !renamed.ok()) return renamed;
  if (!reason.empty()) {
    Refuse(edit, std::move(reason));
    return {};
  }
  Target& target = targets_[edit.path];
  target.line = edit.line;
  const std::size_t refused = report_.refused.size();
  target.diffed |= edit.kind == EditKind::kDiff && !edit.hunks.empty();
  Change(edit, target);
  if (report_.refused.size() == refused && !edit.rival.empty()) return CheckRival(edit);
  return HintAtOther(edit, refused);
}

// A sentence may as well speak of a file that the edit is not of.
Status Attempt::CheckRival(const Edit& edit) {
  std::string reason;
  if (Status loaded = Load(edit.rival, reason); !loaded.ok()) return loaded;
  const Target& other = targets_[edit.rival];
  if (!reason.empty() || !other.there || OnlyAdds(edit)) return {};
  const std::string bytes = other.editor ? other.editor->Bytes() : other.text();
  std::vector<Fitted> fitted;
  std::vector<Refused> refused;
  Editor(bytes, work_).Try(edit, fitted, refused);
  if (refused.empty())
    Refuse(edit, "the lines are in '" + edit.rival +
                     "' as well, and only words say that this file is meant: put its path alone on the line "
                     "before them");
  return {};
}

// What was refused since may mean the other file.
Status Attempt::HintAtOther(const Edit& edit, std::size_t refused) {
  std::string reason;
  if (refused == report_.refused.size() || edit.other_path.empty()) return {};
  if (Status loaded = Load(edit.other_path, reason); !loaded.ok()) return loaded;
  for (; reason.empty() && targets_[edit.other_path].there && refused < report_.refused.size(); ++refused) {
    std::string& told = report_.refused[refused].reason;
    told += (EndsWith(told, "\n") ? "If '" : "; if '") + edit.other_path + "' is meant, write that path";
  }
  return {};
}

Status Attempt::Load(const std::string& path, std::string& reason) {
  reason = PathRefusal(path, policy_);
  if (!reason.empty() || targets_.count(path) != 0) return {};
  auto read = tree_.Read(path, policy_.max_file_bytes);
  if (!read.ok()) {
    if (read.status().code() != Code::kPermission && read.status().code() != Code::kLimit)
      return read.status();
    reason = read.status().message();
    return {};
  }
  Target& target = targets_[path];
  target.there = read->has_value();
  if (target.there) target.mode = (*read)->mode;
  target.before = std::move(*read);
  return {};
}

// A diff's prefixes are not trusted: when the path is not there, the other reading of it may be.
Result<std::string> Attempt::ChoosePath(const Edit& edit, std::string& reason) {
  if (Status loaded = Load(edit.path, reason); !loaded.ok()) return loaded;
  // Lines that have to be in the file tell whether it is meant; without any, the path alone does.
  const bool untold = edit.creates || (edit.hunks.empty() && edit.search.empty());
  if (!reason.empty() || edit.other_path.empty() || targets_[edit.path].there || untold) return edit.path;
  std::string other_reason;
  if (Status loaded = Load(edit.other_path, other_reason); !loaded.ok()) return loaded;
  return other_reason.empty() && targets_[edit.other_path].there ? edit.other_path : edit.path;
}

// git's copies are of the files as they were before the whole diff, wherever in it they stand.
Status Attempt::Rename(const Edit& edit, std::string& reason) {
  if (Status loaded = Load(edit.from, reason); !loaded.ok() || !reason.empty()) return loaded;
  Target& from = targets_[edit.from];
  Target& to = targets_[edit.path];
  const bool as_before = edit.copies && from.before;
  if (!from.there && !as_before) {
    reason = NoSuchFile(edit.from, "");
  } else if (to.there) {
    reason = "'" + edit.from + "' cannot be renamed to it, for it exists";
  } else if (!edit.copies && from.diffed && from.before) {
    reason = "this answer changes '" + edit.from +
             "' before it is renamed: change it in the diff that renames it, below 'rename to'";
  } else {
    if (!as_before) Settle(from);
    const std::string& text = as_before ? from.before->bytes : from.text();
    copied_ += text.size();
    if (copied_ > policy_.max_total_bytes) {
      reason = TooLargeTogether();
      return {};
    }
    to.there = true;
    to.Set(text);
    to.mode = as_before ? from.before->mode : from.mode;
    if (!edit.copies) from.there = false;
  }
  return {};
}

void Attempt::Change(const Edit& edit, Target& target) {
  if (edit.kind == EditKind::kDelete || edit.deletes) return Delete(edit, target);
  if (std::string reason = ServerTokenRefusal(edit, target.old_text()); !reason.empty())
    return Refuse(edit, std::move(reason));
  const std::size_t refused = report_.refused.size();
  const bool empty = target.there && !target.editor && target.text().empty();
  if (edit.kind == EditKind::kWhole)
    Whole(edit, target);
  else if (edit.hunks.empty() && edit.kind == EditKind::kDiff && !edit.creates)
    target.there ? Fit(edit) : Refuse(edit, NoSuchFile(edit.path, ""));
  else if (!target.there || (empty && OnlyAdds(edit)))
    Create(edit, target);
  else
    Modify(edit, target);
  if (edit.executable && report_.refused.size() == refused)
    target.mode = *edit.executable ? target.mode | 0111 : target.mode & ~static_cast<mode_t>(0111);
}

std::string Attempt::NoSuchFile(const std::string& path, const std::string& advice) {
  std::string reason = "there is no such file" + advice;
  const std::vector<std::string>& found = tree_.FindByName(path.substr(path.rfind('/') + 1));
  for (std::size_t i = 0; i < found.size(); ++i) reason += (i == 0 ? "; there is " : ", ") + found[i];
  return reason;
}

// The lines that a diff takes away are the file, or it means another.
void Attempt::Delete(const Edit& edit, Target& target) {
  if (!target.there) return Refuse(edit, NoSuchFile(edit.path, " to delete"));
  if (target.editor || target.changed)
    return Refuse(edit, "this answer changes the file and deletes it: send one of the two");
  std::vector<std::string_view> gone;
  for (const Hunk& hunk : edit.hunks)
    for (const HunkLine& line : hunk.lines) {
      if (line.sign == '+') return Refuse(edit, "the diff deletes the file and adds lines to it");
      gone.push_back(line.text);
    }
  if (!gone.empty() && StartsWith(target.text(), kByteOrderMark) && StartsWith(gone[0], kByteOrderMark))
    gone[0].remove_prefix(kByteOrderMark.size());
  const FileText text(std::string_view(target.text()));
  const bool same =
      gone.empty() || std::equal(gone.begin(), gone.end(), text.lines().begin(), text.lines().end(),
                                 [](auto a, auto b) { return TrimEnd(a) == TrimEnd(b); });
  if (!same) return Refuse(edit, "the file to delete does not hold the lines that the diff takes away");
  target.there = false;
  Fit(edit);
}

// Words that say that the file is new make one, unless a file elsewhere may be meant.
bool Attempt::MayMake(const Edit& edit) {
  if (!edit.head.empty() || edit.by_words) return false;
  return IsSurePath(edit.path) || (edit.said_new && tree_.FindByName(edit.path).empty());
}

void Attempt::Whole(const Edit& edit, Target& target) {
  if (target.editor || target.changed || target.there != target.before.has_value())
    return Refuse(edit, "this answer changes the file twice: send it once");
  if (!target.there && edit.by_heading && !MayMake(edit))
    return Refuse(edit,
                  NoSuchFile(edit.path, ", and a heading alone makes none: write FILE: before its path"));
  std::string reason = target.there ? WholeRefusal(edit, target.text()) : std::string();
  if (reason.empty()) reason = EditsRefusal(edit, target.text());
  if (!reason.empty()) return Refuse(edit, std::move(reason));
  if (edit.by_heading && !edit.said_new && IsUsage(edit))
    return Refuse(edit,
                  "a shell's lines below a heading are an example: write FILE: before the path when they are "
                  "the file");
  const std::string content = WholeContent(edit, target.text());
  target.Set(target.there ? FileText(std::string_view(target.text())).WithAll(content) : content);
  target.there = target.replaced = true;
  if (target.bytes.size() > policy_.max_file_bytes)
    return Refuse(edit, "the file would be larger than " + std::to_string(policy_.max_file_bytes) + " bytes");
  Fit(edit);
}

void Attempt::Create(const Edit& edit, Target& target) {
  if (!OnlyAdds(edit))
    return Refuse(edit, target.there ? "the file is empty: leave SEARCH empty"
                                     : NoSuchFile(edit.path, "; leave SEARCH empty to make it"));
  if (!target.there && target.before)
    return Refuse(edit, "this answer takes the file away and makes it anew: send the whole file once");
  if (SaysOldLines(edit))
    return Refuse(edit, NoSuchFile(edit.path, ", and the diff's numbers say that there is"));
  target.there = true;
  target.Set(NewContent(edit));
  Fit(edit);
}

void Attempt::Modify(const Edit& edit, Target& target) {
  const bool adds = OnlyAdds(edit);
  if (adds && edit.kind == EditKind::kBlock)
    return Refuse(edit, "SEARCH is empty, but the file exists: say which lines are to be replaced");
  if (edit.creates && adds) {
    if (!target.editor && target.text() == NewContent(edit)) return Fit(edit);
    return Refuse(edit, "the file exists already: say which lines are to be replaced");
  }
  if (!target.editor) target.editor = std::make_unique<Editor>(target.text(), work_);
  target.editor->Try(edit, report_.fitted, report_.refused);
}

void Attempt::Settle(Target& target) {
  if (!target.editor) return;
  target.Set(target.editor->Bytes());
  target.editor.reset();
}

// Nothing in the answer takes it away.
bool Attempt::StaysThere(const std::string& path) const {
  const auto target = targets_.find(path);
  return target == targets_.end() || target->second.there;
}

// A file that is made beside another that was meant.
std::string Attempt::TwinRefusal(const std::string& path, const Target& target) {
  if (std::string reason = NewNameRefusal(path); !reason.empty()) return reason;
  const std::string cased = tree_.FindInOtherCase(path);
  if (!cased.empty() && StaysThere(cased))
    return "there is '" + cased + "', which differs only in great and small letters: write that path";
  if (target.editor) return {};
  for (const std::string& other : tree_.FindByName(path.substr(path.rfind('/') + 1))) {
    if (other == path || !MayBeSame(path, other) || !StaysThere(other)) continue;
    const auto read = tree_.Read(other, policy_.max_file_bytes);
    if (read.ok() && *read && IsNearlyEqual(target.text(), (*read)->bytes))
      return "there is '" + other + "', which is nearly the same: write that path to change it";
  }
  return {};
}

void Attempt::CheckTogether() {
  std::size_t total = 0;
  auto refuse = [&](const std::string& path, const Target& target, std::string reason) {
    report_.refused.push_back({path, target.line, std::move(reason)});
  };
  for (auto& [path, target] : targets_) {
    if (!target.there) continue;
    const bool made = !target.before && target.line > 0;
    if (std::string reason = made ? TwinRefusal(path, target) : std::string(); !reason.empty())
      refuse(path, target, std::move(reason));
    target.delta = target.TakeDelta();
    total += target.delta.size();
    if (std::string reason = RecipeRefusal(path, target.old_text(), target.delta);
        target.line > 0 && !reason.empty())
      refuse(path, target, std::move(reason));
    if (target.delta.size() > policy_.max_file_bytes && !target.replaced)
      refuse(path, target,
             "the file would be larger than " + std::to_string(policy_.max_file_bytes) + " bytes");
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      auto upper = targets_.find(path.substr(0, slash));
      if (upper != targets_.end() && upper->second.there)
        refuse(path, target, "'" + upper->first + "' cannot be a file and a folder");
    }
  }
  if (total > policy_.max_total_bytes) report_.refused.push_back({"", 1, TooLargeTogether()});
}

std::string Attempt::TooLargeTogether() const {
  return "the files would be larger than " + std::to_string(policy_.max_total_bytes) + " bytes together";
}

std::vector<FileChange> Attempt::Changes() {
  std::vector<FileChange> changes;
  for (auto& [path, target] : targets_) {
    const bool was = target.before.has_value();
    if (!was && !target.there) continue;
    const bool same = was && target.there && target.mode == target.before->mode &&
                      target.delta.Leaves(target.before->bytes);
    const bool named = target.line > 0 || was != target.there;
    const Action action = same           ? Action::kUnchanged
                          : !was         ? Action::kCreated
                          : target.there ? Action::kModified
                                         : Action::kDeleted;
    if (named) report_.applied.push_back({path, action});
    if (same) continue;
    changes.push_back({path, !target.there, std::move(target.delta), target.mode,
                       std::string(ActionName(action)), std::move(target.before)});
  }
  return changes;
}

}  // namespace mamc::edit

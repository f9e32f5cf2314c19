// An answer tried on a tree in memory, edit by edit; nothing is written.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "editor.hpp"
#include "redo.hpp"
#include "tree.hpp"

namespace mamc::edit {

class Attempt {
 public:
  Attempt(Tree& tree, const Policy& policy, Report& report) : tree_(tree), policy_(policy), report_(report) {}

  // A failed status means the file system. The edit outlives the attempt.
  Status Try(const Edit& edit);
  // What can be told only when all were tried.
  void CheckTogether();
  // REQUIRES: nothing was refused.
  std::vector<FileChange> Changes();

 private:
  struct Target {
    std::optional<TreeFile> before;  // none: no such file
    bool there = false;              // as of now
    bool changed = false;            // `bytes` is the text, and no longer that of `before`
    std::string bytes;
    mode_t mode = 0644;
    bool replaced = false;           // by a whole file
    bool diffed = false;             // by a diff
    std::unique_ptr<Editor> editor;  // holds the text as of now
    std::size_t line = 0;            // of the answer
    Delta delta;                     // what `before` becomes; since CheckTogether

    const std::string& text() const { return changed || !before ? bytes : before->bytes; }
    void Set(std::string text) {
      bytes = std::move(text);
      changed = true;
    }
    std::string_view old_text() const { return before ? std::string_view(before->bytes) : ""; }
    // REQUIRES: nothing more is tried on it.
    Delta TakeDelta();
  };

  Status Load(const std::string& path, std::string& reason);
  bool SaidBefore(const Edit& edit);
  Status Try(const Edit& edit, std::string reason);
  Result<std::string> ChoosePath(const Edit& edit, std::string& reason);
  Status CheckRival(const Edit& edit);
  Status HintAtOther(const Edit& edit, std::size_t refused);
  Status Rename(const Edit& edit, std::string& reason);
  void Change(const Edit& edit, Target& target);
  void Delete(const Edit& edit, Target& target);
  void Whole(const Edit& edit, Target& target);
  void Create(const Edit& edit, Target& target);
  void Modify(const Edit& edit, Target& target);
  void Refuse(const Edit& edit, std::string reason);
  void Fit(const Edit& edit);
  void Settle(Target& target);
  std::string TooLargeTogether() const;
  bool MayMake(const Edit& edit);
  bool StaysThere(const std::string& path) const;
  std::string TwinRefusal(const std::string& path, const Target& target);
  std::string NoSuchFile(const std::string& path, const std::string& advice);

  Tree& tree_;
  const Policy& policy_;
  Report& report_;
  AlignWork work_;
  std::map<std::string, Target> targets_;
  std::size_t copied_ = 0;  // the bytes of files that renamings and copies made
  std::unordered_multimap<std::uint64_t, const Edit*> said_;  // by fingerprint
};

}  // namespace mamc::edit

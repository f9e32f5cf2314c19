// What stands above the hunks of one file in a diff: its names, and what becomes of it.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "mamc/edit/parse.hpp"

namespace mamc::edit {

// The line `@@ -1,2 +1,3 @@ heading`, with numbers or without.
void ReadNumbers(std::string_view line, Hunk& hunk);

// Old and new: "a" and "b".
using Prefixes = std::pair<std::string, std::string>;

class DiffHeader {
 public:
  // The line `diff --git a/x b/x`.
  void ReadGit(std::string_view line);
  // The line `diff -ruN old/x new/x`, which programs put above the names.
  void ReadCommand(std::string_view line);
  void ReadOld(std::string_view line);  // `--- a/x`
  void ReadNew(std::string_view line);  // `+++ b/x`
  // Both names were read, and one of them may be missing.
  void EndNames();
  void Name(const std::string& path) { old_ = new_ = path; }
  bool named() const { return named_; }

  // One of git's lines between. False: it is none. `problem`: what cannot be done with it.
  bool ReadExtended(std::string_view line, Edit& edit, std::string& problem);

  // Gives the edit, which has its hunks, its path. What stands against it, or nothing. `last`: nothing but
  // blank lines follow, and nothing says that the diff is complete.
  std::string Complete(Edit& edit, bool last);
  // That the names of this header show; empty ones: none.
  const Prefixes& prefixes() const { return prefixes_; }

 private:
  bool ReadMode(std::string_view mode, Edit& edit, std::string& problem);
  void FindPrefixes();
  void ReadTimes(Edit& edit);
  bool LacksHunks(const Edit& edit, bool last) const;
  bool NamesAreCut() const;
  bool SameButEnding() const;
  void NameAsGit(Edit& edit, const std::string& name, bool both);

  std::string old_, new_, from_, to_;
  std::string_view git_;  // the names of the line `diff --git`, as they stand
  std::pair<std::string, std::string> git_names_, command_;
  std::string index_old_, index_new_;  // of git's line `index`
  Prefixes prefixes_;
  bool named_ = false;  // by --- and +++
  bool half_ = false;   // only one of --- and +++ was said
  bool said_old_ = false, said_new_ = false;
  bool never_old_ = false, never_new_ = false;  // the time is that of a file that is not there
  bool indexed_ = false, unlike_ = false;       // content changes, by git's own lines
};

}  // namespace mamc::edit

// The file that the blocks and hunks of an answer belong to, as its words name it.
#pragma once
#include <string>
#include <string_view>

#include "naming.hpp"

namespace mamc::edit {

class Subject {
 public:
  // A line that can only name the file of what follows.
  void Name(std::string path);
  // Any other line of words. One that speaks of another file makes it doubtful what the next edit is for,
  // unless the file was named since the last edit.
  void Hear(const Naming& naming);
  // An item of a list that names a file; several without an edit between them are a list of files.
  void NameInList(const std::string& path);
  void Used();
  void Forget() { *this = Subject(); }

  // Whether the words since the last edit name a file, and that is not this one.
  bool IsAnother(const std::string& path) const { return fresh_ && !MayBeSame(path_, path); }
  const std::string& path() const { return loose_.empty() ? path_ : loose_; }
  // What the path may mean as well when there is no such file: one that was named before and ends so.
  const std::string& longer() const { return longer_; }
  // The file before, when only a sentence says that this is another: what fits it as well is of neither.
  const std::string& rival() const { return rival_; }
  // The other file that may be meant; empty: there is no doubt.
  const std::string& doubt() const { return doubt_; }

 private:
  void KeepLonger(const std::string& path);

  std::string path_, loose_, longer_, rival_, doubt_, item_;
  bool fresh_ = false;
};

}  // namespace mamc::edit

// The journal's files as they were when they were opened, and whether the names still lead to them.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>

#include "mamc/base/descriptor.hpp"
#include "mamc/base/status.hpp"

namespace mamc::journal {

class FilePlace {
 public:
  enum class Change { kNone, kRemoved, kReplaced, kLogRemoved };

  // The file has just been opened. ":memory:" never changes.
  void Begin(const std::filesystem::path& file);
  // Something has been committed: the write-ahead log is there now.
  void SawLog();
  Change Look() const;

  const std::string& name() const { return name_; }
  // A name beside the file that nothing has: `suffix` behind it, and a number when that is taken.
  std::string FreeName(const std::string& suffix) const;
  // Takes away what an earlier attempt left at `copy`.
  Status RemoveLeftovers(const std::string& copy) const;
  // Gives `copy` the file's name, when that is free. A log that is left there is not the copy's.
  Status PutBack(const std::string& copy) const;

 private:
  struct Id {
    dev_t device = 0;
    ino_t inode = 0;
    bool known = false;
    bool operator==(const Id&) const = default;
  };
  Id IdOf(const std::string& file) const;

  std::string name_ = ":memory:";
  // The files are looked for in their folder by descriptor, at every commit: a long path would cost more.
  Descriptor folder_;
  std::string file_name_, log_name_;
  Id file_, log_;
};

}  // namespace mamc::journal

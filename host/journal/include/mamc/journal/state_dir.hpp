// The state directory and its single owner: an exclusive lock that dies with the process.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "mamc/base/status.hpp"

namespace mamc::journal {

class StateDirLock {
 public:
  // Makes the directory (0700) when needed and locks it. kConflict names who owns it: "is used by mamc-host,
  // process 123".
  static Result<std::unique_ptr<StateDirLock>> Acquire(const std::filesystem::path& dir);
  ~StateDirLock();
  StateDirLock(const StateDirLock&) = delete;
  StateDirLock& operator=(const StateDirLock&) = delete;

  std::filesystem::path journal_file() const { return dir_ / "journal.db"; }
  std::filesystem::path control_socket() const { return dir_ / "control.sock"; }
  // A few random characters that the directory keeps: whoever works in it is known by them, also after it was
  // started again. Made at the first call.
  Result<std::string> Identity() const;

 private:
  StateDirLock(std::filesystem::path dir, int fd) : dir_(std::move(dir)), fd_(fd) {}
  std::filesystem::path dir_;
  int fd_;
};

}  // namespace mamc::journal

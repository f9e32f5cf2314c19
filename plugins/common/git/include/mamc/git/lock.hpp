// A lock between threads and processes that the system releases when its holder dies: flock on a file that
// stays. Thread rule: one thread owns a FileLock. Ownership: the object owns the descriptor.
#pragma once
#include <filesystem>
#include <functional>

namespace mamc::git {

class FileLock {
 public:
  // Waits until the lock is ours. `cancelled` is asked while waiting; true ends the wait with
  // MAMC_E_CANCELLED.
  FileLock(const std::filesystem::path& file, const std::function<bool()>& cancelled);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

 private:
  int fd_ = -1;
};

// Removes every *.lock below `git_dir`, its objects and the names of runs (refs/mamc) excepted. REQUIRES: the
// caller holds the lock that all writers of these names take, so that a file found here belongs to a process
// that died.
void RemoveStaleLocks(const std::filesystem::path& git_dir);

}  // namespace mamc::git

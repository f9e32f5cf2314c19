// A lock between threads and processes that the system releases when its holder dies: flock on a file that
// stays. Thread rule: one thread owns a FileLock. Ownership: the object owns the descriptor.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

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

// What a push that was killed may leave in a repository on this machine: git's locks of the branch and of
// HEAD, which no git ever takes away. Waits until they are gone, and removes those that are there for ten
// seconds: git holds them for moments. `branch` without refs/heads/.
void WaitOutBranchLocks(const std::filesystem::path& repository, const std::string& branch,
                        const std::function<bool()>& cancelled);

}  // namespace mamc::git

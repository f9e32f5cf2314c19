#include "mamc/git/lock.hpp"

#include <fcntl.h>
#include <mamc/abi.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <mamc/cpp/children.hpp>
#include <thread>
#include <utility>

namespace mamc::git {

namespace fs = std::filesystem;

namespace {

bool IsSameFile(const struct stat& one, const struct stat& other) {
  return one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

// Whether `fd` still is the file of that name: who held the lock before may have removed it.
bool IsStill(int fd, const fs::path& file) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd, &opened) == 0 && ::lstat(file.c_str(), &named) == 0 && IsSameFile(opened, named);
}

int OpenLockFile(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    throw sdk::Failure(MAMC_E_FAILED,
                       "cannot open the lock file " + file.string() + ": " + std::strerror(errno));
  return fd;
}

}  // namespace

FileLock::FileLock(const fs::path& file, const std::function<bool()>& cancelled) {
  fs::create_directories(file.parent_path());
  fd_ = OpenLockFile(file);
  while (true) {
    const bool locked = ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
    const int error = errno;
    if (locked && IsStill(fd_, file)) return;
    if (locked) {
      ::close(fd_);
      fd_ = OpenLockFile(file);
      continue;
    }
    if (error != EWOULDBLOCK && error != EINTR) {
      ::close(fd_);
      throw sdk::Failure(MAMC_E_FAILED, "cannot lock " + file.string() + ": " + std::strerror(error));
    }
    if (cancelled && cancelled()) {
      ::close(fd_);
      throw sdk::Failure(MAMC_E_CANCELLED, "cancelled while another process held " + file.string());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

void RemoveStaleLocks(const fs::path& git_dir) {
  for (auto it = fs::recursive_directory_iterator(git_dir); it != fs::recursive_directory_iterator(); ++it) {
    if (it->path() == git_dir / "objects" || it->path() == git_dir / "refs" / "mamc") {
      it.disable_recursion_pending();
      continue;
    }
    if (it->path().extension() != ".lock" || it->is_directory()) continue;
    std::error_code error;
    if (!fs::remove(it->path(), error) && error)
      throw sdk::Failure(MAMC_E_FAILED,
                         "cannot remove the stale lock " + it->path().string() + ": " + error.message());
  }
}

namespace {

constexpr std::chrono::seconds kDeadAfter{10};

// The file's own time is no measure: the clock of the machine may have been set since it was made.
void WaitOutLock(const fs::path& lock, const std::function<bool()>& cancelled) {
  using Clock = std::chrono::steady_clock;
  struct stat watched {};
  struct stat found {};
  auto since = Clock::now();
  while (::lstat(lock.c_str(), &found) == 0 && !cancelled()) {
    const bool is_another = !IsSameFile(found, watched) || found.st_mtim.tv_sec != watched.st_mtim.tv_sec ||
                            found.st_mtim.tv_nsec != watched.st_mtim.tv_nsec;
    if (is_another) {
      watched = found;
      since = Clock::now();
    }
    if (Clock::now() - since >= kDeadAfter) {
      std::error_code refused;
      fs::remove(lock, refused);  // not ours to remove: the next push says so
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace

void WaitOutBranchLocks(const fs::path& repository, const std::string& branch,
                        const std::function<bool()>& cancelled) {
  const fs::path git_dir = fs::is_directory(repository / ".git") ? repository / ".git" : repository;
  for (const std::string& name : {"refs/heads/" + branch + ".lock", std::string("HEAD.lock")})
    WaitOutLock(git_dir / name, cancelled);
}

}  // namespace mamc::git

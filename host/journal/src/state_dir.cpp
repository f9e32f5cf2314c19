#include "mamc/journal/state_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "mamc/base/files.hpp"

namespace mamc::journal {

Result<std::unique_ptr<StateDirLock>> StateDirLock::Acquire(const std::filesystem::path& dir) {
  if (Status status = MakeDirectories(dir, 0700); !status.ok()) return status.Within("state directory");
  std::filesystem::path file = dir / "lock";
  int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return Status(Code::kPermission,
                  "state directory " + dir.string() + " cannot be locked: " + std::strerror(errno));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    char owner[64] = {};
    ssize_t got = ::pread(fd, owner, sizeof owner - 1, 0);
    ::close(fd);
    return Status(Code::kConflict, "state directory " + dir.string() + " is used by another mamc-host" +
                                       (got > 0 ? ", process " + std::string(owner) : "") +
                                       "; stop that one, or give this one a state directory of its own");
  }
  std::string pid = std::to_string(::getpid());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) {
    Status status(Code::kFailed, "cannot write " + file.string() + ": " + std::strerror(errno));
    ::close(fd);
    return status;
  }
  return std::unique_ptr<StateDirLock>(new StateDirLock(dir, fd));
}

StateDirLock::~StateDirLock() {
  // The file stays: removing it would let two processes lock two different files of the same name.
  ::close(fd_);
}

}  // namespace mamc::journal

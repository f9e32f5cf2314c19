#include "mamc/journal/state_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "mamc/base/files.hpp"
#include "mamc/base/text.hpp"

namespace mamc::journal {
namespace {
constexpr std::size_t kIdentityBytes = 4;
}

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

Result<std::string> StateDirLock::Identity() const {
  const std::filesystem::path file = dir_ / "host-id";
  auto kept = ReadFile(file, 64);
  bool whole = kept.ok() && kept->size() == 2 * kIdentityBytes &&
               kept->find_first_not_of("0123456789abcdef") == std::string::npos;
  if (whole) return *kept;
  std::string made = RandomHex(kIdentityBytes);
  if (Status status = WriteFile(file, made, 0600); !status.ok()) return status;
  return made;
}

StateDirLock::~StateDirLock() {
  // The file stays: removing it would let two processes lock two different files of the same name.
  ::close(fd_);
}

}  // namespace mamc::journal

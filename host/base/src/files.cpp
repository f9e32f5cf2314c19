#include "mamc/base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "mamc/base/descriptor.hpp"

namespace mamc {
namespace {

Code CodeOfErrno(int error) {
  switch (error) {
    case ENOENT:
      return Code::kNotFound;
    case EACCES:
    case ELOOP:  // a link where none may be
    case ENOTDIR:
    case EPERM:
    case EROFS:
      return Code::kPermission;
    case ENOSPC:  // nobody's fault and no answer: what needs the room is tried again
    case EDQUOT:
      return Code::kUnavailable;
    default:
      return Code::kFailed;
  }
}

Status Cannot(const char* what, const std::filesystem::path& path) {
  const int error = errno;
  const std::string sentence = std::string("cannot ") + what + " " + path.string();
  errno = error;  // to make the sentence may have changed it
  return ErrnoStatus(sentence);
}

}  // namespace

Status ErrnoStatus(const std::string& what) {
  const int error = errno;
  return {CodeOfErrno(error), what + ": " + std::strerror(error)};
}

Status WriteAll(int fd, std::string_view bytes, const std::string& what) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Cannot("write", what);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::string> ReadFile(const std::filesystem::path& path, std::size_t max_bytes) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return Cannot("read", path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return Cannot("read", path);
  if (!S_ISREG(info.st_mode)) return Invalid("cannot read " + path.string() + ": not a regular file");
  std::string bytes;
  bytes.reserve(std::min(static_cast<std::size_t>(info.st_size), max_bytes));
  char buffer[65536];
  for (;;) {
    ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Cannot("read", path);
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
    if (bytes.size() > max_bytes)
      return Status(Code::kLimit, path.string() + " is larger than " + std::to_string(max_bytes) + " bytes");
  }
}

Status WriteFile(const std::filesystem::path& path, std::string_view bytes, unsigned mode) {
  std::filesystem::path temporary = path;
  temporary += ".tmp" + std::to_string(::getpid());
  {
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (file.get() < 0) return Cannot("write", temporary);
    if (Status status = WriteAll(file.get(), bytes, temporary.string()); !status.ok()) return status;
    if (::fsync(file.get()) != 0) return Cannot("write", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return Cannot("write", path);
  return {};
}

Status MakeDirectories(const std::filesystem::path& path, unsigned mode) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return {};
  if (path.has_parent_path() && path.parent_path() != path)
    if (Status status = MakeDirectories(path.parent_path(), 0755); !status.ok()) return status;
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return Cannot("make directory", path);
  return {};
}

}  // namespace mamc

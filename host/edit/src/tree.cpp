#include "tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "mamc/base/text.hpp"

namespace mamc::edit {
namespace {

Status Errno(const std::string& what) {
  const int error = errno;
  const Code code = error == ELOOP || error == ENOTDIR ? Code::kPermission
                    : error == ENOENT                  ? Code::kNotFound
                                                       : Code::kFailed;
  return {code, what + ": " + std::strerror(error)};
}

std::string FileName(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

Status WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Errno("cannot write " + path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Tree::Tree(const std::filesystem::path& root) : root_path_(root) {}

Tree::~Tree() {
  for (const Staged& staged : staged_)
    if (!staged.temporary.empty()) ::unlinkat(staged.folder.get(), staged.temporary.c_str(), 0);
  for (auto it = made_folders_.rbegin(); it != made_folders_.rend(); ++it)
    ::unlinkat(root_.get(), it->c_str(), AT_REMOVEDIR);
}

Status Tree::Open() {
  root_ = Descriptor(::open(root_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return root_.get() < 0 ? Errno("cannot open the folder " + root_path_.string()) : Status();
}

Result<Descriptor> Tree::Folder(const std::string& path, bool make) {
  Descriptor folder(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
  for (std::size_t at = 0, slash; (slash = path.find('/', at)) != std::string::npos; at = slash + 1) {
    const std::string name = path.substr(at, slash - at);
    Descriptor next(::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (next.get() < 0 && errno == ENOENT && make) {
      if (::mkdirat(folder.get(), name.c_str(), 0777) != 0)
        return Errno("cannot make the folder " + path.substr(0, slash));
      made_folders_.push_back(path.substr(0, slash));
      next =
          Descriptor(::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    }
    if (next.get() < 0) return Errno(path.substr(0, slash) + " is no folder of the tree");
    folder = std::move(next);
  }
  return folder;
}

Result<std::optional<std::string>> Tree::Read(const std::string& path, std::size_t max_bytes) {
  auto folder = Folder(path, false);
  if (!folder.ok() && folder.status().code() == Code::kNotFound) return std::optional<std::string>();
  if (!folder.ok()) return folder.status();
  Descriptor file(
      ::openat(folder->get(), FileName(path).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0 && errno == ENOENT) return std::optional<std::string>();
  if (file.get() < 0) return Errno(path + " cannot be read (links are not followed)");
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return Errno("cannot read " + path);
  if (!S_ISREG(info.st_mode)) return Status(Code::kPermission, path + " is not a regular file");
  std::string bytes;
  char buffer[65536];
  while (ssize_t got = ::read(file.get(), buffer, sizeof buffer)) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Errno("cannot read " + path);
    bytes.append(buffer, static_cast<std::size_t>(got));
    if (bytes.size() > max_bytes)
      return Status(Code::kLimit, path + " is larger than " + std::to_string(max_bytes) + " bytes");
  }
  return std::optional<std::string>(std::move(bytes));
}

Status Tree::StageWrite(const std::string& path, const std::string& bytes) {
  auto folder = Folder(path, true);
  if (!folder.ok()) return folder.status();
  const std::string name = FileName(path), temporary = ".mamc-edit-" + RandomHex(8);
  struct stat old {};
  const bool existed = ::fstatat(folder->get(), name.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0;
  Descriptor file(
      ::openat(folder->get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (file.get() < 0) return Errno("cannot write " + path);
  staged_.push_back({path, temporary, name, std::move(*folder)});
  if (existed && ::fchmod(file.get(), old.st_mode & 07777) != 0)
    return Errno("cannot set the mode of " + path);
  return WriteAll(file.get(), bytes, path);
}

Status Tree::PutInPlace() {
  for (Staged& staged : staged_) {
    if (staged.temporary.empty()) {
      auto folder = Folder(staged.path, false);
      if (!folder.ok()) return folder.status();
      if (::unlinkat(folder->get(), FileName(staged.path).c_str(), 0) != 0)
        return Errno("cannot delete " + staged.path);
      continue;
    }
    if (::renameat(staged.folder.get(), staged.temporary.c_str(), staged.folder.get(), staged.name.c_str()) !=
        0)
      return Errno("cannot put " + staged.path + " into place");
    staged.temporary.clear();
  }
  staged_.clear();
  made_folders_.clear();
  return {};
}

}  // namespace mamc::edit

#include "tree.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "gathering_writer.hpp"
#include "words.hpp"

namespace mamc::edit {
namespace {

constexpr std::size_t kMaxEntriesSought = 4000;
constexpr std::size_t kMaxFoldersOpen = 200;

std::string FileName(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

Status WritePieces(int fd, const Pieces& text, const std::string& path) {
  GatheringWriter writer(fd, path);
  for (std::string_view piece : text) writer.Add(piece);
  return writer.Finish();
}

}  // namespace

Result<std::string> ReadAll(int fd, std::size_t max_bytes, const std::string& what, mode_t* mode) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return ErrnoStatus("cannot read " + what);
  if (!S_ISREG(info.st_mode)) return Status(Code::kPermission, what + " is not a regular file");
  if (mode) *mode = info.st_mode & 07777;
  const auto expected = static_cast<std::size_t>(info.st_size);
  if (expected > max_bytes)
    return Status(Code::kLimit, what + " is larger than " + std::to_string(max_bytes) + " bytes");
  std::string bytes(expected, '\0');
  std::size_t size = 0;
  while (size < expected) {
    ssize_t got = ::read(fd, bytes.data() + size, expected - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus("cannot read " + what);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

Status Tree::Open() {
  root_ = Descriptor(::open(root_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root_) return ErrnoStatus("cannot open the folder " + root_path_.string());
  while (::flock(root_.get(), LOCK_EX) != 0)
    if (errno != EINTR) return ErrnoStatus("cannot lock the folder " + root_path_.string());
  return {};
}

Result<int> Tree::Folder(const std::string& path, bool make) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  if (folders_.size() > kMaxFoldersOpen) folders_.clear();
  int folder = root_.get();
  for (std::size_t at = 0, slash; (slash = path.find('/', at)) != std::string::npos; at = slash + 1) {
    const std::string upper = path.substr(0, slash + 1);
    if (auto open = folders_.find(upper); open != folders_.end()) {
      folder = open->second.get();
      continue;
    }
    const std::string name = path.substr(at, slash - at);
    Descriptor next(::openat(folder, name.c_str(), kFlags));
    if (!next && errno == ENOENT && make) {
      if (::mkdirat(folder, name.c_str(), 0777) != 0 && errno != EEXIST)
        return ErrnoStatus("cannot make the folder " + path.substr(0, slash));
      next = Descriptor(::openat(folder, name.c_str(), kFlags));
    }
    if (!next) return ErrnoStatus(path.substr(0, slash) + " is no folder of the tree");
    folder = next.get();
    folders_.emplace(upper, std::move(next));
  }
  return folder;
}

Result<std::optional<TreeFile>> Tree::Read(const std::string& path, std::size_t max_bytes) {
  auto folder = Folder(path, false);
  if (!folder.ok() && folder.status().code() == Code::kNotFound) return std::optional<TreeFile>();
  if (!folder.ok()) return folder.status();
  Descriptor file(::openat(*folder, FileName(path).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file && errno == ENOENT) return std::optional<TreeFile>();
  if (!file && errno == ENXIO) return Status(Code::kPermission, path + " is not a regular file");  // a socket
  if (!file) return ErrnoStatus(path + " cannot be read (links are not followed)");
  TreeFile found;
  auto bytes = ReadAll(file.get(), max_bytes, path, &found.mode);
  if (!bytes.ok()) return bytes.status();
  found.bytes = std::move(*bytes);
  return std::optional<TreeFile>(std::move(found));
}

Status Tree::CheckWritable(const std::string& path) {
  if (!writable_.insert(path.substr(0, path.rfind('/') + 1)).second) return {};
  auto folder = Folder(path, false);
  for (std::string upper = path; !folder.ok() && folder.status().code() == Code::kNotFound;) {
    upper = upper.substr(0, upper.rfind('/'));  // the first folder that is there gets the others
    folder = Folder(upper, false);
  }
  if (!folder.ok()) return folder.status();
  if (::faccessat(*folder, ".", W_OK | X_OK, AT_EACCESS) != 0)
    return ErrnoStatus("the folder of " + path + " may not be written");
  return {};
}

Status Tree::Write(const std::string& path, const Pieces& text, mode_t mode) {
  auto folder = Folder(path, true);
  if (!folder.ok()) return folder.status();
  const std::string name = FileName(path);
  Descriptor file(::openat(*folder, name.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file && errno == ENOENT)
    file = Descriptor(
        ::openat(*folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0777));
  struct stat info {};
  const bool alone = file && ::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1;
  // Another name of the same file may lie outside the tree; and a running program cannot be written.
  if (!alone) return WriteBeside(*folder, path, text, mode);
  if ((info.st_mode & 0111) != (mode & 0111)) {
    const mode_t changed = (info.st_mode & 07666) | (mode & 0111);
    if (::fchmod(file.get(), changed) != 0) return ErrnoStatus("cannot set the mode of " + path);
  }
  if (Status written = WritePieces(file.get(), text, path); !written.ok()) return written;
  const auto size = static_cast<off_t>(SizeOf(text));
  if (info.st_size > size && ::ftruncate(file.get(), size) != 0) return ErrnoStatus("cannot shorten " + path);
  return {};
}

Status Tree::WriteBeside(int folder, const std::string& path, const Pieces& text, mode_t mode) {
  const std::string temporary(kTemporaryName), name = FileName(path);
  ::unlinkat(folder, temporary.c_str(), 0);
  Descriptor file(
      ::openat(folder, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return ErrnoStatus("cannot write " + path);
  Status written = WritePieces(file.get(), text, path);
  if (written.ok() && ::fchmod(file.get(), mode) != 0)
    written = ErrnoStatus("cannot set the mode of " + path);
  if (written.ok() && ::renameat(folder, temporary.c_str(), folder, name.c_str()) != 0)
    written = ErrnoStatus("cannot put " + path + " into place");
  if (!written.ok()) ::unlinkat(folder, temporary.c_str(), 0);
  return written;
}

Status Tree::Remove(const std::string& path) {
  auto folder = Folder(path, false);
  if (!folder.ok()) return folder.status().code() == Code::kNotFound ? Status() : folder.status();
  if (::unlinkat(*folder, FileName(path).c_str(), 0) != 0 && errno != ENOENT)
    return ErrnoStatus("cannot delete " + path);
  // Folders that hold nothing any more go, as in git.
  for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
       slash = path.rfind('/', slash - 1)) {
    const std::string upper = path.substr(0, slash);
    auto parent = Folder(upper, false);
    if (!parent.ok() || ::unlinkat(*parent, FileName(upper).c_str(), AT_REMOVEDIR) != 0) break;
    folders_.erase(upper + "/");
  }
  return {};
}

const std::vector<std::string>& Tree::FindByName(const std::string& name) {
  if (!by_name_) LookAtNames();
  static const std::vector<std::string> kNone;
  const auto found = by_name_->find(name);
  return found == by_name_->end() ? kNone : found->second;
}

std::string Tree::FindInOtherCase(const std::string& path) {
  if (!by_name_) LookAtNames();
  const auto [begin, end] = by_small_letters_.equal_range(Lower(path));
  const auto found = std::find_if(begin, end, [&](const auto& file) { return file.second != path; });
  return found == end ? std::string() : found->second;
}

void Tree::LookAtNames() {
  namespace fs = std::filesystem;
  constexpr std::size_t kMostOfOne = 3;
  by_name_.emplace();
  std::error_code error;
  fs::recursive_directory_iterator entry(root_path_, fs::directory_options::skip_permission_denied, error),
      end;
  for (std::size_t seen = 0; !error && entry != end && seen < kMaxEntriesSought;
       entry.increment(error), ++seen) {
    if (entry->path().filename() == ".git") entry.disable_recursion_pending();
    if (!entry->is_regular_file(error)) continue;
    const std::string path = entry->path().lexically_relative(root_path_).string();
    by_small_letters_.emplace(Lower(path), path);
    std::vector<std::string>& found = (*by_name_)[entry->path().filename().string()];
    if (found.size() < kMostOfOne) found.push_back(path);
  }
}

}  // namespace mamc::edit

#include "files.hpp"

#include <fcntl.h>
#include <strings.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unordered_set>
#include <vector>

#include "mamc/git/repo.hpp"

namespace mamc::git {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> NamesIn(int folder, const std::string& path) {
  DIR* stream = ::fdopendir(::dup(folder));
  if (stream == nullptr) ThrowErrno("cannot list the folder '" + path + "'");
  ::rewinddir(stream);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream))
    if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0)
      names.emplace_back(entry->d_name);
  ::closedir(stream);
  std::sort(names.begin(), names.end());
  return names;
}

bool IsIgnored(git_repository* repository, const std::string& path) {
  int ignored = 0;
  Check(git_ignore_path_is_ignored(&ignored, repository, path.c_str()),
        "look up whether '" + path + "' is ignored");
  return ignored != 0;
}

bool HoldsTracked(git_index* index, const std::string& folder) {
  return git_index_find_prefix(nullptr, index, folder.c_str()) == 0;
}

bool IsGitlink(const git_index_entry* entry) {
  return entry != nullptr && entry->mode == GIT_FILEMODE_COMMIT;
}

bool IsTrackable(const struct stat& info) {
  return S_ISREG(info.st_mode) || S_ISLNK(info.st_mode);
}

// git's rules are read by opening `.gitignore`; a pipe in its place would hold us for ever.
void RefuseSpecialIgnoreFile(const Walk& walk, int folder, const std::string& prefix) {
  WalkedFile file{folder, ".gitignore", prefix + ".gitignore", {}, nullptr};
  struct stat target {};
  if (::fstatat(folder, ".gitignore", &target, 0) != 0 || S_ISREG(target.st_mode) || S_ISDIR(target.st_mode))
    return;
  if (::fstatat(folder, ".gitignore", &file.info, AT_SYMLINK_NOFOLLOW) == 0) walk.foreign(file);
  if (::fstatat(folder, ".gitignore", &target, 0) == 0)
    throw sdk::Failure(MAMC_E_INVALID, "'" + file.path + "' is neither a file nor a folder: remove it");
}

void WalkFolder(const Walk& walk, int folder, const std::string& prefix) {
  RefuseSpecialIgnoreFile(walk, folder, prefix);
  for (const std::string& name : NamesIn(folder, prefix)) {
    WalkedFile file{folder, name, prefix + name, {}, nullptr};
    if (::fstatat(folder, name.c_str(), &file.info, AT_SYMLINK_NOFOLLOW) != 0)
      continue;  // gone since it was listed
    file.tracked = git_index_get_bypath(walk.index, file.path.c_str(), 0);
    if (IsGitlink(file.tracked)) continue;
    if (::strcasecmp(name.c_str(), ".git") == 0) {
      walk.foreign(file);
    } else if (S_ISDIR(file.info.st_mode)) {
      const std::string below = file.path + "/";
      if (!HoldsTracked(walk.index, below) && IsIgnored(walk.repository, below)) continue;
      Descriptor child = OpenFolder(folder, name);
      if (child.get() < 0) continue;  // replaced since it was listed
      WalkFolder(walk, child.get(), below);
      if (walk.left) walk.left(file);
    } else if (IsTrackable(file.info)) {
      if (file.tracked != nullptr || !IsIgnored(walk.repository, file.path)) walk.file(file);
    } else {
      walk.foreign(file);
    }
  }
}

git_oid WriteBlob(git_odb* odb, const WalkedFile& file) {
  const std::string bytes = ReadWalked(file);
  git_oid oid;
  Check(git_odb_write(&oid, odb, bytes.data(), bytes.size(), GIT_OBJECT_BLOB),
        "store the file '" + file.path + "'");
  return oid;
}

}  // namespace

void ThrowErrno(const std::string& what) {
  const int error = errno;
  const bool full = error == ENOSPC || error == EDQUOT;  // a run waits until there is room
  throw sdk::Failure(full ? MAMC_E_UNAVAILABLE : MAMC_E_FAILED, what + ": " + std::strerror(error));
}

Descriptor OpenFolder(int at, const std::string& name) {
  return Descriptor(::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

void WalkTree(const Walk& walk, const fs::path& root) {
  Descriptor folder = OpenFolder(AT_FDCWD, root.string());
  if (folder.get() < 0) ThrowErrno("cannot open the working tree " + root.string());
  Check(git_attr_cache_flush(walk.repository), "forget old ignore rules");
  WalkFolder(walk, folder.get(), "");
}

std::string ReadWalked(const WalkedFile& file) {
  if (S_ISLNK(file.info.st_mode)) {
    std::string target(static_cast<std::size_t>(file.info.st_size) + 4096, '\0');
    ssize_t size = ::readlinkat(file.dir_fd, file.name.c_str(), target.data(), target.size());
    if (size < 0) ThrowErrno("cannot read the link '" + file.path + "'");
    target.resize(static_cast<std::size_t>(size));
    return target;
  }
  Descriptor fd(::openat(file.dir_fd, file.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0) ThrowErrno("cannot read the file '" + file.path + "'");
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(file.info.st_size));
  std::vector<char> buffer(1 << 16);
  while (ssize_t got = ::read(fd.get(), buffer.data(), buffer.size())) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) ThrowErrno("cannot read the file '" + file.path + "'");
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return bytes;
}

struct stat IndexFileStat(git_index* index) {
  struct stat info {};
  const char* path = git_index_path(index);
  if (path == nullptr || ::stat(path, &info) != 0) info = {};
  return info;
}

bool LooksUnchanged(const git_index_entry& entry, const struct stat& info, const struct stat& index_file) {
  auto same = [](const git_index_time& time, const timespec& spec) {
    return time.seconds == static_cast<std::int32_t>(spec.tv_sec) &&
           time.nanoseconds == static_cast<std::uint32_t>(spec.tv_nsec);
  };
  // A file written in the same tick as the index may have been written again after it.
  const bool racy =
      info.st_mtim.tv_sec > index_file.st_mtim.tv_sec || (info.st_mtim.tv_sec == index_file.st_mtim.tv_sec &&
                                                          info.st_mtim.tv_nsec >= index_file.st_mtim.tv_nsec);
  return !racy && same(entry.mtime, info.st_mtim) && same(entry.ctime, info.st_ctim) &&
         entry.ino == static_cast<std::uint32_t>(info.st_ino) &&
         entry.file_size == static_cast<std::uint32_t>(info.st_size) &&
         entry.mode == EntryOf("", info, entry.id).mode;
}

git_index_entry EntryOf(const std::string& path, const struct stat& info, const git_oid& oid) {
  git_index_entry entry{};
  entry.ctime = {static_cast<std::int32_t>(info.st_ctim.tv_sec),
                 static_cast<std::uint32_t>(info.st_ctim.tv_nsec)};
  entry.mtime = {static_cast<std::int32_t>(info.st_mtim.tv_sec),
                 static_cast<std::uint32_t>(info.st_mtim.tv_nsec)};
  entry.dev = static_cast<std::uint32_t>(info.st_dev);
  entry.ino = static_cast<std::uint32_t>(info.st_ino);
  entry.uid = info.st_uid;
  entry.gid = info.st_gid;
  entry.file_size = static_cast<std::uint32_t>(info.st_size);
  entry.mode = S_ISLNK(info.st_mode)      ? GIT_FILEMODE_LINK
               : (info.st_mode & S_IXUSR) ? GIT_FILEMODE_BLOB_EXECUTABLE
                                          : GIT_FILEMODE_BLOB;
  entry.id = oid;
  entry.path = path.c_str();
  return entry;
}

// Who only looks changes the index in memory alone, so that what is tracked does not depend on how often
// somebody looked.
std::string Repo::WriteTree(NewFiles new_files) {
  auto index = Make<IndexHandle>("open the index", git_repository_index, repository_);
  Check(git_index_read(index.get(), 1), "read the index");
  auto odb = Make<OdbHandle>("open the object store", git_repository_odb, repository_);
  const struct stat index_file = IndexFileStat(index.get());
  std::unordered_set<std::string> seen;
  std::vector<std::pair<WalkedFile, git_oid>> changed;

  Walk walk{repository_, index.get(), nullptr, [](const WalkedFile&) {}, nullptr};
  walk.file = [&](const WalkedFile& file) {
    seen.insert(file.path);
    if (file.tracked != nullptr && LooksUnchanged(*file.tracked, file.info, index_file)) return;
    changed.emplace_back(file, WriteBlob(odb.get(), file));
  };
  WalkTree(walk, work_tree_);

  std::vector<std::string> gone;
  for (std::size_t i = 0; i < git_index_entrycount(index.get()); ++i) {
    const git_index_entry* entry = git_index_get_byindex(index.get(), i);
    if (!IsGitlink(entry) && seen.count(entry->path) == 0) gone.emplace_back(entry->path);
  }
  for (const std::string& path : gone)
    Check(git_index_remove(index.get(), path.c_str(), 0), "leave out '" + path + "'");
  for (const auto& [file, oid] : changed) {
    git_index_entry entry = EntryOf(file.path, file.info, oid);
    Check(git_index_add(index.get(), &entry), "take in the file '" + file.path + "'");
  }
  git_oid tree;
  Check(git_index_write_tree_to(&tree, index.get(), repository_), "write the tree of the files");
  if (new_files == NewFiles::kTrack) Check(git_index_write(index.get()), "write the index");
  // The repository hands out one index object: put it back to what its file says.
  Check(git_index_read(index.get(), 1), "read the index");
  return Hex(tree);
}

std::vector<std::string> Repo::TrackedPaths() const {
  auto index = Make<IndexHandle>("open the index", git_repository_index, repository_);
  Check(git_index_read(index.get(), 1), "read the index");
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < git_index_entrycount(index.get()); ++i) {
    const git_index_entry* entry = git_index_get_byindex(index.get(), i);
    if (!IsGitlink(entry)) paths.emplace_back(entry->path);
  }
  return paths;
}

}  // namespace mamc::git

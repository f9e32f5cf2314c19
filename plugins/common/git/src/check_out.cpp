// Implementation: what the tree names is written first, each file under a temporary name that is renamed into
// place; then the index; then everything else goes. A process that dies in between leaves files whose times
// the index does not know, and the next check-out writes those again.
#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "files.hpp"
#include "mamc/git/repo.hpp"

namespace mamc::git {

namespace fs = std::filesystem;

namespace {

constexpr const char* kTemporary = ".mamc-check-out";

// Removes what has this name, a whole folder too. The folder it lies in was reached without a link, and its
// descriptor is the way to it, so that nobody can lead the removal elsewhere.
void RemoveAt(int folder, const std::string& name, const std::string& path) {
  if (::unlinkat(folder, name.c_str(), 0) == 0 || errno == ENOENT) return;
  std::error_code error;
  fs::remove_all("/proc/self/fd/" + std::to_string(folder) + "/" + name, error);
  if (error)
    throw sdk::Failure(MAMC_E_FAILED,
                       "cannot remove '" + path + "' from the working tree: " + error.message());
}

class Writer {
 public:
  Writer(git_repository* repository, const fs::path& root)
      : root_(OpenFolder(AT_FDCWD, root.string())),
        odb_(Make<OdbHandle>("open the object store", git_repository_odb, repository)) {
    if (root_.get() < 0) ThrowErrno("cannot open the working tree " + root.string());
  }

  // Brings one file to `wanted` unless it is so already, and returns its times. `known` is the index's
  // record, or null.
  struct stat Put(const git_index_entry& wanted, const git_index_entry* known,
                  const struct stat& index_file) {
    const std::string path = wanted.path;
    const std::size_t slash = path.rfind('/');
    EnterFolder(slash == std::string::npos ? "" : path.substr(0, slash));
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    struct stat info {};
    if (::fstatat(folder(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
      if (IsAlready(wanted, known, {folder(), name, path, info, nullptr}, index_file)) return info;
      if (S_ISDIR(info.st_mode)) RemoveAt(folder(), name, path);
    }
    if (wanted.mode == GIT_FILEMODE_COMMIT)
      MakeFolder(name, path);
    else
      Write(wanted, name, path);
    if (::fstatat(folder(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
      ThrowErrno("cannot look at '" + path + "'");
    return info;
  }

 private:
  int folder() const { return folder_.get() >= 0 ? folder_.get() : root_.get(); }

  // Opens the folder, making it and what stands in its way into folders. The last one stays open: files come
  // sorted.
  void EnterFolder(const std::string& path) {
    if (path == folder_path_) return;
    folder_ = Descriptor();
    folder_path_.clear();
    std::string done;
    for (std::size_t at = 0; at < path.size();) {
      std::size_t end = std::min(path.find('/', at), path.size());
      const std::string name = path.substr(at, end - at);
      done += (done.empty() ? "" : "/") + name;
      Descriptor next = OpenFolder(folder(), name);
      if (next.get() < 0) {
        MakeFolder(name, done);
        next = OpenFolder(folder(), name);
      }
      if (next.get() < 0) ThrowErrno("cannot open the folder '" + done + "'");
      folder_ = std::move(next);
      at = end + 1;
    }
    folder_path_ = path;
  }

  void MakeFolder(const std::string& name, const std::string& path) {
    struct stat info {};
    if (::fstatat(folder(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
      if (S_ISDIR(info.st_mode)) return;
      RemoveAt(folder(), name, path);
    }
    if (::mkdirat(folder(), name.c_str(), 0777) != 0) ThrowErrno("cannot make the folder '" + path + "'");
  }

  bool IsAlready(const git_index_entry& wanted, const git_index_entry* known, const WalkedFile& file,
                 const struct stat& index_file) {
    if (wanted.mode == GIT_FILEMODE_COMMIT) return S_ISDIR(file.info.st_mode);
    if (!S_ISREG(file.info.st_mode) && !S_ISLNK(file.info.st_mode)) return false;
    if (EntryOf(file.path, file.info, wanted.id).mode != wanted.mode) return false;
    if (known != nullptr && LooksUnchanged(*known, file.info, index_file))
      return git_oid_equal(&known->id, &wanted.id);
    std::size_t size = 0;
    git_object_t type{};
    Check(git_odb_read_header(&size, &type, odb_.get(), &wanted.id),
          "read '" + file.path + "' from the object store");
    if (size != static_cast<std::size_t>(file.info.st_size)) return false;
    const std::string bytes = ReadWalked(file);
    git_oid oid;
    Check(git_odb_hash(&oid, bytes.data(), bytes.size(), GIT_OBJECT_BLOB), "hash '" + file.path + "'");
    return git_oid_equal(&oid, &wanted.id);
  }

  void Write(const git_index_entry& wanted, const std::string& name, const std::string& path) {
    auto object = Make<Handle<git_odb_object, git_odb_object_free>>(
        "read '" + path + "' from the object store", git_odb_read, odb_.get(), &wanted.id);
    const char* bytes = static_cast<const char*>(git_odb_object_data(object.get()));
    const std::size_t size = git_odb_object_size(object.get());
    RemoveAt(folder(), kTemporary, path);
    if (wanted.mode == GIT_FILEMODE_LINK) {
      if (::symlinkat(std::string(bytes, size).c_str(), folder(), kTemporary) != 0)
        ThrowErrno("cannot write the link '" + path + "'");
    } else {
      WriteRegular(bytes, size, wanted.mode == GIT_FILEMODE_BLOB_EXECUTABLE ? 0777 : 0666, path);
    }
    if (::renameat(folder(), kTemporary, folder(), name.c_str()) != 0)
      ThrowErrno("cannot write '" + path + "'");
  }

  void WriteRegular(const char* bytes, std::size_t size, mode_t mode, const std::string& path) {
    Descriptor fd(::openat(folder(), kTemporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (fd.get() < 0) ThrowErrno("cannot write '" + path + "'");
    while (size > 0) {
      ssize_t written = ::write(fd.get(), bytes, size);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) ThrowErrno("cannot write '" + path + "'");
      bytes += written;
      size -= static_cast<std::size_t>(written);
    }
  }

  Descriptor root_;
  OdbHandle odb_;
  Descriptor folder_;  // not open: the root
  std::string folder_path_;
};

void RemoveWhatIsNotTracked(git_repository* repository, git_index* index, const fs::path& root) {
  Walk walk{repository, index, nullptr, nullptr, nullptr};
  walk.foreign = [](const WalkedFile& file) { RemoveAt(file.dir_fd, file.name, file.path); };
  walk.file = [](const WalkedFile& file) {
    if (file.tracked == nullptr) RemoveAt(file.dir_fd, file.name, file.path);
  };
  walk.left = [&](const WalkedFile& folder) {
    if (git_index_find_prefix(nullptr, index, (folder.path + "/").c_str()) == 0) return;
    // A folder that still holds ignored files stays.
    if (::unlinkat(folder.dir_fd, folder.name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOTEMPTY &&
        errno != EEXIST)
      ThrowErrno("cannot remove the folder '" + folder.path + "'");
  };
  WalkTree(walk, root);
}

}  // namespace

void Repo::CheckOut(const std::string& tree_name) {
  git_oid tree_id = ParseOid(tree_name);
  auto tree = Make<TreeHandle>("read the tree " + tree_name, git_tree_lookup, repository_, &tree_id);
  auto wanted = Make<IndexHandle>("make an index", git_index_new);
  Check(git_index_read_tree(wanted.get(), tree.get()), "read the tree " + tree_name);
  auto index = Make<IndexHandle>("open the index", git_repository_index, repository_);
  Check(git_index_read(index.get(), 1), "read the index");
  const struct stat index_file = IndexFileStat(index.get());

  Writer writer(repository_, work_tree_);
  std::vector<git_index_entry> entries;
  for (std::size_t i = 0; i < git_index_entrycount(wanted.get()); ++i) {
    const git_index_entry* entry = git_index_get_byindex(wanted.get(), i);
    const struct stat info =
        writer.Put(*entry, git_index_get_bypath(index.get(), entry->path, 0), index_file);
    entries.push_back(EntryOf("", info, entry->id));
    entries.back().mode = entry->mode;
    entries.back().path = entry->path;
  }
  Check(git_index_clear(index.get()), "clear the index");
  for (const git_index_entry& entry : entries)
    Check(git_index_add(index.get(), &entry), "record '" + std::string(entry.path) + "'");
  Check(git_index_write(index.get()), "write the index");
  RemoveWhatIsNotTracked(repository_, index.get(), work_tree_);

  if (std::string found = WriteTree(); found != tree_name)
    throw sdk::Failure(MAMC_E_CONFLICT, "the files in " + work_tree_.string() + " are the tree " + found +
                                            " and not " + tree_name + ": another process is writing there");
}

}  // namespace mamc::git

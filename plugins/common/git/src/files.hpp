// The working tree as git sees it, walked without following a link: every folder is opened relative to its
// parent.
#pragma once
#include <dirent.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <string>

#include "handle.hpp"
#include "mamc/base/descriptor.hpp"

namespace mamc::git {

struct WalkedFile {
  int dir_fd;                      // the folder it lies in
  std::string name;                // within the folder
  std::string path;                // from the root of the tree
  struct stat info;                // of the file itself, links not followed
  const git_index_entry* tracked;  // null when the index does not have it
};

struct Walk {
  git_repository* repository;
  git_index* index;
  std::function<void(const WalkedFile&)> file;  // a regular file or a link, tracked or not ignored
  std::function<void(const WalkedFile&)>
      foreign;  // what git never tracks: `.git` of any case, devices, pipes, sockets
  std::function<void(const WalkedFile&)> left;  // a folder, after what it holds; not called for ignored ones
};

// What the system says, as a Failure: LIMIT where the disk is full.
[[noreturn]] void ThrowErrno(const std::string& what);

Descriptor OpenFolder(int at, const std::string& name);
void WalkTree(const Walk& walk, const std::filesystem::path& root);
// The bytes of a regular file, or a link's target.
std::string ReadWalked(const WalkedFile& file);
// True when the index's record of the file's times and size shows that it was not written since.
bool LooksUnchanged(const git_index_entry& entry, const struct stat& info, const struct stat& index_file);
git_index_entry EntryOf(const std::string& path, const struct stat& info, const git_oid& oid);
// When and whether the index was last written; zero when there is none.
struct stat IndexFileStat(git_index* index);

}  // namespace mamc::git

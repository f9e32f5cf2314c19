// The files below a root, reached name by name without following any link.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "delta.hpp"
#include "mamc/base/descriptor.hpp"
#include "mamc/base/files.hpp"
#include "mamc/base/status.hpp"

namespace mamc::edit {

// The file that takes another's place; a dead one is written over by the next try.
constexpr std::string_view kTemporaryName = ".mamc-edit.new";

struct TreeFile {
  std::string bytes;
  mode_t mode = 0644;  // permission bits
};

class Tree {
 public:
  explicit Tree(const std::filesystem::path& root) : root_path_(root) {}

  // Waits while another process changes the same tree.
  Status Open();
  const std::filesystem::path& path() const { return root_path_; }
  int fd() const { return root_.get(); }

  // Nothing when there is no such file. kPermission: a link or no regular file stands there; kLimit: too
  // large.
  Result<std::optional<TreeFile>> Read(const std::string& path, std::size_t max_bytes);
  // Whether the file, or the folder that would hold it, may be written.
  Status CheckWritable(const std::string& path);
  // Each may be done again after it was done, wholly or in part.
  Status Write(const std::string& path, const Pieces& text, mode_t mode);
  Status Remove(const std::string& path);

  // Files with this name anywhere below the root, three at most; of a few thousand entries that are looked at
  // once.
  const std::vector<std::string>& FindByName(const std::string& name);
  // A file among them whose path differs from this one by great and small letters alone; empty: there is
  // none.
  std::string FindInOtherCase(const std::string& path);

 private:
  // The folder that holds `path`, open as long as the tree; `make` makes those that are missing. kNotFound
  // when one is missing.
  Result<int> Folder(const std::string& path, bool make);
  void LookAtNames();
  Status WriteBeside(int folder, const std::string& path, const Pieces& text, mode_t mode);

  std::filesystem::path root_path_;
  Descriptor root_;
  std::map<std::string, Descriptor> folders_;  // by path with a / behind
  std::set<std::string> writable_;             // the folders that were found to be
  std::optional<std::map<std::string, std::vector<std::string>>> by_name_;
  std::multimap<std::string, std::string> by_small_letters_;  // paths; filled with `by_name_`
};

// The bytes of a regular file; `mode` gets its permission bits.
Result<std::string> ReadAll(int fd, std::size_t max_bytes, const std::string& what, mode_t* mode = nullptr);

}  // namespace mamc::edit

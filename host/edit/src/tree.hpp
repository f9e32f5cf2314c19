// The files below a root, reached name by name without following any link, and a set of changes that is
// staged beside the files before the first of them is renamed into place.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mamc/base/descriptor.hpp"
#include "mamc/base/status.hpp"

namespace mamc::edit {

class Tree {
 public:
  explicit Tree(const std::filesystem::path& root);
  ~Tree();  // takes away what was staged and not put into place
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  Status Open();
  // The file's bytes; nothing when there is none. kPermission: a link or no regular file stands there;
  // kLimit: too large.
  Result<std::optional<std::string>> Read(const std::string& path, std::size_t max_bytes);
  Status StageWrite(const std::string& path, const std::string& bytes);
  void StageRemove(const std::string& path) { staged_.push_back({path, "", {}, Descriptor()}); }
  Status PutInPlace();

 private:
  struct Staged {
    std::string path;
    std::string temporary;  // in the same folder; empty: remove the file
    std::string name;
    Descriptor folder;
  };
  // The folder that holds `path`; `make` makes those that are missing. No descriptor and kNotFound when one
  // is missing.
  Result<Descriptor> Folder(const std::string& path, bool make);

  std::filesystem::path root_path_;
  Descriptor root_;
  std::vector<Staged> staged_;
  std::vector<std::string> made_folders_;
};

}  // namespace mamc::edit

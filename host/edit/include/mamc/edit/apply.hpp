// Applies a parsed answer to a tree: all of it or nothing, never outside the tree, never through a link.
//
// Thread rule: one Apply per tree at a time. Ownership: nothing is kept.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "mamc/base/status.hpp"
#include "mamc/edit/parse.hpp"

namespace mamc::edit {

struct Policy {
  std::vector<std::string> allowed_paths;       // files, or folders with a / behind; none: everything
  std::vector<std::string> blocked_extensions;  // ".exe"
  std::size_t max_file_bytes = 524288;
  bool allow_ci = false;
  bool allow_hooks = false;
  bool allow_secrets = false;
};

enum class Action { kCreated, kModified, kDeleted, kUnchanged };
std::string_view ActionName(Action action);

struct Applied {
  std::string path;
  Action action;
};

struct Refused {
  std::string path;
  std::size_t line = 0;  // of the answer
  std::string reason;
};

struct Report {
  std::vector<Applied> applied;  // empty when anything was refused
  std::vector<Refused> refused;
  std::string feedback;  // for the model, when something was refused
  bool ok() const { return refused.empty(); }
};

// A failed status means the file system, not the answer.
Result<Report> Apply(const Answer& answer, const std::filesystem::path& root, const Policy& policy);

// The tree's rules for a path: empty, or why it is refused.
std::string PathRefusal(const std::string& path, const Policy& policy);

}  // namespace mamc::edit

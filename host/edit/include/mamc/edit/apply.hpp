// Applies a parsed answer to a tree: all of it or nothing, never outside the tree, never through a link.
//
// Every edit is located first (see grade.hpp); one that is not found, or found at two places equally well,
// refuses all of them. What is written is recorded before, so that a killed process leaves the old tree or
// one that the next Apply, Explain or Recover completes, unless somebody has changed its files since.
//
// Thread rule: any thread; edits of one tree wait for each other. Ownership: nothing is kept.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "mamc/base/status.hpp"
#include "mamc/edit/grade.hpp"
#include "mamc/edit/parse.hpp"

namespace mamc::edit {

struct Policy {
  std::vector<std::string> allowed_paths;       // files, or folders with a / behind; none: everything
  std::vector<std::string> blocked_extensions;  // ".exe"
  std::size_t max_file_bytes = 524288;
  std::size_t max_total_bytes = 33554432;  // of all files of one answer
  bool allow_ci = false;
  bool allow_hooks = false;
  bool allow_secrets = false;
  bool allow_install = false;  // scripts that a package manager runs
  bool allow_notes = false;    // below .ma, where machines keep theirs unless the project says otherwise
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

// An edit, or one hunk of it, whose place is known.
struct Fitted {
  std::string path;
  std::size_t line = 0;   // of the answer
  std::size_t place = 0;  // line of the file, from 1; 0: the whole file
  Grade grade = Grade::kWhole;
  double price = 0;  // in wrong lines of context
};

struct Report {
  std::vector<Applied> applied;  // empty when anything was refused
  std::vector<Refused> refused;
  std::vector<Fitted> fitted;
  std::string feedback;  // for the model, when something was refused
  // What an interrupted Apply had left to do and was done first.
  std::vector<Applied> recovered{};
  bool ok() const { return refused.empty(); }
};

// A failed status means the file system, not the answer.
Result<Report> Apply(const Answer& answer, const std::filesystem::path& root, const Policy& policy);
// What Apply would do; writes nothing but what an interrupted Apply left to do.
Result<Report> Explain(const Answer& answer, const std::filesystem::path& root, const Policy& policy);
// Completes an Apply that was killed, and tells what it was. To be called before a tree is used or reset.
// kConflict, also of Apply and Explain: somebody has changed its files since; nothing was written, and its
// record is kept under another name.
Result<std::vector<Applied>> Recover(const std::filesystem::path& root);

// The tree's rules for a path: empty, or why it is refused.
std::string PathRefusal(const std::string& path, const Policy& policy);

}  // namespace mamc::edit

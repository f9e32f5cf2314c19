// The redo record: what is to be written, in full, in one file beside the tree (in its git directory if it
// has one) before the first file of the tree is touched. A process that is killed leaves the old tree when
// the record has no end yet, and otherwise a record that anybody can carry out to the end, unless a file was
// changed since: it holds each file's old text, and the new one as a delta to that.
//
// Rationale: to write in place behind one record costs a twentieth of a rename per file.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delta.hpp"
#include "mamc/base/status.hpp"
#include "tree.hpp"

namespace mamc::edit {

// Ends the record's name; no edit touches files of such names.
constexpr std::string_view kRedoSuffix = ".mamc-edit.redo";

struct FileChange {
  std::string path;
  bool remove = false;
  Delta delta;  // what `before` becomes
  mode_t mode = 0644;
  std::string action;                   // as reported; empty: not reported
  std::optional<TreeFile> before = {};  // to undo it, and to know again what nobody has changed since

  std::string_view old_text() const { return before ? std::string_view(before->bytes) : ""; }
};

struct Redo {
  std::string fingerprint;  // of the answer
  std::vector<FileChange> changes;
};

// All of it or, when the file system refuses, nothing.
Status CarryOut(Tree& tree, const Redo& redo);
// Carries out the record that a killed process left, if there is one, and tells what it was. kConflict: files
// were changed since; nothing was written, and the record is kept under another name.
Result<std::optional<Redo>> Replay(Tree& tree);

}  // namespace mamc::edit

// What `finalize` makes of a task's files below `.ma/`: its logs go, and the change log gets its entry.
//
// Thread rule and errors: as mamc::git::Run.
#pragma once
#include "changelog.hpp"
#include "mamc/git/ma_files.hpp"

class LogEnd {
 public:
  // An entry without a text gets the subjects of the task's commits; one without a task ends nothing.
  LogEnd(mamc::sdk::Context& context, mamc::git::Run& run, mamc::git::Remote& remote, ChangelogEntry entry);

  // `tree` with the log ended, where the files lie in it; else `tree`. Once more changes nothing.
  std::string AppliedTo(const std::string& tree);
  // Ends the log where the files lie on a side branch; else does nothing.
  mamc::sdk::Task<void> WriteAside(mamc::git::CommitRequest request);

 private:
  mamc::git::FileTexts Change(const mamc::git::MaFiles::Read& read);
  std::string Subjects();
  std::string TreeOf(const std::string& commit) { return run_.repo().ReadCommit(commit).tree; }

  mamc::git::Run& run_;
  mamc::git::Remote& remote_;
  mamc::git::MaFiles files_;
  const ChangelogEntry entry_;
  const bool ends_;
};

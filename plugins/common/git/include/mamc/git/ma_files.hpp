// The files below `.ma/` of a project's repository: what its machines tell each other through git about the
// code and about their work on a task. They lie on the branch of the run, or all of them on a side branch of
// their own. Nobody merges them by hand: `.ma/.gitattributes` and Repo's merges see to that.
//
// Thread rule and errors: as Run, whose caller these are used by.
#pragma once
#include <functional>
#include <mamc/cpp/context.hpp>
#include <map>
#include <optional>
#include <string>

#include "mamc/git/run.hpp"

namespace mamc::git {

inline constexpr char kMaSummary[] = ".ma/context/summary.md";
inline constexpr char kMaSummaryData[] = ".ma/context/summary.json";
inline constexpr char kMaChangelog[] = ".ma/changelog.md";
std::string MaPlanLog(const std::string& task);
std::string MaQaLog(const std::string& task);

class MaFiles {
 public:
  // The text of a file as it is, empty when there is none or it is no text.
  using Read = std::function<std::string(const std::string& path)>;
  // What is to change, by path; no value: the file is removed.
  using Change = std::function<FileTexts(const Read& read)>;

  // They lie where the project of the run keeps them.
  MaFiles(sdk::Context& context, Run& run, Remote& remote)
      : context_(context), run_(run), remote_(remote), place_(run.repo().ma_place()) {}

  bool is_aside() const { return !place_.branch.empty(); }
  // Why nothing is written here, as a sentence; empty: it is.
  std::string WhyOff();
  // Asks the remote first where the files lie on a side branch; those of a run's branch are as it has pulled
  // them.
  sdk::Task<Read> Open();
  // `request` names the commit; its `files` do not count. Pushes what is new; the same request on the same
  // files writes the same commit, or none when it is there already. Returns whether it made a commit: none on
  // a branch of the run to which others have pushed work, which is tested before anything is written on top.
  // REQUIRES: WhyOff() is empty.
  sdk::Task<bool> Write(CommitRequest request, Change change);
  // `tree` (empty: no files) after the change. What is in its way there fails it (MAMC_E_CONFLICT).
  static std::string Changed(Repo& repo, const std::string& tree, const Change& change);

 private:
  static Read ReaderOf(Repo& repo, std::string tree);
  std::string CommitOf(const CommitRequest& request, const std::string& parent, std::string tree);
  sdk::Task<bool> WriteOnBranch(CommitRequest request, Change change);
  bool IsPushed(const std::string& commit);
  sdk::Task<bool> WriteAside(CommitRequest request, Change change);
  sdk::Failure MovedEachTime(const std::string& branch) const;
  void RefuseSideBranch() const;
  void RefuseBesides(const std::string& branch) const;

  sdk::Context& context_;
  Run& run_;
  Remote& remote_;
  const MaPlace place_;
};

// The summary of the repository that a scan has left, as this machine last pulled it; empty: none, or the
// project keeps none.
std::string PulledSummary(Run& run, const Remote& remote);

}  // namespace mamc::git

#include "log_end.hpp"

using namespace mamc::git;

LogEnd::LogEnd(mamc::sdk::Context& context, Run& run, Remote& remote, ChangelogEntry entry)
    : run_(run),
      remote_(remote),
      files_(context, run, remote),
      entry_(std::move(entry)),
      ends_(!entry_.task.empty() && files_.WhyOff().empty()) {}

std::string LogEnd::AppliedTo(const std::string& tree) {
  if (!ends_ || files_.is_aside()) return tree;
  return MaFiles::Changed(run_.repo(), tree, [this](const MaFiles::Read& read) { return Change(read); });
}

mamc::sdk::Task<void> LogEnd::WriteAside(CommitRequest request) {
  if (!ends_ || !files_.is_aside()) co_return;
  MaFiles::Change change = [this](const MaFiles::Read& read) { return Change(read); };
  co_await files_.Write(std::move(request), std::move(change));
}

FileTexts LogEnd::Change(const MaFiles::Read& read) {
  ChangelogEntry entry = entry_;
  if (entry.text.find_first_not_of(" \t\r\n") == std::string::npos) entry.text = Subjects();
  FileTexts files;
  files[kMaChangelog] = WithEntry(read(kMaChangelog), entry);
  for (const std::string& log : {MaPlanLog(entry.task), MaQaLog(entry.task)}) files[log] = std::nullopt;
  return files;
}

// Of the commits that changed something besides .ma/.
std::string LogEnd::Subjects() {
  const auto base = remote_.Branch(run_.base());
  std::string list;
  if (!base) return list;
  for (const std::string& name : run_.repo().OwnCommits(run_.head(), *base)) {
    const CommitData commit = run_.repo().ReadCommit(name);
    if (commit.parents.size() != 1) continue;
    if (run_.repo().SameWork(commit.tree, TreeOf(commit.parents[0]))) continue;
    list += "- " + commit.message.substr(0, commit.message.find('\n')) + "\n";
  }
  return list;
}

// A bare "remote" with one branch and a second clone in which other people work, in a temporary folder whose
// path has spaces and letters beyond ASCII.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace mamc::test {

class GitFixture {
 public:
  GitFixture();

  std::filesystem::path remote() const { return root() / "remote.git"; }
  std::filesystem::path project_base() const { return root() / "project base"; }
  std::filesystem::path others() const { return root() / "others"; }
  std::filesystem::path root() const { return dir_ / "größer than ASCII"; }

  // `git` with these arguments; fails the test when git does.
  std::string Git(const std::filesystem::path& cwd, std::vector<std::string> arguments) const;
  std::string RemoteCommit(const std::string& branch) const;
  // The others' folder on a branch as the remote has it, and their next commit there as the remote's. Their clone
  // and the remote hold their objects in one place, so that neither needs a fetch or a push with its many processes.
  void OthersCheckOut(const std::string& branch) const;
  std::string OthersPublish(const std::string& branch) const;
  // What somebody else does: commit one file on a branch of the remote and push it. Returns the commit.
  std::string OthersPush(const std::string& branch, const std::string& path, const std::string& text) const;
  // Others force a branch to something else: the base and an empty commit. Returns that.
  std::string OthersRewrite(const std::string& branch) const;
  // The text of a file in a commit or tree of the remote.
  std::string RemoteFile(const std::string& commit, const std::string& path) const;

 private:
  TempDir dir_;
};

void WriteText(const std::filesystem::path& file, const std::string& text);
std::string ReadText(const std::filesystem::path& file);

}  // namespace mamc::test

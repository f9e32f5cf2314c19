// The other side: fetches into a mirror and pushes from it by the `git` program, run by the host so that it
// can be killed. Everything that git would read from a workspace is out of its reach: it runs in the mirror's
// folder, without hooks.
//
// Thread rule: belongs to one call of a `blocking` type; one Remote per call, since the keys of child calls
// must differ. Ownership: borrows the call's context.
#pragma once
#include <filesystem>
#include <mamc/cpp/context.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mamc/git/access.hpp"

namespace mamc::git {

// Throws MAMC_E_INVALID for what git would take as an option or as a command to run. A path becomes absolute.
std::string NormalRemote(const std::string& remote);
// The folder of a remote that is on this machine; empty for any other.
std::filesystem::path LocalFolder(const std::string& normal_remote);
// Whether git has no branch `below` because there is one `above`: names of branches are files ("a", "a/b").
bool IsAbove(const std::string& above, const std::string& below);
// What a person types to see what git says of it.
std::string CommandToTry(const std::string& normal_remote);

class Remote {
 public:
  Remote(sdk::Context& context, std::filesystem::path mirror, std::string remote, Access access)
      : context_(context),
        mirror_(std::move(mirror)),
        remote_(std::move(remote)),
        access_(std::move(access)) {}

  // Makes refs/remotes/origin/* of the mirror equal to the remote's branches.
  sdk::Task<void> Fetch();
  // The branch that the remote's HEAD names; remembered in the mirror. REQUIRES: fetched once.
  sdk::Task<std::string> DefaultBranch();
  // Moves the remote's branch forward to `commit`, never back and never aside. False: the branch has moved
  // meanwhile.
  sdk::Task<bool> Push(std::string commit, std::string branch);
  // Asks the other side as whoever fetches and pushes does, and changes nothing there: throws when it may not
  // be read or written. Whether it has the branch `base` (empty: one that its HEAD names). REQUIRES: a mirror
  // of nobody's else, such as one in a temporary folder.
  sdk::Task<bool> Ask(std::string base);
  // The remote's commit as of the last Fetch or Push.
  std::optional<std::string> Branch(const std::string& branch) const;
  // Of the remote's branches one that keeps git from having this one, since it is above or below it; empty:
  // none.
  std::string BranchInTheWay(const std::string& branch) const;

  const std::string& url() const { return remote_; }
  const std::filesystem::path& mirror() const { return mirror_; }

 private:
  struct Ended {
    int exit_code = 0;
    std::string out;
    std::string err;
  };
  sdk::Task<Ended> RunGit(std::vector<std::string> arguments, std::string what);
  sdk::Task<sdk::Json> Spawn(std::vector<std::string> argv, sdk::Json env);
  [[noreturn]] void ThrowTimedOut(const std::string& what, const std::string& last_words) const;
  // What git's words mean for the settings of this machine (remote_advice.cpp); may be empty.
  sdk::Task<std::string> Advice(std::string words);
  sdk::Task<std::string> HostKeyAdvice(std::string words);
  sdk::Task<std::string> SshKeyAdvice();
  std::string TokenAdvice();
  std::string HowToRemakeMirror() const;
  sdk::Task<void> Throw(Ended ended, std::string what);
  void EnsureMirror();
  std::string RecordedUrl() const;  // of what the mirror is one

  sdk::Context& context_;
  std::filesystem::path mirror_;
  std::string remote_;
  Access access_;
  int calls_ = 0;
};

}  // namespace mamc::git

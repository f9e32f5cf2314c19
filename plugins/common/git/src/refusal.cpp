// What a repository on this machine will say to a push, before there is anything to push.
#include <strings.h>

#include "handle.hpp"
#include "mamc/base/text.hpp"
#include "mamc/git/repo.hpp"

namespace mamc::git {

namespace {

// receive.denyCurrentBranch, as git reads it.
bool DeniesCurrentBranch(git_repository* repository) {
  auto config = Make<ConfigHandle>("read git's configuration", git_repository_config_snapshot, repository);
  const char* value = nullptr;
  if (git_config_get_string(&value, config.get(), "receive.denycurrentbranch") != 0) return true;
  for (const char* lenient : {"ignore", "warn", "updateInstead"})
    if (strcasecmp(value, lenient) == 0) return false;
  int denies = 1;
  return git_config_parse_bool(&denies, value) != 0 || denies != 0;
}

}  // namespace

std::optional<Refusal> RefusalOfPush(const std::filesystem::path& folder, const std::string& branch) {
  EnsureLibrary();
  git_repository* opened = nullptr;
  // What cannot be opened is told by the fetch, in git's words.
  if (git_repository_open(&opened, folder.c_str()) != 0) return {};
  RepositoryHandle repository(opened);
  if (git_repository_is_bare(opened) || !DeniesCurrentBranch(opened)) return {};
  git_reference* found = nullptr;
  int error = branch.empty() ? git_repository_head(&found, opened)
                             : git_branch_lookup(&found, opened, branch.c_str(), GIT_BRANCH_LOCAL);
  ReferenceHandle reference(found);
  if (error != 0 || git_branch_is_checked_out(found) != 1) return {};
  const char* name = nullptr;
  Check(git_branch_name(&name, found), "name the current branch of " + folder.string());
  return Refusal{"the branch '" + std::string(name) + "' of " + folder.string() +
                     " is checked out there, and git refuses to have a checked-out branch pushed to",
                 "check out another branch there, or let git update its files with `git -C " +
                     ShellWord(folder.string()) +
                     " config receive.denyCurrentBranch updateInstead`, or leave the base branch alone with "
                     "base_writes: false"};
}

}  // namespace mamc::git

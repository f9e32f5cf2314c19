// A squash has the work of a branch and none of its commits, so that git would take both for changes of the
// same lines.
#include <unordered_set>

#include "mamc/git/repo.hpp"
#include "trailers.hpp"

namespace mamc::git {

std::optional<std::string> Repo::SquashedInto(const std::string& onto, const std::string& commit) {
  const std::vector<std::string> own = OwnCommits(commit, onto), beyond = OwnCommits(onto, commit);
  const std::unordered_set<std::string> sources(own.begin(), own.end());
  for (auto name = beyond.rbegin(); name != beyond.rend(); ++name) {
    const CommitData squash = ReadCommit(*name);
    const std::string source = Trailer(squash.message, kSquashed);
    if (squash.parents.size() != 1 || !sources.contains(source)) continue;
    const Merged merged = MergeCommits(squash.parents[0], source);
    if (merged.ok() && SameWork(merged.result, squash.tree)) return source;
  }
  return std::nullopt;
}

}  // namespace mamc::git

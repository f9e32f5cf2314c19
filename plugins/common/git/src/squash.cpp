// A squash has the work of a branch and none of its commits, so that git would take both for changes of the
// same lines.
#include <unordered_set>
#include <utility>

#include "mamc/git/repo.hpp"
#include "trailers.hpp"

namespace mamc::git {

namespace {
constexpr int kMostNested = 100;  // a squash upon a squash upon ...
}

std::optional<std::string> Repo::SquashedInto(const std::string& onto, const std::string& commit) {
  const std::vector<std::string> own = OwnCommits(commit, onto), beyond = OwnCommits(onto, commit);
  const std::unordered_set<std::string> sources(own.begin(), own.end());
  for (auto name = beyond.rbegin(); name != beyond.rend(); ++name) {
    const std::string source = Trailer(ReadCommit(*name).message, kSquashed);
    if (sources.contains(source) && IsSquash(*name, source)) return source;
  }
  return std::nullopt;
}

// Each is looked at once: those before it decide what its merge gives. Where notes lie may have changed since
// it was made, so that they never count.
bool Repo::IsSquash(const std::string& name, const std::string& source) {
  if (const auto known = squashes_.find(name); known != squashes_.end()) return known->second;
  if (nested_ == kMostNested) return false;
  ++nested_;
  const auto place = std::exchange(given_ma_place_, MaPlace{});
  const CommitData squash = ReadCommit(name);
  bool is_one = squash.parents.size() == 1;
  if (is_one) {
    const Merged merged = MergeCommits(squash.parents[0], source);
    is_one = merged.ok() && SameWork(merged.result, squash.tree);
  }
  given_ma_place_ = place;
  --nested_;
  return squashes_[name] = is_one;
}

}  // namespace mamc::git

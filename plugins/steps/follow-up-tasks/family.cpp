#include "family.hpp"

#include <algorithm>
#include <map>

namespace follow_ups {
namespace {

using Followed = std::map<std::string, std::string>;  // who follows whom

// From `id` up to the one that follows none. A board of others may hold a circle: it is left where it closes.
std::vector<std::string> LineOf(std::string id, const Followed& followed) {
  std::vector<std::string> line = {std::move(id)};
  for (auto next = followed.find(line.back()); next != followed.end(); next = followed.find(line.back())) {
    if (std::find(line.begin(), line.end(), next->second) != line.end()) break;
    line.push_back(next->second);
  }
  return line;
}

}  // namespace

Family::Family(const Json& tasks, const std::string& id) {
  Followed followed;
  for (const Json& task : tasks)
    if (const Json follows = task.value("follows", Json()); follows.is_string())
      followed[task.at("id").get<std::string>()] = follows.get<std::string>();
  line_ = LineOf(id, followed);
  for (const auto& [follower, whom] : followed)
    if (LineOf(follower, followed).back() == root()) ++size_;
}

bool Family::IsInLine(const std::string& id) const {
  return std::find(line_.begin(), line_.end(), id) != line_.end();
}

}  // namespace follow_ups

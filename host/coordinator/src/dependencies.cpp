#include "mamc/coordinator/dependencies.hpp"

namespace mamc::coordinator {

bool IsFinished(const std::string& status) {
  return status == "done" || status == "archived";
}

TaskStatuses StatusesOf(const Json& tasks) {
  TaskStatuses statuses;
  for (const Json& task : tasks) statuses[GetString(task, "id")] = GetString(task, "status");
  return statuses;
}

Json OpenDependencies(const Json& task, const TaskStatuses& statuses) {
  Json open = Json::array();
  const Json& dependencies = GetMember(task, "dependencies");
  if (!dependencies.is_array()) return open;
  for (const Json& id : dependencies) {
    auto it = id.is_string() ? statuses.find(id.get<std::string>()) : statuses.end();
    if (it == statuses.end() || !IsFinished(it->second)) open.push_back(id);
  }
  return open;
}

Json WaitsFor(const Json& task, const TaskStatuses& statuses) {
  const std::string reason = GetString(GetMember(task, "blocked"), "reason", "dependencies");
  const bool kept = reason != "dependencies" || IsFinished(GetString(task, "status"));
  return kept ? Json::array() : OpenDependencies(task, statuses);
}

std::string WaitsText(const Json& ids) {
  constexpr std::size_t kMostNamed = 5;
  std::string named;
  std::size_t count = 0;
  for (const Json& id : ids) {
    if (++count > kMostNamed) continue;
    named += (named.empty() ? "" : ", ") + (id.is_string() ? id.get<std::string>() : Dump(id));
  }
  if (count > kMostNamed) named += " and " + std::to_string(count - kMostNamed) + " more";
  return named.empty() ? "" : "waits for " + named;
}

}  // namespace mamc::coordinator

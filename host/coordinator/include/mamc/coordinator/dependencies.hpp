// What a task waits for before it may be worked on.
#pragma once
#include <map>
#include <string>

#include "mamc/base/json.hpp"

namespace mamc::coordinator {

// A status with which nothing is left to do.
bool IsFinished(const std::string& status);

using TaskStatuses = std::map<std::string, std::string>;  // by id, of one project's tasks
TaskStatuses StatusesOf(const Json& tasks);

// The ids of those that `task` depends on and that are not done or archived; what the board does not have is
// not done.
Json OpenDependencies(const Json& task, const TaskStatuses& statuses);
// The same of a task that nothing else keeps: one that waits for a person, or is to be tried again, has been
// begun before.
Json WaitsFor(const Json& task, const TaskStatuses& statuses);
// "waits for 1, 2 and 3 more"; empty for no ids.
std::string WaitsText(const Json& ids);

}  // namespace mamc::coordinator

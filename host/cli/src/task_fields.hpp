// What `task add` and `task set` say of a task, as options of the command line and as members of the board's
// task.
#pragma once
#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "mamc/cli/plugin_client.hpp"
#include "mamc/cli/session.hpp"

namespace mamc::cli {

// Absent: not given. Given and empty: taken away, where a task can be without.
struct TaskFields {
  std::optional<std::string> title, description, type, labels, milestone, workflow, repo, depends_on;
  std::optional<double> priority;

  bool any() const {
    return title || description || type || labels || milestone || workflow || repo || depends_on || priority;
  }
};

void AddFieldOptions(CLI::App* command, TaskFields& fields);
// What is given can be meant: a workflow of this machine.
Exit CheckFields(Session& session, const TaskFields& fields);
// Its milestone is found by its title, or made, on the board of `project`.
Result<Json> GivenFields(PluginClient& board, const std::string& project, const TaskFields& fields);

// Texts between commas, without blanks around them; empty ones are none.
std::vector<std::string> SplitList(std::string_view text);

}  // namespace mamc::cli

#include "checks.hpp"

namespace mamc::cli::doctor {

const std::vector<Check>& Checks() {
  static const std::vector<Check> checks = {
      // What is set, from where, and what of it leads nowhere.
      {"configuration", "Configuration", CheckConfiguration},
      // Files that were found and are not used.
      {"plugins", "Plugins", CheckPlugins},
      // Workflow and persona files that do not load.
      {"definitions", "Workflows and personas", CheckDefinitions},
      // Folders, their owner, disk space, programs, a host that runs.
      {"machine", "This machine", CheckThisMachine},
      // The self-tests of the plugins in use: transport, board, workspace, backends, steps.
      {"plugin self-tests", "Transport, board, workspace, models", CheckServers},
      // Repository, base branch, test command.
      {"projects", "Projects", CheckProjects},
      // Who is needed and who serves whom.
      {"personas", "Who serves which persona", CheckPersonas},
      // Requests that nobody could do.
      {"messages", "Messages", CheckMessages},
      // Runs that wait, and for whom.
      {"runs", "Runs", CheckRuns},
      // Tasks that are blocked, and how they go on.
      {"tasks", "Tasks", CheckTasks},
  };
  return checks;
}

}  // namespace mamc::cli::doctor

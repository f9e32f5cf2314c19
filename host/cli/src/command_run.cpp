#include <unistd.h>

#include <ostream>

#include "commands.hpp"
#include "machine.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/table.hpp"
#include "mamc/coordinator/dependencies.hpp"
#include "progress.hpp"

namespace mamc::cli {
namespace {

struct RunOptions {
  std::vector<std::string> projects;
  bool drain = false;
};

std::string WhyLeft(const Json& task) {
  const std::string waits = coordinator::WaitsText(GetMember(task, "waits_for"));
  return waits.empty() ? Gist(GetString(GetMember(task, "blocked"), "text")) : waits;
}

// What is left on the board, for whoever looks in the morning.
void PrintLeft(std::ostream& out, const std::vector<ProjectResult>& results) {
  Table table({"PROJECT", "TASK", "STATUS", "TITLE", "WHY"});
  for (const ProjectResult& result : results)
    for (const Json& task : result.loop.blocked) {
      table.Add({result.project, GetString(task, "id"), GetString(task, "status"), GetString(task, "title"),
                 WhyLeft(task)});
    }
  table.Print(out);
}

Exit RunMachine(Session& session, const RunOptions& options) {
  Progress progress(session.err, ::isatty(STDERR_FILENO) != 0);
  MachineOptions machine_options;
  machine_options.projects = options.projects;
  machine_options.drain = options.drain;
  // On a terminal the short story; otherwise the log's lines.
  if (::isatty(STDERR_FILENO) != 0)
    machine_options.on_event = [&progress](const engine::RunEvent& event) { progress.Show(event); };
  Exit exit = kDone;
  auto machine = Machine::Make(session, std::move(machine_options), &exit);
  if (!machine) return exit;
  exit = machine->Run();
  PrintLeft(session.out, machine->results());
  return exit;
}

}  // namespace

void AddRunOptions(CommandLine& line) {
  auto options = std::make_shared<RunOptions>();
  AddRepeatable(&line.app, "--project", options->projects, "Work on this project only; may be repeated")
      ->type_name("ID");
  line.app.add_flag("--drain", options->drain,
                    "End when nothing is actionable any more, instead of waiting for tasks");
  line.app.callback([&line, options] {
    if (!line.app.get_subcommands().empty()) return;
    line.action = [&line, options] { return RunMachine(line.session, *options); };
  });
}

}  // namespace mamc::cli

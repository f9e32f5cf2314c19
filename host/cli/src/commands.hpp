// The command line: every group of commands adds itself to the parser and, when it is the one that was asked
// for, sets the action. CLI11 stays in the .cpp files that include this.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>

#include "mamc/cli/session.hpp"

namespace mamc::cli {

struct CommandLine {
  CLI::App& app;
  Session& session;
  std::function<Exit()>& action;  // run once the whole line has been parsed
};

void AddRunOptions(CommandLine& line);  // the program without a command
void AddDemoCommand(CommandLine& line);
void AddInitCommand(CommandLine& line);
void AddDoctorCommand(CommandLine& line);
void AddSubmitCommand(CommandLine& line);
void AddVersionCommand(CommandLine& line);

// The commands of a group, such as `task`. Called when the line names the group.
void AddDeadCommands(CommandLine& line, CLI::App& group);
void AddEditCommands(CommandLine& line, CLI::App& group);
void AddTaskCommands(CommandLine& line, CLI::App& group);
void AddRunsCommands(CommandLine& line, CLI::App& group);
void AddWorkflowCommands(CommandLine& line, CLI::App& group);
void AddPluginCommands(CommandLine& line, CLI::App& group);
void AddPersonaCommands(CommandLine& line, CLI::App& group);
void AddPersonaAskCommand(CommandLine& line, CLI::App& group);

// One command; `options` lives as long as the parser, and `run` gets it when the command was asked for.
template <typename Options>
CLI::App* AddCommand(CommandLine& line, CLI::App& parent, const std::string& name,
                     const std::string& description, const std::shared_ptr<Options>& options,
                     Exit (*run)(Session&, const Options&)) {
  CLI::App* command = parent.add_subcommand(name, description)->fallthrough();
  command->callback([action = &line.action, session = &line.session, options, run] {
    *action = [session, options, run] { return run(*session, *options); };
  });
  return command;
}

// An option that takes one value each time it is given: without this it would take the words behind it as
// well.
inline CLI::Option* AddRepeatable(CLI::App* command, const std::string& flag,
                                  std::vector<std::string>& values, const std::string& description) {
  return command->add_option(flag, values, description)->expected(1)->take_all()->allow_extra_args(false);
}

inline void AddJsonFlag(CLI::App* command, bool* json) {
  command->add_flag("--json", *json, "JSON on standard output");
}

}  // namespace mamc::cli

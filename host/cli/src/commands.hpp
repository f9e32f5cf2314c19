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
void AddVersionCommand(CommandLine& line);
void AddTaskCommands(CommandLine& line);
void AddRunsCommands(CommandLine& line);
void AddWorkflowCommands(CommandLine& line);
void AddPluginCommands(CommandLine& line);
void AddPersonaCommands(CommandLine& line);

// A group such as `task`, which needs one of its commands.
inline CLI::App* AddGroup(CLI::App& app, const std::string& name, const std::string& description) {
  return app.add_subcommand(name, description)->require_subcommand(1)->fallthrough();
}

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

inline void AddJsonFlag(CLI::App* command, bool* json) {
  command->add_flag("--json", *json, "JSON on standard output");
}

}  // namespace mamc::cli

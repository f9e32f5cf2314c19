#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <sstream>

#include "commands.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/main.hpp"

namespace mamc::cli {
namespace {

void AddGlobalOptions(CLI::App& app, GlobalOptions& options) {
  AddRepeatable(&app, "--plugins", options.plugin_dirs,
                "Folder with plugins, searched before all others; may be repeated")
      ->type_name("DIR");
  AddRepeatable(&app, "--workflows", options.workflow_dirs,
                "Folder with workflows and personas/, searched first; may be repeated")
      ->type_name("DIR");
  app.add_option("--config", options.config_file,
                 "Configuration file instead of ./mamc.yaml and the user's own")
      ->type_name("FILE");
  app.add_option("--state-dir", options.state_dir, "Folder for the journal, the local board and the log")
      ->type_name("DIR");
  app.add_option("--log-level", options.log_level, "debug, info, warn or error")->type_name("LEVEL");
  app.add_option("--log-format", options.log_format, "text or json")->type_name("FORMAT");
}

// A group such as `task`, which needs one of its commands. They are made when the line gets to the group: to
// make them all takes longer than most of them run.
void AddGroup(CommandLine& line, const char* name, const char* description,
              void (*add_commands)(CommandLine&, CLI::App&)) {
  CLI::App* group = line.app.add_subcommand(name, description)->require_subcommand(1)->fallthrough();
  group->preparse_callback([&line, group, add_commands](std::size_t) { add_commands(line, *group); });
}

// The commands of the program, one line each.
void AddCommands(CommandLine& line) {
  AddRunOptions(line);
  AddDemoCommand(line);
  AddInitCommand(line);
  AddDoctorCommand(line);
  AddSubmitCommand(line);
  AddGroup(line, "dead", "Look at requests that no worker could do", AddDeadCommands);
  AddGroup(line, "edit", "Try a model's answer on a folder", AddEditCommands);
  AddGroup(line, "task", "Put tasks on the board and look at them", AddTaskCommands);
  AddGroup(line, "runs", "Look at runs, go on with them, end them", AddRunsCommands);
  AddGroup(line, "workflow", "Look at workflows and check them", AddWorkflowCommands);
  AddGroup(line, "plugin", "Look at the plugins of this machine", AddPluginCommands);
  AddGroup(line, "persona", "Look at the personas of this machine", AddPersonaCommands);
  AddVersionCommand(line);
}

// The innermost command that the line got to.
CLI::App* Innermost(CLI::App* app) {
  while (true) {
    std::vector<CLI::App*> taken = app->get_subcommands();
    if (taken.empty()) return app;
    app = taken.back();
  }
}

std::vector<std::string> Commands(CLI::App* app) {
  std::vector<std::string> names;
  for (CLI::App* command : app->get_subcommands([](CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

// The long options of a command and of those around it.
std::vector<std::string> Options(CLI::App* app) {
  std::vector<std::string> names;
  for (; app; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

std::string PathOf(CLI::App* app) {
  CLI::App* parent = app->get_parent();
  return parent ? PathOf(parent) + " " + app->get_name() : app->get_name();
}

// The first word that nothing took, with the nearest word that would have been; else what the parser says.
std::string Explain(CLI::App& app, const CLI::ParseError& error) {
  CLI::App* command = Innermost(&app);
  std::string more = "; `" + PathOf(command) + " --help` shows what there is";
  std::vector<std::string> left = app.remaining(true);
  if (left.empty()) return error.what() + more;
  const std::string& word = left.front();
  if (word.substr(0, 1) == "-") {
    const std::string option = word.substr(0, word.find('='));
    const std::vector<std::string> options = Options(command);
    if (std::find(options.begin(), options.end(), option) != options.end())
      return "'" + option + "' is an option of `" + PathOf(command) + "` and stands behind these words";
    return "unknown option '" + word + "'" + DidYouMean(option, options) + more;
  }
  std::vector<std::string> commands = Commands(command);
  if (commands.empty()) return "unexpected argument '" + word + "'" + more;
  return "unknown command '" + word + "'" + DidYouMean(word, commands) + more;
}

// Of standard output: it has seen enough.
bool IsReaderGone() {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

int Parse(CLI::App& app, int argc, char** argv, std::ostream& out, std::ostream& err) {
  try {
    app.parse(argc, argv);
    return -1;
  } catch (const CLI::ParseError& error) {
    bool help = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    if (help) {
      std::ostringstream nothing;
      app.exit(error, out, nothing);
      return kDone;
    }
    err << "mamc-host: " << Explain(app, error) << '\n';
    return kWrongUse;
  }
}

}  // namespace

int Main(int argc, char** argv, std::ostream& out, std::ostream& err) {
  CLI::App app("Puts a team of AI personas to work on your repositories.", "mamc-host");
  Session session(out, err);
  std::function<Exit()> action;
  CommandLine line{app, session, action};
  app.set_help_flag("-h,--help", "Show this help");
  app.set_version_flag("--version", std::string(MAMC_VERSION));
  AddGlobalOptions(app, session.options);
  AddCommands(line);

  int parsed = Parse(app, argc, argv, out, err);
  if (parsed >= 0) return parsed;
  if (!action) {
    err << app.help();
    return kWrongUse;
  }
  std::error_code gone;
  if (std::filesystem::current_path(gone).empty())
    return session.Fail(kWrongUse, "the folder that the program was started in cannot be used: " +
                                       gone.message() + "; change to another");
  Exit code = kWorkFailed;
  try {
    code = action();
  } catch (const std::exception& error) {  // a bug; what was recorded is gone on with by the next start
    code = session.Fail(kWorkFailed, std::string("an error that nobody expected: ") + error.what());
  }
  out.flush();
  if (out.fail() && IsReaderGone()) return code;
  if (out.fail() && !session.done_anyway.empty()) return session.Fail(code, session.done_anyway);
  if (out.fail()) return session.Fail(kWorkFailed, "standard output could not be written");
  return code;
}

}  // namespace mamc::cli

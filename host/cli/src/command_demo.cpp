#include <mamc/board.h>
#include <unistd.h>

#include <optional>
#include <ostream>

#include "commands.hpp"
#include "demo_repository.hpp"
#include "machine.hpp"
#include "mamc/base/files.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/plugin_client.hpp"
#include "mamc/cli/table.hpp"
#include "progress.hpp"

namespace mamc::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProject = "demo";

struct DemoOptions {
  std::string dir = "mamc-demo";
  std::string cassette;  // instead of the one that comes with the program
  bool resume = false;
  bool setup_only = false;
  bool json = false;
};

// The board of the demo, with its tasks. An external_id is created once, so this may be repeated.
Status FillBoard(Session& session, const fs::path& tasks_file) {
  auto text = ReadFile(tasks_file);
  if (!text.ok()) return text.status();
  auto tasks = ParseJson(*text);
  if (!tasks.ok()) return tasks.status().Within(tasks_file.string());
  auto board = PluginClient::OfBoard(session);
  if (!board.ok()) return board.status();
  for (Json task : *tasks) {
    task["project"] = kProject;
    if (auto created = (*board)->Ask(MAMC_BOARD_CREATE, task); !created.ok()) return created.status();
  }
  return {};
}

Status SetUp(Session& session, const DemoPaths& paths, const fs::path& source, const fs::path& tape) {
  std::error_code error;
  fs::create_directories(paths.dir, error);
  if (error) return Failed("cannot make " + paths.dir.string() + ": " + error.message());
  if (Status begun = WriteFile(paths.begun(), Dump({{"cassette", tape.string()}})); !begun.ok()) return begun;
  if (Status made = MakeDemoRepository(paths, source); !made.ok()) return made;
  if (Status written = WriteDemoConfig(paths, tape); !written.ok()) return written;
  session.options.config_file = paths.config().string();
  session.options.only_config_file = true;
  if (session.NeedCatalog() != kDone) return Invalid("the demo's configuration cannot be used");
  if (Status filled = FillBoard(session, source / "tasks.json"); !filled.ok()) return filled;
  return WriteFile(paths.made(), Dump({{"project", kProject}, {"dir", paths.dir.string()}}));
}

// A folder whose set-up was interrupted holds nothing that would be missed: it is set up again.
Status SetUpAgain(Session& session, const DemoPaths& paths, const fs::path& source, fs::path tape) {
  if (!fs::is_empty(paths.dir)) {
    auto begun = ReadFile(paths.begun());
    if (!begun.ok())
      return Invalid(paths.dir.string() +
                     " holds no demo that could be gone on with; begin one with `mamc-host demo --dir DIR`");
    if (auto said = ParseJson(*begun); said.ok()) tape = GetString(*said, "cassette", tape.string());
    std::error_code error;
    fs::remove_all(paths.dir, error);
    if (error) return Failed(paths.dir.string() + " cannot be set up again: " + error.message());
  }
  return SetUp(session, paths, source, tape);
}

// What is in the folder names it by its path.
Status CheckPlace(const DemoPaths& paths) {
  auto text = ReadFile(paths.made());
  if (!text.ok()) return text.status();
  auto made = ParseJson(*text);
  if (!made.ok()) return made.status().Within(paths.made().string());
  const std::string made_as = GetString(*made, "dir", paths.dir.string());
  std::error_code error;
  if (fs::equivalent(made_as, paths.dir, error)) return {};
  return Invalid("the demo in " + paths.dir.string() + " was made as " + made_as +
                 ", which its repositories and settings still name: move it back there, or begin another "
                 "with `mamc-host demo --dir DIR`");
}

Status OpenExisting(Session& session, const DemoPaths& paths, const fs::path& source, const fs::path& tape) {
  if (!fs::exists(paths.made())) return SetUpAgain(session, paths, source, tape);
  if (Status place = CheckPlace(paths); !place.ok()) return place;
  session.options.config_file = paths.config().string();
  session.options.only_config_file = true;
  return {};
}

Result<Json> Tasks(Session& session) {
  auto board = PluginClient::OfBoard(session);
  if (!board.ok()) return board.status();
  auto listed = (*board)->Ask(MAMC_BOARD_LIST, {{"project", kProject}});
  if (!listed.ok()) return listed.status();
  Json tasks = Json::array();
  for (const Json& task : GetMember(*listed, "tasks"))
    tasks.push_back({{"id", GetString(task, "id")},
                     {"title", GetString(task, "title")},
                     {"type", GetString(task, "type")},
                     {"status", GetString(task, "status")},
                     {"branch", GetString(task, "branch")},
                     {"blocked", GetString(GetMember(task, "blocked"), "text")}});
  return tasks;
}

// What stands in git, on the board and in the tests afterwards: counted anew, not remembered.
Result<Json> Report(Session& session, const DemoPaths& paths, std::int64_t answers) {
  auto tasks = Tasks(session);
  if (!tasks.ok()) return tasks.status();
  auto commits = DemoCommits(paths);
  if (!commits.ok()) return commits.status();
  auto tests = TestDemo(paths);
  if (!tests.ok()) return tests.status();
  Json report = {{"dir", paths.dir.string()}, {"tasks", *tasks}, {"answers", answers}};
  std::size_t done = 0;
  for (const Json& task : *tasks) done += GetString(task, "status") == "done" ? 1 : 0;
  report["done"] = done;
  report["commits"] = Json::array();
  for (const DemoCommit& commit : *commits)
    report["commits"].push_back({{"id", commit.id}, {"subject", commit.subject}});
  report["tests"] = {{"exit_code", tests->exit_code}, {"passed", tests->passed}, {"failed", tests->failed}};
  return report;
}

// The task to look at first: one that was not done.
std::string TaskToShow(const Json& tasks) {
  for (const Json& task : tasks)
    if (GetString(task, "status") != "done") return GetString(task, "id");
  return tasks.empty() ? "1" : GetString(tasks[0], "id");
}

void PrintReport(Session& session, const Json& report) {
  std::ostream& out = session.out;
  Table tasks({"TASK", "STATUS", "TITLE", ""});
  for (const Json& task : report["tasks"])
    tasks.Add({GetString(task, "id"), GetString(task, "status"), GetString(task, "title"),
               Gist(GetString(task, "blocked"))});
  out << '\n';
  tasks.Print(out);
  out << "\ncommits on main:\n";
  for (const Json& commit : report["commits"])
    out << "  " << GetString(commit, "id").substr(0, 10) << " " << Printable(GetString(commit, "subject"))
        << '\n';
  out << "\ntests on main: " << GetInt(report["tests"], "passed") << " passed, "
      << GetInt(report["tests"], "failed") << " failed\n";
  out << "\nLook at it:  git -C " << ShellWord(GetString(report, "dir") + "/work") << " log -p\n"
      << "             " << session.CommandLineOf("task show " + TaskToShow(report["tasks"])) << "\n"
      << "             " << session.CommandLineOf("runs list") << "\n";
}

// Whether the folder is as the command line supposes.
Exit CheckDir(Session& session, const fs::path& dir, bool resume) {
  std::error_code error;
  bool exists = fs::exists(dir, error);
  if (exists && !resume)
    return session.Fail(
        kWrongUse,
        dir.string() + " exists already; give another --dir, or --resume to go on with the demo in it");
  if (!exists && resume)
    return session.Fail(kWrongUse, "there is no demo in " + dir.string() + " to go on with");
  return kDone;
}

// `answers` stays empty when the machine could not be made.
Exit RunDemoMachine(Session& session, std::optional<std::int64_t>* answers) {
  Progress progress(session.err, ::isatty(STDERR_FILENO) != 0);
  MachineOptions options;
  options.projects = {kProject};
  options.drain = true;
  options.on_event = [&progress](const engine::RunEvent& event) { progress.Show(event); };
  Exit exit = kDone;
  auto machine = Machine::Make(session, std::move(options), &exit);
  if (!machine) return exit;
  exit = machine->Run();
  *answers = machine->answers();
  return exit;
}

Exit RunDemo(Session& session, const DemoOptions& options) {
  if (options.dir.empty()) return session.Fail(kWrongUse, "--dir names no folder");
  DemoPaths paths(fs::absolute(options.dir).lexically_normal());
  if (Exit exit = CheckDir(session, paths.dir, options.resume)) return exit;
  fs::path source = session.DataDir("demo");
  fs::path tape = options.cassette.empty() ? source / "cassette.jsonl" : fs::absolute(options.cassette);
  if (!fs::is_regular_file(tape))
    return session.Fail(kWrongUse, "there are no recorded answers in " + tape.string());
  Status ready =
      options.resume ? OpenExisting(session, paths, source, tape) : SetUp(session, paths, source, tape);
  if (!ready.ok()) return session.Fail(ready);
  if (options.setup_only) {
    session.err << "the demo is set up in " << paths.dir.string() << "; run it with\n  "
                << session.CommandLineOf("--project demo --drain") << "\n";
    return kDone;
  }

  std::optional<std::int64_t> answers;
  Exit exit = RunDemoMachine(session, &answers);
  if (!answers) return exit;
  if (exit == kInterrupted) {
    session.options.config_file.clear();  // the demo finds its own
    session.err << "go on with: "
                << session.CommandLineOf("demo --dir " + ShellWord(paths.dir.string()) + " --resume") << "\n";
    return exit;
  }
  auto report = Report(session, paths, *answers);
  if (!report.ok()) return session.Fail(report.status());
  if (options.json)
    PrintJson(session.out, *report);
  else
    PrintReport(session, *report);
  if (exit == kDone && GetMember(*report, "tasks").empty())
    return session.Fail(kWorkFailed,
                        "the demo's board in " + paths.dir.string() +
                            " has lost its tasks; begin another demo with `mamc-host demo --dir DIR`");
  return exit;
}

}  // namespace

void AddDemoCommand(CommandLine& line) {
  auto options = std::make_shared<DemoOptions>();
  CLI::App* command = AddCommand(
      line, line.app, "demo", "A small repository is repaired before your eyes, offline", options, RunDemo);
  command->add_option("--dir", options->dir, "New folder for the demo")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_flag("--resume", options->resume, "Go on with the demo in --dir after it was interrupted");
  command->add_flag("--setup-only", options->setup_only, "Make the folder and the board, and stop there");
  command->add_option("--cassette", options->cassette, "Other recorded answers")->type_name("FILE");
  AddJsonFlag(command, &options->json);
}

}  // namespace mamc::cli

#include <ostream>

#include "commands.hpp"
#include "mamc/base/files.hpp"
#include "mamc/cli/persona_settings.hpp"
#include "mamc/cli/table.hpp"

namespace mamc::cli {
namespace {

namespace fs = std::filesystem;

struct Checked {
  std::string file;
  bool ok = false;
  std::string name, description;
  std::size_t steps = 0;
  std::vector<workflow::Problem> problems, warnings;
};

// The circles that a run of this file, which may be another than the installed one of its name, would meet.
// What else is wrong with the workflows it runs is told when they are checked themselves.
std::vector<workflow::Problem> CirclesFrom(const workflow::Workflow& first, const std::string& file,
                                           const Names& names) {
  std::map<std::string, std::shared_ptr<const workflow::Workflow>> reached;
  reached[fs::path(file).stem().string()] = std::make_shared<workflow::Workflow>(first);
  std::vector<workflow::WorkflowCall> open = first.calls;
  while (!open.empty()) {
    std::string name = open.back().name;
    open.pop_back();
    if (reached.contains(name)) continue;
    Result<NamedFile> named = names.WorkflowFile(name);
    if (!named.ok()) continue;
    Result<std::string> text = ReadFile(named->file);
    if (!text.ok()) continue;
    auto loaded = workflow::LoadWorkflow(*text, named->file.string(), names);
    if (!loaded.workflow) continue;
    reached[name] = loaded.workflow;
    open.insert(open.end(), loaded.workflow->calls.begin(), loaded.workflow->calls.end());
  }
  return workflow::FindCircles(reached);
}

// Names that this persona, which may be another than the installed one of its id, shares with installed ones.
// What is wrong with those otherwise is told when they are checked themselves.
std::vector<workflow::Problem> NamesSharedWith(const std::shared_ptr<const workflow::Persona>& persona,
                                               const Names& names) {
  std::vector<workflow::Problem> problems;
  for (const auto& [id, file] : names.personas()) {
    Result<std::string> text = id == persona->id ? NotFound(id) : ReadFile(file.file);
    if (!text.ok()) continue;
    auto other = workflow::LoadPersona(*text, file.file.string(), names).persona;
    if (!other) continue;
    for (workflow::Problem& problem : workflow::FindSharedNames({other, persona}))
      problems.push_back(std::move(problem));
  }
  return problems;
}

// A file in a folder called personas is a persona.
Checked CheckFile(const std::string& file, const std::string& text, const Names& names,
                  const plugin::Catalog& catalog) {
  Checked checked;
  checked.file = file;
  bool persona = fs::absolute(file).parent_path().filename() == "personas";
  if (persona) {
    workflow::PersonaResult result = workflow::LoadPersona(text, file, names);
    checked.ok = result.persona != nullptr;
    checked.problems = std::move(result.problems);
    checked.warnings = std::move(result.warnings);
    if (!checked.ok) return checked;
    checked.name = result.persona->id;
    checked.problems = CheckFileName(file, result.persona->id, result.persona->id_place);
    std::string problem =
        result.persona->backend.empty() ? "" : BackendProblem(catalog, result.persona->backend);
    if (!problem.empty()) checked.problems.push_back({result.persona->backend_place, problem});
    for (workflow::Problem& shared : NamesSharedWith(result.persona, names))
      checked.problems.push_back(std::move(shared));
    checked.ok = checked.problems.empty();
    return checked;
  }
  workflow::LoadResult result = workflow::LoadWorkflow(text, file, names);
  checked.ok = result.workflow != nullptr;
  checked.problems = std::move(result.problems);
  checked.warnings = std::move(result.warnings);
  if (checked.ok) {
    checked.problems = CheckFileName(file, result.workflow->name, result.workflow->name_place);
    std::vector<workflow::Problem> circles = CirclesFrom(*result.workflow, file, names);
    checked.problems.insert(checked.problems.end(), circles.begin(), circles.end());
  }
  checked.ok = checked.ok && checked.problems.empty();
  if (checked.ok) {
    checked.name = result.workflow->name;
    checked.description = result.workflow->description;
    checked.steps = result.workflow->steps.size();
  }
  return checked;
}

Json ToJson(const std::vector<workflow::Problem>& problems) {
  Json all = Json::array();
  for (const workflow::Problem& problem : problems) {
    all.push_back({{"file", problem.place.file},
                   {"line", problem.place.line},
                   {"col", problem.place.col},
                   {"message", problem.message}});
  }
  return all;
}

// ---- workflow list

struct WorkflowListOptions {
  bool json = false;
};

Exit RunWorkflowList(Session& session, const WorkflowListOptions& options) {
  if (Exit code = session.NeedNames()) return code;
  Json all = Json::array();
  Table table({"NAME", "STEPS", "FROM", "DESCRIPTION"});
  for (const auto& [name, file] : session.names().workflows()) {
    Result<std::string> text = ReadFile(file.file);
    Checked checked;
    if (text.ok()) checked = CheckFile(file.file.string(), *text, session.names(), session.catalog());
    std::string trouble = !text.ok()   ? text.status().message()
                          : checked.ok ? ""
                                       : checked.problems.front().ToString();
    all.push_back({{"name", name},
                   {"file", file.file.string()},
                   {"origin", file.origin},
                   {"ok", trouble.empty()},
                   {"steps", checked.steps},
                   {"description", checked.description}});
    table.Add(
        {name, trouble.empty() ? std::to_string(checked.steps) : "broken", file.origin, checked.description});
    if (!trouble.empty() && !options.json) session.err << trouble << '\n';
  }
  if (options.json) {
    PrintJson(session.out, all);
  } else {
    table.Print(session.out);
  }
  return kDone;
}

// ---- workflow check

struct WorkflowCheckOptions {
  std::vector<std::string> files;
  bool json = false;
};

// A path, or the name of an installed workflow.
Result<std::string> FileFor(const std::string& argument, const Names& names) {
  std::error_code error;
  bool path = fs::exists(argument, error) || argument.find('/') != std::string::npos ||
              fs::path(argument).has_extension();
  if (path) return argument;
  Result<NamedFile> named = names.WorkflowFile(argument);
  if (!named.ok()) return named.status();
  return named->file.string();
}

void Report(Session& session, const Checked& checked) {
  for (const workflow::Problem& problem : checked.problems) session.Fail(kWrongUse, problem.ToString());
  for (const workflow::Problem& warning : checked.warnings) session.Warn(warning.ToString());
  if (checked.ok) session.out << checked.file << ": ok\n";
}

Exit RunWorkflowCheck(Session& session, const WorkflowCheckOptions& options) {
  if (Exit code = session.NeedCheckedNames()) return code;
  Exit code = kDone;
  Json all = Json::array();
  for (const std::string& argument : options.files) {
    Result<std::string> file = FileFor(argument, session.names());
    Result<std::string> text = file.ok() ? ReadFile(*file) : Result<std::string>(file.status());
    if (!text.ok()) {
      code = session.Fail(kWrongUse, text.status().message());
      all.push_back({{"file", argument},
                     {"ok", false},
                     {"problems", {{{"message", text.status().message()}}}},
                     {"warnings", Json::array()}});
      continue;
    }
    Checked checked = CheckFile(*file, *text, session.names(), session.catalog());
    if (!checked.ok) code = kWrongUse;
    all.push_back({{"file", *file},
                   {"ok", checked.ok},
                   {"problems", ToJson(checked.problems)},
                   {"warnings", ToJson(checked.warnings)}});
    if (!options.json) Report(session, checked);
  }
  if (options.json) PrintJson(session.out, all);
  return code;
}

}  // namespace

void AddWorkflowCommands(CommandLine& line, CLI::App& group) {
  auto list = std::make_shared<WorkflowListOptions>();
  AddJsonFlag(AddCommand(line, group, "list", "List the workflows of this machine", list, RunWorkflowList),
              &list->json);

  auto check = std::make_shared<WorkflowCheckOptions>();
  CLI::App* command =
      AddCommand(line, group, "check", "Tell every mistake in a workflow or persona file with its place",
                 check, RunWorkflowCheck);
  command->add_option("files", check->files, "Files, or names of installed workflows")
      ->required()
      ->type_name("FILE");
  AddJsonFlag(command, &check->json);
}

}  // namespace mamc::cli

#include <mamc/cpp/self_test.hpp>

#include "checks.hpp"
#include "in_use.hpp"
#include "mamc/workflow/needs.hpp"
#include "self_tests.hpp"

namespace mamc::cli::doctor {
namespace {

std::string PlaceOf(Checkup& checkup, const std::string& project, const std::string& key) {
  for (const std::string& path : {"projects." + project + "." + key, "projects." + project}) {
    const config::Origin origin = checkup.config().OriginOf(path);
    if (origin.source != config::Source::kDefault) return origin.ToString();
  }
  return "projects." + project;
}

// Whether a step of a workflow is handed the project's test command, or could be.
bool IsTested(Checkup& checkup, const std::string& project) {
  for (const workflow::Workflow* workflow : WorkflowsInUse(checkup, project))
    if (workflow::NeedsProjectTest(workflow->steps)) return true;
  return false;
}

// Only a plain program's name can be looked for; a shell finds out about the rest.
std::string ProgramOf(const std::string& command) {
  const std::string word = command.substr(0, command.find_first_of(" \t\n"));
  const std::string kBuiltIn = " cd . : [ test exec set export eval if for while ! true false ";
  const bool plain = word.find_first_of("/$`\"'=;&|(){}<>*?~\\") == std::string::npos;
  return plain && kBuiltIn.find(" " + word + " ") == std::string::npos ? word : "";
}

void CheckTest(Checkup& checkup, const config::Project& project, Section& section) {
  const std::string where = PlaceOf(checkup, project.id, "test");
  const std::string key = "projects." + project.id + ".test";
  if (project.test.empty() && IsTested(checkup, project.id))
    return section.Add({Level::kProblem,
                        "project " + project.id +
                            " has no test command, and its workflows test with it: every task is blocked",
                        where,
                        "set " + key + " in mamc.yaml to the command that tests it, such as `npm test`",
                        "Tests Keep Failing"});
  const std::string program = ProgramOf(project.test);
  if (program.empty() || !sdk::FindProgram(program).empty()) return;
  section.Add({Level::kWarning,
               "the test command of project " + project.id + " begins with " + program +
                   ", which is not in PATH on this machine",
               where,
               "install it on the machine that serves the persona that tests, or correct " + key + "; `" +
                   project.test + "` must end with 0 there in a fresh clone",
               "Tests Keep Failing"});
}

void TestRepository(Checkup& checkup, const config::Project& project, const Json& more, const char* symptom,
                    Section& section) {
  Json input = {{"repo", project.repo}, {"base", project.base}};
  input.update(more);
  const std::string where = "project " + project.id + ", " + PlaceOf(checkup, project.id, "repo");
  checkup.Ask(plugin::Kind::kWorkspace, config::Section::kWorkspaces, checkup.config().workspace,
              MAMC_VERB_SELFTEST, input, [&checkup, &section, where, symptom](Result<Json> answer) {
                const std::string show =
                    checkup.CommandToShow(plugin::Kind::kWorkspace, checkup.config().workspace);
                AddSelfTest(answer, {where, show, symptom}, section);
              });
}

void CheckRepository(Checkup& checkup, const config::Project& project, Section& section) {
  if (project.repo.empty()) return;  // tasks may name their own: see check_tasks.cpp
  TestRepository(checkup, project, {{"reach", true}, {"writes_base", false}}, "Stale context summary",
                 section);
  if (project.base_writes) TestRepository(checkup, project, Json::object(), "", section);
}

}  // namespace

void CheckProjects(Checkup& checkup, Section& section) {
  const auto& configured = checkup.config().projects;
  if (checkup.projects().empty() && checkup.coordinates())
    section.Add({.level = Level::kProblem,
                 .what = "no project is named, so there is nothing to work on",
                 .where = checkup.config().config_file.string(),
                 .advice = "name one under `projects:` in mamc.yaml, with its repo, base and test",
                 .exit = kWrongUse});
  for (const std::string& id : checkup.projects()) {
    auto found = configured.find(id);
    if (found == configured.end()) {
      section.Add({.level = Level::kProblem,
                   .what = "project " + id + " is not under `projects:`, so nothing says how it is tested",
                   .where = checkup.config().config_file.string(),
                   .advice = "add projects." + id + " to mamc.yaml, with its repo, base and test",
                   .exit = kWrongUse});
      continue;
    }
    CheckRepository(checkup, found->second, section);
    CheckTest(checkup, found->second, section);
  }
}

}  // namespace mamc::cli::doctor

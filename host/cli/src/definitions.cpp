#include "definitions.hpp"

#include <algorithm>
#include <ostream>

#include "mamc/base/files.hpp"
#include "mamc/base/text.hpp"
#include "mamc/cli/persona_settings.hpp"
#include "mamc/workflow/loader.hpp"

namespace mamc::cli {
namespace {

std::vector<workflow::Problem> CheckName(const std::filesystem::path& file,
                                         const workflow::Workflow& workflow) {
  return CheckFileName(file, workflow.name, workflow.name_place);
}
std::vector<workflow::Problem> CheckName(const std::filesystem::path& file,
                                         const workflow::Persona& persona) {
  return CheckFileName(file, persona.id, persona.id_place);
}

// Every file is read, so that all problems are said at once. `member`: what a load result holds when it went
// well.
template <typename Files, typename Loaded, typename Definition>
Exit LoadAll(Session& session, const Files& files,
             Loaded (*load)(std::string_view text, const std::string& file, const workflow::Names& names),
             Definition Loaded::*member, std::vector<Definition>* definitions) {
  Exit exit = kDone;
  for (const auto& [name, file] : files) {
    auto text = ReadFile(file.file);
    if (!text.ok()) return session.Fail(text.status());
    Loaded loaded = load(*text, file.file.string(), session.names());
    for (const workflow::Problem& problem : loaded.problems) session.Fail(kWrongUse, problem.ToString());
    for (const workflow::Problem& warning : loaded.warnings) session.Warn(warning.ToString());
    if (!(loaded.*member)) {
      exit = kWrongUse;
      continue;
    }
    for (const workflow::Problem& problem : CheckName(file.file, *(loaded.*member)))
      exit = session.Fail(kWrongUse, problem.ToString());
    definitions->push_back(loaded.*member);
  }
  return exit;
}

Exit CheckCircles(Session& session, const std::vector<WorkflowPtr>& workflows) {
  std::map<std::string, WorkflowPtr> by_name;
  for (const WorkflowPtr& workflow : workflows) by_name[workflow->name] = workflow;
  Exit exit = kDone;
  for (const workflow::Problem& problem : workflow::FindCircles(by_name))
    exit = session.Fail(kWrongUse, problem.ToString());
  return exit;
}

Exit TellSharedNames(Session& session, const std::vector<PersonaPtr>& personas) {
  Exit exit = kDone;
  for (const workflow::Problem& problem : workflow::FindSharedNames(personas))
    exit = session.Fail(kWrongUse, problem.ToString());
  return exit;
}

// A persona that is asked here needs its backend here.
Exit CheckBackendsOf(Session& session, const std::vector<PersonaPtr>& served) {
  Exit exit = kDone;
  for (const PersonaPtr& persona : served) {
    if (persona->backend.empty() || session.config().persona_backends.contains(persona->id)) continue;
    if (std::string problem = BackendProblem(session.catalog(), persona->backend); !problem.empty())
      exit = session.Fail(kWrongUse, persona->backend_place.ToString() + ": " + problem);
  }
  return exit;
}

Exit CheckAllowedNames(Session& session) {
  Exit exit = kDone;
  for (const std::string& name : session.config().allowed_personas)
    if (session.names().FindPersona(name).empty() && name != "coordination")
      exit = session.Fail(kWrongUse, session.config().OriginOf("allowed_personas").ToString() +
                                         ": there is no persona '" + name + "'" +
                                         DidYouMean(name, session.names().PersonaNames()));
  return exit;
}

}  // namespace

Exit LoadDefinitions(Session& session, Definitions* definitions) {
  if (Exit exit = session.NeedCheckedNames()) return exit;
  // All that is wrong is told before the first of it ends the start.
  Exit exit = kDone;
  for (const std::string& problem : CheckChosenTypes(session.catalog(), session.config()))
    exit = session.Fail(kWrongUse, problem);
  return std::max(exit, ReadDefinitions(session, definitions));
}

Exit ReadDefinitions(Session& session, Definitions* definitions) {
  Exit exit = LoadAll(session, session.names().workflows(), workflow::LoadWorkflow,
                      &workflow::LoadResult::workflow, &definitions->workflows);
  exit = std::max(exit, CheckCircles(session, definitions->workflows));
  exit = std::max(exit, LoadAll(session, session.names().personas(), workflow::LoadPersona,
                                &workflow::PersonaResult::persona, &definitions->personas));
  exit = std::max(exit, TellSharedNames(session, definitions->personas));
  return exit;
}

Result<PersonaPtr> ReadPersona(const Session& session, const NamedFile& file) {
  Result<std::string> text = ReadFile(file.file);
  if (!text.ok()) return text.status();
  workflow::PersonaResult result = workflow::LoadPersona(*text, file.file.string(), session.names());
  if (result.persona) return result.persona;
  std::string all;
  for (const workflow::Problem& problem : result.problems)
    all += (all.empty() ? "" : "\n") + problem.ToString();
  return Invalid(all);
}

bool Coordinates(const Session& session) {
  const std::vector<std::string>& names = session.config().allowed_personas;
  return names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           return name == "coordination" || session.names().FindPersona(name) == "coordination";
         });
}

Exit AllowedPersonas(Session& session, const std::vector<PersonaPtr>& personas,
                     std::vector<PersonaPtr>* allowed) {
  const std::vector<std::string>& names = session.config().allowed_personas;
  if (names.empty()) {
    *allowed = personas;
    return CheckBackendsOf(session, personas);
  }
  for (const std::string& name : names) {
    std::string id = session.names().FindPersona(name);
    auto found = std::find_if(personas.begin(), personas.end(),
                              [&](const PersonaPtr& persona) { return persona->id == id; });
    if (found != personas.end()) allowed->push_back(*found);
  }
  return std::max(CheckAllowedNames(session), CheckBackendsOf(session, *allowed));
}

}  // namespace mamc::cli

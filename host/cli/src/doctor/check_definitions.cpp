#include "checks.hpp"
#include "mamc/base/text.hpp"
#include "mamc/workflow/needs.hpp"

namespace mamc::cli::doctor {
namespace {

// The host begins no run of such a workflow, and ends with 2 (Requirements::CheckJudges).
void CheckVerdicts(Checkup& checkup, const workflow::Workflow& workflow, Section& section) {
  for (const workflow::StepList* steps : {&workflow.steps, &workflow.on_failure})
    for (const std::string& id : workflow::NeedsOf(*steps, checkup.session().names()).judges)
      for (const PersonaPtr& persona : checkup.definitions().personas)
        if (persona->id == id && !persona->verdict_schema)
          section.Add({.level = Level::kProblem,
                       .what = "what persona " + id + " says decides in workflow " + workflow.name +
                               ", and its file has no `verdict:`: it could never pass, and no run of that "
                               "workflow is begun",
                       .where = persona->file,
                       .advice =
                           "give that persona a `verdict:`, the schema of an answer with the status pass or "
                           "fail (docs/personas.md)",
                       .exit = kWrongUse});
}

// Of "loop.yml:3:7"; what no place tells, a person fills in.
std::string FileOf(const std::string& place) {
  const std::size_t end = place.find(':');
  return end == std::string::npos ? "FILE" : ShellWord(place.substr(0, end));
}

}  // namespace

void CheckDefinitions(Checkup& checkup, Section& section) {
  for (const Checkup::Said& said : checkup.said_of_definitions()) {
    auto [place, message] = SplitPlace(said.message);
    section.Add({.level = said.is_warning ? Level::kWarning : Level::kProblem,
                 .what = message,
                 .where = place,
                 .advice = "correct the file, and look again with " +
                           checkup.Command("workflow check " + FileOf(place)),
                 .exit = kWrongUse});
  }
  for (const WorkflowPtr& workflow : checkup.definitions().workflows)
    CheckVerdicts(checkup, *workflow, section);
  section.Ok(std::to_string(checkup.definitions().workflows.size()) + " workflows and " +
             std::to_string(checkup.definitions().personas.size()) + " personas load");
}

}  // namespace mamc::cli::doctor

// The workflow and persona files that this machine has, loaded.
#pragma once
#include <memory>
#include <vector>

#include "mamc/cli/session.hpp"
#include "mamc/workflow/workflow.hpp"

namespace mamc::cli {

using PersonaPtr = std::shared_ptr<const workflow::Persona>;
using WorkflowPtr = std::shared_ptr<const workflow::Workflow>;

struct Definitions {
  std::vector<WorkflowPtr> workflows;
  std::vector<PersonaPtr> personas;
};

// The problems of files that cannot be loaded, and of names that lead nowhere, are said by the session.
Exit LoadDefinitions(Session& session, Definitions* definitions);
// The files alone: whatever else is wrong, those that can be loaded are. REQUIRES: session.NeedNames().
Exit ReadDefinitions(Session& session, Definitions* definitions);
// The file of one persona; why it cannot be used, all at once.
Result<PersonaPtr> ReadPersona(const Session& session, const NamedFile& file);
// Whether this machine runs projects' loops: ALLOWED_PERSONAS is unset or names `coordination`.
bool Coordinates(const Session& session);
// The ones served here, by ALLOWED_PERSONAS. Names in it of no persona are said, and backends that are not
// there, all of them.
Exit AllowedPersonas(Session& session, const std::vector<PersonaPtr>& personas,
                     std::vector<PersonaPtr>* allowed);

}  // namespace mamc::cli

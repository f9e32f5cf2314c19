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

// The problems of files that cannot be loaded are said on the session's `err`.
Exit LoadDefinitions(Session& session, Definitions* definitions);
// The ones served here, by ALLOWED_PERSONAS; names of none are said likewise.
Exit AllowedPersonas(Session& session, const std::vector<PersonaPtr>& personas,
                     std::vector<PersonaPtr>* allowed);

}  // namespace mamc::cli

// Reads and checks workflow and persona-work YAML. All problems of a file are found at once, each with
// file:line:col.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mamc/base/duration.hpp"
#include "mamc/base/status.hpp"
#include "mamc/schema/schema.hpp"
#include "mamc/workflow/workflow.hpp"

namespace mamc::workflow {

// What the loader needs to know about a step type. Filled from plugin manifests by whoever wires the host.
struct StepType {
  std::string id;
  std::string version;  // of the plugin that provides it
  Access access = Access::kNone;
  bool composite = false;  // makes recorded child calls
  std::shared_ptr<const schema::Schema> params;
  std::vector<std::string> state_keys;         // written by its results' `state`
  std::vector<std::string> step_lists;         // parameters that hold steps
  std::vector<std::string> independent_lists;  // of step_lists: their steps are run each for itself,
                                               // dependencies among them have no effect
  std::vector<std::string>
      state_params;  // object parameters whose keys are state keys (set-variables' `variables`)
  std::vector<std::string>
      expressions;  // parameters that are bare expressions (conditional's `condition`): handed on evaluated
  std::vector<std::string>
      shell_params;  // shell texts: `${x}` inside becomes "$MAMC_ARG_n", its value goes to params.env
};

// The names a workflow may use. Each answers "not found" with every known name for "did you mean".
class Names {
 public:
  virtual ~Names() = default;
  // kNotFound when there is no such type; any other error says why one that is known can not be used ("needs
  // acme.lint ^1.2, 1.1.0 is installed").
  virtual Result<const StepType*> FindStepType(std::string_view id, std::string_view range) const = 0;
  virtual std::vector<std::string> StepTypeIds() const = 0;
  // Resolves aliases; "" when unknown.
  virtual std::string FindPersona(std::string_view name) const = 0;
  virtual std::vector<std::string> PersonaNames() const = 0;
  virtual bool HasWorkflow(std::string_view name) const = 0;
  virtual std::vector<std::string> WorkflowNames() const = 0;
};

struct Problem {
  Place place;
  std::string message;
  std::string ToString() const;  // "feature.yml:12:5: unknown step type 'git-operaton' (did you mean ...)"
};

struct LoadResult {
  std::shared_ptr<const Workflow> workflow;  // null when there are problems
  std::vector<Problem> problems;
  std::vector<Problem> warnings;
};

// `file` is for messages only; nothing is read from disk.
LoadResult LoadWorkflow(std::string_view text, const std::string& file, const Names& names);

// Workflows that reach themselves through steps that run workflows, by the names they are called by: one
// problem for each call that closes a circle. A name that is computed is not seen here.
std::vector<Problem> FindCircles(const std::map<std::string, std::shared_ptr<const Workflow>>& workflows);

// A persona file (docs/personas.md).
struct Persona {
  std::string id;
  Place id_place;
  std::string name;
  std::vector<std::string> aliases;
  std::vector<Place> alias_places;  // of each
  std::string prompt;               // the system message
  std::string model;                // empty: by PERSONA_MODELS_JSON or the backend's own
  std::string backend;              // id of a backend type; empty: the machine's default
  Place backend_place;
  bool coding = false;
  std::optional<std::int64_t> timeout_ms;
  std::optional<Json> verdict_schema;  // absent: a persona without a verdict
  Json options = Json::object();       // passed to the backend
  StepList work;                       // empty: just ask
  bool work_writes = false;            // a step of `work` has access write
  std::string file;
  std::string text;
};
struct PersonaResult {
  std::shared_ptr<const Persona> persona;  // null when there are problems
  std::vector<Problem> problems;
  std::vector<Problem> warnings;
};
PersonaResult LoadPersona(std::string_view text, const std::string& file, const Names& names);

// Aliases that are the id or an alias of another persona, and so would mean that one.
std::vector<Problem> FindSharedNames(const std::vector<std::shared_ptr<const Persona>>& personas);

using mamc::ParseDuration;

}  // namespace mamc::workflow

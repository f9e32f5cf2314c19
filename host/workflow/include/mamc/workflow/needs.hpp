// What steps need of the machine they run on, as far as their texts say, so that it can be looked for before
// a run begins. What is computed while they run is not seen.
#pragma once
#include <functional>
#include <set>
#include <string>

#include "mamc/workflow/loader.hpp"

namespace mamc::workflow {

struct Needs {
  std::set<std::string> personas;  // ids; parameters that the type's schema marks with x-persona
  // Those of them whose word decides, as x-judge says: without a verdict in their files nothing they say
  // could.
  std::set<std::string> judges;
  // Steps that may commit: a parameter has one of the values that the schema lists under x-commits, and the
  // step names no author of its own. By type.
  std::set<std::string> commits;
  // A step writes to the run's base branch: each of its parameters that the schema marks with x-writes-base
  // has one of the values listed there, and it names no base of its own.
  bool writes_base = false;
  // In a persona's work, the model is asked: a step makes child calls of its own, or has a parameter that the
  // schema marks with x-asks.
  bool asks = false;
};

// Nested steps and those of on_failure included, sub-workflows not. `project`: as expressions see it.
Needs NeedsOf(const StepList& steps, const Names& names, const Json& project = Json::object());

// Whether a step is handed the test command of the project, as `${project.test}` alone, and could do nothing
// without it. A text that speaks of it, a default after || and a condition that asks for it are no such use.
bool NeedsProjectTest(const StepList& steps);
// Whether a step itself tests the work: its type's schema marks a parameter with x-test, or it is handed the
// project's test command.
bool Tests(const StepDef& step, const StepType& type);
// The step of the list from which on all is done again after somebody else changed the branch while `failed`
// was to be done; empty when nothing that tests was done before that. It is the last that tests of those that
// it depends on, or itself; where none does, the last whose lists hold one that does. Only what was `begun`
// (ids, nested ones included) counts: what a condition has skipped would be skipped again.
std::string TestedAgainFrom(const StepList& steps, const std::string& failed,
                            const std::set<std::string>& begun, const Names& names);

// The workflow and those of `known` that its steps run by name, directly or not.
std::vector<const Workflow*> WithCalled(const Workflow& workflow,
                                        const std::vector<std::shared_ptr<const Workflow>>& known);

}  // namespace mamc::workflow

// The model of a workflow file after loading: everything checked, nothing executed. Immutable and shared.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mamc/base/json.hpp"
#include "mamc/workflow/expression.hpp"

namespace mamc::workflow {

enum class Access { kNone, kRead, kWrite, kChildren };

struct StepDef;
using StepList = std::vector<std::shared_ptr<const StepDef>>;

struct StepDef {
  std::string id;
  std::string name;   // for people; the id when the file gives none
  std::string type;   // id of a step type
  std::string range;  // "^1.2" of `type: acme.lint@^1.2`, else empty
  Place place;
  std::vector<std::string> dependencies;  // ids in the same list
  std::optional<Expression> condition;    // absent: always
  Template params =
      *Template::Parse(Json::object());    // keys at the step and under `params:`, defaults not yet filled in
  std::map<std::string, StepList> lists;   // nested steps by parameter name: then, else, steps
  std::optional<std::int64_t> timeout_ms;  // absent: the type's or persona's own
  std::optional<int> retries;              // absent: the default of the rulings
  std::map<std::string, Expression> outputs;  // state key -> expression over `result` and the usual roots
  bool continue_on_failure = false;           // on_failure: continue
  StepList on_failure;  // run when the step has failed; when all succeed, the failure is handled
};

// A step that runs another workflow, named in the file itself.
struct WorkflowCall {
  std::string name;
  Place place;
};

struct Workflow {
  std::string name;
  Place name_place;
  std::string version;
  std::string description;
  std::optional<Expression> trigger;  // absent: never chosen by a trigger
  std::int64_t order = 100;           // lower is asked first
  Json variables = Json::object();
  StepList steps;
  StepList on_failure;              // run once when the workflow has failed
  std::vector<WorkflowCall> calls;  // of all its steps
  std::string file;                 // as given to the loader
  std::string text;                 // the whole file, kept with every run
};

}  // namespace mamc::workflow

// The parsed texts of one run: its workflow, the sub-workflows it may run, the personas it may ask.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "mamc/base/status.hpp"
#include "mamc/workflow/loader.hpp"

namespace mamc::engine {

struct Definitions {
  std::shared_ptr<const workflow::Workflow> root;                              // null for a work run
  std::map<std::string, std::shared_ptr<const workflow::Workflow>> workflows;  // by name
  std::map<std::string, std::shared_ptr<const workflow::Persona>> personas;    // by id

  std::shared_ptr<const workflow::Persona> FindPersona(const std::string& name) const;

  // Parses the texts of RunSpec::texts. Step types are looked up in `names`; personas and workflows are those
  // of the texts. An error lists all problems, one a line.
  static Result<std::shared_ptr<const Definitions>> Parse(const std::map<std::string, std::string>& texts,
                                                          const workflow::Names& names);
};

}  // namespace mamc::engine

// The names an expression sees at one step: the run's facts, the variables and state of its environment, the
// steps around it.
#pragma once
#include <memory>

#include "mamc/workflow/expression.hpp"
#include "run_state.hpp"

namespace mamc::engine {

class Frame;

// State keys under which the run keeps what personas answered: "personas.ID.result" reads them.
std::string PersonaStateKey(const std::string& persona);

class StepScope final : public workflow::Scope {
 public:
  StepScope(const Run& run, const Environment& environment, const Frame* frame, StateStore::Version version,
            const Json* result = nullptr)
      : run_(run), environment_(environment), frame_(frame), version_(version), result_(result) {}

  Json Lookup(std::string_view root, const std::vector<std::string>& path) const override;

 private:
  Json LookupState(const std::vector<std::string>& path, std::size_t from) const;
  Json LookupContext(const std::vector<std::string>& path) const;
  Json LookupStep(const std::vector<std::string>& path) const;

  const Run& run_;
  const Environment& environment_;
  const Frame* frame_;
  StateStore::Version version_;
  const Json* result_;
};

}  // namespace mamc::engine

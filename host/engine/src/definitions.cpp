#include "definitions.hpp"

#include <algorithm>

namespace mamc::engine {
namespace {

constexpr std::string_view kWorkflowPrefix = "workflow/";
constexpr std::string_view kPersonaPrefix = "persona/";

// Step types as this machine has them; personas and workflows as the run's texts have them.
class TextNames final : public workflow::Names {
 public:
  TextNames(const std::map<std::string, std::string>& texts, const Definitions& definitions,
            const workflow::Names& machine)
      : definitions_(definitions), machine_(machine) {
    for (const auto& [name, text] : texts) {
      if (name.starts_with(kWorkflowPrefix)) workflows_.push_back(name.substr(kWorkflowPrefix.size()));
      if (name.starts_with(kPersonaPrefix)) personas_.push_back(name.substr(kPersonaPrefix.size()));
    }
  }

  Result<const workflow::StepType*> FindStepType(std::string_view id, std::string_view range) const override {
    return machine_.FindStepType(id, range);
  }
  std::vector<std::string> StepTypeIds() const override { return machine_.StepTypeIds(); }
  std::string FindPersona(std::string_view name) const override {
    if (auto persona = definitions_.FindPersona(std::string(name))) return persona->id;
    return std::find(personas_.begin(), personas_.end(), name) == personas_.end() ? std::string()
                                                                                  : std::string(name);
  }
  std::vector<std::string> PersonaNames() const override { return personas_; }
  bool HasWorkflow(std::string_view name) const override {
    return std::find(workflows_.begin(), workflows_.end(), name) != workflows_.end();
  }
  std::vector<std::string> WorkflowNames() const override { return workflows_; }

 private:
  const Definitions& definitions_;
  const workflow::Names& machine_;
  std::vector<std::string> workflows_;
  std::vector<std::string> personas_;
};

void Collect(std::string& problems, const std::vector<workflow::Problem>& found) {
  for (const workflow::Problem& problem : found)
    problems += (problems.empty() ? "" : "\n") + problem.ToString();
}

}  // namespace

std::shared_ptr<const workflow::Persona> Definitions::FindPersona(const std::string& name) const {
  if (auto it = personas.find(name); it != personas.end()) return it->second;
  for (const auto& [id, persona] : personas)
    if (std::find(persona->aliases.begin(), persona->aliases.end(), name) != persona->aliases.end())
      return persona;
  return nullptr;
}

Result<std::shared_ptr<const Definitions>> Definitions::Parse(const std::map<std::string, std::string>& texts,
                                                              const workflow::Names& names) {
  auto definitions = std::make_shared<Definitions>();
  TextNames text_names(texts, *definitions, names);
  std::string problems;
  // Personas first: workflows may call them by their aliases.
  for (const auto& [name, text] : texts) {
    if (!name.starts_with(kPersonaPrefix)) continue;
    auto loaded = workflow::LoadPersona(text, name + ".yml", text_names);
    Collect(problems, loaded.problems);
    if (loaded.persona) definitions->personas[loaded.persona->id] = loaded.persona;
  }
  for (const auto& [name, text] : texts) {
    bool root = name == "workflow";
    if (!root && !name.starts_with(kWorkflowPrefix)) continue;
    auto loaded = workflow::LoadWorkflow(text, name + ".yml", text_names);
    Collect(problems, loaded.problems);
    if (!loaded.workflow) continue;
    if (root)
      definitions->root = loaded.workflow;
    else
      definitions->workflows[name.substr(kWorkflowPrefix.size())] = loaded.workflow;
  }
  Collect(problems, workflow::FindCircles(definitions->workflows));
  if (!problems.empty()) return Invalid(problems);
  return std::shared_ptr<const Definitions>(definitions);
}

}  // namespace mamc::engine

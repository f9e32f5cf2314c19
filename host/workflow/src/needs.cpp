#include "mamc/workflow/needs.hpp"

#include <algorithm>

namespace mamc::workflow {
namespace {

// Knows nothing but the project.
class ProjectScope final : public Scope {
 public:
  explicit ProjectScope(Json project) : project_(std::move(project)) {}
  Json Lookup(std::string_view root, const std::vector<std::string>& path) const override {
    bool asked = root == "project" && path.size() == 1;
    return asked ? GetMember(project_, path[0]) : Json();
  }

 private:
  Json project_;
};

void EachStep(const StepList& steps, const std::function<void(const StepDef&)>& visit) {
  for (const auto& step : steps) {
    visit(*step);
    for (const auto& [name, list] : step->lists) EachStep(list, visit);
    EachStep(step->on_failure, visit);
  }
}

bool Holds(const Json& list, const Json& value) {
  return list.is_array() && std::find(list.begin(), list.end(), value) != list.end();
}

// All parameters that x-judge names have one of the values listed there.
bool Judges(const Json& property, const Json& params) {
  const Json& conditions = GetMember(property, "x-judge");
  if (!conditions.is_object()) return false;
  for (const auto& [name, values] : conditions.items())
    if (!Holds(values, GetMember(params, name))) return false;
  return true;
}

void AddNeeds(const StepDef& step, const StepType& type, const Names& names, const Json& project,
              Needs* needs) {
  if (type.composite && type.step_lists.empty()) needs->asks = true;
  if (!type.params) return;
  if (GetBool(type.params->document(), "x-asks")) needs->asks = true;
  const Json params = type.params->WithDefaults(step.params.Render(ProjectScope(project)));
  const Json& properties = GetMember(type.params->document(), "properties");
  if (!properties.is_object()) return;
  bool marked = false, all = true;
  for (const auto& [name, property] : properties.items()) {
    const Json& writes_base = GetMember(property, "x-writes-base");
    if (writes_base.is_null()) continue;
    marked = true;
    all = all && Holds(writes_base, GetMember(params, name));
  }
  if (marked && all && GetMember(params, "base").is_null()) needs->writes_base = true;
  for (const auto& [name, property] : properties.items()) {
    const Json& value = GetMember(params, name);
    if (GetBool(property, "x-asks") && Expression::Truthy(value)) needs->asks = true;
    if (!value.is_string()) continue;
    if (GetBool(property, "x-persona"))
      if (std::string id = names.FindPersona(value.get<std::string>()); !id.empty()) {
        needs->personas.insert(id);
        if (Judges(property, params)) needs->judges.insert(id);
      }
    bool may_commit = Holds(GetMember(property, "x-commits"), value);
    if (may_commit && GetMember(params, "author").is_null()) needs->commits.insert(type.id);
  }
}

// The same place in both: the command with one, nothing without.
bool HoldsTest(const Json& with, const Json& without, const std::string& command) {
  if (with == command) return without == "";
  if (with.type() != without.type()) return false;
  if (with.is_object()) {
    for (const auto& [name, member] : with.items())
      if (HoldsTest(member, GetMember(without, name), command)) return true;
  }
  if (with.is_array() && with.size() == without.size()) {
    for (std::size_t i = 0; i < with.size(); ++i)
      if (HoldsTest(with[i], without[i], command)) return true;
  }
  return false;
}

bool Reads(const std::vector<Expression::Reference>& references) {
  return std::any_of(references.begin(), references.end(), [](const Expression::Reference& reference) {
    return reference.root == "project" && !reference.path.empty() && reference.path[0] == "test";
  });
}

bool NeedsTest(const StepDef& step) {
  if (step.condition && Reads(step.condition->References())) return false;
  if (!Reads(step.params.References())) {
    return std::any_of(step.lists.begin(), step.lists.end(),
                       [](const auto& entry) { return NeedsProjectTest(entry.second); });
  }
  // A step around others that looks at the command itself decides what runs.
  if (!step.lists.empty()) return false;
  const std::string command = "the project's test command";
  auto with = [&step](const std::string& test) {
    return step.params.Render(ProjectScope(Json{{"test", test}}));
  };
  return HoldsTest(with(command), with(""), command);
}

bool IsMarkedAsTest(const StepType& type) {
  if (!type.params) return false;
  const Json& properties = GetMember(type.params->document(), "properties");
  return properties.is_object() &&
         std::any_of(properties.begin(), properties.end(),
                     [](const Json& property) { return GetBool(property, "x-test"); });
}

bool IsBegunTest(const StepDef& step, const std::set<std::string>& begun, const Names& names) {
  if (!begun.contains(step.id)) return false;
  auto type = names.FindStepType(step.type, step.range);
  return type.ok() && Tests(step, **type);
}

// A step of its lists tests, however deep, that was begun.
bool HoldsBegunTest(const StepDef& step, const std::set<std::string>& begun, const Names& names) {
  for (const auto& [name, list] : step.lists)
    for (const auto& inner : list)
      if (IsBegunTest(*inner, begun, names) || HoldsBegunTest(*inner, begun, names)) return true;
  return false;
}

}  // namespace

bool Tests(const StepDef& step, const StepType& type) {
  return step.lists.empty() && (IsMarkedAsTest(type) || NeedsTest(step));
}

Needs NeedsOf(const StepList& steps, const Names& names, const Json& project) {
  Needs needs;
  EachStep(steps, [&](const StepDef& step) {
    auto type = names.FindStepType(step.type, step.range);
    if (type.ok()) AddNeeds(step, **type, names, project, &needs);
  });
  return needs;
}

std::string TestedAgainFrom(const StepList& steps, const std::string& failed,
                            const std::set<std::string>& begun, const Names& names) {
  // The steps that `failed` depends on, directly or not: the latest of the list first.
  std::set<std::string> before = {failed};
  for (std::size_t known = 0; known != before.size();) {
    known = before.size();
    for (const auto& step : steps)
      if (before.contains(step->id)) before.insert(step->dependencies.begin(), step->dependencies.end());
  }
  auto last = [&](auto tests) {
    auto found = std::find_if(steps.rbegin(), steps.rend(),
                              [&](const auto& step) { return before.contains(step->id) && tests(*step); });
    return found == steps.rend() ? std::string() : (*found)->id;
  };
  std::string direct = last([&](const StepDef& step) { return IsBegunTest(step, begun, names); });
  if (!direct.empty()) return direct;
  return last([&](const StepDef& step) { return HoldsBegunTest(step, begun, names); });
}

std::vector<const Workflow*> WithCalled(const Workflow& workflow,
                                        const std::vector<std::shared_ptr<const Workflow>>& known) {
  std::vector<const Workflow*> all = {&workflow};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const WorkflowCall& call : all[i]->calls)
      for (const auto& other : known)
        if (other->name == call.name && std::find(all.begin(), all.end(), other.get()) == all.end())
          all.push_back(other.get());
  return all;
}

bool NeedsProjectTest(const StepList& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const auto& step) { return NeedsTest(*step); });
}

}  // namespace mamc::workflow

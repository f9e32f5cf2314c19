#include "merge_gates.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "load_context.hpp"
#include "mamc/workflow/needs.hpp"

namespace mamc::workflow {
namespace {

constexpr std::size_t kMostMerges = 100;  // looked at in one list: each costs a walk of the list
constexpr std::size_t kMostNamed = 5;     // gates in one warning

class NothingKnown final : public Scope {
 public:
  Json Lookup(std::string_view, const std::vector<std::string>&) const override { return {}; }
};

// What a step is, with all that is in its lists.
struct Role {
  const StepDef* merges = nullptr;  // itself, or the first within it that merges
  bool gate = false;
};

bool Merges(const StepDef& step, const StepType& type) {
  if (!type.params) return false;
  const Json& properties = GetMember(type.params->document(), "properties");
  if (!properties.is_object()) return false;
  const Json params = step.params.Render(NothingKnown());
  for (const auto& [name, property] : properties.items()) {
    const Json& values = GetMember(property, "x-merges");
    const Json& value = GetMember(params, name);
    if (!values.is_object() || !value.is_string()) continue;
    const Json& needs = GetMember(values, value.get_ref<const std::string&>());
    // A parameter that is computed is there, whatever it comes to.
    if (needs == true || (needs.is_string() && params.contains(needs.get_ref<const std::string&>())))
      return true;
  }
  return false;
}

class Finder {
 public:
  explicit Finder(const Names& names) : names_(names) {}

  // `independent`: the steps of the list cannot wait for each other.
  Role Look(const StepList& list, bool independent);
  std::vector<Problem> warnings;

 private:
  Role RoleOf(const StepDef& step);
  const StepType* TypeOf(const StepDef& step);
  void Check(const StepList& list, const std::vector<Role>& roles, bool independent);
  void Warn(const StepDef& step, const StepDef& merging, const std::vector<const StepDef*>& gates,
            bool independent);

  const Names& names_;
  std::map<std::pair<std::string, std::string>, const StepType*> types_;  // by id and range, looked up once
};

Role Finder::Look(const StepList& list, bool independent) {
  Role all;
  std::vector<Role> roles;
  for (const auto& step : list) {
    roles.push_back(RoleOf(*step));
    if (!all.merges) all.merges = roles.back().merges;
    all.gate |= roles.back().gate;
  }
  Check(list, roles, independent);
  return all;
}

Role Finder::RoleOf(const StepDef& step) {
  const StepType* found = TypeOf(step);
  if (!found) return {};
  const StepType& type = *found;
  Role role;
  if (Merges(step, type)) role.merges = &step;
  // What asks others by itself (personas, another workflow) or tests.
  role.gate = (type.composite && type.step_lists.empty()) || Tests(step, type);
  for (const auto& [name, list] : step.lists) {
    bool independent = std::count(type.independent_lists.begin(), type.independent_lists.end(), name) > 0;
    Role inner = Look(list, independent);
    if (!role.merges) role.merges = inner.merges;
    role.gate |= inner.gate;
  }
  if (Role handling = Look(step.on_failure, false); !role.merges) role.merges = handling.merges;
  if (step.continue_on_failure) role.gate = false;
  return role;
}

const StepType* Finder::TypeOf(const StepDef& step) {
  auto [known, fresh] = types_.try_emplace({step.type, step.range}, nullptr);
  if (fresh)
    if (auto found = names_.FindStepType(step.type, step.range); found.ok()) known->second = *found;
  return known->second;
}

void Finder::Check(const StepList& list, const std::vector<Role>& roles, bool independent) {
  auto merges = [](const Role& role) { return role.merges != nullptr; };
  auto gate = [](const Role& role) { return role.gate; };
  if (std::none_of(roles.begin(), roles.end(), merges) || std::none_of(roles.begin(), roles.end(), gate))
    return;
  std::unordered_map<std::string_view, std::size_t> indexes;
  for (std::size_t i = 0; i < list.size(); ++i) indexes.emplace(list[i]->id, i);
  std::vector<std::vector<std::size_t>> before(list.size()), after(list.size());
  for (std::size_t i = 0; i < list.size(); ++i)
    for (const std::string& id : list[i]->dependencies)
      if (auto it = indexes.find(id); it != indexes.end()) {
        before[i].push_back(it->second);
        after[it->second].push_back(i);
      }

  std::size_t looked_at = 0;
  for (std::size_t merging = 0; merging < list.size() && looked_at < kMostMerges; ++merging) {
    if (!roles[merging].merges) continue;
    ++looked_at;
    // Those that run at another time than this one.
    std::vector<bool> ordered(list.size());
    ordered[merging] = true;
    for (const auto* edges : {&before, &after})
      for (std::vector<std::size_t> open = {merging}; !open.empty();) {
        std::size_t at = open.back();
        open.pop_back();
        for (std::size_t next : (*edges)[at]) {
          if (ordered[next]) continue;
          ordered[next] = true;
          open.push_back(next);
        }
      }
    std::vector<const StepDef*> beside;
    for (std::size_t i = 0; i < list.size(); ++i)
      if (roles[i].gate && !ordered[i]) beside.push_back(list[i].get());
    if (!beside.empty()) Warn(*list[merging], *roles[merging].merges, beside, independent);
  }
}

void Finder::Warn(const StepDef& step, const StepDef& merging, const std::vector<const StepDef*>& gates,
                  bool independent) {
  auto at_line = [](const StepDef& one) {
    return Quoted(one.id) + " (line " + std::to_string(one.place.line) + ")";
  };
  std::string named;
  for (std::size_t i = 0; i < std::min(gates.size(), kMostNamed); ++i)
    named += (i ? ", " : "") + at_line(*gates[i]);
  if (gates.size() > kMostNamed) named += " and " + std::to_string(gates.size() - kMostNamed) + " more";
  const std::string advice = independent ? "move " + Quoted(step.id) + " behind the step that holds the list"
                                         : "name it under 'dependencies' of " + Quoted(step.id);
  const bool nested = &step != &merging;
  warnings.push_back(
      {step.place, "the step " + Quoted(step.id) + " merges or finalizes the work" +
                       (nested ? " in " + at_line(merging) : "") + " and does not wait for " + named +
                       ": that is done although what runs beside it fails; " + advice +
                       ", or give a step whose failure does not matter 'on_failure: continue'"});
}

}  // namespace

std::vector<Problem> FindUnguardedMerges(const Workflow& workflow, const Names& names) {
  Finder finder(names);
  finder.Look(workflow.steps, false);
  finder.Look(workflow.on_failure, false);
  return std::move(finder.warnings);
}

}  // namespace mamc::workflow

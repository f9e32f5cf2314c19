// The step types, personas and workflows that the tests of this layer know.
#pragma once
#include <catch2/catch.hpp>
#include <map>

#include "mamc/base/json.hpp"
#include "mamc/workflow/loader.hpp"

namespace mamc::workflow {

class FakeNames : public Names {
 public:
  FakeNames() {
    Add("persona-request",
        R"({"properties":{"persona":{"type":"string"},"intent":{"type":"string"}},"required":["persona"],
      "additionalProperties":true})")
        .composite = true;
    Add("git-operation", R"({"properties":{"operation":{"enum":["checkout","commit","push","pull","merge"],
      "x-merges":{"merge":true,"push":"branch"}},"branch":{"type":"string"},
      "message":{"type":"string"},"files":{"type":"array","items":{"type":"string"}}},"required":["operation"],
      "additionalProperties":false})")
        .access = Access::kWrite;
    auto& conditional =
        Add("conditional", R"({"properties":{"condition":{},"then":{"type":"array","minItems":1},
      "else":{"type":"array"}},"required":["condition","then"],"additionalProperties":false})");
    conditional.step_lists = {"then", "else"};
    conditional.expressions = {"condition"};
    conditional.access = Access::kChildren;
    Add("task-update", R"({"properties":{"status":{"enum":["open","done","blocked"]}},"required":["status"],
      "additionalProperties":false})");
    Add("planning-loop",
        R"({"properties":{"maxIterations":{"type":"integer"},"tddRequired":{"type":"boolean"},
      "context_summary":{"type":"string"}},"additionalProperties":false})");
    Add("qa-iteration-loop",
        R"({"properties":{"maxIterations":{"anyOf":[{"type":"integer"},{"const":"unlimited"}]},
      "test_command":{"type":"string"},"tester":{"type":"string","x-persona":true,"default":"qa-engineer"}},
      "additionalProperties":false})")
        .state_keys = {"qa_status"};
    Add("set-variables", R"({"properties":{"variables":{"type":"object"}},"additionalProperties":false})")
        .state_params = {"variables"};
    Add("command",
        R"({"properties":{"shell":{"type":"string"},"argv":{"type":"array","items":{"type":"string"}},
      "env":{"type":"object","additionalProperties":{"type":"string"}},"count":{"type":"integer","minimum":1}},
      "additionalProperties":false})")
        .shell_params = {"shell"};
    auto& reading =
        Add("with-reading", R"({"properties":{"steps":{"type":"array"}},"additionalProperties":false})");
    reading.access = Access::kRead;
    reading.step_lists = {"steps"};
    auto& parallel =
        Add("all-at-once", R"({"properties":{"steps":{"type":"array"}},"additionalProperties":false})");
    parallel.access = Access::kChildren;
    parallel.step_lists = parallel.independent_lists = {"steps"};
    Add("sub-workflow", R"({"properties":{"workflow":{"type":"string"}},"additionalProperties":false})")
        .composite = true;
    Add("acme.lint", R"({"additionalProperties":true})").version = "1.1.0";
  }

  Result<const StepType*> FindStepType(std::string_view id, std::string_view range) const override {
    ++lookups;
    auto it = types_.find(std::string(id));
    if (it == types_.end()) return NotFound("no step type '" + std::string(id) + "'");
    if (range == "^1.2") return Invalid("needs acme.lint ^1.2, 1.1.0 is installed");
    return &it->second;
  }
  std::vector<std::string> StepTypeIds() const override {
    std::vector<std::string> ids;
    for (const auto& [id, type] : types_) ids.push_back(id);
    return ids;
  }
  std::string FindPersona(std::string_view name) const override {
    if (name == "tester-qa") return "qa-engineer";
    for (const std::string& known : PersonaNames())
      if (known == name) return known;
    return "";
  }
  std::vector<std::string> PersonaNames() const override {
    return {"implementation-planner", "plan-evaluator", "lead-engineer", "code-reviewer", "qa-engineer"};
  }
  bool HasWorkflow(std::string_view name) const override {
    return std::count(workflows.begin(), workflows.end(), name) > 0;
  }
  std::vector<std::string> WorkflowNames() const override { return workflows; }

  std::vector<std::string> workflows = {"hotfix"};

  mutable int lookups = 0;

 protected:
  StepType& Add(const std::string& id, const char* schema) {
    StepType& type = types_[id];
    type.id = id;
    type.version = "1.0.0";
    auto compiled = schema::Schema::Compile(*ParseJson(schema));
    INFO(id << ": " << compiled.status().message());
    REQUIRE(compiled.ok());
    type.params = std::make_shared<schema::Schema>(*compiled);
    return type;
  }

  std::map<std::string, StepType> types_;
};

// One problem a line, "line:col: message", as a reader of the file would see them.
inline std::string Lines(std::vector<Problem> problems) {
  std::string text;
  for (Problem& problem : problems) {
    problem.place.file.clear();
    text += problem.ToString() + "\n";
  }
  return text;
}

inline std::shared_ptr<const Workflow> Loaded(std::string_view text) {
  FakeNames names;
  LoadResult result = LoadWorkflow(text, "w.yml", names);
  INFO(text);
  INFO(Lines(result.problems));
  REQUIRE(result.workflow);
  return result.workflow;
}

inline std::string ProblemsOf(std::string_view text) {
  static const FakeNames names;
  LoadResult result = LoadWorkflow(text, "w.yml", names);
  CHECK((result.workflow == nullptr) == !result.problems.empty());
  return Lines(result.problems);
}

// A scope over one JSON object of roots.
class JsonScope : public Scope {
 public:
  explicit JsonScope(const char* roots) : roots_(Json::parse(roots)) {}
  Json Lookup(std::string_view root, const std::vector<std::string>& path) const override {
    const Json* value = &GetMember(roots_, root);
    for (const std::string& name : path) value = &GetMember(*value, name);
    asked.push_back(std::string(root));
    for (const std::string& name : path) asked.back() += "." + name;
    return *value;
  }
  mutable std::vector<std::string> asked;

 private:
  Json roots_;
};

}  // namespace mamc::workflow

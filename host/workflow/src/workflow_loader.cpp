#include "mamc/workflow/loader.hpp"
#include "merge_gates.hpp"
#include "step_reader.hpp"

namespace mamc::workflow {
namespace {

const std::vector<std::string> kTopKeys = {"name",    "version", "description", "variables",
                                           "trigger", "order",   "steps",       "on_failure"};

// Variables are constants; a timeout among them follows the rule for durations.
void ReadVariables(const YamlNode& node, LoadContext& context, Workflow& workflow) {
  if (node.kind == YamlNode::kNull) return;
  if (!node.IsMapping()) return context.WantKind(node, "variables", "a mapping");
  LocatedJson places;
  workflow.variables = ToJson(node, "", context.yaml(), places);
  std::vector<SyntaxError> errors;
  auto place_of = [&](const std::string& pointer) { return places.texts.at(pointer); };
  TemplatePtr parsed = ParseTemplate(workflow.variables, "", place_of, errors);
  std::vector<std::string> dynamic;
  CollectDynamic(parsed, "", dynamic);
  for (const SyntaxError& error : errors) context.Add(error.place, error.message);
  for (const std::string& pointer : dynamic)
    context.Add(places.texts.at(pointer), "variables are constants; put the template where it is used");
  context.SetVariables(workflow.variables);
  for (std::size_t i = 0; i < node.keys.size() && i < node.values.size(); ++i)
    if (node.keys[i].text.ends_with("_timeout")) context.ReadDuration(node.values[i], node.keys[i].text);
}

void ReadOrder(const YamlNode& node, LoadContext& context, Workflow& workflow) {
  Json value = ToJson(node);
  if (!value.is_number_integer()) return context.Add(node.place, "'order' must be a whole number");
  workflow.order = value.get<std::int64_t>();
}

void ReadKey(const std::string& key, const YamlNode& value, LoadContext& context, StepReader& steps,
             Workflow& workflow) {
  if (key == "name") workflow.name = context.ReadText(value, key), workflow.name_place = value.place;
  if (key == "version") workflow.version = context.ReadText(value, key);
  if (key == "description") workflow.description = context.ReadText(value, key);
  if (key == "trigger") workflow.trigger = context.ReadExpression(value, key, RootSet::kTrigger);
  if (key == "order") ReadOrder(value, context, workflow);
  if (key == "steps") workflow.steps = steps.ReadList(value, key);
  if (key == "on_failure") workflow.on_failure = steps.ReadList(value, key);
}

void ReadTop(const YamlNode& root, const std::string& file, LoadContext& context, Workflow& workflow) {
  if (!root.IsMapping())
    return context.Add({file, 1, 1},
                       "a workflow is a mapping with name and steps, not " + std::string(KindName(root)));
  // Timeouts may use variables, so these come first wherever they stand.
  if (const YamlNode* variables = root.Find("variables")) ReadVariables(*variables, context, workflow);
  StepReader steps(context);
  for (std::size_t i = 0; i < root.keys.size() && i < root.values.size(); ++i) {
    const std::string& key = root.keys[i].text;
    if (std::find(kTopKeys.begin(), kTopKeys.end(), key) == kTopKeys.end())
      context.AddUnknown(root.keys[i].place, "key", key, kTopKeys);
    else
      ReadKey(key, root.values[i], context, steps, workflow);
  }
  if (!root.Find("name"))
    context.Add(root.place, "a workflow needs a name");
  else if (workflow.name.empty())
    context.Add(root.Find("name")->place, "the name of a workflow must not be empty");
  if (!root.Find("steps"))
    context.Add(root.place, "a workflow needs steps");
  else if (root.Find("steps")->IsSequence() && workflow.steps.empty())
    context.Add(root.Find("steps")->place, "a workflow needs at least one step");
}

}  // namespace

LoadResult LoadWorkflow(std::string_view text, const std::string& file, const Names& names) {
  std::vector<Problem> yaml_problems;
  YamlFile yaml(text, file, yaml_problems);
  LoadResult result;
  if (yaml.root().kind == YamlNode::kNull && !yaml_problems.empty()) {
    result.problems = std::move(yaml_problems);
    return result;
  }
  LoadContext context(yaml, file, names, false);
  for (Problem& problem : yaml_problems) context.Add(std::move(problem.place), std::move(problem.message));
  auto workflow = std::make_shared<Workflow>();
  workflow->file = file;
  workflow->text = text;
  ReadTop(yaml.root(), file, context, *workflow);
  context.CheckGraphs();
  context.CheckReferences();
  workflow->calls = context.TakeWorkflowCalls();
  result.problems = context.TakeProblems();
  result.warnings = context.TakeWarnings();
  if (!result.problems.empty()) return result;
  for (Problem& warning : FindUnguardedMerges(*workflow, names))
    result.warnings.push_back(std::move(warning));
  result.workflow = std::move(workflow);
  return result;
}

}  // namespace mamc::workflow

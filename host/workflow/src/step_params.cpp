// Parameters of a step: its own keys and those under `params:` in one object, checked against the schema of
// its type.
#include "step_reader.hpp"

namespace mamc::workflow {
namespace {

Place PlaceIn(const std::unordered_map<std::string, Place>& places, std::string pointer,
              const Place& fallback) {
  while (true) {
    auto it = places.find(pointer);
    if (it != places.end()) return it->second;
    std::size_t slash = pointer.rfind('/');
    if (slash == std::string::npos) return fallback;
    pointer.erase(slash);
  }
}

// What a constant parameter must not hold unless its type says otherwise: a name the schema does not have.
bool AllowsOtherNames(const StepType& type) {
  if (!type.params) return true;
  const Json& document = type.params->document();
  const Json& additional = GetMember(document, "additionalProperties");
  return document == true || additional == true || additional.is_object();
}

// As other systems call them.
bool MeansDependencies(const std::string& name) {
  return name == "depends_on" || name == "dependsOn" || name == "needs" || name == "after";
}

constexpr const char* kNotInWork =
    "the 'work' of a persona asks no other personas and runs no workflows; a workflow does, so put the step "
    "there";

// A parameter that is not given is a persona by default.
bool AsksByDefault(const StepType& type, const Json& given) {
  const Json& properties = type.params ? GetMember(type.params->document(), "properties") : Json();
  if (!properties.is_object()) return false;
  for (const auto& [name, property] : properties.items())
    if (GetBool(property, "x-persona") && property.contains("default") && !given.contains(name)) return true;
  return false;
}

std::vector<std::string> ParameterNames(const StepType& type) {
  std::vector<std::string> names = type.params ? type.params->PropertyNames() : std::vector<std::string>();
  for (const auto* more : {&type.step_lists, &type.state_params, &type.expressions, &type.shell_params})
    for (const std::string& name : *more)
      if (!Holds(names, name)) names.push_back(name);
  return names;
}

}  // namespace

// Whether a name that the type does not know may stand here; if not, it is a problem. A type that takes any
// name takes it under `params`; as a key of the step itself it must not look like a slip of the pen, which
// would take a condition or a gate away unseen.
bool StepReader::TakesOther(const Parameter& parameter, const StepType& type, const StepDef& step,
                            const std::vector<std::string>& known) {
  const bool allowed = AllowsOtherNames(type);
  if (allowed && parameter.under_params) return true;
  if (MeansDependencies(parameter.name)) {
    context_.Add(parameter.key->place, "unknown key " + Quoted(parameter.name) +
                                           "; a step waits for those named under 'dependencies'");
    return false;
  }
  std::vector<std::string> candidates = known;
  candidates.insert(candidates.end(), EngineKeys().begin(), EngineKeys().end());
  if (!allowed) {
    context_.AddUnknown(parameter.key->place, "parameter of " + step.type, parameter.name, candidates);
    return false;
  }
  const std::string guess = Guess(parameter.name, candidates);
  if (guess.empty()) return true;
  context_.Add(parameter.key->place, "unknown key " + Quoted(parameter.name) + guess +
                                         "; what is meant for the persona stands under 'params'");
  return false;
}

void StepReader::ReadParameters(const std::vector<Parameter>& parameters, const StepType& type, StepDef& step,
                                StepRecord& record) {
  std::vector<std::string> known = ParameterNames(type);
  Json plain = Json::object();
  LocatedJson places;
  std::vector<std::string> dynamic;
  std::vector<std::pair<std::string, TemplatePtr>> members;
  std::vector<ShellVariable> variables;
  const Parameter* env = nullptr;

  for (const Parameter& parameter : parameters) {
    if (context_.full()) return;
    std::string pointer = schema::JoinPointer("", parameter.name);
    places.keys[pointer] = parameter.key->place;
    if (!Holds(known, parameter.name) && !TakesOther(parameter, type, step, known)) continue;
    if (Holds(type.step_lists, parameter.name)) {
      step.lists[parameter.name] = ReadList(*parameter.value, parameter.name, &record.state_keys,
                                            Holds(type.independent_lists, parameter.name));
      // For a schema that has the list, as many values as it has steps, of which nothing is known.
      if (!type.params || !Holds(type.params->PropertyNames(), parameter.name)) continue;
      plain[parameter.name] = Json::array();
      places.texts[pointer] = parameter.value->place;
      if (!parameter.value->IsSequence()) dynamic.push_back(pointer);  // said already
      for (std::size_t i = 0; i < parameter.value->values.size(); ++i) {
        plain[parameter.name].push_back(nullptr);
        dynamic.push_back(schema::JoinPointer(pointer, std::to_string(i)));
      }
      continue;
    }
    Json value = ToJson(*parameter.value, pointer, context_.yaml(), places);
    TemplatePtr node = ReadParameter(parameter, type, value, places, variables);
    if (Holds(type.state_params, parameter.name) && value.is_object())
      for (const auto& [key, ignored] : value.items()) {
        context_.DeclareState(key);
        record.state_keys.push_back(key);
      }
    const Json constant = node->kind == Template::Node::kConstant ? node->constant : Json();
    CheckNames(parameter, type, constant, places);
    CheckAsks(parameter, type, constant, step);
    if (Holds(type.expressions, parameter.name) || Holds(type.shell_params, parameter.name))
      dynamic.push_back(pointer);
    else
      CollectDynamic(node, pointer, dynamic);
    plain[parameter.name] = std::move(value);
    if (parameter.name == "env") env = &parameter;
    members.emplace_back(parameter.name, std::move(node));
  }
  if (!context_.persona_work() && type.params && GetBool(type.params->document(), "x-asks"))
    AddAsksNobody(step.place, step, "asks");
  if (context_.persona_work() && AsksByDefault(type, plain)) context_.Add(step.place, kNotInWork);
  CheckSchema(type, plain, dynamic, places, step);
  if (!variables.empty()) AddShellVariables(env, std::move(variables), step.place, members);
  step.params = Template(ObjectNode(std::move(members)));
}

TemplatePtr StepReader::ReadParameter(const Parameter& parameter, const StepType& type, const Json& value,
                                      const LocatedJson& places, std::vector<ShellVariable>& variables) {
  if (Holds(type.expressions, parameter.name)) return ReadBareExpression(parameter, value);
  if (Holds(type.shell_params, parameter.name)) return ReadShell(parameter, value, places, variables);
  std::vector<SyntaxError> errors;
  auto place_of = [&](const std::string& pointer) {
    return PlaceIn(places.texts, pointer, parameter.value->place);
  };
  TemplatePtr node = ParseTemplate(value, schema::JoinPointer("", parameter.name), place_of, errors);
  context_.Add(std::move(errors));
  context_.Use(Template(node).References(), RootSet::kUsual);
  return node;
}

TemplatePtr StepReader::ReadBareExpression(const Parameter& parameter, const Json& value) {
  if (!value.is_string() && !value.is_structured()) return ConstantNode(value);
  auto expression = context_.ReadExpression(*parameter.value, parameter.name, RootSet::kUsual);
  return expression ? ValueNode(std::move(*expression)) : ConstantNode(nullptr);
}

TemplatePtr StepReader::ReadShell(const Parameter& parameter, const Json& value, const LocatedJson& places,
                                  std::vector<ShellVariable>& variables) {
  if (!value.is_string()) return ConstantNode(value);  // of the wrong type: the schema says so
  std::vector<SyntaxError> errors;
  Place at = PlaceIn(places.texts, schema::JoinPointer("", parameter.name), parameter.value->place);
  std::size_t before = variables.size();
  TemplatePtr node = ShellTemplate(value.get<std::string>(), at, variables, errors);
  context_.Add(std::move(errors));
  context_.Use(Template(node).References(), RootSet::kUsual);
  for (std::size_t i = before; i < variables.size(); ++i)
    context_.Use(variables[i].value.References(), RootSet::kUsual);
  return node;
}

// Environment variables are texts whatever type the value has.
void StepReader::AddShellVariables(const Parameter* env, std::vector<ShellVariable> variables,
                                   const Place& place,
                                   std::vector<std::pair<std::string, TemplatePtr>>& members) {
  std::vector<std::pair<std::string, TemplatePtr>> added;
  auto existing =
      std::find_if(members.begin(), members.end(), [](const auto& member) { return member.first == "env"; });
  if (existing != members.end()) {
    const Template::Node& node = *existing->second;
    if (!node.constant.is_object())
      return context_.Add(env ? env->value->place : place,
                          "'env' must be a mapping here, because values of the shell text travel in it");
    for (const auto& [name, value] : node.constant.items()) {
      if (name.starts_with("MAMC_ARG_"))
        context_.Add(env ? env->value->place : place,
                     "names that begin with MAMC_ARG_ are taken for values of the shell text");
      added.emplace_back(name, ConstantNode(value));
    }
    for (const auto& member : node.members) {
      std::erase_if(added, [&](const auto& constant) { return constant.first == member.first; });
      added.push_back(member);
    }
    members.erase(existing);
  }
  for (ShellVariable& variable : variables) {
    std::vector<Piece> pieces;
    pieces.push_back({"", std::move(variable.value)});
    added.emplace_back(std::move(variable.name), TextNode(std::move(pieces)));
  }
  members.emplace_back("env", ObjectNode(std::move(added)));
}

// Parameters named `persona` and `workflow` mean the same in every type; others are personas by the type's
// schema.
void StepReader::CheckNames(const Parameter& parameter, const StepType& type, const Json& value,
                            const LocatedJson& places) {
  if (!value.is_string()) return;
  const bool marked =
      type.params &&
      GetBool(GetMember(GetMember(type.params->document(), "properties"), parameter.name), "x-persona");
  const bool persona = parameter.name == "persona" || marked;
  const auto& name = value.get_ref<const std::string&>();
  Place place = PlaceIn(places.texts, schema::JoinPointer("", parameter.name), parameter.value->place);
  if (persona && context_.names().FindPersona(name).empty())
    context_.AddUnknown(place, "persona", name, context_.personas());
  // A worker gets the text of its own persona only.
  if (context_.persona_work() && (persona || parameter.name == "workflow"))
    return context_.Add(place, kNotInWork);
  if (parameter.name == "workflow") context_.AddWorkflowCall(name, place);
  if (parameter.name == "workflow" && !context_.names().HasWorkflow(name))
    context_.AddUnknown(place, "workflow", name, context_.workflows());
}

// Outside of a persona's work there is no model to ask.
void StepReader::CheckAsks(const Parameter& parameter, const StepType& type, const Json& value,
                           const StepDef& step) {
  if (context_.persona_work() || !type.params) return;
  const Json& property = GetMember(GetMember(type.params->document(), "properties"), parameter.name);
  if (GetBool(property, "x-asks") && Expression::Truthy(value))
    AddAsksNobody(parameter.key->place, step, "asks, with '" + parameter.name + "',");
}

void StepReader::AddAsksNobody(const Place& place, const StepDef& step, const std::string& asks) {
  context_.Add(place,
               "the step " + Quoted(step.id) + " (" + step.type + ") " + asks +
                   " the model of the persona whose 'work' it is part of, and it is part of none; move "
                   "it to the 'work' of a persona file, and ask that persona here");
}

// What is computed later can not be judged now.
void StepReader::CheckSchema(const StepType& type, const Json& value, const std::vector<std::string>& dynamic,
                             const LocatedJson& places, const StepDef& step) {
  using Kind = schema::Violation::Kind;
  if (!type.params) return;
  for (const schema::Violation& violation :
       type.params->Validate(value, schema::Unknown(dynamic.begin(), dynamic.end()))) {
    bool of_key = violation.kind == Kind::kUnknown || violation.kind == Kind::kForbidden;
    Place place = PlaceIn(of_key ? places.keys : places.texts, violation.pointer, step.place);
    std::string root =
        violation.pointer.empty() ? "the step " + Quoted(step.id) + " (" + step.type + ")" : "";
    context_.Add(place, schema::Describe({violation}, root));
  }
}

}  // namespace mamc::workflow

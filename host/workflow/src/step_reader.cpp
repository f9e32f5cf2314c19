#include "step_reader.hpp"

namespace mamc::workflow {
namespace {

constexpr std::int64_t kMaxRetries = 100;

// `condition` is a parameter where the type's schema has one, and the engine's gate elsewhere.
bool IsEngineKey(const std::string& key, const StepType* type) {
  bool own_condition = key == "condition" && type && type->params && type->params->HasProperty(key);
  return !own_condition && Holds(EngineKeys(), key);
}

// A list of mappings that all have a type looks like steps.
bool LooksLikeSteps(const YamlNode& node) {
  if (!node.IsSequence() || node.values.empty()) return false;
  return std::all_of(node.values.begin(), node.values.end(),
                     [](const YamlNode& item) { return item.IsMapping() && item.Find("type"); });
}

}  // namespace

const std::vector<std::string>& EngineKeys() {
  static const std::vector<std::string> keys = {"id",           "name",      "description", "type",
                                                "dependencies", "condition", "timeout",     "retries",
                                                "maxRetries",   "outputs",   "on_failure",  "params"};
  return keys;
}

StepList StepReader::ReadList(const YamlNode& node, std::string_view key,
                              std::vector<std::string>* state_keys, bool independent) {
  StepList list;
  if (!node.IsSequence()) {
    context_.WantKind(node, key, "a list of steps");
    return list;
  }
  std::vector<StepRecord> records;
  for (const YamlNode& item : node.values) {
    if (context_.full()) return list;
    if (!item.IsMapping()) {
      context_.Add(item.place, "a step is a mapping with id and type, not " + std::string(KindName(item)));
      continue;
    }
    StepRecord record;
    auto step = ReadStep(item, record);
    if (state_keys) state_keys->insert(state_keys->end(), record.state_keys.begin(), record.state_keys.end());
    if (!record.id.empty()) records.push_back(std::move(record));
    list.push_back(std::move(step));
  }
  // Dependencies are checked when every id of the file is known.
  context_.KeepForGraph({std::move(records), independent});
  return list;
}

std::shared_ptr<const StepDef> StepReader::ReadStep(const YamlNode& node, StepRecord& record) {
  auto step = std::make_shared<StepDef>();
  step->place = node.place;
  ReadIdentity(node, *step, record);
  record.place = step->place;

  const StepType* type = ReadType(node, *step);
  if (type) {
    CheckAccess(*type, *step);
    record.state_keys.insert(record.state_keys.end(), type->state_keys.begin(), type->state_keys.end());
    for (const std::string& key : type->state_keys) context_.DeclareState(key);
  }
  for (std::size_t i = 0; i < node.keys.size() && i < node.values.size(); ++i)
    if (IsEngineKey(node.keys[i].text, type)) ReadEngineKey(node.keys[i], node.values[i], *step, record);

  std::vector<Parameter> parameters = CollectParameters(node, type);
  if (!type) {
    ReadNestedOfUnknownType(parameters, record);
    return step;
  }
  const StepDef* outer = read_hold_;
  if (type->access == Access::kRead) read_hold_ = step.get();
  ReadParameters(parameters, *type, *step, record);
  read_hold_ = outer;
  const bool holds_others =
      !type->step_lists.empty() || (type->composite && node.Find("workflow") != nullptr);
  if (holds_others && step->retries.value_or(0) > 0)
    context_.Warn(step->place, "'retries' of the step " + Quoted(step->id) +
                                   " has no effect: what it holds is not begun again as a whole; give it to "
                                   "the steps in there");
  return step;
}

void StepReader::ReadIdentity(const YamlNode& node, StepDef& step, StepRecord& record) {
  const YamlNode* id = node.Find("id");
  if (!id || id->kind != YamlNode::kScalar) return context_.Add(node.place, "a step needs an id (a text)");
  if (!IsId(id->text))
    return context_.Add(id->place, "the id " + Quoted(id->text) +
                                       " must be letters, digits, - and _, begin with a letter or digit and "
                                       "have at most 100 characters");
  step.id = step.name = id->text;
  if (!context_.DeclareStep(step.id, id->place)) return;
  record.id = step.id;
  record.state_keys = {StepStateKey(step.id, "result"), StepStateKey(step.id, "status")};
}

const StepType* StepReader::ReadType(const YamlNode& node, StepDef& step) {
  const YamlNode* value = node.Find("type");
  if (!value || value->kind != YamlNode::kScalar) {
    context_.SawUnknownType();
    context_.Add(node.place, "a step needs a type");
    return nullptr;
  }
  std::size_t at = std::min(value->text.find('@'), value->text.size());
  step.type = value->text.substr(0, at);
  if (at < value->text.size()) step.range = value->text.substr(at + 1);
  auto type = context_.names().FindStepType(step.type, step.range);
  if (type.ok()) return *type;
  context_.SawUnknownType();
  if (context_.full()) return nullptr;
  if (type.status().code() != Code::kNotFound) {
    context_.Add(value->place, type.status().message());
    return nullptr;
  }
  const std::string guess = Guess(step.type, context_.step_types());
  context_.Add(value->place,
               "unknown step type " + Quoted(step.type) +
                   (guess.empty() ? ": no plugin of this machine has it; `mamc-host plugin list` "
                                    "shows what is there, --plugins DIR adds a folder"
                                  : guess));
  return nullptr;
}

void StepReader::CheckAccess(const StepType& type, const StepDef& step) {
  if (type.access != Access::kWrite) return;
  writes_ = true;
  if (read_hold_)
    context_.Add(step.place, "the step " + Quoted(step.id) + " writes to the workspace, but the step " +
                                 Quoted(read_hold_->id) + " around it (line " +
                                 std::to_string(read_hold_->place.line) +
                                 ") only reads; move it out of there");
}

void StepReader::ReadEngineKey(const YamlNode& key, const YamlNode& value, StepDef& step,
                               StepRecord& record) {
  const std::string& name = key.text;
  if (name == "name") {
    std::string text = context_.ReadText(value, name);
    if (!text.empty()) step.name = std::move(text);
  } else if (name == "description") {
    context_.ReadText(value, name);
  } else if (name == "dependencies") {
    ReadDependencies(value, step, record);
  } else if (name == "condition") {
    step.condition = context_.ReadExpression(value, name, RootSet::kUsual);
  } else if (name == "timeout") {
    step.timeout_ms = context_.ReadDuration(value, name);
  } else if (name == "retries" || name == "maxRetries") {
    ReadRetries(key, value, step);
  } else if (name == "outputs") {
    ReadOutputs(value, step, record);
  } else if (name == "on_failure") {
    ReadOnFailure(value, step, record);
  }
}

void StepReader::ReadDependencies(const YamlNode& value, StepDef& step, StepRecord& record) {
  auto add = [&](const YamlNode& item) {
    if (item.kind != YamlNode::kScalar) return context_.WantKind(item, "dependencies", "a list of step ids");
    step.dependencies.push_back(item.text);
    record.dependencies.emplace_back(item.text, item.place);
  };
  if (value.kind == YamlNode::kNull) return;
  if (!value.IsSequence()) return add(value);
  for (const YamlNode& item : value.values) add(item);
}

void StepReader::ReadRetries(const YamlNode& key, const YamlNode& value, StepDef& step) {
  std::optional<Json> given = context_.ReadConstant(value);
  if (!given) return;
  if (*given == "unlimited") given = kMaxRetries;
  if (!given->is_number_integer() || *given < 0 || *given > kMaxRetries)
    return context_.Add(value.place, "'" + key.text + "' must be a whole number from 0 to " +
                                         std::to_string(kMaxRetries) + " or unlimited, which is " +
                                         std::to_string(kMaxRetries));
  int retries = given->get<int>();
  if (step.retries && *step.retries != retries)
    return context_.Add(key.place,
                        "'retries' and 'maxRetries' mean the same and say different things here; keep one");
  step.retries = retries;
}

void StepReader::ReadOutputs(const YamlNode& value, StepDef& step, StepRecord& record) {
  if (!value.IsMapping())
    return context_.WantKind(value, "outputs", "a mapping from state keys to expressions");
  for (std::size_t i = 0; i < value.keys.size() && i < value.values.size(); ++i) {
    const YamlNode& key = value.keys[i];
    if (!IsId(key.text)) {
      context_.Add(key.place, "the state key " + Quoted(key.text) + " must be letters, digits, - and _");
      continue;
    }
    auto expression = context_.ReadExpression(value.values[i], key.text, RootSet::kOutputs);
    record.state_keys.push_back(key.text);
    context_.DeclareState(key.text);
    if (expression) step.outputs.emplace(key.text, std::move(*expression));
  }
}

void StepReader::ReadOnFailure(const YamlNode& value, StepDef& step, StepRecord& record) {
  if (value.kind != YamlNode::kScalar) {
    step.on_failure = ReadList(value, "on_failure", &record.state_keys);
    return;
  }
  step.continue_on_failure = value.text == "continue";
  if (!step.continue_on_failure)
    context_.Add(value.place, "'on_failure' must be continue or a list of steps");
}

std::vector<StepReader::Parameter> StepReader::CollectParameters(const YamlNode& node, const StepType* type) {
  std::vector<Parameter> parameters;
  std::unordered_map<std::string_view, int> lines;
  auto add = [&](const YamlNode& key, const YamlNode& value, bool under_params) {
    auto [it, fresh] = lines.emplace(key.text, key.place.line);
    if (fresh) return parameters.push_back({key.text, &key, &value, under_params});
    context_.Add(key.place, "the parameter " + Quoted(key.text) + " is given twice, also on line " +
                                std::to_string(it->second));
  };
  const YamlNode* params = nullptr;
  for (std::size_t i = 0; i < node.keys.size() && i < node.values.size(); ++i) {
    if (node.keys[i].text == "params")
      params = &node.values[i];
    else if (!IsEngineKey(node.keys[i].text, type))
      add(node.keys[i], node.values[i], false);
  }
  if (!params || params->kind == YamlNode::kNull) return parameters;
  if (!params->IsMapping()) {
    context_.WantKind(*params, "params", "a mapping");
    return parameters;
  }
  // A duplicate key within one mapping has been reported by the YAML reader.
  std::unordered_set<std::string_view> inside;
  for (std::size_t i = 0; i < params->keys.size() && i < params->values.size(); ++i)
    if (inside.insert(params->keys[i].text).second) add(params->keys[i], params->values[i], true);
  return parameters;
}

// So that the rest of the file is checked as well as it can be.
void StepReader::ReadNestedOfUnknownType(const std::vector<Parameter>& parameters, StepRecord& record) {
  for (const Parameter& parameter : parameters)
    if (LooksLikeSteps(*parameter.value)) ReadList(*parameter.value, parameter.name, &record.state_keys);
}

}  // namespace mamc::workflow

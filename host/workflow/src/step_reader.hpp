// Reads lists of steps, nested ones included, into the model.
#pragma once
#include "load_context.hpp"
#include "shell_text.hpp"

namespace mamc::workflow {

class StepReader {
 public:
  explicit StepReader(LoadContext& context) : context_(context) {}

  // Reads one list; its graph is checked at the end of the load. `key` names it in messages; `state_keys`
  // receives what its steps set; the steps of an `independent` list cannot wait for each other.
  StepList ReadList(const YamlNode& node, std::string_view key,
                    std::vector<std::string>* state_keys = nullptr, bool independent = false);
  // A step with access write was read.
  bool writes() const { return writes_; }

 private:
  struct Parameter {
    std::string name;
    const YamlNode* key;
    const YamlNode* value;
    bool under_params;  // or a key of the step itself
  };

  // A step without a usable id is not part of the graph: its record stays without one.
  std::shared_ptr<const StepDef> ReadStep(const YamlNode& node, StepRecord& record);
  void ReadIdentity(const YamlNode& node, StepDef& step, StepRecord& record);
  const StepType* ReadType(const YamlNode& node, StepDef& step);
  void ReadEngineKey(const YamlNode& key, const YamlNode& value, StepDef& step, StepRecord& record);
  void ReadDependencies(const YamlNode& value, StepDef& step, StepRecord& record);
  void ReadOutputs(const YamlNode& value, StepDef& step, StepRecord& record);
  void ReadOnFailure(const YamlNode& value, StepDef& step, StepRecord& record);
  void ReadRetries(const YamlNode& key, const YamlNode& value, StepDef& step);
  void ReadNestedOfUnknownType(const std::vector<Parameter>& parameters, StepRecord& record);
  std::vector<Parameter> CollectParameters(const YamlNode& node, const StepType* type);
  void CheckAccess(const StepType& type, const StepDef& step);

  // step_params.cpp
  bool TakesOther(const Parameter& parameter, const StepType& type, const StepDef& step,
                  const std::vector<std::string>& known);
  void ReadParameters(const std::vector<Parameter>& parameters, const StepType& type, StepDef& step,
                      StepRecord& record);
  TemplatePtr ReadParameter(const Parameter& parameter, const StepType& type, const Json& value,
                            const LocatedJson& places, std::vector<ShellVariable>& variables);
  TemplatePtr ReadBareExpression(const Parameter& parameter, const Json& value);
  TemplatePtr ReadShell(const Parameter& parameter, const Json& value, const LocatedJson& places,
                        std::vector<ShellVariable>& variables);
  void AddShellVariables(const Parameter* env, std::vector<ShellVariable> variables, const Place& place,
                         std::vector<std::pair<std::string, TemplatePtr>>& members);
  void CheckNames(const Parameter& parameter, const StepType& type, const Json& value,
                  const LocatedJson& places);
  void CheckAsks(const Parameter& parameter, const StepType& type, const Json& value, const StepDef& step);
  void AddAsksNobody(const Place& place, const StepDef& step, const std::string& asks);
  void CheckSchema(const StepType& type, const Json& value, const std::vector<std::string>& dynamic,
                   const LocatedJson& places, const StepDef& step);

  LoadContext& context_;
  const StepDef* read_hold_ =
      nullptr;  // the step that holds the workspace for reading around the list being read
  bool writes_ = false;
};

// Keys of a step that are the engine's; every other key is a parameter of the type.
const std::vector<std::string>& EngineKeys();

}  // namespace mamc::workflow

// What one load of a file gathers while it reads, and checks when everything has been read: problems, ids,
// state keys and the places where expressions use a name.
#pragma once
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "mamc/workflow/loader.hpp"
#include "template_node.hpp"
#include "yaml_tree.hpp"

namespace mamc::workflow {

// Which roots an expression may use.
enum class RootSet {
  kUsual,      // conditions and parameters
  kOutputs,    // and `result`
  kTrigger,    // task, milestone, project
  kConstants,  // variables: what is computed at load
};

// A step with what the graph checks need. Lives as long as the load.
struct StepRecord {
  std::string id;
  Place place;
  std::vector<std::pair<std::string, Place>> dependencies;
  std::vector<std::string> state_keys;  // this step's and its nested steps'
};

// One list of steps. The steps of an independent one are run each for itself.
struct StepRecords {
  std::vector<StepRecord> steps;
  bool independent = false;
};

bool Holds(const std::vector<std::string>& list, std::string_view word);

class LoadContext {
 public:
  LoadContext(const YamlFile& yaml, std::string file, const Names& names, bool persona_work);

  const YamlFile& yaml() const { return yaml_; }
  const Names& names() const { return names_; }
  bool persona_work() const { return persona_work_; }

  // Problems. At most a hundred are kept; full() says that more work would be in vain.
  void Add(Place place, std::string message);
  void Add(std::vector<SyntaxError> errors);
  bool full() const { return problems_.size() > 100; }
  void Warn(Place place, std::string message) { warnings_.push_back({std::move(place), std::move(message)}); }
  // "unknown WHAT 'WORD' (did you mean ...?)"
  void AddUnknown(Place place, std::string_view what, std::string_view word,
                  const std::vector<std::string>& candidates);
  void WantKind(const YamlNode& node, std::string_view key, std::string_view wanted);

  // Names, looked up once.
  const std::vector<std::string>& step_types();
  const std::vector<std::string>& personas();
  const std::vector<std::string>& workflows();

  // What the file declares.
  // False when the id is taken, which has then been reported.
  bool DeclareStep(const std::string& id, const Place& place);
  void DeclareState(const std::string& key) { state_keys_.insert(key); }
  void SetVariables(Json variables) { variables_ = std::move(variables); }
  const Json& variables() const { return variables_; }
  void SawUnknownType() { unknown_type_ = true; }
  const std::unordered_map<std::string, Place>& step_ids() const { return step_ids_; }

  // Uses of names, checked by CheckReferences when the whole file has been read.
  void Use(const std::vector<Expression::Reference>& references, RootSet roots);
  void CheckReferences();
  // One list of steps, checked by CheckGraphs when every id is known.
  void KeepForGraph(StepRecords steps) { lists_.push_back(std::move(steps)); }
  void CheckGraphs();
  // A step runs the workflow of this name.
  void AddWorkflowCall(std::string name, Place place) {
    workflow_calls_.push_back({std::move(name), std::move(place)});
  }
  std::vector<WorkflowCall> TakeWorkflowCalls() { return std::move(workflow_calls_); }

  // Text helpers that record their problems. An expression may stand alone or in ${…} or {{…}}.
  std::optional<Expression> ReadExpression(const YamlNode& node, std::string_view key, RootSet roots);
  std::string ReadText(const YamlNode& node, std::string_view key);
  std::optional<std::int64_t> ReadDuration(const YamlNode& node, std::string_view key);
  // The node's value, computed from the file's variables when it is a template.
  std::optional<Json> ReadConstant(const YamlNode& node);

  std::vector<Problem> TakeProblems();
  std::vector<Problem> TakeWarnings() { return std::move(warnings_); }

 private:
  void CheckReference(const Expression::Reference& reference, RootSet roots);
  void CheckStep(const Expression::Reference& reference);
  void CheckPersona(const Expression::Reference& reference);
  void CheckState(const Expression::Reference& reference);
  void CheckVariable(const Expression::Reference& reference);
  const std::unordered_set<std::string>& InstalledStateKeys();

  const YamlFile& yaml_;
  std::string file_;
  const Names& names_;
  bool persona_work_;
  std::vector<Problem> problems_, warnings_;
  std::optional<std::vector<std::string>> step_types_, personas_, workflows_;
  std::unordered_map<std::string, Place> step_ids_;
  std::unordered_set<std::string> state_keys_;
  std::optional<std::unordered_set<std::string>> installed_state_keys_;
  Json variables_ = Json::object();
  bool unknown_type_ = false;
  bool warned_of_ms_ = false;
  std::vector<std::pair<Expression::Reference, RootSet>> uses_;
  std::vector<StepRecords> lists_;
  std::vector<WorkflowCall> workflow_calls_;
};

// A word from the file for a message: shortened, in quotes.
std::string Quoted(std::string_view word);
// " (did you mean 'x'?)", or empty: also for a word that is too long to be a slip of the pen.
std::string Guess(std::string_view word, const std::vector<std::string>& candidates);
// Letters, digits, - and _, beginning with a letter or digit, at most 100 characters.
bool IsId(std::string_view text);
// The state key `<id>_<suffix>` that every step sets.
std::string StepStateKey(std::string id, std::string_view suffix);
// Lists, in one pass, cycles and state keys that two steps may set at the same time.
void CheckGraph(const StepRecords& records, LoadContext& context);

}  // namespace mamc::workflow

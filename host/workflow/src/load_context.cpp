#include "load_context.hpp"

#include "expression_parser.hpp"
#include "mamc/base/text.hpp"

namespace mamc::workflow {
namespace {

constexpr std::size_t kMaxGuessed = 64;
const std::vector<std::string> kRoots = {"task",      "project", "milestone", "repo",  "branch",
                                         "variables", "state",   "personas",  "steps", "context"};
const std::vector<std::string> kStepMembers = {"status", "result", "error", "outputs"};
// Roots that have these members and no others; a text has none.
const std::map<std::string_view, std::vector<std::string>> kMembers = {
    {"context", {"summary", "state"}},
    {"project",
     {"id", "name", "repo", "base", "merge", "base_writes", "test", "test_network", "protected",
      "inherited_failures", "ma", "ma_branch"}},
    {"request", {"intent", "payload", "step", "from"}},
    {"persona", {"id"}},
    {"repo", {}},
    {"branch", {}}};

class ConstantScope : public Scope {
 public:
  explicit ConstantScope(const Json& variables) : variables_(variables) {}
  Json Lookup(std::string_view root, const std::vector<std::string>& path) const override {
    if (root != "variables") return nullptr;
    const Json* value = &variables_;
    for (const std::string& name : path) value = &GetMember(*value, name);
    return *value;
  }

 private:
  const Json& variables_;
};

template <typename Map>
std::vector<std::string> Keys(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

}  // namespace

bool Holds(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

LoadContext::LoadContext(const YamlFile& yaml, std::string file, const Names& names, bool persona_work)
    : yaml_(yaml), file_(std::move(file)), names_(names), persona_work_(persona_work) {}

// --- problems

void LoadContext::Add(Place place, std::string message) {
  if (problems_.size() < 100)
    problems_.push_back({std::move(place), std::move(message)});
  else if (!full())
    problems_.push_back({{file_, 0, 0}, "there are more problems than are listed here"});
}

void LoadContext::Add(std::vector<SyntaxError> errors) {
  for (SyntaxError& error : errors) Add(std::move(error.place), std::move(error.message));
}

std::string Guess(std::string_view word, const std::vector<std::string>& candidates) {
  return word.size() <= kMaxGuessed ? DidYouMean(word, candidates) : std::string();
}

void LoadContext::AddUnknown(Place place, std::string_view what, std::string_view word,
                             const std::vector<std::string>& candidates) {
  if (full()) return;
  Add(std::move(place), "unknown " + std::string(what) + " " + Quoted(word) + Guess(word, candidates));
}

void LoadContext::WantKind(const YamlNode& node, std::string_view key, std::string_view wanted) {
  Add(node.place,
      "'" + std::string(key) + "' must be " + std::string(wanted) + ", not " + std::string(KindName(node)));
}

std::vector<Problem> LoadContext::TakeProblems() {
  std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
    auto line = [](const Problem& p) { return p.place.line == 0 ? INT32_MAX : p.place.line; };
    return std::pair(line(a), a.place.col) < std::pair(line(b), b.place.col);
  });
  return std::move(problems_);
}

// --- names

const std::vector<std::string>& LoadContext::step_types() {
  if (!step_types_) step_types_ = names_.StepTypeIds();
  return *step_types_;
}

const std::vector<std::string>& LoadContext::personas() {
  if (!personas_) personas_ = names_.PersonaNames();
  return *personas_;
}

const std::vector<std::string>& LoadContext::workflows() {
  if (!workflows_) workflows_ = names_.WorkflowNames();
  return *workflows_;
}

bool LoadContext::DeclareStep(const std::string& id, const Place& place) {
  auto [it, fresh] = step_ids_.emplace(id, place);
  if (!fresh) {
    Add(place, "the id " + Quoted(id) + " is already that of the step on line " +
                   std::to_string(it->second.line) + "; ids are unique in a file");
    return false;
  }
  DeclareState(StepStateKey(id, "result"));
  DeclareState(StepStateKey(id, "status"));
  return true;
}

// --- uses of names

void LoadContext::Use(const std::vector<Expression::Reference>& references, RootSet roots) {
  for (const auto& reference : references) uses_.emplace_back(reference, roots);
}

void LoadContext::CheckReferences() {
  for (const auto& [reference, roots] : uses_) {
    if (full()) return;
    CheckReference(reference, roots);
  }
}

void LoadContext::CheckGraphs() {
  for (const StepRecords& records : lists_) CheckGraph(records, *this);
}

void LoadContext::CheckReference(const Expression::Reference& reference, RootSet roots) {
  const std::string& root = reference.root;
  std::vector<std::string> known = kRoots;
  std::string where;
  if (roots == RootSet::kTrigger) known = {"task", "milestone", "project"}, where = " of a trigger";
  if (roots == RootSet::kConstants)
    known = {"variables"}, where = " of what is computed when the file is read";
  if (roots == RootSet::kOutputs) known.push_back("result");
  if (persona_work_) known.insert(known.end(), {"request", "persona"});
  if (!Holds(known, root)) {
    std::string list;
    for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
    return Add(reference.place,
               "unknown name " + Quoted(root) + Guess(root, known) + "; the names" + where + " are " + list);
  }
  if (reference.path.empty()) return;
  if (root == "steps") return CheckStep(reference);
  if (root == "state") return CheckState(reference);
  if (root == "variables") return CheckVariable(reference);
  if (root == "personas") return CheckPersona(reference);
  auto members = kMembers.find(root);
  if (members == kMembers.end() || Holds(members->second, reference.path[0])) return;
  if (members->second.empty())
    return Add(reference.place,
               Quoted(root) + " is a text, which has no member " + Quoted(reference.path[0]));
  AddUnknown(reference.place, "member of " + root, reference.path[0], members->second);
}

void LoadContext::CheckPersona(const Expression::Reference& reference) {
  const std::string& name = reference.path[0];
  if (names_.FindPersona(name).empty()) return AddUnknown(reference.place, "persona", name, personas());
  if (reference.path.size() > 1 && reference.path[1] != "result")
    AddUnknown(reference.place, "member of a persona", reference.path[1], {"result"});
}

void LoadContext::CheckStep(const Expression::Reference& reference) {
  const std::string& id = reference.path[0];
  if (!step_ids_.contains(id))
    return AddUnknown(reference.place, "step", id, full() ? std::vector<std::string>() : Keys(step_ids_));
  if (reference.path.size() > 1 && !Holds(kStepMembers, reference.path[1]))
    AddUnknown(reference.place, "member of a step", reference.path[1], kStepMembers);
}

void LoadContext::CheckState(const Expression::Reference& reference) {
  const std::string& key = reference.path[0];
  if (state_keys_.contains(key) || unknown_type_) return;
  if (InstalledStateKeys().contains(key))
    return Warn(reference.place,
                "no step of this file sets the state key " + Quoted(key) + "; it will be null");
  std::vector<std::string> known(state_keys_.begin(), state_keys_.end());
  known.insert(known.end(), installed_state_keys_->begin(), installed_state_keys_->end());
  std::sort(known.begin(), known.end());
  AddUnknown(reference.place, "state key", key, known);
}

// Callers may lay further variables over those of the file, so that only a slip of the finger is worth a
// word.
void LoadContext::CheckVariable(const Expression::Reference& reference) {
  const std::string& name = reference.path[0];
  if (variables_.contains(name) || warnings_.size() >= 100) return;
  std::string guess = Guess(name, Keys(variables_.items()));
  if (!guess.empty()) Warn(reference.place, "the file has no variable " + Quoted(name) + guess);
}

const std::unordered_set<std::string>& LoadContext::InstalledStateKeys() {
  if (installed_state_keys_) return *installed_state_keys_;
  installed_state_keys_.emplace();
  for (const std::string& id : step_types()) {
    auto type = names_.FindStepType(id, "");
    if (type.ok()) installed_state_keys_->insert((*type)->state_keys.begin(), (*type)->state_keys.end());
  }
  return *installed_state_keys_;
}

// --- reading single values

std::optional<Expression> LoadContext::ReadExpression(const YamlNode& node, std::string_view key,
                                                      RootSet roots) {
  if (node.kind != YamlNode::kScalar) {
    WantKind(node, key, "an expression");
    return std::nullopt;
  }
  Place at = yaml_.TextPlace(node);
  std::optional<Expression> expression;
  std::size_t first = std::min(node.text.find_first_not_of(" \t\r\n"), node.text.size());
  bool wrapped = node.text.compare(first, 2, "${") == 0 || node.text.compare(first, 2, "{{") == 0;
  if (wrapped) {
    std::vector<SyntaxError> errors;
    std::string_view trimmed = node.text;
    trimmed = trimmed.substr(0, trimmed.find_last_not_of(" \t\r\n") + 1);
    trimmed.remove_prefix(first);
    Cursor start;
    start.MoveTo(node.text, first);
    std::vector<Piece> pieces = ScanText(trimmed, start.ToPlace(at), errors);
    if (!errors.empty()) {
      Add(std::move(errors));
      return std::nullopt;
    }
    if (pieces.size() != 1 || !pieces[0].expression) {
      Add(at, "'" + std::string(key) + "' is one expression; join texts with +, as in 'a ' + task.title");
      return std::nullopt;
    }
    expression = std::move(pieces[0].expression);
  } else {
    Cursor cursor;
    auto parsed = ParseExpression(node.text, cursor, "", at);
    if (auto* error = std::get_if<SyntaxError>(&parsed)) {
      Add(error->place, error->message);
      return std::nullopt;
    }
    expression = std::get<Expression>(std::move(parsed));
  }
  Use(expression->References(), roots);
  return expression;
}

std::string LoadContext::ReadText(const YamlNode& node, std::string_view key) {
  if (node.kind == YamlNode::kScalar) return node.text;
  WantKind(node, key, "a text");
  return {};
}

std::optional<Json> LoadContext::ReadConstant(const YamlNode& node) {
  Json value = ToJson(node);
  if (!value.is_string()) return value;
  std::vector<SyntaxError> errors;
  Place at = yaml_.TextPlace(node);
  Template parsed(ParseTemplate(
      value, "", [&](const std::string&) { return at; }, errors));
  bool broken = !errors.empty();
  Add(std::move(errors));
  if (broken) return std::nullopt;
  for (const auto& reference : parsed.References()) {
    Use({reference}, RootSet::kConstants);
    if (reference.root != "variables") broken = true;
  }
  if (broken) return std::nullopt;
  return parsed.Render(ConstantScope(variables_));
}

std::optional<std::int64_t> LoadContext::ReadDuration(const YamlNode& node, std::string_view key) {
  std::optional<Json> value = ReadConstant(node);
  if (!value) return std::nullopt;
  bool guessed_ms = false;
  auto duration = ParseDuration(*value, &guessed_ms);
  if (!duration.ok()) {
    Add(node.place, "'" + std::string(key) + "': " + duration.status().message());
    return std::nullopt;
  }
  if (guessed_ms && !std::exchange(warned_of_ms_, true))
    Warn(node.place, "'" + std::string(key) + "': " + Dump(*value) +
                         " is read as milliseconds, as are all bare numbers " +
                         "from 60000 up; write a unit, as in \"300s\"");
  return *duration;
}

// --- words

std::string Problem::ToString() const {
  std::string at = place.ToString();
  return at.empty() ? message : at + ": " + message;
}

std::string Quoted(std::string_view word) {
  return "'" + HeadAndTail(word, 80) + "'";
}

bool IsId(std::string_view text) {
  auto alnum = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (text.empty() || text.size() > 100 || !alnum(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) { return alnum(c) || c == '-' || c == '_'; });
}

std::string StepStateKey(std::string id, std::string_view suffix) {
  std::replace(id.begin(), id.end(), '-', '_');
  return id + "_" + std::string(suffix);
}

}  // namespace mamc::workflow

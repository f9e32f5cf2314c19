// Implementation: every keyword has one function in a table; a keyword that is not in the table is refused.
// All problems of a schema are collected before Compile answers.
#include <algorithm>

#include "mamc/base/text.hpp"
#include "node.hpp"

namespace mamc::schema {
namespace {

constexpr int kMaxDepth = 32;
constexpr std::int64_t kMaxPatternMemory = 8 << 20;

class Compiler {
 public:
  NodePtr Compile(const Json& schema);
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  // What a keyword's function gets: the node to fill and the keyword's value, which stands at path_.
  struct Keyword {
    std::string_view name;
    void (Compiler::*read)(Schema::Node&, const Json&);
  };
  static const std::vector<Keyword>& Keywords();

  void Problem(const std::string& text);
  NodePtr CompileAt(std::string_view name, const Json& schema);
  NodePtr CompileAt(std::size_t index, const Json& schema) {
    return CompileAt(std::to_string(index), schema);
  }

  void Type(Schema::Node& node, const Json& value);
  void AddType(Schema::Node& node, const Json& name);
  void Properties(Schema::Node& node, const Json& value);
  void Required(Schema::Node& node, const Json& value);
  void Pattern(Schema::Node& node, const Json& value);
  void Enum(Schema::Node& node, const Json& value);
  void Items(Schema::Node& node, const Json& value);
  void Const(Schema::Node& node, const Json& value) { node.constant = &value; }
  void Default(Schema::Node& node, const Json& value) { node.default_value = &value; }
  void AdditionalProperties(Schema::Node& node, const Json& value) { node.additional = Compile(value); }
  void UniqueItems(Schema::Node& node, const Json& value) { node.unique_items = Flag(value); }
  void Secret(Schema::Node& node, const Json& value) { node.secret = Flag(value); }
  void Text(Schema::Node&, const Json& value) {
    if (!value.is_string()) Problem("must be a text");
  }
  void Title(Schema::Node& node, const Json& value) {
    Text(node, value);
    node.title = &value;
  }
  void Mark(Schema::Node&, const Json& value) {
    if (!value.is_string() && !value.is_boolean()) Problem("must be a text, true or false");
  }
  void Values(Schema::Node&, const Json& value) {
    if (!value.is_array()) Problem("must be a list of values");
  }
  void Merges(Schema::Node&, const Json& value) {
    bool good = value.is_object() && std::all_of(value.begin(), value.end(), [](const Json& needs) {
                  return needs == true || needs.is_string();
                });
    if (!good) Problem("must be an object from values to true or the name of a parameter");
  }
  void Conditions(Schema::Node&, const Json& value) {
    bool good = value.is_object() &&
                std::all_of(value.begin(), value.end(), [](const Json& values) { return values.is_array(); });
    if (!good) Problem("must be an object from parameters to lists of their values");
  }
  template <const Json* Schema::Node::*kField>
  void Number(Schema::Node& node, const Json& value) {
    if (!value.is_number()) return Problem("must be a number");
    node.*kField = &value;
  }
  template <std::optional<std::size_t> Schema::Node::*kField>
  void Count(Schema::Node& node, const Json& value) {
    if (!value.is_number() || value < 0 || value > 1e15 || value.get<double>() != value.get<std::uint64_t>())
      return Problem("must be a whole number, 0 or more");
    node.*kField = value.get<std::size_t>();
  }
  template <std::vector<NodePtr> Schema::Node::*kField>
  void Alternatives(Schema::Node& node, const Json& value) {
    if (!value.is_array() || value.empty()) return Problem("must be a list of schemas that is not empty");
    for (std::size_t i = 0; i < value.size(); ++i) (node.*kField).push_back(CompileAt(i, value[i]));
  }

  bool Flag(const Json& value) {
    if (!value.is_boolean()) Problem("must be true or false");
    return value.is_boolean() && value.get<bool>();
  }

  std::vector<std::string> problems_;
  std::vector<std::string_view> path_;  // to what is being read, as the tokens of a JSON pointer
  int depth_ = 0;                       // of the schema whose keywords are being read
};

void Compiler::Problem(const std::string& text) {
  std::string pointer;
  for (std::string_view token : path_) pointer = JoinPointer(pointer, token);
  problems_.push_back((pointer.empty() ? "the schema" : pointer) + ": " + text);
}

NodePtr Compiler::CompileAt(std::string_view name, const Json& schema) {
  path_.push_back(name);
  NodePtr node = Compile(schema);
  path_.pop_back();
  return node;
}

const std::vector<Compiler::Keyword>& Compiler::Keywords() {
  using N = Schema::Node;
  static const std::vector<Keyword> keywords = {
      {"type", &Compiler::Type},
      {"properties", &Compiler::Properties},
      {"required", &Compiler::Required},
      {"additionalProperties", &Compiler::AdditionalProperties},
      {"items", &Compiler::Items},
      {"enum", &Compiler::Enum},
      {"const", &Compiler::Const},
      {"minimum", &Compiler::Number<&N::minimum>},
      {"maximum", &Compiler::Number<&N::maximum>},
      {"exclusiveMinimum", &Compiler::Number<&N::exclusive_minimum>},
      {"exclusiveMaximum", &Compiler::Number<&N::exclusive_maximum>},
      {"minLength", &Compiler::Count<&N::min_length>},
      {"maxLength", &Compiler::Count<&N::max_length>},
      {"pattern", &Compiler::Pattern},
      {"minItems", &Compiler::Count<&N::min_items>},
      {"maxItems", &Compiler::Count<&N::max_items>},
      {"uniqueItems", &Compiler::UniqueItems},
      {"oneOf", &Compiler::Alternatives<&N::one_of>},
      {"anyOf", &Compiler::Alternatives<&N::any_of>},
      {"default", &Compiler::Default},
      {"title", &Compiler::Title},
      {"description", &Compiler::Text},
      {"x-secret", &Compiler::Secret},
      {"x-path", &Compiler::Mark},
      {"x-program", &Compiler::Mark},
      {"x-unit", &Compiler::Text},
      {"x-persona", &Compiler::Mark},
      {"x-judge", &Compiler::Conditions},
      {"x-commits", &Compiler::Values},
      {"x-writes-base", &Compiler::Values},
      {"x-merges", &Compiler::Merges},
      {"x-asks", &Compiler::Mark},
      {"x-test", &Compiler::Mark},
  };
  return keywords;
}

NodePtr Compiler::Compile(const Json& schema) {
  auto node = std::make_shared<Schema::Node>();
  if (schema.is_boolean()) {
    node->never = !schema.get<bool>();
    return node;
  }
  if (!schema.is_object()) {
    Problem("a schema is an object, true or false");
    return node;
  }
  if (depth_ > kMaxDepth) {
    Problem("schemas are nested deeper than " + std::to_string(kMaxDepth) + " levels");
    return node;
  }
  ++depth_;
  for (const auto& [name, value] : schema.get_ref<const Json::object_t&>()) {
    const auto& known = Keywords();
    auto keyword = std::find_if(known.begin(), known.end(), [&](const Keyword& k) { return k.name == name; });
    if (keyword == known.end()) {
      std::vector<std::string> names;
      for (const Keyword& each : known) names.emplace_back(each.name);
      Problem("unknown keyword '" + name + "'" + DidYouMean(name, names));
      continue;
    }
    path_.push_back(name);
    (this->*keyword->read)(*node, value);
    path_.pop_back();
  }
  --depth_;
  return node;
}

void Compiler::Type(Schema::Node& node, const Json& value) {
  if (!value.is_array()) return AddType(node, value);
  if (value.empty()) Problem("must name at least one type");
  for (const Json& name : value) AddType(node, name);
}

void Compiler::AddType(Schema::Node& node, const Json& name) {
  if (!name.is_string()) return Problem("unknown type " + Dump(name));
  const auto& wanted = name.get_ref<const std::string&>();
  for (const auto& [type, bit] : kTypeNames)
    if (wanted == type) {
      node.types |= bit;
      return;
    }
  std::vector<std::string> known;
  for (const auto& [type, bit] : kTypeNames) known.emplace_back(type);
  Problem("unknown type " + Dump(name) + DidYouMean(wanted, known));
}

void Compiler::Properties(Schema::Node& node, const Json& value) {
  if (!value.is_object()) return Problem("must be an object of schemas");
  for (const auto& [name, schema] : value.get_ref<const Json::object_t&>())
    node.properties.emplace_hint(node.properties.end(), name, CompileAt(name, schema));
}

void Compiler::Required(Schema::Node& node, const Json& value) {
  if (!value.is_array()) return Problem("must be a list of names");
  for (const Json& name : value) {
    if (!name.is_string()) return Problem("must be a list of names");
    node.required.push_back(name.get<std::string>());
  }
}

void Compiler::Pattern(Schema::Node& node, const Json& value) {
  if (!value.is_string()) return Problem("must be a text");
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternMemory);
  auto pattern = std::make_shared<RE2>(value.get<std::string>(), options);
  if (!pattern->ok()) return Problem("not a pattern that RE2 understands: " + pattern->error());
  node.pattern = std::move(pattern);
}

void Compiler::Enum(Schema::Node& node, const Json& value) {
  if (!value.is_array() || value.empty()) return Problem("must be a list of values that is not empty");
  node.allowed = &value;
}

void Compiler::Items(Schema::Node& node, const Json& value) {
  if (value.is_array())
    return Problem("a list of schemas by position is not supported; give one schema for all items");
  node.items = Compile(value);
}

}  // namespace

Result<Schema> Schema::Compile(std::shared_ptr<const Json> document) {
  Compiler compiler;
  NodePtr root = compiler.Compile(*document);
  if (!compiler.problems().empty()) {
    std::string message;
    for (const std::string& problem : compiler.problems()) message += (message.empty() ? "" : "; ") + problem;
    return Invalid(message);
  }
  return Schema(std::move(document), std::move(root));
}

Result<Schema> Schema::Compile(const Json& document) {
  return Compile(std::make_shared<const Json>(document));
}

}  // namespace mamc::schema

// Implementation: every keyword has one function in a table; a keyword that is not in the table is refused.
// All problems of a schema are collected before Compile answers.
#include <array>

#include "mamc/base/text.hpp"
#include "node.hpp"

namespace mamc::schema {
namespace {

constexpr int kMaxDepth = 32;
constexpr std::int64_t kMaxPatternMemory = 8 << 20;

class Compiler {
 public:
  NodePtr Compile(const Json& schema, const std::string& pointer, int depth);
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  struct Keyword {
    std::string_view name;
    void (Compiler::*read)(Schema::Node&, const Json&, const std::string&);
  };
  static const std::vector<Keyword>& Keywords();

  void Problem(const std::string& pointer, const std::string& text) {
    problems_.push_back((pointer.empty() ? "the schema" : pointer) + ": " + text);
  }

  void Type(Schema::Node& node, const Json& value, const std::string& pointer);
  void AddType(Schema::Node& node, const Json& name, const std::string& pointer);
  void Properties(Schema::Node& node, const Json& value, const std::string& pointer);
  void Required(Schema::Node& node, const Json& value, const std::string& pointer);
  void Pattern(Schema::Node& node, const Json& value, const std::string& pointer);
  void Enum(Schema::Node& node, const Json& value, const std::string& pointer);
  void Items(Schema::Node& node, const Json& value, const std::string& pointer);
  void Const(Schema::Node& node, const Json& value, const std::string&) { node.constant = value; }
  void Default(Schema::Node& node, const Json& value, const std::string&) { node.default_value = value; }
  void AdditionalProperties(Schema::Node& node, const Json& value, const std::string& pointer) {
    node.additional = Compile(value, pointer, depth_ + 1);
  }
  void UniqueItems(Schema::Node& node, const Json& value, const std::string& pointer) {
    node.unique_items = Flag(value, pointer);
  }
  void Secret(Schema::Node& node, const Json& value, const std::string& pointer) {
    node.secret = Flag(value, pointer);
  }
  void Text(Schema::Node&, const Json& value, const std::string& pointer) {
    if (!value.is_string()) Problem(pointer, "must be a text");
  }
  void Mark(Schema::Node&, const Json& value, const std::string& pointer) {
    if (!value.is_string() && !value.is_boolean()) Problem(pointer, "must be a text, true or false");
  }
  void Values(Schema::Node&, const Json& value, const std::string& pointer) {
    if (!value.is_array()) Problem(pointer, "must be a list of values");
  }
  template <std::optional<Json> Schema::Node::*kField>
  void Number(Schema::Node& node, const Json& value, const std::string& pointer) {
    if (!value.is_number()) return Problem(pointer, "must be a number");
    node.*kField = value;
  }
  template <std::optional<std::size_t> Schema::Node::*kField>
  void Count(Schema::Node& node, const Json& value, const std::string& pointer) {
    if (!value.is_number() || value < 0 || value > 1e15 || value.get<double>() != value.get<std::uint64_t>())
      return Problem(pointer, "must be a whole number, 0 or more");
    node.*kField = value.get<std::size_t>();
  }
  template <std::vector<NodePtr> Schema::Node::*kField>
  void Alternatives(Schema::Node& node, const Json& value, const std::string& pointer) {
    if (!value.is_array() || value.empty())
      return Problem(pointer, "must be a list of schemas that is not empty");
    for (std::size_t i = 0; i < value.size(); ++i)
      (node.*kField).push_back(Compile(value[i], JoinPointer(pointer, std::to_string(i)), depth_ + 1));
  }

  bool Flag(const Json& value, const std::string& pointer) {
    if (!value.is_boolean()) Problem(pointer, "must be true or false");
    return value.is_boolean() && value.get<bool>();
  }

  std::vector<std::string> problems_;
  int depth_ = 0;  // of the schema whose keywords are being read
};

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
      {"title", &Compiler::Text},
      {"description", &Compiler::Text},
      {"x-secret", &Compiler::Secret},
      {"x-path", &Compiler::Mark},
      {"x-unit", &Compiler::Text},
      {"x-persona", &Compiler::Mark},
      {"x-commits", &Compiler::Values},
      {"x-test", &Compiler::Mark},
  };
  return keywords;
}

NodePtr Compiler::Compile(const Json& schema, const std::string& pointer, int depth) {
  auto node = std::make_shared<Schema::Node>();
  if (schema.is_boolean()) {
    node->never = !schema.get<bool>();
    return node;
  }
  if (!schema.is_object()) {
    Problem(pointer, "a schema is an object, true or false");
    return node;
  }
  if (depth > kMaxDepth) {
    Problem(pointer, "schemas are nested deeper than " + std::to_string(kMaxDepth) + " levels");
    return node;
  }
  int outer = std::exchange(depth_, depth);
  for (const auto& [name, value] : schema.items()) {
    const Keyword* keyword = nullptr;
    for (const Keyword& known : Keywords())
      if (known.name == name) keyword = &known;
    if (keyword) {
      (this->*keyword->read)(*node, value, JoinPointer(pointer, name));
      continue;
    }
    std::vector<std::string> names;
    for (const Keyword& known : Keywords()) names.emplace_back(known.name);
    Problem(pointer, "unknown keyword '" + name + "'" + DidYouMean(name, names));
  }
  depth_ = outer;
  return node;
}

void Compiler::Type(Schema::Node& node, const Json& value, const std::string& pointer) {
  if (!value.is_array()) return AddType(node, value, pointer);
  if (value.empty()) Problem(pointer, "must name at least one type");
  for (const Json& name : value) AddType(node, name, pointer);
}

void Compiler::AddType(Schema::Node& node, const Json& name, const std::string& pointer) {
  if (!name.is_string()) return Problem(pointer, "unknown type " + Dump(name));
  const auto& wanted = name.get_ref<const std::string&>();
  for (const auto& [type, bit] : kTypeNames)
    if (wanted == type) {
      node.types |= bit;
      return;
    }
  std::vector<std::string> known;
  for (const auto& [type, bit] : kTypeNames) known.emplace_back(type);
  Problem(pointer, "unknown type " + Dump(name) + DidYouMean(wanted, known));
}

void Compiler::Properties(Schema::Node& node, const Json& value, const std::string& pointer) {
  if (!value.is_object()) return Problem(pointer, "must be an object of schemas");
  for (const auto& [name, schema] : value.items()) {
    node.properties.emplace(name, Compile(schema, JoinPointer(pointer, name), depth_ + 1));
    node.property_names.push_back(name);
  }
}

void Compiler::Required(Schema::Node& node, const Json& value, const std::string& pointer) {
  if (!value.is_array()) return Problem(pointer, "must be a list of names");
  for (const Json& name : value) {
    if (!name.is_string()) return Problem(pointer, "must be a list of names");
    node.required.push_back(name.get<std::string>());
  }
}

void Compiler::Pattern(Schema::Node& node, const Json& value, const std::string& pointer) {
  if (!value.is_string()) return Problem(pointer, "must be a text");
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternMemory);
  auto pattern = std::make_shared<RE2>(value.get<std::string>(), options);
  if (!pattern->ok()) return Problem(pointer, "not a pattern that RE2 understands: " + pattern->error());
  node.pattern = std::move(pattern);
}

void Compiler::Enum(Schema::Node& node, const Json& value, const std::string& pointer) {
  if (!value.is_array() || value.empty())
    return Problem(pointer, "must be a list of values that is not empty");
  node.allowed = value;
}

void Compiler::Items(Schema::Node& node, const Json& value, const std::string& pointer) {
  if (value.is_array())
    return Problem(pointer, "a list of schemas by position is not supported; give one schema for all items");
  node.items = Compile(value, pointer, depth_ + 1);
}

}  // namespace

Result<Schema> Schema::Compile(const Json& schema) {
  Compiler compiler;
  auto root = std::make_shared<Node>(*compiler.Compile(schema, "", 0));
  if (!compiler.problems().empty()) {
    std::string message;
    for (const std::string& problem : compiler.problems()) message += (message.empty() ? "" : "; ") + problem;
    return Invalid(message);
  }
  root->document = schema;
  return Schema(std::move(root));
}

}  // namespace mamc::schema

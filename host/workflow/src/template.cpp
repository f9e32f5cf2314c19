#include "ast.hpp"
#include "expression_parser.hpp"
#include "mamc/schema/schema.hpp"
#include "template_node.hpp"

namespace mamc::workflow {
namespace {

constexpr int kMaxTemplateDepth = 64;

struct Opener {
  std::string_view open, close, hint;
};
constexpr Opener kOpeners[] = {
    {"${", "}", " (write $${ for the text ${ itself)"},
    {"{{", "}}", " (write ${'{{'} for the text {{ itself)"},
};

const Opener* OpenerAt(std::string_view text, std::size_t offset) {
  for (const Opener& opener : kOpeners)
    if (text.substr(offset).starts_with(opener.open)) return &opener;
  return nullptr;
}

Json Rendered(const Template::Node& node, const Scope& scope) {
  switch (node.kind) {
    case Template::Node::kConstant:
      return node.constant;
    case Template::Node::kValue:
      return node.pieces.front().expression->Evaluate(scope);
    case Template::Node::kText: {
      std::string text;
      for (const Piece& piece : node.pieces) {
        text += piece.literal;
        if (piece.expression) AppendText(piece.expression->Evaluate(scope), text);
      }
      return text;
    }
    case Template::Node::kList: {
      Json list = node.constant;
      for (const auto& [index, item] : node.items) list[index] = Rendered(*item, scope);
      return list;
    }
    case Template::Node::kObject: {
      Json object = node.constant;
      for (const auto& [name, member] : node.members) object[name] = Rendered(*member, scope);
      return object;
    }
  }
  return nullptr;
}

void Collect(const Template::Node& node, std::vector<Expression::Reference>& references) {
  for (const Piece& piece : node.pieces) {
    if (!piece.expression) continue;
    for (auto& reference : piece.expression->References()) references.push_back(std::move(reference));
  }
  for (const auto& item : node.items) Collect(*item.second, references);
  for (const auto& member : node.members) Collect(*member.second, references);
}

TemplatePtr ParseText(const Json& value, const Place& at, std::vector<SyntaxError>& errors) {
  const auto& text = value.get_ref<const std::string&>();
  if (text.find("${") == std::string::npos && text.find("{{") == std::string::npos)
    return ConstantNode(value);
  std::vector<Piece> pieces = ScanText(text, at, errors);
  if (pieces.size() == 1 && pieces[0].literal.empty() && pieces[0].expression)
    return ValueNode(std::move(*pieces[0].expression));
  bool dynamic = false;
  for (const Piece& piece : pieces) dynamic |= piece.expression.has_value();
  if (dynamic) return TextNode(std::move(pieces));
  return ConstantNode(pieces.empty() ? std::string() : pieces[0].literal);
}

TemplatePtr ParseAt(const Json& value, const std::string& pointer, const PlaceOf& place_of,
                    std::vector<SyntaxError>& errors, int depth) {
  if (value.is_string()) return ParseText(value, place_of(pointer), errors);
  if (!value.is_structured()) return ConstantNode(value);
  if (depth >= kMaxTemplateDepth) {
    errors.push_back(
        {place_of(pointer), "nested deeper than " + std::to_string(kMaxTemplateDepth) + " levels"});
    return ConstantNode(nullptr);
  }
  if (value.is_object()) {
    std::vector<std::pair<std::string, TemplatePtr>> members;
    for (const auto& [name, member] : value.items())
      members.emplace_back(name,
                           ParseAt(member, schema::JoinPointer(pointer, name), place_of, errors, depth + 1));
    return ObjectNode(std::move(members));
  }
  auto list = std::make_shared<Template::Node>();
  list->constant = Json::array();
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto item =
        ParseAt(value[i], schema::JoinPointer(pointer, std::to_string(i)), place_of, errors, depth + 1);
    bool constant = item->kind == Template::Node::kConstant;
    list->constant.push_back(constant ? item->constant : Json());
    if (!constant) list->items.emplace_back(i, std::move(item));
  }
  list->kind = list->items.empty() ? Template::Node::kConstant : Template::Node::kList;
  return list;
}

}  // namespace

TemplatePtr ConstantNode(Json value) {
  auto node = std::make_shared<Template::Node>();
  node->constant = std::move(value);
  return node;
}

TemplatePtr ValueNode(Expression expression) {
  auto node = std::make_shared<Template::Node>();
  node->kind = Template::Node::kValue;
  node->pieces.push_back({"", std::move(expression)});
  return node;
}

TemplatePtr TextNode(std::vector<Piece> pieces) {
  auto node = std::make_shared<Template::Node>();
  node->kind = Template::Node::kText;
  node->pieces = std::move(pieces);
  return node;
}

TemplatePtr ObjectNode(std::vector<std::pair<std::string, TemplatePtr>> members) {
  auto node = std::make_shared<Template::Node>();
  node->constant = Json::object();
  for (auto& [name, member] : members) {
    if (member->kind == Template::Node::kConstant)
      node->constant[name] = member->constant;
    else
      node->members.emplace_back(std::move(name), std::move(member));
  }
  node->kind = node->members.empty() ? Template::Node::kConstant : Template::Node::kObject;
  return node;
}

std::vector<Piece> ScanText(std::string_view text, const Place& at, std::vector<SyntaxError>& errors) {
  std::vector<Piece> pieces;
  std::string literal;
  Cursor cursor;
  while (cursor.offset < text.size()) {
    if (text.substr(cursor.offset).starts_with("$${")) {
      literal += "${";
      cursor.MoveTo(text, cursor.offset + 3);
      continue;
    }
    const Opener* opener = OpenerAt(text, cursor.offset);
    if (!opener) {
      literal += text[cursor.offset];
      cursor.MoveTo(text, cursor.offset + 1);
      continue;
    }
    cursor.MoveTo(text, cursor.offset + opener->open.size());
    auto parsed = ParseExpression(text, cursor, opener->close, at);
    if (auto* error = std::get_if<SyntaxError>(&parsed)) {
      error->message += opener->hint;
      errors.push_back(std::move(*error));
      break;
    }
    cursor.MoveTo(text, cursor.offset + opener->close.size());
    pieces.push_back({std::exchange(literal, {}), std::get<Expression>(std::move(parsed))});
  }
  if (!literal.empty()) pieces.push_back({std::move(literal), std::nullopt});
  return pieces;
}

TemplatePtr ParseTemplate(const Json& value, const std::string& pointer, const PlaceOf& place_of,
                          std::vector<SyntaxError>& errors) {
  return ParseAt(value, pointer, place_of, errors, 0);
}

void CollectDynamic(const TemplatePtr& node, const std::string& pointer, std::vector<std::string>& pointers) {
  if (node->kind == Template::Node::kValue || node->kind == Template::Node::kText)
    pointers.push_back(pointer);
  for (const auto& [index, item] : node->items)
    CollectDynamic(item, schema::JoinPointer(pointer, std::to_string(index)), pointers);
  for (const auto& [name, member] : node->members)
    CollectDynamic(member, schema::JoinPointer(pointer, name), pointers);
}

Template Template::Literal(Json value) {
  return Template(ConstantNode(std::move(value)));
}

Result<Template> Template::Parse(const Json& value, const Place& at) {
  std::vector<SyntaxError> errors;
  TemplatePtr root = ParseTemplate(
      value, "", [&](const std::string&) { return at; }, errors);
  if (errors.empty()) return Template(std::move(root));
  std::string message;
  for (const SyntaxError& error : errors)
    message += (message.empty() ? "" : "; ") + error.place.ToString() + ": " + error.message;
  return Invalid(message);
}

Json Template::Render(const Scope& scope) const {
  return Rendered(*root_, scope);
}

std::vector<Expression::Reference> Template::References() const {
  std::vector<Expression::Reference> references;
  Collect(*root_, references);
  return references;
}

bool Template::constant() const {
  return root_->kind == Node::kConstant;
}

const Json* Template::ConstantValue() const {
  return constant() ? &root_->constant : nullptr;
}

}  // namespace mamc::workflow

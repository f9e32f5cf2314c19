// The tree of a parsed template. A subtree without templates is one constant; an object or list keeps its
// constant members ready and only the others are computed.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cursor.hpp"
#include "mamc/workflow/expression.hpp"

namespace mamc::workflow {

using TemplatePtr = std::shared_ptr<const Template::Node>;

// A text is a row of pieces: what stands there, then perhaps an expression.
struct Piece {
  std::string literal;
  std::optional<Expression> expression;
};

struct Template::Node {
  enum Kind { kConstant, kValue, kText, kList, kObject } kind = kConstant;
  Json constant;              // kConstant: the value; kList, kObject: the value with holes
  std::vector<Piece> pieces;  // kValue: exactly one; kText
  std::vector<std::pair<std::size_t, TemplatePtr>> items;    // kList: what goes into the holes
  std::vector<std::pair<std::string, TemplatePtr>> members;  // kObject: likewise
};

// Where the text at a JSON pointer of the value begins.
using PlaceOf = std::function<Place(const std::string& pointer)>;

TemplatePtr ConstantNode(Json value);
TemplatePtr ValueNode(Expression expression);     // keeps the value's type
TemplatePtr TextNode(std::vector<Piece> pieces);  // always a text
TemplatePtr ObjectNode(std::vector<std::pair<std::string, TemplatePtr>> members);

// The pieces of one text; problems are added to `errors`.
std::vector<Piece> ScanText(std::string_view text, const Place& at, std::vector<SyntaxError>& errors);
TemplatePtr ParseTemplate(const Json& value, const std::string& pointer, const PlaceOf& place_of,
                          std::vector<SyntaxError>& errors);
// JSON pointers of everything that is computed.
void CollectDynamic(const TemplatePtr& node, const std::string& pointer, std::vector<std::string>& pointers);

}  // namespace mamc::workflow

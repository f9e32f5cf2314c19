// The tree of a parsed expression. Made by expression_parser.cpp, evaluated by expression.cpp; immutable
// afterwards.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "mamc/workflow/expression.hpp"

namespace mamc::workflow {

// Against hostile input: neither the parser nor the evaluator recurses deeper than the tree is high.
inline constexpr int kMaxExpressionDepth = 120;

enum class Op {
  kLiteral,    // value
  kReference,  // reference
  kMember,     // kids[0] . name
  kIndex,      // kids[0] [ kids[1] ]
  kLength,     // kids[0] . length
  kIncludes,   // kids[0] . includes( kids[1] )
  kNot,
  kNegate,
  kAnd,
  kOr,
  kEqual,
  kUnequal,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAdd,
  kChoose,  // kids[0] ? kids[1] : kids[2]
};

// What is known of a value before it is computed.
enum class Type { kAny, kNull, kBoolean, kNumber, kString };

struct Ast {
  Op op = Op::kLiteral;
  Type type = Type::kAny;
  int height = 1;
  Json value;
  std::string name;
  Expression::Reference reference;
  std::vector<std::unique_ptr<Ast>> kids;
};

struct Expression::Node {
  std::unique_ptr<Ast> root;
  std::string text;
};

// A value inside a longer text: strings as they are, null as nothing, lists and objects as JSON.
void AppendText(const Json& value, std::string& text);

}  // namespace mamc::workflow
